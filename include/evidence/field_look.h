/* What the four motion-compensated predictions of a field's own lines tell about these lines: how far each is
 * displaced against each neighbour, and what of it is lost.
 *
 * The predictions of luma from n-2, n-1, n+1 and n+2 are made once per field, a few lines at a time, by a
 * looker; the look at a field is the small result that stages and detectors read. The runner
 * (pipeline/chain.h) takes one look at every field, at what the stages behind it ask for, and keeps the
 * latest, so that a stage may read those of the fields around its centre too.
 */
#ifndef VH_EVIDENCE_FIELD_LOOK_H
#define VH_EVIDENCE_FIELD_LOOK_H

#include "core/pool.h"
#include "frame/window.h"
#include "motion/motion.h"

#include <stdbool.h>

enum { VH_LOOK_REFS = 4 };

/* What a look is for; what nobody asks for is not measured. */
enum vh_look_part {
    VH_LOOK_LINES = 1, /* shift, weight, down, misfit, rough, torn */
    VH_LOOK_LOST = 2,  /* lost, n_lost: pieces of lines */
    VH_LOOK_DIRT = 4,  /* lost, n_lost: spots of several lines */
};

/* Distance of reference r: -2, -1, 1, 2. */
extern const int vh_look_distance[VH_LOOK_REFS];

struct vh_field_look {
    int width, n_lines; /* of the field, luma */
    int parity;
    float sigma_8bit;       /* noise of the field as it was told */
    bool ref[VH_LOOK_REFS]; /* the prediction was made; the arrays of others are not written */
    /* Per line: displacement against the prediction in samples, as own(x) = P(x + shift); its weight, 1 /
     * variance in 1 / samples^2, 0 = not known; and how far down the line was found in the reference, frame
     * lines (the median of the vectors around). */
    float *shift[VH_LOOK_REFS], *weight[VH_LOOK_REFS], *down[VH_LOOK_REFS];
    /* Per line: mean squared difference from the prediction that fits best, 8-bit codes squared, displacement
     * taken out. */
    float *misfit;
    bool *torn;   /* per line: displaced by many samples; shift says by how much */
    float *rough; /* per line: mean squared difference from the mean of its neighbours above and below */
    /* Of every block of the motion field (motion/motion.h: rows of n_x, n_y rows): the vector to each
     * reference that the prediction was made with, and how much texture it rests on (0 to 255). */
    int n_x, n_y;
    struct vh_mv *mv[VH_LOOK_REFS];
    uint8_t *texture;
    /* Of every block, x and y by turns: sum over references of distance times vector; by travel_squares, the
     * sum of the squared distances, the velocity per field. */
    int16_t *travel;
    int travel_squares;
    uint8_t *lost; /* n_lines x width: 1 = dropout; all 0 unless all four references are there */
    long n_lost;   /* samples marked */
    void *memory;  /* of the arrays */
};

/* Arrays for fields of frames of this size. VH_OK or VH_ERR_RESOURCE; uninit is legal either way, and on a
 * zeroed look. */
int vh_field_look_init(struct vh_field_look *look, int width, int height);
void vh_field_look_uninit(struct vh_field_look *look);

struct vh_looker;

/* VH_OK or VH_ERR_RESOURCE (*looker is NULL). `pool` may be NULL; borrowed. */
int vh_looker_create(
    struct vh_looker **looker, int width, int height, struct vh_pool *pool, unsigned cpu_flags);
void vh_looker_destroy(struct vh_looker **looker);

/* Looks at the centre of the window. `before`: the looks at the VH_WINDOW_REACH fields before it, nearest
 * first, NULL entries or a NULL array where there are none; they show how fast the scene moves. A function of
 * its arguments alone; one call at a time per looker. `motion` may be NULL (then nothing is known). `parts`:
 * enum vh_look_part; arrays of other parts are left as they are, but for `lost`, `misfit` and `rough`, which
 * become 0. */
void vh_look(struct vh_looker *looker, const struct vh_window *window, const struct vh_motion *motion,
    float sigma_8bit, const struct vh_field_look *const *before, unsigned parts, struct vh_field_look *look);

#endif
