/* The made tape, linear faults: each alone, at three strengths, measured on the made fields by means of its
 * own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/cpu.h"
#include "simulate/simulate.h"
#include "tape_bench.h"

#include <string.h>

enum { W = 720, H = 64 };

#define assert_near(value, expected, tolerance)                                                              \
    do {                                                                                                     \
        double v_ = (value), e_ = (expected), t_ = (tolerance);                                              \
        if (!(fabs(v_ - e_) <= t_))                                                                          \
            fail_msg("%s = %g, expected %g within %g", #value, v_, e_, t_);                                  \
    } while (0)

struct bench {
    struct tape_picture scene, out;
    struct vh_simulate_options options;
};

static struct bench begin(void)
{
    struct bench b = {tape_picture_create(W, H, 1, 1), tape_picture_create(W, H, 1, 1)};
    vh_simulate_defaults(&b.options, VH_TAPE_CLEAN);
    tape_picture_grey(&b.scene, 100);
    return b;
}

static void make(struct bench *b, int64_t index)
{
    struct vh_simulate *tape = tape_create(&b->options, &b->scene, NULL, vh_cpu_detect());
    tape_make(tape, index, &b->scene, &b->out);
    vh_simulate_destroy(&tape);
}

static void end(struct bench *b)
{
    tape_picture_destroy(&b->scene);
    tape_picture_destroy(&b->out);
}

static double noise_paint(double x, double y, const void *arg)
{
    (void)arg;
    return 16 + fmod(x * 7.31 + y * 13.7 + x * y * 0.013, 219);
}

static void clean_tape_is_exact_interlacing(void **state)
{
    (void)state;
    for (int order = VH_TAPE_ORDER_TFF; order <= VH_TAPE_ORDER_BFF; order++) {
        struct bench b = begin();
        struct tape_picture late = tape_picture_create(W, H, 1, 1);
        b.options.order = order;
        for (int i = 0; i < 3; i++)
            tape_picture_paint(&b.scene, i, noise_paint, NULL);
        tape_picture_grey(&late, 77.25);
        struct vh_simulate *tape = tape_create(&b.options, &b.scene, NULL, vh_cpu_detect());
        struct vh_image_const views[2] = {vh_image_read(&b.scene.image), vh_image_read(&late.image)};
        vh_simulate_frame(tape, 0, &views[0], &views[1], &b.out.image);
        int early_parity = order == VH_TAPE_ORDER_BFF;
        assert_int_equal(vh_simulate_parity(tape, 0), early_parity);
        for (int i = 0; i < 3; i++) {
            struct vh_plane p = b.out.image.plane[i];
            for (int y = 0; y < p.height; y++) {
                const struct vh_plane from =
                    (y & 1) == early_parity ? b.scene.image.plane[i] : late.image.plane[i];
                assert_memory_equal(p.data + y * p.stride, from.data + y * from.stride, (size_t)p.width * 2);
            }
        }
        vh_simulate_destroy(&tape);
        tape_picture_destroy(&late);
        end(&b);
    }
}

static double spike_paint(double x, double y, const void *arg)
{
    (void)y;
    return x == *(const int *)arg ? 228 : 128;
}

/* Power of a row around its mean at f cycles per sample, relative to f = 0. */
static double row_power(const struct tape_picture *p, int plane, int y, double base, double f)
{
    double re = 0, im = 0, dc = 0;
    for (int x = 0; x < p->image.plane[plane].width; x++) {
        double v = tape_sample(p, plane, x, y) - base;
        re += v * cos(2 * M_PI * f * x);
        im += v * sin(2 * M_PI * f * x);
        dc += v;
    }
    return (re * re + im * im) / (dc * dc);
}

/* Where the power of an impulse's response has fallen to one half, in cycles per sample. */
static double half_power(const struct tape_picture *p, int plane, int y, double base)
{
    double low = 0, high = 0.5;
    for (int i = 0; i < 14; i++) {
        double f = (low + high) / 2;
        *(row_power(p, plane, y, base, f) > 0.5 ? &low : &high) = f;
    }
    return low;
}

static void bandwidths_are_those_asked_for(void **state)
{
    (void)state;
    const double luma[] = {3.0, 2.4, 1.4}, chroma[] = {0.5, 0.4, 0.3};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        int at = W / 2, chroma_at = W / 4;
        tape_picture_paint(&b.scene, 0, spike_paint, &at);
        tape_picture_paint(&b.scene, 1, spike_paint, &chroma_at);
        b.options.luma_bandwidth = luma[i];
        b.options.chroma_bandwidth = chroma[i];
        make(&b, 0);
        assert_near(half_power(&b.out, 0, 10, 128) * 13.5, luma[i], 0.02 * luma[i]);
        assert_near(half_power(&b.out, 1, 10, 128) * 6.75, chroma[i], 0.02 * chroma[i]);
        end(&b);
    }
}

static void bandwidth_holds_on_other_rasters(void **state)
{
    (void)state;
    struct tape_picture scene = tape_picture_create(360, 64, 1, 0), out = tape_picture_create(360, 64, 1, 0);
    struct vh_simulate_options options;
    vh_simulate_defaults(&options, VH_TAPE_CLEAN);
    options.luma_bandwidth = 2;
    int at = 180;
    tape_picture_grey(&scene, 128);
    tape_picture_paint(&scene, 0, spike_paint, &at);
    struct vh_simulate *tape = tape_create(&options, &scene, NULL, 0);
    tape_make(tape, 0, &scene, &out);
    assert_near(half_power(&out, 0, 7, 128) * 6.75, 2, 0.04);
    vh_simulate_destroy(&tape);
    tape_picture_destroy(&scene);
    tape_picture_destroy(&out);
}

static double row_sigma(const struct bench *b, int plane, double *line_correlation)
{
    struct vh_plane p = b->out.image.plane[plane];
    double sum = 0, sum2 = 0, cross = 0;
    for (int y = 0; y < p.height; y++)
        for (int x = 0; x < p.width; x++) {
            double v = tape_sample(&b->out, plane, x, y) - (plane ? 128 : 100);
            sum += v;
            sum2 += v * v;
            if (y >= 2)
                cross += v * (tape_sample(&b->out, plane, x, y - 2) - (plane ? 128 : 100));
        }
    double n = (double)p.width * p.height;
    *line_correlation = cross / sum2;
    return sqrt(sum2 / n - sum / n * (sum / n));
}

/* Adds the power of a row of noise in three bands of 0.8 MHz: from 0.14, 1.2 and 4.6 MHz. */
static void add_band_powers(const struct tape_picture *p, int y, double power[3])
{
    const double from[3] = {0.01, 0.09, 0.34};
    for (int k = 0; k < 3; k++)
        for (double f = from[k]; f < from[k] + 0.059; f += 1.0 / W) {
            double re = 0, im = 0;
            for (int x = 0; x < W; x++) {
                re += (tape_sample(p, 0, x, y) - 100) * cos(2 * M_PI * f * x);
                im += (tape_sample(p, 0, x, y) - 100) * sin(2 * M_PI * f * x);
            }
            power[k] += re * re + im * im;
        }
}

static void noise_has_its_sigma_and_colour(void **state)
{
    (void)state;
    const double sigma[] = {1, 4, 9};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        b.options.noise = b.options.chroma_noise = sigma[i];
        b.options.noise_bandwidth = 3;
        b.options.chroma_bandwidth = 0.4;
        double luma = 0, chroma = 0, rho = 0, power[3] = {0};
        const int frames = 12;
        for (int t = 0; t < frames; t++) {
            make(&b, t);
            double r, s = row_sigma(&b, 0, &r);
            luma += s * s / frames;
            rho += r / frames;
            s = row_sigma(&b, 1, &r);
            chroma += s * s / frames;
            for (int y = 0; y < H && t % 4 == 0; y += 16)
                add_band_powers(&b.out, y, power);
        }
        assert_near(sqrt(luma), sigma[i], 0.03 * sigma[i]);
        assert_near(sqrt(chroma), sigma[i], 0.05 * sigma[i]);
        assert_near(rho, 0, 0.03);
        assert_near(power[1] / power[0], 1, 0.2);
        assert_true(power[2] / power[0] < 0.1);
        end(&b);
    }
}

/* A soft bar, so that its centre of mass says where a line stands to a hundredth of a pixel. */
struct bar {
    double centre, width, centre_y, width_y;
};

static double bar_paint(double x, double y, const void *arg)
{
    const struct bar *bar = arg;
    double dx = (x - bar->centre) / bar->width,
           dy = bar->width_y > 0 ? (y - bar->centre_y) / bar->width_y : 0;
    return 40 + 150 * exp(-dx * dx / 2 - dy * dy / 2);
}

static double row_centre(const struct tape_picture *p, int plane, int y)
{
    double sum = 0, moment = 0;
    for (int x = 0; x < p->image.plane[plane].width; x++) {
        double v = tape_sample(p, plane, x, y) - 40;
        sum += v;
        moment += v * x;
    }
    return moment / sum;
}

static void chroma_delay_moves_chroma_alone(void **state)
{
    (void)state;
    const double delay_x[] = {1.3, 4, -6.5}, delay_y[] = {0.5, 1, 2};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        struct bar luma = {360, 8, 0, 0}, chroma = {180, 8, 14.5, 3.5};
        tape_picture_paint(&b.scene, 0, bar_paint, &luma);
        tape_picture_paint(&b.scene, 1, bar_paint, &chroma);
        b.options.chroma_delay_x = delay_x[i];
        b.options.chroma_delay_y = delay_y[i];
        make(&b, 0);
        assert_near(row_centre(&b.out, 0, 20), 360, 0.02);
        assert_near(2 * (row_centre(&b.out, 1, 16) - 180), delay_x[i], 0.05);
        double sum = 0, moment = 0; /* over the lines of the top field, in flines: a chroma line is two */
        for (int y = 0; y < H / 2; y += 2) {
            double v = tape_sample(&b.out, 1, 180 + (int)(delay_x[i] / 2), y) - 40;
            sum += v;
            moment += v * y;
        }
        double plain = 0, plain_moment = 0;
        for (int y = 0; y < H / 2; y += 2) {
            double v = tape_sample(&b.scene, 1, 180, y) - 40;
            plain += v;
            plain_moment += v * y;
        }
        assert_near(moment / sum - plain_moment / plain, delay_y[i], 0.05);
        end(&b);
    }
}

static void jitter_has_its_rms_and_correlation(void **state)
{
    (void)state;
    const double rms[] = {0.3, 0.7, 1.5}, rho[] = {0.0, 0.8, 0.5};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        struct bar bar = {360, 8, 0, 0};
        tape_picture_paint(&b.scene, 0, bar_paint, &bar);
        b.options.jitter = rms[i];
        b.options.jitter_correlation = rho[i];
        struct vh_simulate *tape = tape_create(&b.options, &b.scene, NULL, vh_cpu_detect());
        double sum2 = 0, cross = 0, error = 0, shift[2][H];
        const int frames = 100;
        for (int t = 0; t < frames; t++) {
            tape_make(tape, t, &b.scene, &b.out);
            for (int f = 0; f < 2; f++)
                vh_simulate_line_shifts(tape, 2 * t + f, shift[f]);
            double before[2] = {0};
            for (int y = 0; y < H; y++) {
                double d = row_centre(&b.out, 0, y) - 360;
                error = fmax(error, fabs(d - shift[y & 1][y / 2]));
                sum2 += d * d;
                cross += y >= 2 ? d * before[y & 1] : 0;
                before[y & 1] = d;
            }
        }
        assert_near(sqrt(sum2 / (frames * H)), rms[i], 0.1 * rms[i]);
        assert_near(cross / sum2 * H / (H - 2), rho[i], 0.1 * fmax(rho[i], 0.3));
        assert_near(error, 0, 0.02);
        vh_simulate_destroy(&tape);
        end(&b);
    }
}

static void flagging_and_skew_bend_the_lines(void **state)
{
    (void)state;
    const double top[] = {2, 6, -10}, slant[] = {1, -3, 8};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        struct bar bar = {360, 8, 0, 0};
        tape_picture_paint(&b.scene, 0, bar_paint, &bar);
        b.options.flagging = top[i];
        b.options.flagging_lines = 10;
        make(&b, 3);
        assert_near(row_centre(&b.out, 0, 0) - 360, top[i], 0.05);
        assert_near(row_centre(&b.out, 0, 20) - 360, top[i] * exp(-1), 0.05);
        b.options.flagging = 0;
        b.options.skew = slant[i];
        make(&b, 3);
        assert_near(row_centre(&b.out, 0, H - 1) - row_centre(&b.out, 0, 0), slant[i], 0.05);
        end(&b);
    }
}

static double step_paint(double x, double y, const void *arg)
{
    (void)y, (void)arg;
    return x < 360 ? 60 : 160;
}

static void halo_overshoots_as_much_as_asked(void **state)
{
    (void)state;
    const double halo[] = {0.08, 0.15, 0.3};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        tape_picture_paint(&b.scene, 0, step_paint, NULL);
        b.options.luma_bandwidth = 3;
        b.options.halo = halo[i];
        b.options.halo_skew = 0.5 * i;
        make(&b, 0);
        double top = 0, bottom = 255;
        for (int x = 0; x < W; x++) {
            top = fmax(top, tape_sample(&b.out, 0, x, 9));
            bottom = fmin(bottom, tape_sample(&b.out, 0, x, 9));
        }
        assert_near((top - 160) / 100, halo[i], 0.01);
        if (i == 0)
            assert_near((60 - bottom) / 100, halo[i], 0.01); /* both sides alike */
        if (i == 2)
            assert_true((60 - bottom) / 100 < 0.06); /* behind the edge only */
        end(&b);
    }
}

static double two_levels(double x, double y, const void *arg)
{
    (void)y, (void)arg;
    return x < 360 ? 16 : 235;
}

static void levels_are_exact(void **state)
{
    (void)state;
    const double setup[] = {0, 5, 7.5}, gain[] = {0.8, 1, 1.2}, saturation[] = {0.5, 1, 1.3};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        double cb = 90;
        tape_picture_paint(&b.scene, 0, two_levels, NULL);
        tape_picture_paint(&b.scene, 1, tape_paint_flat, &cb);
        b.options.setup = setup[i];
        b.options.saturation = saturation[i];
        make(&b, 0);
        assert_near(tape_sample(&b.out, 0, 100, 5), 16 + setup[i] * 2.19, 0.05);
        assert_near(tape_sample(&b.out, 0, 600, 5), 235, 0.05);
        assert_near(tape_sample(&b.out, 1, 100, 5), 128 - 38 * saturation[i], 0.05);
        b.options.setup = 0;
        b.options.video_gain = gain[i];
        make(&b, 0);
        assert_near(tape_sample(&b.out, 0, 600, 5), fmin(16 + 219 * gain[i], 65535 / 256.0), 0.05);
        assert_near(tape_sample(&b.out, 0, 100, 5), 16, 0.05);
        end(&b);
    }
}

static void flicker_changes_the_gain_of_fields(void **state)
{
    (void)state;
    const double flicker[] = {0.01, 0.03, 0.1};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        b.options.flicker = flicker[i];
        struct vh_simulate *tape = tape_create(&b.options, &b.scene, NULL, vh_cpu_detect());
        double sum2 = 0;
        const int frames = 300;
        for (int t = 0; t < frames; t++) {
            tape_make(tape, t, &b.scene, &b.out);
            for (int f = 0; f < 2; f++) {
                double g = (tape_sample(&b.out, 0, 50, f) - 16) / 84;
                assert_near(g, vh_simulate_gain(tape, 2 * t + f), 1e-3);
                sum2 += (g - 1) * (g - 1);
            }
        }
        assert_near(sqrt(sum2 / (2 * frames)), flicker[i], 0.1 * flicker[i]);
        vh_simulate_destroy(&tape);
        end(&b);
    }
}

static void hue_noise_turns_chroma_lines(void **state)
{
    (void)state;
    const double degrees[] = {1, 4, 10};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        double cb = 168;
        tape_picture_paint(&b.scene, 1, tape_paint_flat, &cb);
        b.options.hue_noise = degrees[i];
        struct vh_simulate *tape = tape_create(&b.options, &b.scene, NULL, vh_cpu_detect());
        double sum2 = 0;
        int n = 0;
        for (int t = 0; t < 40; t++) {
            tape_make(tape, t, &b.scene, &b.out);
            for (int y = 0; y < H / 2; y++, n++) {
                double u = tape_sample(&b.out, 1, 99, y) - 128, v = tape_sample(&b.out, 2, 99, y) - 128;
                assert_near(sqrt(u * u + v * v), 40, 0.05);
                sum2 += atan2(v, u) * atan2(v, u);
            }
        }
        assert_near(sqrt(sum2 / n) * 180 / M_PI, degrees[i], 0.1 * degrees[i]);
        vh_simulate_destroy(&tape);
        end(&b);
    }
}

/* Cycles of the colour carrier per sample at 13.5 MHz, PAL: the bench's raster. */
static const double carrier = 283.7516 / 864;

static double coloured(double x, double y, const void *arg)
{
    (void)x, (void)y;
    return *(const double *)arg;
}

/* Amplitude of the carrier along a line, and its phase in turns. */
static double carrier_in(const uint16_t *line, int from, int n, double *phase)
{
    double re = 0, im = 0;
    for (int x = from; x < from + n; x++) {
        double w = 1 - cos(2 * 3.14159265358979 * (x - from + 1) / (n + 1));
        re += w * line[x] / VH_CODE * cos(2 * 3.14159265358979 * carrier * x);
        im -= w * line[x] / VH_CODE * sin(2 * 3.14159265358979 * carrier * x);
    }
    *phase = atan2(im, re) / (2 * 3.14159265358979);
    return 2 * hypot(re, im) / (n + 1);
}

/* A coloured area carries dots of the share asked for, which are back after four frames and opposite after
 * two; without colour there are none. */
static void torn_lines_lie_where_they_are_said_to(void **state)
{
    (void)state;
    struct bench b = begin();
    struct bar bar = {360, 8, 0, 0};
    tape_picture_paint(&b.scene, 0, bar_paint, &bar);
    b.options.torn = 2.5;
    struct vh_simulate *tape = tape_create(&b.options, &b.scene, NULL, vh_cpu_detect());
    double shift[2][H], error = 0;
    int torn = 0;
    const int frames = 100;
    for (int t = 0; t < frames; t++) {
        tape_make(tape, t, &b.scene, &b.out);
        for (int f = 0; f < 2; f++)
            vh_simulate_line_shifts(tape, 2 * t + f, shift[f]);
        for (int y = 0; y < H; y++) {
            double by = shift[y & 1][y / 2];
            assert_true(by == 0 || fabs(by) >= 6);
            torn += by != 0;
            error = fmax(error, fabs(row_centre(&b.out, 0, y) - 360 - by));
        }
    }
    assert_near(torn / (2.0 * frames), 2.5, 0.3);
    assert_near(error, 0, 0.02);
    vh_simulate_destroy(&tape);
    end(&b);
}

/* All lines of a field by the same, which is drawn as it is told. */
static void fields_step_aside_as_a_whole(void **state)
{
    (void)state;
    struct bench b = begin();
    struct bar bar = {360, 8, 0, 0};
    tape_picture_paint(&b.scene, 0, bar_paint, &bar);
    b.options.sidestep = 30;
    struct vh_simulate *tape = tape_create(&b.options, &b.scene, NULL, vh_cpu_detect());
    double shift[2][H], error = 0;
    int stepped = 0;
    const int frames = 100;
    for (int t = 0; t < frames; t++) {
        tape_make(tape, t, &b.scene, &b.out);
        for (int f = 0; f < 2; f++) {
            vh_simulate_line_shifts(tape, 2 * t + f, shift[f]);
            stepped += shift[f][0] != 0;
            assert_true(shift[f][0] == 0 || (fabs(shift[f][0]) >= 2 && fabs(shift[f][0]) <= 12));
        }
        for (int y = 0; y < H; y++) {
            assert_true(shift[y & 1][y / 2] == shift[y & 1][0]);
            error = fmax(error, fabs(row_centre(&b.out, 0, y) - 360 - shift[y & 1][0]));
        }
    }
    assert_near(stepped / (2.0 * frames), 0.3, 0.1);
    assert_near(error, 0, 0.02);
    vh_simulate_destroy(&tape);
    end(&b);
}

/* A ramp down the picture tells where each field stands. */
static double ramp_paint(double x, double y, const void *arg)
{
    (void)arg, (void)x;
    return 40 + 0.2 * y;
}

static void fields_bounce_by_whole_lines(void **state)
{
    (void)state;
    struct bench b = begin();
    tape_picture_paint(&b.scene, 0, ramp_paint, NULL);
    b.options.bounce = 30;
    struct vh_simulate *tape = tape_create(&b.options, &b.scene, NULL, vh_cpu_detect());
    int bounced = 0;
    const int frames = 50;
    for (int t = 0; t < frames; t++) {
        tape_make(tape, t, &b.scene, &b.out);
        for (int f = 0; f < 2; f++) {
            int by = vh_simulate_bounce(tape, 2 * t + f), parity = vh_simulate_parity(tape, 2 * t + f);
            assert_true(by >= -3 && by <= 3);
            bounced += by != 0;
            int y = 30 + parity;
            assert_near(tape_sample(&b.out, 0, 100, y), 40 + 0.2 * (y - 2 * by), 0.05);
        }
    }
    assert_near(bounced / (2.0 * frames), 0.3, 0.1);
    vh_simulate_destroy(&tape);
    end(&b);
}

/* Spots of several lines, in one field each, colour gone under them. */
static void dirt_covers_spots_of_one_field(void **state)
{
    (void)state;
    struct bench b = begin();
    double code = 110, colour = 160;
    tape_picture_paint(&b.scene, 0, tape_paint_flat, &code);
    tape_picture_paint(&b.scene, 1, tape_paint_flat, &colour);
    b.options.dirt = 2;
    struct vh_simulate *tape = tape_create(&b.options, &b.scene, NULL, vh_cpu_detect());
    const int frames = 40;
    double covered = 0, grey = 0;
    int alike = 0;
    for (int t = 0; t < frames; t++) {
        tape_make(tape, t, &b.scene, &b.out);
        struct vh_plane p = b.out.image.plane[0];
        for (int y = 0; y + 1 < p.height; y++)
            for (int x = 0; x < p.width; x++) {
                bool spot = fabs(tape_sample(&b.out, 0, x, y) - code) > 60;
                covered += spot;
                grey += spot && tape_sample(&b.out, 1, x >> b.out.image.sub_x,
                                    b.out.image.sub_y ? (y >> 2) * 2 + (y & 1) : y) < 145;
                alike += spot && y + 1 < p.height && fabs(tape_sample(&b.out, 0, x, y + 1) - code) > 60;
            }
    }
    /* pi times the means of 7.5 and 2.5, less what hangs over the edges. */
    double per_spot = covered / (2.0 * frames * b.options.dirt) / (b.scene.image.plane[0].width / 720.0);
    assert_true(per_spot > 35 && per_spot < 75);
    assert_true(grey > 0.5 * covered);
    assert_true(alike < 0.1 * covered);
    vh_simulate_destroy(&tape);
    end(&b);
}

static void dot_crawl_is_the_colour_carrier(void **state)
{
    (void)state;
    static const double share[] = {0.1, 0.3, 1};
    const double cb = 128 + 20, cr = 128 - 30;
    /* 0.493 (B-Y) and 0.877 (R-Y) in codes of luma. */
    const double amplitude = hypot(20 * 219 * 0.493 / (224 * 0.564), 30 * 219 * 0.877 / (224 * 0.713));
    for (int i = 0; i < 3; i++) {
        double phase[5];
        struct bench b = begin();
        b.options.dot_crawl = share[i];
        make(&b, 0);
        struct vh_plane p = b.out.image.plane[0];
        assert_near(carrier_in(p.data + 20 * p.stride, 100, 512, &phase[0]), 0, 0.01);
        tape_picture_paint(&b.scene, 1, coloured, &cb);
        tape_picture_paint(&b.scene, 2, coloured, &cr);
        for (int t = 0; t < 5; t++) {
            make(&b, t);
            assert_near(carrier_in(p.data + 20 * p.stride, 100, 512, &phase[t]), share[i] * amplitude, 0.05);
        }
        double half = phase[2] - phase[0], whole = phase[4] - phase[0];
        assert_near(fabs(half - lrint(half)), 0.5, 0.01);
        assert_near(whole - lrint(whole), 0, 0.01);
        end(&b);
    }
}

static double fine_stripes(double x, double y, const void *arg)
{
    (void)y;
    return 110 + *(const double *)arg * cos(2 * 3.14159265358979 * (carrier + 0.004) * x);
}

/* Stripes next to the carrier turn into colour; coarse luma does not. */
static void cross_colour_takes_fine_luma_for_colour(void **state)
{
    (void)state;
    const double contrast = 30;
    struct bench b = begin();
    b.options.cross_colour = 0.5;
    for (int fine = 0; fine < 2; fine++) {
        if (fine)
            tape_picture_paint(&b.scene, 0, fine_stripes, &contrast);
        make(&b, 0);
        struct vh_plane p = b.out.image.plane[1];
        double most = 0;
        for (int y = 4; y < 12; y++)
            for (int x = 40; x < p.width - 40; x++)
                most = fmax(most, fabs(p.data[y * p.stride + x] / (double)VH_CODE - 128));
        if (fine)
            assert_near(most, 0.5 * contrast / (219 * 0.493 / (224 * 0.564)), 8);
        else
            assert_near(most, 0, 0.05); /* of grey 100: what the low-pass lets through */
    }
    end(&b);
}

static void camera_filter_sums_lines(void **state)
{
    (void)state;
    struct bench b = begin();
    tape_picture_paint(&b.scene, 0, noise_paint, NULL);
    b.options.camera = VH_TAPE_CAMERA_121;
    make(&b, 0);
    for (int x = 0; x < W; x += 71)
        for (int y = 1; y < H - 1; y++)
            assert_near(tape_sample(&b.out, 0, x, y),
                (tape_sample(&b.scene, 0, x, y - 1) + 2 * tape_sample(&b.scene, 0, x, y) +
                    tape_sample(&b.scene, 0, x, y + 1)) /
                    4,
                0.003);
    end(&b);
}

static void same_seed_same_bits(void **state)
{
    (void)state;
    struct bench b = begin();
    struct tape_picture again = tape_picture_create(W, H, 1, 1);
    for (int i = 0; i < 3; i++)
        tape_picture_paint(&b.scene, i, noise_paint, NULL);
    vh_simulate_defaults(&b.options, VH_TAPE_WORN);
    b.options.tracking = 12;
    b.options.dropouts = 6;
    make(&b, 5);
    size_t bytes = (size_t)(W * H * 3 / 2) * 2;
    const unsigned levels[] = {0, vh_cpu_detect() & VH_CPU_AVX2, vh_cpu_detect()};
    for (int threads = 1; threads <= 5; threads += 2)
        for (int i = 0; i < 3; i++) {
            struct vh_pool *pool = NULL;
            assert_int_equal(vh_pool_create(&pool, threads), VH_OK);
            struct vh_simulate *tape = tape_create(&b.options, &b.scene, pool, levels[i]);
            tape_make(tape, 9, &b.scene, &again);
            tape_make(tape, 5, &b.scene, &again);
            assert_memory_equal(again.memory, b.out.memory, bytes);
            vh_simulate_destroy(&tape);
            vh_pool_destroy(&pool);
        }
    b.options.seed = 2;
    make(&b, 5);
    assert_int_not_equal(memcmp(again.memory, b.out.memory, bytes), 0);
    tape_picture_destroy(&again);
    end(&b);
}

static void bad_rasters_are_refused(void **state)
{
    (void)state;
    struct vh_simulate_options options;
    struct vh_simulate *tape = NULL;
    vh_simulate_defaults(&options, VH_TAPE_SP);
    struct vh_simulate_format format = {.width = 32, .height = 64, .n_planes = 1, .frame_rate = {25, 1}};
    assert_int_equal(vh_simulate_create(&tape, &options, &format, NULL, 0, NULL), VH_ERR_USAGE);
    assert_null(tape);
    format.width = 720;
    format.frame_rate.num = 0;
    assert_int_equal(vh_simulate_create(&tape, &options, &format, NULL, 0, NULL), VH_ERR_USAGE);
    vh_simulate_destroy(&tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_tape_is_exact_interlacing),
        cmocka_unit_test(bandwidths_are_those_asked_for),
        cmocka_unit_test(bandwidth_holds_on_other_rasters),
        cmocka_unit_test(noise_has_its_sigma_and_colour),
        cmocka_unit_test(chroma_delay_moves_chroma_alone),
        cmocka_unit_test(jitter_has_its_rms_and_correlation),
        cmocka_unit_test(flagging_and_skew_bend_the_lines),
        cmocka_unit_test(halo_overshoots_as_much_as_asked),
        cmocka_unit_test(levels_are_exact),
        cmocka_unit_test(flicker_changes_the_gain_of_fields),
        cmocka_unit_test(hue_noise_turns_chroma_lines),
        cmocka_unit_test(torn_lines_lie_where_they_are_said_to),
        cmocka_unit_test(fields_bounce_by_whole_lines),
        cmocka_unit_test(fields_step_aside_as_a_whole),
        cmocka_unit_test(dirt_covers_spots_of_one_field),
        cmocka_unit_test(dot_crawl_is_the_colour_carrier),
        cmocka_unit_test(cross_colour_takes_fine_luma_for_colour),
        cmocka_unit_test(camera_filter_sums_lines),
        cmocka_unit_test(same_seed_same_bits),
        cmocka_unit_test(bad_rasters_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
