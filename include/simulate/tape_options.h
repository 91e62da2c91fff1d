/* What is wrong with a made tape: one value per fault, and the rows that make options of them.
 *
 * Picture faults are in units of the tape's own raster: px is one luma sample of the 720 that a line of
 * BT.601 has (74 ns at 13.5 MHz), fline is one line of one field, codes are 8-bit code values. A NaN (or
 * VH_AUTO_INT) stands for "as the recording speed has it" until vh_simulate_resolve; the values per speed
 * stand in tape_options.c with their origin in docs/algorithms/simulate.md.
 */
#ifndef VH_SIMULATE_TAPE_OPTIONS_H
#define VH_SIMULATE_TAPE_OPTIONS_H

#include "option/option.h"

#include <stdbool.h>

enum vh_tape_speed { VH_TAPE_CLEAN, VH_TAPE_SP, VH_TAPE_LP, VH_TAPE_EP, VH_TAPE_WORN, VH_TAPE_SPEEDS };
enum vh_tape_order { VH_TAPE_ORDER_AUTO, VH_TAPE_ORDER_TFF, VH_TAPE_ORDER_BFF };
enum vh_tape_camera { VH_TAPE_CAMERA_NONE, VH_TAPE_CAMERA_121 };
enum vh_tape_blank { VH_TAPE_BLANK_NONE, VH_TAPE_BLANK_BLACK, VH_TAPE_BLANK_BLUE, VH_TAPE_BLANK_SNOW };
enum vh_tape_dead { VH_TAPE_DEAD_NONE, VH_TAPE_DEAD_LEFT, VH_TAPE_DEAD_RIGHT };

struct vh_simulate_options {
    int speed;  /* enum vh_tape_speed: where values left to "auto" come from */
    int seed;   /* same seed, same options, same input: same bits */
    int order;  /* enum vh_tape_order; auto = BFF for 480 and 486 lines, TFF else */
    int camera; /* enum vh_tape_camera: vertical filter before interlacing */

    double luma_bandwidth;     /* MHz at -3 dB; 0 = as it comes */
    double chroma_bandwidth;   /* MHz at -3 dB; 0 = as it comes */
    double noise;              /* luma noise, sigma in codes */
    double noise_bandwidth;    /* MHz at -3 dB of the luma noise; 0 = white along the line too */
    double chroma_noise;       /* sigma in codes of each colour difference; its bandwidth is the chroma's */
    double hue_noise;          /* rms in degrees, one value per chroma line */
    double chroma_delay_x;     /* px to the right */
    double chroma_delay_y;     /* flines downwards */
    double chroma_loss;        /* lines without colour, mean per field */
    double jitter;             /* rms in px of the lines' horizontal displacement */
    double jitter_correlation; /* from line to line: the AR(1) coefficient */
    double torn;               /* lines per field torn aside by 6 to 24 px, mean */
    double bounce;             /* fields that stand 1 to 3 flines too high or low, per hundred */
    double sidestep;           /* fields that stand 2 to 12 px aside, per hundred */
    double flagging;           /* px at the first line, decaying downwards */
    double flagging_lines;     /* flines after which it has fallen to 1/e */
    double skew;               /* px from the first to the last line of a field */
    double halo;               /* overshoot of a step, part of its height */
    double halo_distance;      /* px from the edge to the peak of the correction signal */
    double halo_skew;          /* 0 = both sides alike, 1 = behind the edge only */
    double flicker;            /* rms of the gain of fields around 1 */
    double head_pair;          /* gain of even fields less that of odd ones: two heads, unlike worn */
    double setup;              /* pedestal in IRE: 7.5 puts black at code 32.4; white stays */
    double video_gain;         /* of luma about black, and of chroma */
    double saturation;         /* of chroma */
    double dropouts;           /* mean per field */
    double dropout_length;     /* mean length in px, without the tail */
    double dropout_tail;       /* px after which the comet tail has fallen to 1/e; 0 = none */
    double dropout_concealed;  /* part of the dropouts that the deck has covered with the line above */
    double dirt;               /* spots of several flines in one field, mean per field */
    int head_switch;           /* flines at the bottom that come from the other head */
    double head_switch_shift;  /* px that its first line stands to the right, decaying below */
    int tracking;              /* height in flines of a tracking band; 0 = none */
    double tracking_drift;     /* flines per field that it moves down */
    double dot_crawl;          /* part of the colour carrier left in luma by the capture */
    double cross_colour;       /* part of luma about the carrier that the capture takes for colour */
    double blanking;           /* px of black at each side, moving with the lines */
    double doubles, drops;     /* frames doubled, frames lost, per thousand */
    int flip_at; /* from this frame of the tape on the other field is the earlier one; 0 = nowhere */
    int blank;   /* enum vh_tape_blank: what stands instead of the programme in one stretch */
    int blank_at, blank_frames; /* that stretch, frames of the tape */

    double sound_bandwidth; /* kHz at -3 dB; 0 = as it comes */
    double sound_gain;      /* dB */
    double hiss, hum, buzz,
        whistle;           /* dB relative to an rms of full scale; at or below VH_TAPE_SILENT = none */
    int hum_frequency;     /* Hz; VH_AUTO_INT resolves to 50 (625 lines) or 60 */
    double clicks;         /* per second */
    double sound_dropouts; /* per minute */
    double balance;        /* dB of the second channel against the first */
    double azimuth;        /* microseconds that the second channel is late (negative: the first is) */
    bool invert;           /* the second channel with the wrong polarity */
    bool mono;             /* both channels the same: the linear track */
    int dead;              /* enum vh_tape_dead */
    double sound_dc;       /* part of full scale */
    double sound_clip;     /* dB relative to full scale where the peaks are cut; 0 = at full scale */
};

#define VH_TAPE_SILENT (-120.0)

/* The rows ("tape.noise" …). The table lives for ever. */
extern const struct vh_option_table vh_simulate_table;

/* Fills every value from the recording speed: seed 1, nothing left to "auto" but what depends on the picture
 * (hum_frequency, order). Pure. */
void vh_simulate_defaults(struct vh_simulate_options *options, enum vh_tape_speed speed);

/* Replaces every "auto" by the value of options->speed. hum_frequency and order stay until the picture is
 * known. Pure. */
void vh_simulate_resolve(struct vh_simulate_options *options);

#endif
