/* Second-order sections in double precision, transposed direct form II. */
#ifndef VH_AUDIO_BIQUAD_H
#define VH_AUDIO_BIQUAD_H

#include "audio/sound_step.h"

struct vh_biquad {
    double b0, b1, b2, a1, a2;
};
struct vh_biquad_state {
    double z1, z2;
};

/* The section at `rate_hz`; its frequency must lie below rate_hz / 2. */
struct vh_biquad vh_biquad_design(const struct vh_sound_section *section, double rate_hz);

static inline double vh_biquad_run(const struct vh_biquad *f, struct vh_biquad_state *s, double x)
{
    double y = f->b0 * x + s->z1;
    s->z1 = f->b1 * x - f->a1 * y + s->z2;
    s->z2 = f->b2 * x - f->a2 * y;
    return y;
}

#endif
