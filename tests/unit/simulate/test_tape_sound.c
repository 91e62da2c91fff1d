/* The sound of a made tape: each fault alone, at three strengths, measured by Fourier sums and counting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "simulate/tape_sound.h"
#include "tape_bench.h"

#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, SECONDS = 4, N = RATE * SECONDS };

#define assert_near(value, expected, tolerance)                                                              \
    do {                                                                                                     \
        double v_ = (value), e_ = (expected), t_ = (tolerance);                                              \
        if (!(fabs(v_ - e_) <= t_))                                                                          \
            fail_msg("%s = %g, expected %g within %g", #value, v_, e_, t_);                                  \
    } while (0)

struct bench {
    struct vh_simulate_options options;
    int height;
    AVRational frame_rate;
    float *channel[2];
};

static struct bench begin(void)
{
    struct bench b = {.height = 576, .frame_rate = {25, 1}};
    vh_simulate_defaults(&b.options, VH_TAPE_CLEAN);
    for (int c = 0; c < 2; c++)
        b.channel[c] = vh_alloc(N, sizeof(float));
    return b;
}

static void end(struct bench *b)
{
    vh_free(b->channel[0]);
    vh_free(b->channel[1]);
}

static void tone(struct bench *b, double hz, double amplitude)
{
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < N; i++)
            b->channel[c][i] = (float)(amplitude * sin(2 * M_PI * hz * i / RATE));
}

static struct vh_tape_sound *create(const struct bench *b)
{
    struct vh_simulate *tape = NULL;
    struct vh_simulate_format picture = {
        .width = 720, .height = b->height, .n_planes = 1, .frame_rate = b->frame_rate};
    assert_int_equal(vh_simulate_create(&tape, &b->options, &picture, NULL, 0, NULL), VH_OK);
    struct vh_tape_sound *sound = NULL;
    struct vh_tape_sound_format format = {RATE, 2};
    assert_int_equal(vh_tape_sound_create(&sound, tape, &format, NULL), VH_OK);
    vh_simulate_destroy(&tape);
    return sound;
}

/* Runs the four seconds through a fresh tape, cut into uneven pieces. */
static void play(struct bench *b, int step)
{
    struct vh_tape_sound *sound = create(b);
    for (int done = 0; done < N;) {
        int n = step + done % 37 < N - done ? step + done % 37 : N - done;
        float *at[2] = {b->channel[0] + done, b->channel[1] + done};
        vh_tape_sound_process(sound, at, n);
        done += n;
    }
    vh_tape_sound_destroy(&sound);
}

static double rms_db(const float *x, int from, int to)
{
    double sum = 0;
    for (int i = from; i < to; i++)
        sum += (double)x[i] * x[i];
    return 10 * log10(sum / (to - from) + 1e-30);
}

/* Rms of the component at hz, in dB. */
static double line_db(const float *x, double hz)
{
    double re = 0, im = 0;
    for (int i = 0; i < N; i++) {
        re += x[i] * cos(2 * M_PI * hz * i / RATE);
        im += x[i] * sin(2 * M_PI * hz * i / RATE);
    }
    return 10 * log10(2 * (re * re + im * im) / ((double)N * N) + 1e-30);
}

static void clean_sound_is_untouched(void **state)
{
    (void)state;
    struct bench b = begin();
    tone(&b, 997, 0.9);
    float *copy = vh_alloc(N, sizeof *copy);
    memcpy(copy, b.channel[1], N * sizeof *copy);
    play(&b, 777);
    assert_memory_equal(copy, b.channel[1], N * sizeof *copy);
    vh_free(copy);
    end(&b);
}

static void bandwidth_is_at_half_power(void **state)
{
    (void)state;
    const double khz[] = {10, 7, 4};
    for (int i = 0; i < 3; i++)
        for (int side = -1; side <= 1; side++) {
            struct bench b = begin();
            b.options.sound_bandwidth = khz[i];
            tone(&b, 1000 * khz[i] * (1 + 0.05 * side), 0.5);
            double before = rms_db(b.channel[0], 0, N);
            play(&b, 5000);
            double loss = before - rms_db(b.channel[0], RATE, N);
            if (side == 0)
                assert_near(loss, 3.01, 0.05);
            else
                assert_true(side < 0 ? loss < 2.6 : loss > 3.4); /* so it is there within 5 % */
            end(&b);
        }
}

static void hiss_hum_buzz_whistle_have_their_levels(void **state)
{
    (void)state;
    const double level[] = {-60, -45, -30};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        b.options.hiss = level[i];
        play(&b, 3000);
        assert_near(rms_db(b.channel[0], 0, N), level[i], 0.1);
        double cross = 0, energy = 0; /* the channels hiss apart */
        for (int k = 0; k < N; k++) {
            cross += (double)b.channel[0][k] * b.channel[1][k];
            energy += (double)b.channel[0][k] * b.channel[0][k];
        }
        assert_near(cross / energy, 0, 0.01);
        end(&b);

        b = begin();
        b.options.hum = level[i];
        play(&b, 3000);
        assert_near(rms_db(b.channel[0], 0, N), level[i], 0.1);
        double sum = 0;
        for (int k = 1; k <= 6; k++)
            sum += pow(10, line_db(b.channel[0], 50 * k) / 10);
        assert_near(10 * log10(sum), level[i], 0.1);
        end(&b);

        b = begin();
        b.options.buzz = level[i];
        play(&b, 3000);
        assert_near(rms_db(b.channel[0], 0, N), level[i], 0.1);
        end(&b);

        b = begin();
        b.options.whistle = level[i];
        play(&b, 3000);
        assert_near(line_db(b.channel[1], 15625), level[i], 0.1);
        assert_near(rms_db(b.channel[1], 0, N), level[i], 0.1);
        end(&b);
    }
}

static void faults_follow_the_standard(void **state)
{
    (void)state;
    struct bench b = begin();
    b.height = 480;
    b.frame_rate = (AVRational){30000, 1001};
    b.options.whistle = b.options.hum = -40;
    play(&b, 3000);
    assert_near(line_db(b.channel[0], 525.0 * 30000 / 1001), -40, 0.1);
    assert_true(line_db(b.channel[0], 60) > -43);
    end(&b);
}

/* The buzz repeats with two fields and with nothing near them. */
static void buzz_is_locked_to_the_fields(void **state)
{
    (void)state;
    struct bench b = begin();
    b.height = 480;
    b.frame_rate = (AVRational){30000, 1001};
    b.options.buzz = -30;
    play(&b, 3000);
    double energy = 0, repeat = 0, near_by = 0;
    int lag = 8008; /* samples of 5 frames */
    for (int i = 0; i + lag + 30 < N; i++) {
        energy += (double)b.channel[0][i] * b.channel[0][i];
        repeat += (double)b.channel[0][i] * b.channel[0][i + lag];
        near_by += (double)b.channel[0][i] * b.channel[0][i + lag + 20];
    }
    assert_near(repeat / energy, 1, 0.01);
    assert_true(fabs(near_by / energy) < 0.9);
    assert_true(line_db(b.channel[0], 30000.0 / 1001) > -80); /* heads differ: half the field rate is in it */
    end(&b);
}

static void gain_balance_polarity_dc_and_clipping(void **state)
{
    (void)state;
    const double db[] = {-12, -3, 6};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        tone(&b, 440, 0.1);
        double before = rms_db(b.channel[0], 0, N);
        b.options.sound_gain = db[i];
        b.options.balance = db[i] / 2;
        play(&b, 1000);
        assert_near(rms_db(b.channel[0], 0, N) - before, db[i], 0.05);
        assert_near(rms_db(b.channel[1], 0, N) - before, 1.5 * db[i], 0.05);
        end(&b);

        b = begin();
        tone(&b, 440, 0.9);
        b.options.sound_clip = -4.0 * (i + 1);
        play(&b, 1000);
        double top = 0;
        int flat = 0;
        for (int k = 0; k < N; k++) {
            top = fmax(top, fabs((double)b.channel[0][k]));
            flat += k && b.channel[0][k] == b.channel[0][k - 1];
        }
        assert_near(20 * log10(top), -4.0 * (i + 1), 0.01);
        assert_true(flat > N / 10);
        end(&b);
    }
    struct bench b = begin();
    tone(&b, 440, 0.5);
    b.options.invert = true;
    b.options.sound_dc = 0.1;
    play(&b, 1000);
    for (int k = 0; k < N; k += 99)
        assert_near(b.channel[0][k] + b.channel[1][k], 0.2, 1e-5);
    end(&b);
    b = begin();
    tone(&b, 440, 0.5);
    b.options.dead = VH_TAPE_DEAD_RIGHT;
    play(&b, 1000);
    assert_true(rms_db(b.channel[1], 0, N) < -200 && rms_db(b.channel[0], 0, N) > -10);
    end(&b);
    b = begin();
    tone(&b, 440, 0.5);
    memset(b.channel[1], 0, N * sizeof(float));
    b.options.mono = true;
    play(&b, 1000);
    assert_memory_equal(b.channel[0], b.channel[1], N * sizeof(float));
    end(&b);
}

static void azimuth_delays_one_channel(void **state)
{
    (void)state;
    const double us[] = {30, -75, 210};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        tone(&b, 500, 0.5);
        b.options.azimuth = us[i];
        play(&b, 300);
        double phase[2];
        for (int c = 0; c < 2; c++) {
            double re = 0, im = 0;
            for (int k = RATE; k < N; k++) {
                re += b.channel[c][k] * sin(2 * M_PI * 500.0 * k / RATE);
                im += b.channel[c][k] * cos(2 * M_PI * 500.0 * k / RATE);
            }
            phase[c] = atan2(im, re);
        }
        assert_near((phase[0] - phase[1]) / (2 * M_PI * 500) * 1e6, us[i], 0.5);
        end(&b);
    }
}

static void clicks_and_holes_are_counted(void **state)
{
    (void)state;
    const double rate[] = {0.5, 2, 10};
    for (int i = 0; i < 3; i++) {
        struct bench b = begin();
        b.options.clicks = rate[i];
        play(&b, 2500);
        struct vh_tape_sound *sound = create(&b);
        int said = 0;
        for (int s = 0; s < SECONDS; s++) {
            struct vh_click list[VH_TAPE_MAX_CLICKS];
            int n = vh_tape_sound_clicks(sound, s, list);
            for (int k = 0; k < n; k++) {
                double step =
                    b.channel[0][list[k].sample] - (list[k].sample ? b.channel[0][list[k].sample - 1] : 0);
                assert_true(fabs(step) > 0.2 && step * list[k].amplitude > 0);
            }
            said += n;
        }
        int found = 0;
        for (int k = 1; k < N; k++)
            found += fabs((double)b.channel[0][k] - b.channel[0][k - 1]) > 0.2;
        assert_int_equal(found, said);
        vh_tape_sound_destroy(&sound);
        end(&b);

        b = begin();
        b.options.sound_dropouts = 60 * rate[i];
        tone(&b, 3000, 0.5);
        play(&b, 2500);
        sound = create(&b);
        struct vh_sound_hole list[VH_TAPE_MAX_HOLES];
        int n = vh_tape_sound_holes(sound, 0, list), inside = 0;
        for (int k = 0; k < n; k++) {
            if (list[k].sample + list[k].length >= N)
                continue;
            inside++;
            assert_in_range(list[k].length, RATE * 5 / 1000 - 1, RATE * 40 / 1000 + 1);
            int from = (int)list[k].sample, to = from + (int)list[k].length;
            assert_true(rms_db(b.channel[0], from + 48, to - 48) < -200);
            assert_true(from < 200 || rms_db(b.channel[0], from - 64, from) > -11);
            assert_true(to + 64 > N || rms_db(b.channel[0], to, to + 64) > -11);
        }
        assert_true(inside > 0);
        vh_tape_sound_destroy(&sound);
        end(&b);
    }
}

static void cutting_the_stream_changes_nothing(void **state)
{
    (void)state;
    struct bench a = begin(), b = begin();
    vh_simulate_defaults(&a.options, VH_TAPE_WORN);
    a.options.azimuth = 41;
    b.options = a.options;
    tone(&a, 333, 0.7);
    tone(&b, 333, 0.7);
    play(&a, 1);
    play(&b, 9999);
    for (int c = 0; c < 2; c++)
        assert_memory_equal(a.channel[c], b.channel[c], N * sizeof(float));
    end(&a);
    end(&b);
}

static void bad_formats_are_refused(void **state)
{
    (void)state;
    struct vh_simulate *tape = NULL;
    struct vh_simulate_options options;
    vh_simulate_defaults(&options, VH_TAPE_SP);
    struct vh_simulate_format picture = {.width = 720, .height = 576, .n_planes = 1, .frame_rate = {25, 1}};
    assert_int_equal(vh_simulate_create(&tape, &options, &picture, NULL, 0, NULL), VH_OK);
    struct vh_tape_sound *sound = NULL;
    struct vh_tape_sound_format formats[] = {{4000, 2}, {48000, 0}, {48000, 9}, {400000, 2}};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(vh_tape_sound_create(&sound, tape, &formats[i], NULL), VH_ERR_USAGE);
        assert_null(sound);
    }
    vh_simulate_destroy(&tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_sound_is_untouched),
        cmocka_unit_test(bandwidth_is_at_half_power),
        cmocka_unit_test(hiss_hum_buzz_whistle_have_their_levels),
        cmocka_unit_test(faults_follow_the_standard),
        cmocka_unit_test(buzz_is_locked_to_the_fields),
        cmocka_unit_test(gain_balance_polarity_dc_and_clipping),
        cmocka_unit_test(azimuth_delays_one_channel),
        cmocka_unit_test(clicks_and_holes_are_counted),
        cmocka_unit_test(cutting_the_stream_changes_nothing),
        cmocka_unit_test(bad_formats_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
