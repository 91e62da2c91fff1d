/* Measuring the faults of a sound track: one streaming pass, memory independent of its length.
 *
 * Results go to two places: scalars with confidence and evidence into the profile (audio.*), and what a
 * repair needs besides (noise spectrum, azimuth track, clip levels) into the findings. The methods and their
 * measured hit and false rates are in docs/algorithms/sound.md.
 */
#ifndef VH_AUDIO_SOUND_ANALYSIS_H
#define VH_AUDIO_SOUND_ANALYSIS_H

#include "audio/loudness.h"
#include "audio/sound_step.h"
#include "profile/profile.h"

struct vh_sound_findings {
    struct vh_pcm_format format;
    int64_t n_samples;                    /* per channel */
    int64_t n_bad;                        /* values that were no number, or beyond ±16 */
    double dc[VH_SOUND_CHANNELS];         /* offset of each channel, full scale 1 */
    double clip_level[VH_SOUND_CHANNELS]; /* where tops are flat; 0 = nowhere */
    bool dead[VH_SOUND_CHANNELS];         /* no programme in this channel while there is in another */
    int n_knots;                          /* azimuth track of channel 2 against 1; 0 = none */
    double knot_s[VH_SOUND_KNOTS], knot_delay[VH_SOUND_KNOTS]; /* samples; positive: channel 2 is late */
    double field_rate_hz;                                      /* repetition rate of the buzz, 0 = none */
    bool buzz_two_fields; /* the two fields of a frame buzz differently */
    double buzz_dbfs;     /* its level, full scale 1 = 0 dB; of the mean channel */
    float buzz_db[VH_SOUND_CHANNELS][VH_SOUND_HISS_BANDS]; /* its power density, dB full scale per Hz */
    double hum_hz;                                         /* 0 = none */
    int hum_harmonics;                                     /* highest harmonic that was seen */
    double whistle_hz;                                     /* 0 = none */
    float noise_db[VH_SOUND_CHANNELS]
                  [VH_SOUND_HISS_BANDS]; /* as struct vh_sound_hiss; valid when noise_known */
    bool noise_known;
    double noise_dbfs; /* floor of the noisiest live channel, above 200 Hz */
    struct vh_loudness_result loudness;
};

struct vh_sound_analyzer;

/* `field_rate_hz`: fields per second of the picture (50 or 60000/1001); 0 = not known, both are tried. VH_OK,
 * VH_ERR_UNSUPPORTED, VH_ERR_RESOURCE or VH_ERR_EXTERNAL; on failure *analyzer is NULL. */
int vh_sound_analyzer_create(struct vh_sound_analyzer **analyzer, const struct vh_pcm_format *format,
    double field_rate_hz, const struct vh_log *log);
void vh_sound_analyzer_destroy(struct vh_sound_analyzer **analyzer);

/* Listens to `n` more samples. VH_OK or an error of creation's kinds. */
int vh_sound_analyzer_push(struct vh_sound_analyzer *analyzer, const float *const *samples, int n);

/* Ends the measuring: fills *findings and stores the audio.* measurements in `profile` (may be NULL). VH_OK
 * or VH_ERR_RESOURCE. */
int vh_sound_analyzer_finish(
    struct vh_sound_analyzer *analyzer, struct vh_sound_findings *findings, struct vh_profile *profile);

/* How far sound and picture are apart in the long run. `sound_s` and `picture_s` are their lengths between
 * common time stamps (start offset taken out), `edits_s` what the picture's edit list adds to the picture. A
 * mismatch counts only above 40 ms and 50 ppm, and over at least 60 s; then *ppm says how much longer the
 * sound is, else it is 0. True when it counts. */
bool vh_sound_drift(double sound_s, double picture_s, double edits_s, double *ppm);

#endif
