/* Pictures of 704 samples are cut from 720, not scaled. */
#include "frame/carrier.h"

bool vh_is_525(int height)
{
    return height == 480 || height == 486;
}

struct vh_carrier vh_carrier_of(int width, int height)
{
    bool pal = !vh_is_525(height);
    double scale = width == 704 ? 1 : width / 720.0, per_line = pal ? 283.7516 : 227.5;
    return (struct vh_carrier){.pal = pal,
        .per_sample = per_line / ((pal ? 864 : 858) * scale),
        .per_line = per_line,
        .sample_mhz = 13.5 * scale};
}
