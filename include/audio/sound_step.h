/* Native repairs of sound as streaming objects.
 *
 * A step takes blocks of any size and gives back as many samples as it got, in step with them: latency is
 * compensated inside, so sample n that comes out is the repaired sample n that went in, and
 * vh_sound_step_flush makes the tail come. (VH_SOUND_TIME alone changes the length; that is its purpose.)
 * Steps never depend on the sizes of the blocks: the same samples in give the same bits out however they are
 * cut. Memory is bounded by the step's look-ahead, at most 17 s.
 *
 * Sources: "algorithms 6" is docs/algorithms/sound.md, which derives the methods and holds the measured
 * figures.
 */
#ifndef VH_AUDIO_SOUND_STEP_H
#define VH_AUDIO_SOUND_STEP_H

#include "audio/sound_view.h"

#include <stdbool.h>

enum vh_sound_step_kind {
    VH_SOUND_DC,      /* first-order high-pass at 2 Hz that starts at the measured offset */
    VH_SOUND_MIX,     /* any channel matrix: polarity, copy of a channel, mono, layouts, simple upmix */
    VH_SOUND_FILTER,  /* a cascade of second-order sections: notch, high-pass, low-pass, bell */
    VH_SOUND_AZIMUTH, /* one channel delayed by a fraction of a sample that follows a track */
    VH_SOUND_CLICK,   /* clicks found by prediction error and rebuilt by autoregressive interpolation */
    VH_SOUND_CLIP,    /* flat tops rebuilt by autoregressive interpolation that stays beyond the clip level */
    VH_SOUND_BUZZ,    /* synchronous cancelling of whatever repeats with the field rate */
    VH_SOUND_HUM,     /* tracked removal of a mains tone and its harmonics */
    VH_SOUND_HISS,    /* spectral noise reduction from a noise spectrum measured over the file */
    VH_SOUND_COMPRESS, /* softens loud passages, all channels alike */
    VH_SOUND_LEVEL,    /* constant gain and a look-ahead true-peak limiter */
    VH_SOUND_TIME,     /* piecewise-linear time map: constant speed change, cuts and insertions */
};

/* VH_SOUND_MIX: out[o] = sum over i of gain[o][i] * in[i]. A low-passed output (LFE) has lowpass_hz[o] > 0:
 * second-order Butterworth. */
struct vh_sound_mix {
    int n_out;
    double gain[VH_SOUND_CHANNELS][VH_SOUND_CHANNELS];
    double lowpass_hz[VH_SOUND_CHANNELS];
};

enum vh_sound_filter_shape { VH_SOUND_NOTCH, VH_SOUND_HIGHPASS, VH_SOUND_LOWPASS, VH_SOUND_BELL };

/* One second-order section, bilinear transform with prewarping (Bristow-Johnson's "Cookbook formulae for
 * audio EQ biquad filter coefficients"). frequency_hz must lie below half the rate. */
struct vh_sound_section {
    enum vh_sound_filter_shape shape;
    double frequency_hz, q, gain_db; /* gain_db of a bell only */
};

#define VH_SOUND_SECTIONS 16
struct vh_sound_filter {
    struct vh_sound_section section[VH_SOUND_SECTIONS];
    int n_sections;
};

/* VH_SOUND_AZIMUTH: `delay` samples are added to `channel` (negative: it is advanced). The track is piecewise
 * linear between knots, constant outside, and moves at most 1 sample per second (algorithms 6: azimuth drifts
 * slowly). */
#define VH_SOUND_KNOTS 512
struct vh_sound_azimuth {
    int channel;
    int n_knots;                   /* 1 to VH_SOUND_KNOTS */
    double time_s[VH_SOUND_KNOTS]; /* rising */
    double delay[VH_SOUND_KNOTS];  /* samples, within ±VH_SOUND_DELAY_MAX */
};
#define VH_SOUND_DELAY_MAX 512

/* VH_SOUND_CLICK: how many robust standard deviations the prediction error of a click has; 0 = 8 (algorithms
 * 6). */
struct vh_sound_click {
    double threshold;
};

/* VH_SOUND_CLIP: the level at which each channel's tops are flat, 0 = this channel is not clipped. */
struct vh_sound_clip {
    double level[VH_SOUND_CHANNELS];
};

/* VH_SOUND_BUZZ */
struct vh_sound_buzz {
    double period;   /* samples between two fields, as measured; 16 to 16384 */
    int keep;        /* periods the average remembers to each side, 8 to 400; 0 = 300 */
    bool two_fields; /* the two fields of a frame buzz differently: average whole frames */
};

/* VH_SOUND_HUM */
#define VH_SOUND_HARMONICS 40
struct vh_sound_hum {
    double frequency_hz; /* of the fundamental, 20 to 500 */
    int n_harmonics;     /* 1 to VH_SOUND_HARMONICS; those above half the rate are left out */
};

/* VH_SOUND_HISS: noise_db[c][b] is the noise power density of channel c in the band b, in dB full scale per
 * Hz; bands as vh_sound_hiss_band. */
#define VH_SOUND_HISS_BANDS 64
struct vh_sound_hiss {
    float noise_db[VH_SOUND_CHANNELS][VH_SOUND_HISS_BANDS];
    double reduction_db; /* how far noise is turned down at most, 0 to 40 */
};

/* The centre of hiss band b in Hz: third-octave steps halved, 20 Hz * 2^(b/6), so that b = 63 lies at 29 kHz.
 */
double vh_sound_hiss_band_hz(int b);

/* VH_SOUND_COMPRESS: above the threshold the level rises 1 dB per `ratio` dB; soft knee of 6 dB, level by
 * RMS. */
struct vh_sound_compress {
    double threshold_db;          /* -60 to 0 dBFS */
    double ratio;                 /* 1 to 20 */
    double attack_ms, release_ms; /* 0.1 to 5000 */
};

/* VH_SOUND_LEVEL */
struct vh_sound_level {
    double gain_db;
    double peak_db; /* true peak allowed, dBTP; above +20 = no limiter */
};

/* VH_SOUND_TIME: output position t maps to source position t / (1 + stretch) plus the edits before it. Edits
 * are given with vh_sound_step_edit while the sound runs. */
struct vh_sound_time {
    double stretch; /* length out / length in - 1, within ±0.005 */
    bool edits;     /* edits will come: hold the sound back until vh_sound_step_final says they are known */
};

struct vh_sound_step_params {
    enum vh_sound_step_kind kind;
    union {
        double dc[VH_SOUND_CHANNELS]; /* VH_SOUND_DC: measured offset of each channel, full scale 1 */
        struct vh_sound_mix mix;
        struct vh_sound_filter filter;
        struct vh_sound_azimuth azimuth;
        struct vh_sound_click click;
        struct vh_sound_clip clip;
        struct vh_sound_buzz buzz;
        struct vh_sound_hum hum;
        struct vh_sound_hiss hiss;
        struct vh_sound_compress compress;
        struct vh_sound_level level;
        struct vh_sound_time time;
    };
};

struct vh_sound_step;

/* Makes a step for sound of `format`; `params` is copied. VH_OK; VH_ERR_USAGE with a message for a parameter
 * outside its range; VH_ERR_UNSUPPORTED for the format; VH_ERR_RESOURCE. On failure *step is NULL. */
int vh_sound_step_create(struct vh_sound_step **step, const struct vh_sound_step_params *params,
    const struct vh_pcm_format *format, const struct vh_log *log);
void vh_sound_step_destroy(struct vh_sound_step **step);

/* The format of what comes out: VH_SOUND_MIX may change the number of channels, nothing changes the rate. */
const struct vh_pcm_format *vh_sound_step_format(const struct vh_sound_step *step);

/* Hands over `n` samples of each channel (copied; values that are no number become 0). VH_OK,
 * VH_ERR_RESOURCE, or VH_ERR_INTERNAL after a flush. */
int vh_sound_step_push(struct vh_sound_step *step, const float *const *samples, int n);

/* No more samples come: everything still inside becomes ready. VH_OK or VH_ERR_RESOURCE. */
int vh_sound_step_flush(struct vh_sound_step *step);

/* Samples ready to be pulled. */
int vh_sound_step_ready(const struct vh_sound_step *step);

/* Takes up to `n` samples into to[c]; returns how many. */
int vh_sound_step_pull(struct vh_sound_step *step, float *const *to, int n);

/* How many repairs were made so far (clicks, clipped runs); 0 for steps that repair everywhere. */
int64_t vh_sound_step_repairs(const struct vh_sound_step *step);

/* VH_SOUND_TIME with edits: at source time `time_s` (rising over calls) insert `delta_s` seconds (negative:
 * cut that much). Parts of it move by up to 0.25 s to where it is quiet; the sound is never more than 19 ms
 * from where a jump at that very time would have it. VH_OK, VH_ERR_RESOURCE, or VH_ERR_INTERNAL for another
 * kind of step or a time that was already final. */
int vh_sound_step_edit(struct vh_sound_step *step, double time_s, double delta_s);

/* Every edit up to source time `time_s` has been given. VH_OK, VH_ERR_INTERNAL for another kind,
 * VH_ERR_RESOURCE. */
int vh_sound_step_final(struct vh_sound_step *step, double time_s);

#endif
