/* What the files of the motion search share: planes of a field, vectors of a pair, and the steps of a search.
 */
#ifndef VH_MOTION_INTERNAL_H
#define VH_MOTION_INTERNAL_H

#include "core/pool.h"
#include "dsp/match.h"
#include "motion/search.h"

enum {
    VH_WINDOW_W = 16, /* window of a block on a search plane */
    VH_WINDOW_H = 8,
    VH_STEP_X = 8, /* block grid on a search plane */
    VH_STEP_Y = 4,
    VH_MAX_LEVELS = 8,
    VH_OUTSIDE_X = 24, /* how far a window may leave the picture */
    VH_OUTSIDE_Y = 12,
    VH_RECENT_PAIRS = 4,
    VH_BAND_ROWS = 12, /* block rows searched in scan order; bands are independent of each other */
};

/* One level of a field's pyramid. */
struct vh_level {
    uint8_t *data;
    ptrdiff_t stride;
    int width, height;
    int n_x, n_y; /* blocks: ceil(width / 8) + 1, ceil(height / 4) + 1 */
};

/* Planes of one field, in memory of the ring's. */
struct vh_planes {
    int n_levels;
    struct vh_level level[VH_MAX_LEVELS];
    uint8_t *half[4]; /* of level 0; half[0] is level[0].data */
};

/* Vectors of one field to one neighbour. */
struct vh_pair {
    struct vh_mv *mv;                    /* as published: quarter samples and quarter frame lines */
    struct vh_mv *q;                     /* as searched: quarter samples of S both ways */
    struct vh_mv *coarse[VH_MAX_LEVELS]; /* whole samples of the level; [0] unused */
    uint16_t *sad;
    bool present, cut;
    float unmatched;
    int quiet_sad; /* 20th percentile of sad: what an undisturbed match costs (noise) */
    struct vh_mv global;
    float global_share;
};

/* One field in the ring. */
struct vh_entry {
    int64_t index;
    int parity;
    bool broken; /* no vector to the field before */
    struct vh_planes planes;
    struct vh_pair to[VH_MOTION_REFS];
    uint16_t *activity;
    float still_diff_8bit;
};

/* How a speed level searches. */
struct vh_effort {
    int coarse_x, coarse_y; /* exhaustive range on the coarsest level, samples of that level */
    int diamonds;           /* most whole-sample diamonds on the finest level */
    int finest;             /* smallest step in quarter samples: 2 or 1 */
    bool corners;           /* try diagonals at fractional steps */
    bool spread;            /* more neighbours as candidates */
    bool far;               /* check steady motion on fields of one parity */
    bool lines;             /* refine y to a quarter frame line */
    int part;               /* one of so many blocks is searched first, others between them: 1, 2 or 4 */
    bool hasty;             /* leave as it is what fits as well as the quietest blocks of the pair before */
    bool mirrored; /* coarse levels are searched backwards only, and serve forwards with their sign turned */
    bool sums;     /* keep sums of two steps that fit as well as the quietest blocks */
    int compose_step; /* first step of the refinement of composed vectors; 0: none */
};

struct vh_motion_search {
    struct vh_motion_config config;
    struct vh_dsp_match dsp;
    const struct vh_search_steps *steps;
    struct vh_effort effort;
    int n_levels;
    int cells_x, cells_y, n_x, n_y;
    struct vh_entry *ring; /* config.keep entries; field i lives at i % keep */
    uint8_t *planes;       /* of all entries, in one block for the sake of huge pages */
    int64_t count;
    float unmatched[VH_RECENT_PAIRS]; /* of the pairs before, newest at count % VH_RECENT_PAIRS; 0 beyond a
                                         break */
    uint16_t *scratch;                /* row scratch, one piece per slice */
    int n_slices;
};

/* Where a search gets its ideas from; pointers may be NULL. */
struct vh_hints {
    const struct vh_mv *field[2]; /* vectors of other pairs, search units (q) */
    int sign[2];                  /* +1 same direction of time, -1 opposite */
    struct vh_mv global[2];       /* dominant vectors of other pairs, search units; zero when unknown */
};

/* One search of `cur` in `ref`. */
struct vh_search_job {
    const struct vh_motion_search *search;
    const struct vh_planes *cur, *ref;
    const struct vh_planes
        *same[2]; /* newer and older field of one parity around the older of the pair, or NULL */
    struct vh_pair *pair;
    struct vh_hints hints;
    int quiet_sad; /* what a match costs that only noise disturbs; 0 unknown */
    int scan;      /* 0: down and right, 1: up and left */
};

/* One composition: cur -> middle -> ref. */
struct vh_compose_job {
    const struct vh_motion_search *search;
    const struct vh_planes *cur, *ref;
    const struct vh_pair *first, *second;
    struct vh_pair *pair;
    int quiet_sad; /* as of a search */
};

/* searchplane.c */
int vh_planes_levels(int width, int height);
size_t vh_scratch_samples(int width);          /* row scratch of one slice */
size_t vh_planes_bytes(int width, int height); /* a multiple of VH_ALIGN_BYTES */
void vh_planes_init(struct vh_planes *planes, int width, int height, uint8_t *memory);
void vh_planes_build(
    struct vh_motion_search *search, struct vh_entry *entry, const struct vh_plane_const *luma, int parity);

/* blocksearch_tmpl.h: the steps of a search, one table per instruction set, all with the same results. */
struct vh_search_steps {
    void (*coarse)(const struct vh_search_job *job);
    void (*fine)(const struct vh_search_job *job, int band);
    void (*compose)(const struct vh_compose_job *job, int band);
};
extern const struct vh_search_steps vh_search_steps_c, vh_search_steps_avx2;

/* blocksearch.c */
const struct vh_search_steps *vh_search_steps_for(unsigned cpu_flags);
int vh_search_bands(const struct vh_motion_search *search);

/* scene.c: fills unmatched, quiet_sad, global, and global_share of a searched pair. `before` is the pair
 * searched before it in the same scene, or NULL. */
void vh_pair_judge(const struct vh_motion_search *search, struct vh_pair *pair, const uint16_t *activity,
    const struct vh_pair *before);

/* The verdict on the cut, from both directions of a pair. `before`: the largest share without a match in the
 * pairs before. Returns the share of this one. */
float vh_pairs_settle(struct vh_pair *there, struct vh_pair *back, float before);

#endif
