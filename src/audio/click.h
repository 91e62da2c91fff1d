/* Finding clicks: shared by the detector, which counts them, and the repair, which fills them. */
#ifndef VH_AUDIO_CLICK_H
#define VH_AUDIO_CLICK_H

#include "ar.h"

#define VH_CLICK_ORDER  32 /* algorithms 6 */
#define VH_CLICK_MAX    64 /* clicks taken from one frame; more is crackle, of which the strongest go first */
#define VH_CLICK_BLOCKS 24 /* of a frame, each with its own spread of the prediction error */

struct vh_click {
    int begin, end;  /* first sample and one past the last */
    double strength; /* peak prediction error over the robust standard deviation */
};

/* The places of one frame. Samples [margin, margin + hop) are the frame's own; the rest is context. */
struct vh_click_frame {
    int n, hop, margin, width;                    /* n = hop + 2 * margin; width: longest click */
    double *x, *window, *scratch, *past, *future; /* n each, owned; x is filled by the caller */
    struct vh_ar_work *work;
    double threshold, sigma[VH_CLICK_BLOCKS];
};

int vh_click_frame_init(
    struct vh_click_frame *frame, int rate_hz, double threshold); /* VH_OK or VH_ERR_RESOURCE */
void vh_click_frame_uninit(struct vh_click_frame *frame);

/* Finds the clicks that begin in the frame's own part and rebuilds them in frame->x. Returns how many, in
 * rising order. */
int vh_click_mend(struct vh_click_frame *frame, struct vh_click found[VH_CLICK_MAX]);

#endif
