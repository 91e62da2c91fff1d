/* Coefficients of second-order sections from the analogue prototypes by the bilinear transform with
 * prewarping; the formulae are those of R. Bristow-Johnson's "Cookbook formulae for audio EQ biquad filter
 * coefficients". */
#include "biquad.h"

#include <math.h>

struct vh_biquad vh_biquad_design(const struct vh_sound_section *section, double rate_hz)
{
    double w = 2 * M_PI * section->frequency_hz / rate_hz, c = cos(w), alpha = sin(w) / (2 * section->q);
    double gain = pow(10, section->gain_db / 40), a0 = 1 + alpha, b0 = 1, b1 = -2 * c, b2 = 1, a2 = 1 - alpha;
    switch (section->shape) {
    case VH_SOUND_NOTCH:
        break;
    case VH_SOUND_HIGHPASS:
        b0 = b2 = (1 + c) / 2;
        b1 = -(1 + c);
        break;
    case VH_SOUND_LOWPASS:
        b0 = b2 = (1 - c) / 2;
        b1 = 1 - c;
        break;
    case VH_SOUND_BELL:
        a0 = 1 + alpha / gain;
        a2 = 1 - alpha / gain;
        b0 = 1 + alpha * gain;
        b2 = 1 - alpha * gain;
        break;
    }
    return (struct vh_biquad){b0 / a0, b1 / a0, b2 / a0, -2 * c / a0, a2 / a0};
}
