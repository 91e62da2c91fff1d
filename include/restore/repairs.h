/* Option structs of the native repairs, one per stage. The rows that describe them stand with the stages
 * (src/restore/stage_*.c); the recipe fills what is left at auto (NaN) from the profile.
 *
 * `mode` is the same in all: auto = on when the defect was measured with enough confidence, on = always, off
 * = never.
 */
#ifndef VH_RESTORE_REPAIRS_H
#define VH_RESTORE_REPAIRS_H

enum vh_repair_switch { VH_SWITCH_AUTO, VH_SWITCH_ON, VH_SWITCH_OFF };

/* The words of enum vh_repair_switch for option rows, NULL-terminated. */
extern const char *const vh_repair_switch_names[];

/* chroma-shift: moves chroma back under luma, inside the fields. */
struct vh_chroma_shift_options {
    int mode;       /* enum vh_repair_switch */
    double delay_x; /* how far chroma lies right of luma, luma samples; NaN = auto */
    double delay_y; /* how far chroma lies below luma, field lines of luma; NaN = auto */
    double split;   /* how far red difference lies right of blue difference, luma samples; NaN = auto */
};

enum vh_response_phase { VH_PHASE_AUTO, VH_PHASE_MINIMUM, VH_PHASE_LINEAR };

/* The words of enum vh_response_phase for option rows, NULL-terminated. */
extern const char *const vh_response_phase_names[];

/* A response along the line (dsp/measure_spectrum.h), as options say it. */
struct vh_response_options {
    double corner;  /* bandwidth (-3 dB), MHz where luma is sampled at 13.5 MHz; NaN = auto */
    double order;   /* steepness beyond it: 6 dB per octave each; NaN = auto */
    double peak;    /* height of the hump, dB; NaN = auto */
    double peak_at; /* its centre, MHz; NaN = auto */
    int phase;      /* enum vh_response_phase */
};

/* equalise: undoes the response of the tape along the line, as far as the noise allows. */
struct vh_equalise_options {
    int mode; /* enum vh_repair_switch */
    struct vh_response_options response;
    double detail; /* detail of the scene, codes^2 (dsp/measure_spectrum.h); NaN = auto */
    double noise;  /* noise of what is filtered, variance in codes^2; NaN = auto */
    double limit;  /* samples may pass the range of their surroundings by 1 - limit of it; 0 = no limit */
};

/* dehalo: what is left of the halo beside edges. */
struct vh_dehalo_options {
    int mode;        /* enum vh_repair_switch */
    double strength; /* how high the halo is, part of its edge; NaN = auto */
};

/* transients: slow edges made faster. */
struct vh_transients_options {
    int mode;        /* enum vh_repair_switch */
    double strength; /* 1 = the usual; NaN = auto */
};

/* chroma-restore: chroma back to the bandwidth it had, its noise beyond it and from line to line taken off.
 */
struct vh_chroma_restore_options {
    int mode; /* enum vh_repair_switch */
    struct vh_response_options response;
    double detail_u; /* detail of the scenes in each plane, codes^2 per bin (dsp/measure_spectrum.h); NaN =
                        auto */
    double detail_v;
    double noise;    /* noise of what is filtered, codes^2 per bin; NaN = auto */
    double vertical; /* smoothing across lines: 1 = [1 2 1] / 4, 0 = none; NaN = auto */
};

/* bounce: fields that stand too high, too low or aside. */
struct vh_bounce_options {
    int mode; /* enum vh_repair_switch */
};

/* flagging: the bent top of the picture. */
struct vh_flagging_options {
    int mode; /* enum vh_repair_switch */
};

/* dropouts: lost pieces of lines are filled along the motion. */
struct vh_dropout_options {
    int mode; /* enum vh_repair_switch */
    int dirt; /* enum vh_repair_switch: spots of several lines too; the recipe settles auto */
};

enum vh_head_switch_mode {
    VH_HEAD_SWITCH_AUTO,    /* lines put back, what is noise rebuilt */
    VH_HEAD_SWITCH_REBUILD, /* all of the band continues the picture above */
    VH_HEAD_SWITCH_MASK,
    VH_HEAD_SWITCH_OFF
};

/* head-switch: torn lines at the bottom of each field. */
struct vh_head_switch_options {
    int mode;     /* enum vh_head_switch_mode */
    double lines; /* height of the band, lines of a luma field; NaN = auto */
};

/* dot-crawl: colour carrier left in luma. */
struct vh_dot_crawl_options {
    int mode;    /* enum vh_repair_switch */
    double leak; /* part of the carrier that was left, 0 to 1; NaN = auto */
};

/* rainbow: false colour that flashes over fine detail. */
struct vh_rainbow_options {
    int mode;        /* enum vh_repair_switch */
    double strength; /* part that is taken out, 0 to 1 */
    double level;    /* how strong it is, codes; three times as much is the limit; NaN = auto */
    double noise;    /* of luma, codes: changes no larger than that are no motion; NaN = auto */
};

/* line-sync: lines that jitter sideways. */
struct vh_line_sync_options {
    int mode;        /* enum vh_repair_switch */
    double strength; /* factor on the measured displacement */
};

/* tracking: bands of noise where the heads left their track. */
struct vh_tracking_options {
    int mode; /* enum vh_repair_switch */
};

/* flicker: brightness that changes from field to field. */
struct vh_flicker_options {
    int mode;        /* enum vh_repair_switch */
    double strength; /* part of the flicker that is taken out, 0 to 1 */
};

/* levels: black, white and tint of the tape; a scene that goes beyond black or white keeps its own limits. */
struct vh_levels_options {
    int mode;              /* enum vh_repair_switch */
    double black, white;   /* where the tape has them, codes; become 16 and 235; NaN = auto */
    double tint_u, tint_v; /* what neutral areas differ from 128 by, codes; NaN = auto */
    double strength;       /* part of the correction that is made, 0 to 1 */
};

#endif
