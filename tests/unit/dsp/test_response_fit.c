/* The fit of a response to a spectrum, and what lies about its end. */
#include "dsp/measure_spectrum.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct vh_response tape = {.corner = 0.11, .order = 4};

enum { END = 60, TAIL = 100 };

/* A scene through the tape, whose detail rises by 1 dB an octave, and `noise` codes^2 of noise; beyond TAIL
 * less than a quarter of it, as captures have it. By chance bin END is so low that the spectrum ends there.
 */
static struct vh_spectrum spectrum(double noise)
{
    struct vh_spectrum s = {.n_segments = 1000};
    for (int k = 1; k < VH_SPECTRUM_BINS; k++) {
        double f = (double)k / VH_SPECTRUM_SIZE, edge = 2 * sin(3.14159265358979323846 * f);
        double scene = 100 * pow(f / 0.05, 1.0 / 3) / (edge * edge) * vh_response_power(&tape, f);
        s.power[k] = 1000 * (scene + (k < TAIL ? 1 : 0.24) * noise);
    }
    s.power[END] = 1000 * 0.9 * noise;
    return s;
}

static void a_tape_is_found(void **state)
{
    (void)state;
    struct vh_spectrum s = spectrum(0.8);
    struct vh_response_fit fit = vh_response_fit(&s);
    assert_float_equal(fit.response.corner, tape.corner, 0.1 * tape.corner);
    assert_true(fit.error < 0.25);
}

/* Where the spectrum has come down to its floor a bin may lie below it by chance, which says nothing. */
static void a_bin_below_the_floor_says_nothing(void **state)
{
    (void)state;
    struct vh_spectrum s = spectrum(0.8);
    for (int k = END - 2; k < END; k++)
        s.power[k] = 1000 * 0.99 * 0.8;
    struct vh_response_fit fit = vh_response_fit(&s);
    assert_float_equal(fit.response.corner, tape.corner, 0.1 * tape.corner);
    assert_true(fit.error < 0.25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tape_is_found),
        cmocka_unit_test(a_bin_below_the_floor_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
