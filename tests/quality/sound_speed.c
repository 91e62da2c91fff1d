/* Speed of the sound repairs on one core: processor seconds of each native step and of the look, over made
 * stereo sound at 48 kHz in which there is something to repair, as multiples of real time. Two verdicts:
 * everything without declick and declip at least 60 times real time, everything together 8 (anlmdn is
 * FFmpeg's and not in it).
 *
 * usage: sound_speed [seconds]
 */
#include "audio/sound_analysis.h"
#include "core/status.h"
#include "made_sound.h"
#include "run_step.h"

#include <stdio.h>
#include <time.h>

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + t.tv_nsec * 1e-9;
}

static const struct vh_pcm_format format = {48000, 2};

static double time_step(
    const char *name, const struct vh_sound_step_params *params, float *const *x, float *const *y, int n)
{
    double before = cpu_s();
    int got = run_step(params, format, x, n, y, n, 4096);
    double took = cpu_s() - before;
    printf("%-10s %7.0f x%s\n", name, n / 48000.0 / took, got == n ? "" : " WRONG LENGTH");
    return took;
}

static double time_look(float *const *x, int n)
{
    static struct vh_sound_findings findings;
    struct vh_sound_analyzer *a;
    double before = cpu_s();
    if (vh_sound_analyzer_create(&a, &format, 50, NULL) < 0)
        return 1;
    for (int i = 0; i < n; i += 4096) {
        const float *from[2] = {x[0] + i, x[1] + i};
        vh_sound_analyzer_push(a, from, n - i < 4096 ? n - i : 4096);
    }
    vh_sound_analyzer_finish(a, &findings, NULL);
    vh_sound_analyzer_destroy(&a);
    double took = cpu_s() - before;
    printf("%-10s %7.0f x\n", "the look", n / 48000.0 / took);
    return took;
}

int main(int argc, char **argv)
{
    int seconds = argc > 1 ? atoi(argv[1]) : 60, n = seconds * format.rate_hz;
    float *x[2], *y[2];
    struct made_random r = {1};
    for (int c = 0; c < 2; c++) {
        x[c] = malloc(sizeof(float) * n);
        y[c] = malloc(sizeof(float) * n);
        made_sound(x[c], n, format.rate_hz, MADE_SPEECH, (uint64_t)c + 1);
        for (int i = 0; i < n; i++)
            x[c][i] += (float)(0.02 * made_buzz(i, 960) + 0.01 * sin(0.00654 * i) + 0.003 * made_normal(&r));
    }
    struct vh_sound_hiss hiss = {.reduction_db = 15};
    for (int k = 0; k < VH_SOUND_HISS_BANDS; k++)
        hiss.noise_db[0][k] = hiss.noise_db[1][k] = -94;
    const struct {
        const char *name;
        struct vh_sound_step_params params;
    } light[] =
        {
            {"offset", {.kind = VH_SOUND_DC, .dc = {0.01, 0.01}}},
            {"matrix", {.kind = VH_SOUND_MIX, .mix = {.n_out = 2, .gain = {{1}, {0, -1}}}}},
            {"azimuth", {.kind = VH_SOUND_AZIMUTH, .azimuth = {.channel = 1, .n_knots = 1, .delay = {2.3}}}},
            {"buzz", {.kind = VH_SOUND_BUZZ, .buzz = {.period = 960}}},
            {"hum", {.kind = VH_SOUND_HUM, .hum = {50, 10}}},
            {"whistle", {.kind = VH_SOUND_FILTER, .filter = {{{VH_SOUND_NOTCH, 15625, 200, 0}}, 1}}},
            {"hiss", {.kind = VH_SOUND_HISS, .hiss = hiss}},
            {"level", {.kind = VH_SOUND_LEVEL, .level = {12, -1}}},
        },
      heavy[] = {
          {"declick", {.kind = VH_SOUND_CLICK, .click = {10}}},
          {"declip", {.kind = VH_SOUND_CLIP, .clip = {{0.3, 0.3}}}},
      };
    double sum = 0, all;
    for (size_t i = 0; i < sizeof light / sizeof *light; i++)
        sum += time_step(light[i].name, &light[i].params, x, y, n);
    all = sum;
    for (size_t i = 0; i < sizeof heavy / sizeof *heavy; i++)
        all += time_step(heavy[i].name, &heavy[i].params, x, y, n);
    time_look(x, n);
    printf("%s  without declick and declip: %.0f x (60)\n", seconds / sum >= 60 ? "pass" : "FAIL",
        seconds / sum);
    printf("%s  all: %.0f x (8)\n", seconds / all >= 8 ? "pass" : "FAIL", seconds / all);
    for (int c = 0; c < 2; c++) {
        free(x[c]);
        free(y[c]);
    }
    return seconds / sum < 60 || seconds / all < 8;
}
