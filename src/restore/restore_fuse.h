/* Motion-compensated fusion: one field and its neighbours in, one whole denoised picture out.
 *
 * Works on a group of planes of one size that are decided together (luma alone; both chroma planes). For
 * every cell of 8 samples of a line, local statistics say how well each way of making the samples explains
 * what is known, and a small trained gate (dsp/fuse.h) turns them into shares of the candidates:
 *
 *  existing lines: the sample itself, predictions from n-1/n+1 and from n-2/n+2, two smoothed means;
 *  missing lines: cubic interpolation, both predictions with and without correction by the own lines' low
 *      vertical frequencies, the standing neighbours, Weston's combination, two smoothed ones.
 *
 * Method, training and figures: docs/algorithms/motion.md. All state is scratch: the result is a function of
 * the job alone.
 */
#ifndef VH_RESTORE_FUSE_H
#define VH_RESTORE_FUSE_H

#include "core/pool.h"
#include "dsp/fuse.h"
#include "frame/image.h"

#include <stdbool.h>

enum {
    VH_FUSE_PLANES = 2, /* planes of a group, at most */
    VH_FUSE_REFS = 4,   /* predictions, in the order n-1, n+1, n-2, n+2 */
    VH_FUSE_FIELDS = 5, /* n-2 … n+2 */
};

/* Candidates of the two gates, in the order of their outputs. */
enum vh_fuse_existing {
    VH_FUSE_OWN,
    VH_FUSE_NEAR,
    VH_FUSE_FAR,
    VH_FUSE_SOFT,
    VH_FUSE_SOFTER,
    VH_FUSE_N_EXISTING
};
enum vh_fuse_missing {
    VH_FUSE_CUBIC,
    VH_FUSE_M_NEAR,
    VH_FUSE_M_NEAR_CORRECTED,
    VH_FUSE_M_FAR,
    VH_FUSE_M_FAR_CORRECTED,
    VH_FUSE_STILL,
    VH_FUSE_WESTON,
    VH_FUSE_M_NEAR_SOFT,
    VH_FUSE_M_SOFT,
    VH_FUSE_N_MISSING
};

/* Inputs of the gates: log energies over the cell's neighbourhood in units of the noise, and what the vectors
 * say. */
enum vh_fuse_existing_input {
    VH_FUSE_E_NEAR_LOW, /* own - near, vertically smoothed */
    VH_FUSE_E_FAR_LOW,
    VH_FUSE_E_NEAR_ERROR, /* own - near */
    VH_FUSE_E_FAR_ERROR,
    VH_FUSE_E_NEAR_PAIR, /* prediction from n-1 against that from n+1 */
    VH_FUSE_E_FAR_PAIR,
    VH_FUSE_E_NEAR_FAR,
    VH_FUSE_E_CURVE_V, /* vertical detail of the own lines */
    VH_FUSE_E_CURVE_H, /* horizontal detail of the own line */
    VH_FUSE_E_CURVE_P, /* horizontal detail of the predictions */
    VH_FUSE_E_LOGS,
    VH_FUSE_E_NEAR_PHASE = VH_FUSE_E_LOGS, /* 0: predicted from real lines, 1: from between two */
    VH_FUSE_E_FAR_PHASE,
    VH_FUSE_E_NOISE,
    VH_FUSE_E_INPUTS
};
enum vh_fuse_missing_input {
    VH_FUSE_I_NEAR_LOW,  /* what is left of the own lines after near's prediction: what interpolates … */
    VH_FUSE_I_NEAR_HIGH, /* … and what alternates */
    VH_FUSE_I_FAR_LOW,
    VH_FUSE_I_FAR_HIGH,
    VH_FUSE_I_NEAR_PAIR,
    VH_FUSE_I_NEAR_FAR,
    VH_FUSE_I_STILL_PAIR, /* n-1 against n+1, without motion */
    VH_FUSE_I_STILL_OWN,  /* n against n-2 and n+2, without motion */
    VH_FUSE_I_STILL_NEAR, /* the standing candidate against near */
    VH_FUSE_I_WAVE,       /* vertical detail of the own lines */
    VH_FUSE_I_STEP,
    VH_FUSE_I_CURVE,
    VH_FUSE_I_STILL_FAR, /* n-2 against n+2, without motion */
    VH_FUSE_I_LOGS,
    VH_FUSE_I_NEAR_PHASE = VH_FUSE_I_LOGS,
    VH_FUSE_I_FAR_PHASE,
    VH_FUSE_I_SPEED, /* log of the vectors' length */
    VH_FUSE_I_NOISE,
    VH_FUSE_I_REGION, /* means of four inputs over a region: NEAR_LOW, NEAR_HIGH, STILL_PAIR, STILL_OWN */
    VH_FUSE_I_ONE_SIDED = VH_FUSE_I_REGION + 4, /* 1 when only one of n-1 and n+1 is there */
    VH_FUSE_I_INPUTS
};

/* A gate may know fewer inputs and candidates than there are (struct vh_fuse_gate); what none asks for is not
 * computed. Those for level fast predict from n-1 and n+1 only. */
struct vh_fuse_gates {
    struct vh_fuse_gate existing, missing;
};
extern const struct vh_fuse_gates vh_fuse_luma, vh_fuse_chroma; /* trained: fuse_weights.c */
extern const struct vh_fuse_gates vh_fuse_fast_luma, vh_fuse_fast_chroma;

/* What the vectors say of a row of cells of VH_FUSE_CELL x 8 samples: one value per cell, Q10. */
struct vh_fuse_hint {
    const int16_t *phase[2][VH_FUSE_REFS]; /* 0: predicted from real lines of the reference, 1: from between
                                            two; on lines of the other parity [0] and of the own [1] */
    const int16_t *speed;                  /* logarithm of the mean length of both vectors */
    const int16_t
        *spread; /* how far the vectors of the corners differ, quarter samples; of both near neighbours */
};

/* What a gate saw and chose from on one line of one plane: for training. Rows of `cells` values in Q10, lines
 * of 14-bit samples; valid during the call. */
struct vh_fuse_look {
    bool missing;
    int line, plane, cells;
    const int16_t *const *in;
    const int16_t *const *candidate;
};

struct vh_fuse_job {
    int parity;                                                  /* of the centre field */
    struct vh_plane_const field[VH_FUSE_PLANES][VH_FUSE_FIELDS]; /* data NULL: not there */
    bool ref[VH_FUSE_REFS];                                      /* the prediction is made */
    bool standing[2];                /* fields n-2 and n+2 are there and of the same scene */
    const struct vh_fuse_hint *hint; /* one per 8 lines of the plane */
    float sigma_8bit;                /* noise of the group; 0: existing lines are left as they are */
    bool lossless;                   /* existing lines are left as they are whatever the noise */
    const struct vh_fuse_gates *gates;
    struct vh_plane out[VH_FUSE_PLANES];
    void (*observe)(void *arg, const struct vh_fuse_look *look); /* or NULL; lines come once each */
    void *observe_arg;
};

/* Lines are counted in pairs: pair i is existing line i and missing line i, frame lines 2i and 2i + 1. */
enum {
    VH_FUSE_BAND = 8,  /* a band starts at a multiple of this many pairs */
    VH_FUSE_REACH = 16 /* pairs of predictions it needs above and below itself */
};

/* The workspace of one band of lines: rings of a few dozen lines, so that what one pass writes is still in
 * the cache when the next reads it. */
struct vh_fuse;

/* A workspace for groups of n_planes planes of width x height samples (of the whole picture). VH_OK or
 * VH_ERR_RESOURCE (*fuse is NULL). */
int vh_fuse_create(struct vh_fuse **fuse, int width, int height, int n_planes, unsigned cpu_flags);
void vh_fuse_destroy(struct vh_fuse **fuse);

/* Begins a band: pairs [first, end) of the picture are to be written, `first` a multiple of VH_FUSE_BAND and
 * `end` too or beyond the last pair. The job is read until the band is done. */
void vh_fuse_begin(struct vh_fuse *fuse, const struct vh_fuse_job *job, int first, int end);

/* The pairs whose predictions the band needs, a range that starts at a multiple of VH_FUSE_BAND. */
void vh_fuse_range(const struct vh_fuse *fuse, int *first, int *end);

/* Where the prediction of plane `plane` from reference `ref` belongs, from pair `pair` on: a plane of the
 * frame raster in 14-bit samples (struct vh_compensate, shift 2) of which VH_FUSE_BAND pairs from a multiple
 * of VH_FUSE_BAND on may be written. */
struct vh_plane vh_fuse_prediction(struct vh_fuse *fuse, int plane, int ref, int pair);

/* Takes the predictions of all pairs before `end`, which grows by at most VH_FUSE_BAND from call to call, and
 * writes what can be written. Done when `end` is that of vh_fuse_range. */
void vh_fuse_advance(struct vh_fuse *fuse, int end);

#endif
