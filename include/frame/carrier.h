/* The colour carrier of a captured raster: what the maker of dots, their detector and their repair must agree
 * on (ITU-R BT.470: 227.5 cycles a line of 525, 283.7516 of 625; BT.601: 858 and 864 samples a line at 13.5
 * MHz, of which 720 or 704 are stored; other widths are taken for the 720 scaled). Pure; thread-safe.
 */
#ifndef VH_FRAME_CARRIER_H
#define VH_FRAME_CARRIER_H

#include <stdbool.h>

struct vh_carrier {
    bool pal;          /* 625 lines, where V changes its sign with every line */
    double per_sample; /* cycles */
    double per_line;   /* cycles */
    double sample_mhz; /* samples per microsecond */
};

/* Amplitude of the carrier in codes of luma per code of Cb and Cr: U = 0.493 (B-Y) and V = 0.877 (R-Y), and
 * 219 (Y), 224 * 0.564 (Cb) and 224 * 0.713 (Cr) codes for full range. */
#define VH_CARRIER_PER_CB (219 * 0.493 / (224 * 0.564))
#define VH_CARRIER_PER_CR (219 * 0.877 / (224 * 0.713))

/* Whether a frame of so many lines comes from a 525-line system (480 or 486 of them are stored). */
bool vh_is_525(int height);

/* Of a frame of width x height luma samples. */
struct vh_carrier vh_carrier_of(int width, int height);

#endif
