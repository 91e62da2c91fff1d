/* Where chroma lies beside luma, collected over windows: chroma.delay_x, delay_split, delay_y.
 *
 * The mathematics of one field are those of dsp/measure_chroma.h. Frames in turn go into one of a few parts,
 * so that it can be asked how much the answer depends on which frames were looked at.
 * (docs/algorithms/chroma-delay.md)
 */
#ifndef VH_ANALYZE_CHROMA_DELAY_H
#define VH_ANALYZE_CHROMA_DELAY_H

#include "dsp/measure_chroma.h"
#include "frame/image.h"
#include "profile/profile.h"

#include <stdbool.h>

enum { VH_CHROMA_DELAY_SAMPLES = 256, VH_CHROMA_DELAY_PARTS = 4 };

/* Zero it before the first frame; vh_chroma_delay_uninit frees what it made. */
struct vh_chroma_delay {
    struct vh_chroma_curves x[VH_CHROMA_DELAY_PARTS];
    struct vh_delay_curve y[VH_CHROMA_DELAY_PARTS];
    double of_frame_x[VH_CHROMA_DELAY_SAMPLES], of_frame_y[VH_CHROMA_DELAY_SAMPLES];
    int n_samples;
    int sub_y;
    float *scratch;
    size_t n_scratch;
};

/* What else is known where the delay is judged. */
struct vh_chroma_delay_facts {
    int n_windows;       /* stretches of the tape that were looked at */
    bool is_tape_chroma; /* chroma ends where only tapes' colour ends */
};

/* Adds a woven frame with three planes; `previous` is the frame before it in the same window or NULL. VH_OK
 * or VH_ERR_RESOURCE. */
int vh_chroma_delay_add(
    struct vh_chroma_delay *delay, const struct vh_image_const *frame, const struct vh_image_const *previous);

/* Stores what was found. */
int vh_chroma_delay_report(const struct vh_chroma_delay *delay, const struct vh_chroma_delay_facts *facts,
    struct vh_profile *profile);

void vh_chroma_delay_uninit(struct vh_chroma_delay *delay);

#endif
