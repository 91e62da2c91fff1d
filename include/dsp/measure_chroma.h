/* How far chroma lies from where luma says it should: detector mathematics of the chroma delay, one field at
 * a time.
 *
 * Colour edges mostly coincide with luma edges. Luma is brought to the chroma grid and bandwidth; the
 * magnitudes of both gradients are correlated at shifts of -VH_DELAY_REACH to +VH_DELAY_REACH chroma samples,
 * normalised per line (lines whose colour edges drown in noise count little), and summed into a curve whose
 * peak is the delay. Curves of fields add up; the result is exact under shifts (a shift of chroma moves the
 * curve) and does not care about the sign of the edges. What it cannot know is colour that truly does not
 * follow luma: confidence comes from the height of the peak over the curve's ends and from the agreement of
 * curves of different scenes, which the caller judges. (docs/algorithms/chroma-delay.md)
 */
#ifndef VH_DSP_MEASURE_CHROMA_H
#define VH_DSP_MEASURE_CHROMA_H

#include <stddef.h>
#include <stdint.h>

enum { VH_DELAY_REACH = 14, VH_DELAY_LAGS = 2 * VH_DELAY_REACH + 1 };

/* One field (or progressive picture): 16-bit planes, strides in samples. */
struct vh_chroma_planes {
    const uint16_t *luma, *cb, *cr;
    ptrdiff_t luma_stride, chroma_stride;
    int width, height; /* luma samples and lines of the field */
    int sub_x, sub_y;  /* log2 of the chroma subsampling */
    /* Chroma of the field of this parity before, or NULL: what noise alone does to the edges along a line is
     * measured between the two (the quieter lines of their difference; motion adds to it). */
    const uint16_t *cb_before, *cr_before;
    ptrdiff_t before_stride;
};

struct vh_delay_curve {
    double corr[VH_DELAY_LAGS]; /* weighted sum of normalised correlations; index VH_DELAY_REACH = no shift */
    double weight;              /* sum of the weights */
    double n_runs;              /* lines or columns looked at, those without weight included */
};

/* The delay of chroma, and of each of its planes: decoders and converters do not always treat both alike. */
struct vh_chroma_curves {
    struct vh_delay_curve both;     /* magnitudes of both added */
    struct vh_delay_curve plane[2]; /* Cb, Cr */
};

struct vh_delay {
    double value;    /* shift of chroma, in steps of the curve's grid: positive = right, below */
    double peak;     /* normalised correlation at the peak, -1 to 1 */
    double contrast; /* peak minus the mean of the curve's two ends */
    double share;    /* of lines (columns) that had colour edges to go by */
};

/* Floats needed as scratch for a field of this width and height. */
size_t vh_measure_chroma_scratch(int width, int height);

/* Adds one field to the horizontal curves. Grid: two luma samples (whatever the subsampling). Fields narrower
 * than 128 luma samples add nothing. */
void vh_measure_chroma_x(
    struct vh_chroma_curves *curves, const struct vh_chroma_planes *field, float *scratch);

/* Adds one field to the vertical curve. Grid: one chroma line of the field, that is 1 << sub_y luma field
 * lines. */
void vh_measure_chroma_y(struct vh_delay_curve *curve, const struct vh_chroma_planes *field, float *scratch);

/* The peak of a curve, by parabola. All zero when nothing was added or the peak is at the end of the reach.
 */
struct vh_delay vh_delay_of(const struct vh_delay_curve *curve);

#endif
