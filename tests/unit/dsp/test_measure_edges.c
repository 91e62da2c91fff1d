/* Edge profiles: a made overshoot is read off, bars and clean steps have none, and the hump found from edges
 * takes the overshoot back, on the side and with the phase it has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dsp/measure_edges.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { W = 720, H = 160, REACH = 16 };

static double random_at(int a, int b)
{
    uint32_t h = (uint32_t)a * 0x9e3779b1u ^ (uint32_t)b * 0x85ebca77u;
    h ^= h >> 15, h *= 0x2c1b3c6du, h ^= h >> 12, h *= 0x297a2d39u, h ^= h >> 15;
    return h / 4294967295.0;
}

/* Areas 24 to 70 samples wide with edges at any part of a sample, or bars of `bar` samples on grey. */
static void scene(double *line, int y, int bar)
{
    double edge = 20 + 10 * random_at(y, 1), value = 60, next = bar ? 180 : 60 + 130 * random_at(y, 2);
    for (int x = 0, k = 3; x < W; x++) {
        double part = fmin(1, fmax(0, x + 0.5 - edge));
        line[x] = value + (next - value) * part;
        if (x - 0.5 < edge)
            continue;
        value = next;
        edge += bar && value > 100 ? bar : 24 + 46 * random_at(y, k++);
        next = bar ? 240 - value : 40 + 160 * random_at(y, k++);
    }
}

/* Echoes of `before` and `behind` of the step, 4 samples away, after a soft low-pass. */
static void tape(uint16_t *plane, double before, double behind, int bar, double sigma)
{
    static const int distance = 4;
    for (int y = 0; y < H; y++) {
        double clean[W], soft[W];
        scene(clean, y, bar);
        for (int x = 0; x < W; x++) {
            double l = clean[x ? x - 1 : 0], r = clean[x < W - 1 ? x + 1 : W - 1];
            soft[x] = 0.25 * l + 0.5 * clean[x] + 0.25 * r;
        }
        for (int x = 0; x < W; x++) {
            double l = soft[x > distance ? x - distance : 0],
                   r = soft[x + distance < W ? x + distance : W - 1];
            double v = soft[x] * (1 + before + behind) - behind * l - before * r;
            v += 3.46 * sigma * (random_at(1000 + y, x) - 0.5);
            plane[y * W + x] = (uint16_t)lrint(256 * fmin(fmax(v, 0), 255));
        }
    }
}

static struct vh_halo measure(struct vh_edges *edges, double before, double behind, int bar, double sigma)
{
    static uint16_t plane[W * H];
    memset(edges, 0, sizeof *edges);
    tape(plane, before, behind, bar, sigma);
    vh_edges_add(edges, plane, W, W, H, 0, 1, 2);
    return vh_edges_halo(edges);
}

static void reads_the_overshoot(void **state)
{
    (void)state;
    static struct vh_edges edges;
    for (int noisy = 0; noisy < 2; noisy++) {
        struct vh_halo h = measure(&edges, 0, 0.12, 0, 2 * noisy);
        assert_true(edges.n > 300);
        assert_true(fabs(h.behind - 0.12) < 0.02);
        assert_true(h.before < 0.02);
        h = measure(&edges, 0.08, 0.08, 0, 2 * noisy);
        assert_true(fabs(h.behind - 0.08) < 0.02 && fabs(h.before - 0.08) < 0.02);
    }
}

static void clean_steps_and_bars_have_none(void **state)
{
    (void)state;
    static struct vh_edges edges;
    struct vh_halo h = measure(&edges, 0, 0, 0, 2);
    assert_true(h.behind < 0.02 && h.before < 0.02);
    assert_true(vh_halo_response(&edges).peak < 0.15);
    h = measure(&edges, 0, 0, 7, 0); /* bars as wide as a halo are no halo */
    assert_true(h.behind < 0.02 && h.before < 0.02);
}

/* Overshoot of a lone step of the tape before and after the hump found is undone. */
static double left_over(const struct vh_response *hump, double before, double behind)
{
    double tap[VH_EQUALISER_TAPS], step[W], most = 0;
    vh_equaliser_design(tap, hump, 100, 1.5);
    for (int x = 0; x < W; x++)
        step[x] =
            (x >= W / 2) * (1 + before + behind) - (x >= W / 2 + 4) * behind - (x >= W / 2 - 4) * before;
    for (int x = REACH + VH_EQUALISER_TAPS; x < W - VH_EQUALISER_TAPS; x++) {
        double sum = 0;
        for (int t = 0; t < VH_EQUALISER_TAPS; t++)
            sum += tap[t] * step[x + t - VH_EQUALISER_CENTRE];
        most = fmax(most, fmax(sum - 1, -sum));
    }
    return most;
}

/* Undoing a response that has no hump leaves the halo, the right hump takes most of it. */
static void the_rest_is_told(void **state)
{
    (void)state;
    static struct vh_edges edges;
    struct vh_response_fit fit = {.response = {.corner = 0.35, .order = 4}, .detail = 100};
    measure(&edges, 0, 0.12, 0, 2);
    double flat = vh_edges_rest(&edges, &fit).overshoot;
    assert_true(flat > 0.1);
    fit.response.peak = vh_halo_response(&edges).peak;
    fit.response.peak_at = vh_halo_response(&edges).peak_at;
    assert_true(vh_edges_rest(&edges, &fit).overshoot < 0.03);
    fit.response.corner = 0;
    assert_true(vh_edges_rest(&edges, &fit).overshoot == 0 && vh_edges_rest(&edges, &fit).rise == 0);
    measure(&edges, 0, 0, 0, 2);
    fit.response = (struct vh_response){.corner = 0.35, .order = 4};
    assert_true(vh_edges_rest(&edges, &fit).overshoot < 0.02);
    assert_true(vh_edges_rest(&edges, &fit).rise < vh_edges_halo(&edges).rise + 0.1);
}

static void the_hump_takes_it_back(void **state)
{
    (void)state;
    static struct vh_edges edges;
    measure(&edges, 0, 0.12, 0, 2);
    struct vh_response hump = vh_halo_response(&edges);
    assert_true(hump.peak > 0 && !hump.linear_phase);
    assert_true(left_over(&hump, 0, 0.12) < 0.06);
    measure(&edges, 0.08, 0.08, 0, 2);
    hump = vh_halo_response(&edges);
    assert_true(hump.peak > 0 && hump.linear_phase);
    assert_true(left_over(&hump, 0.08, 0.08) < 0.05);
}

/* A step response by Fourier sum: what a third-order low-pass of linear phase does to an edge 2 samples wide.
 */
static void low_pass(uint16_t *plane, double corner)
{
    enum { TAPS = 41 };
    double tap[TAPS], sum = 0;
    for (int i = 0; i < TAPS; i++) {
        tap[i] = 0;
        for (int k = -500; k <= 500; k++)
            tap[i] += cos(2 * 3.14159265358979 * k / 1000.0 * (i - TAPS / 2)) /
                      sqrt(1 + pow(fabs(k / 1000.0) / corner, 6));
        sum += tap[i];
    }
    for (int y = 0; y < H; y++) {
        double clean[W];
        scene(clean, y, 0);
        for (int x = 0; x < W; x++) {
            double v = 0;
            for (int i = 0; i < TAPS; i++) {
                int at = x + i - TAPS / 2, next = at + 1;
                at = at < 0 ? 0 : at >= W ? W - 1 : at, next = next < 0 ? 0 : next >= W ? W - 1 : next;
                v += tap[i] / sum * (clean[at] + clean[next]) / 2;
            }
            plane[y * W + x] = (uint16_t)lrint(256 * fmin(fmax(v, 0), 255));
        }
    }
}

static void edges_tell_the_bandwidth(void **state)
{
    (void)state;
    static uint16_t plane[W * H];
    static struct vh_edges edges;
    static const double mhz[] = {1.8, 2.4, 3.0};
    for (int i = 0; i < 3; i++) {
        memset(&edges, 0, sizeof edges);
        low_pass(plane, mhz[i] / 13.5);
        for (int n = 0; n < 2; n++)
            vh_edges_add(&edges, plane, W, W, H, 16, 1, 1);
        struct vh_edge_response found = vh_edges_response(&edges);
        assert_true(fabs(found.response.corner * 13.5 / mhz[i] - 1) < 0.2);
        assert_true(found.error < 0.02);
        assert_true(found.response.linear_phase);
    }
    memset(&edges, 0, sizeof edges);
    assert_true(vh_edges_response(&edges).response.corner == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_overshoot),
        cmocka_unit_test(clean_steps_and_bars_have_none),
        cmocka_unit_test(the_rest_is_told),
        cmocka_unit_test(the_hump_takes_it_back),
        cmocka_unit_test(edges_tell_the_bandwidth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
