/* A pass over the lines of a picture: the frame that stages share which make each line from a few lines of
 * the same picture (chroma-restore, chroma-shift, equalise, flicker, adjust).
 *
 * Such a stage gives a function for one line and says which planes it changes; the pass splits the picture
 * into slices, copies the other planes and hands each slice lines of scratch of its own. Private to the
 * layer.
 */
#ifndef VH_RESTORE_LINE_PASS_H
#define VH_RESTORE_LINE_PASS_H

#include "dsp/fir.h"
#include "restore/stage.h"

enum { LINE_LUMA = 1, LINE_CHROMA = 2, LINE_ALL = 3 };

/* One stage's kernels and scratch, for filters; stages without taps leave it zeroed. */
struct line_pass {
    struct vh_dsp_fir fir;
    int pad;          /* samples that `line_pass_load` puts before and behind a line */
    int16_t *padded;  /* for each slice of each slot: a line for `load` */
    uint16_t *middle; /* for each of these: a line between two filters */
    int line_samples;
};

/* The line to be made. */
struct line_place {
    const struct vh_plane_const *src; /* the whole plane: neighbours may be read */
    const uint16_t *from;             /* the line itself */
    uint16_t *to;
    int plane, y;
    int16_t *padded; /* scratch of the slice; NULL without line_pass_open */
    uint16_t *middle;
};

typedef void line_pass_fn(const void *priv, const struct line_place *place);

/* Lets a stage of pictures take as many at once as there are threads, so that they are made beside the stages
 * before it; before line_pass_open, which makes scratch for each. */
void line_pass_side_by_side(struct vh_stage *stage);

/* Chooses kernels and makes scratch for lines of the stage's format with `pad` samples on both sides and
 * `n_taps` taps. VH_OK, or an error that was reported. */
int line_pass_open(struct line_pass *pass, const struct vh_stage *stage, int pad, int n_taps);

/* The same for a stage that works on luma alone, of whatever kind of picture it gets: sets its needs too. */
int line_pass_open_luma(struct line_pass *pass, struct vh_stage *stage, int pad, int n_taps);
void line_pass_close(struct line_pass *pass);

/* What a stage that keeps the kind of picture it gets needs. */
void line_pass_keep_kind(struct vh_stage *stage);

/* Makes `out` of the centre of `in`: `fn` for each line of the planes chosen (enum above), copies of the
 * others. `pass` may be NULL. VH_OK. */
int line_pass_run(struct vh_stage *stage, const struct line_pass *pass, unsigned planes, line_pass_fn *fn,
    const struct vh_stage_input *in, const struct vh_image *out);

/* Filters `from` along the line into place->to; the first tap lies `at` samples from the output's place. */
void line_pass_row(const struct line_pass *pass, const struct line_place *place, const uint16_t *from, int at,
    const int16_t *coef, int n_taps);

#endif
