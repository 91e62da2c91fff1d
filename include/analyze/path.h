/* What the path through the tape did to luma and chroma: response, detail and halo of luma, delay of chroma.
 * The mathematics are those of dsp/measure_spectrum.h, dsp/measure_edges.h
 * and analyze/chroma_delay.h; here they are collected over windows, since one scene alone misleads (its own
 * slope, colours that do not follow luma).
 */
#ifndef VH_ANALYZE_PATH_H
#define VH_ANALYZE_PATH_H

#include "analyze/chroma_delay.h"
#include "dsp/measure_edges.h"
#include "dsp/measure_spectrum.h"
#include "frame/image.h"
#include "profile/profile.h"

#include <stdbool.h>

/* Zero it before the first frame; vh_path_uninit frees what it made. */
struct vh_path {
    struct vh_spectrum spectrum, chroma[2];
    struct vh_edges edges, chroma_edges; /* of luma; of both chroma planes */
    int sub_x;
    struct vh_chroma_delay delay;
    int n_windows;
    int n_frames; /* since the window began */
};

/* Adds a woven frame; `previous` is the frame before it in the same window or NULL. Only every
 * fourth frame of a window is looked at. VH_OK or VH_ERR_RESOURCE. */
int vh_path_add(
    struct vh_path *path, const struct vh_image_const *frame, const struct vh_image_const *previous);

/* The window ends; the next frame belongs to another. */
void vh_path_end_window(struct vh_path *path);

/* Stores response.*, halo.*, bandwidth.luma and chroma.delay_*. */
int vh_path_report(const struct vh_path *path, struct vh_profile *profile);

void vh_path_uninit(struct vh_path *path);

#endif
