/* Truth table of the sound detectors and repairs over made sound: every fault on speech-like, music-like and
 * silent programme, mono and stereo, at 32, 44.1 and 48 kHz. Prints hit and false rate of each detector and
 * the figures of each repair; the exit status says whether all limits hold.
 *
 * The rows end in a verdict for each promise of docs/algorithms/sound.md; the exit status is the number of
 * broken ones. Seeds 1 and 2 are what the thresholds were tuned on; with PROGRAMME=FILE (raw 32-bit float,
 * mono, 48 kHz) the programme is cut out of that file instead of made: other voices, real music.
 *
 * usage: [PROGRAMME=FILE] sound_table [seconds [seeds [fault, -1 = all [first seed]]]]
 */
#include "audio/sound_chain.h"
#include "core/status.h"
#include "made_sound.h"

#include <stdarg.h>
#include <stdio.h>

enum fault { CLEAN, DC, DEAD, MONO, POLARITY, AZIMUTH, CLIP, CLICKS, HUM, BUZZ, WHISTLE, HISS, N_FAULTS };

static const char *const names[] = {"clean", "dc", "dead channel", "dual mono", "polarity", "azimuth",
    "clipping", "clicks", "hum", "buzz", "whistle", "hiss"};
static const char *const keys[] = {NULL, "audio.dc", "audio.dead_channel", "audio.dual_mono",
    "audio.polarity", "audio.azimuth", "audio.clipping", "audio.clicks", "audio.hum.level",
    "audio.buzz.level", "audio.whistle.level", "audio.hiss.level"};

struct take {
    enum fault fault;
    enum made_kind kind;
    int rate, channels, n;
    uint64_t seed;
    float *clean[2], *bad[2];
    int click_at[4096], n_clicks;
    double azimuth; /* samples */
    bool sensible;  /* the fault can exist on this programme at all */
};

static float *programme; /* PROGRAMME, n_programme samples */
static int n_programme;

static void read_programme(const char *path)
{
    FILE *file = path ? fopen(path, "rb") : NULL;
    if (!file)
        return;
    fseek(file, 0, SEEK_END);
    n_programme = (int)(ftell(file) / (long)sizeof(float));
    rewind(file);
    programme = malloc(sizeof *programme * (size_t)(n_programme + 1));
    n_programme = (int)fread(programme, sizeof *programme, (size_t)n_programme, file);
    fclose(file);
}

/* The programme of a take, from the generator or from the file (without the offset it may have of its own).
 */
static void cut_sound(float *x, int n, int rate, enum made_kind kind, uint64_t seed)
{
    if (!n_programme || kind == MADE_SILENCE) {
        made_sound(x, n, rate, kind, seed);
        return;
    }
    double mean = 0;
    for (int i = 0; i < n; i++)
        mean += x[i] = programme[(seed * 997 * 480 + (uint64_t)i) % (uint64_t)n_programme];
    for (int i = 0; i < n; i++)
        x[i] -= (float)(mean / n);
    made_scale(x, n, 0.1);
}

static double phase_of(struct made_random *r)
{
    return 2 * M_PI * made_uniform(r);
}

static void add_clicks(struct take *t, struct made_random *r)
{
    double rate = t->rate;
    for (double at = 0.05 * rate; at < t->n - 0.1 * rate; at += rate * (0.05 + 0.5 * made_uniform(r))) {
        int width = (int)(rate * (0.0001 + 0.0009 * made_uniform(r))), c = t->channels * made_uniform(r) > 1;
        double size = 0.1 * pow(8, made_uniform(r)) * (made_uniform(r) < 0.5 ? -1 : 1),
               bend = 1 + 3 * made_uniform(r);
        for (int k = 0; k < width; k++)
            t->bad[c][(int)at + k] += (float)(size * exp(-3.0 * k / width) * cos(2.5 * k / width * bend));
        if (t->n_clicks < 4096)
            t->click_at[t->n_clicks++] = (int)at;
    }
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* The level above which a tenth of the samples lies. */
static float tenth(const float *x, int n)
{
    float *size = malloc(sizeof *size * n);
    for (int i = 0; i < n; i++)
        size[i] = fabsf(x[i]);
    qsort(size, n, sizeof *size, by_size);
    float level = size[(int)(n * 0.9)];
    free(size);
    return level;
}

/* x(t - delay) of a sum is made by the generator, not by interpolation: whole samples at eight times the
 * rate. */
static void make_late(struct take *t, double delay)
{
    int up = 8, shift = (int)lrint(delay * up);
    float *fine = malloc(sizeof *fine * t->n * up);
    made_sound(fine, t->n * up, t->rate * up, t->kind, t->seed);
    double lp[2][2] = {{0}},
           k = 1 - exp(-2 * M_PI * 0.3 / up); /* the finer sound reaches higher: roll it off */
    for (int i = 0; i < t->n * up; i++)
        for (int s = 0; s < 2; s++)
            fine[i] = (float)(lp[0][s] += k * (fine[i] - lp[0][s]));
    for (int i = 0; i < t->n; i++) {
        t->bad[0][i] = t->clean[0][i] = fine[i * up];
        t->bad[1][i] = t->clean[1][i] = i * up >= shift ? fine[i * up - shift] : 0;
    }
    t->azimuth = (double)shift / up;
    free(fine);
}

static void damage(struct take *t)
{
    struct made_random r = {t->seed * 31 + t->fault};
    double rate = t->rate, hum = 49.95 + 0.1 * made_uniform(&r) + (t->seed % 2 ? 10 : 0),
           ppm = 1 + 40e-6 * (made_uniform(&r) - 0.5);
    double period = rate / (t->seed % 2 ? 60000 / 1001.0 : 50) * ppm, line = t->seed % 2 ? 15734.266 : 15625;
    double turn[8];
    for (int h = 0; h < 8; h++)
        turn[h] = phase_of(&r);
    for (int c = 0; c < t->channels; c++)
        for (int i = 0; i < t->n; i++) {
            double x = t->clean[c][i];
            if (t->fault == DC)
                x += 0.004;
            else if (t->fault == DEAD && c == 1)
                x = 0.001 * made_normal(&r);
            else if (t->fault == POLARITY && c == 1)
                x = -x;
            else if (t->fault == HISS)
                x += 0.01 * made_normal(&r);
            else if (t->fault == WHISTLE)
                x += 0.003 * sin(2 * M_PI * line * i / rate);
            else if (t->fault == BUZZ)
                x += 0.02 * made_buzz(i, period);
            for (int h = 1; h <= 8 && t->fault == HUM; h++)
                x += 0.02 / h * sin(2 * M_PI * hum * h * i / rate + turn[h - 1]);
            t->bad[c][i] = (float)x;
        }
    if (t->fault == MONO)
        for (int i = 0; i < t->n; i++)
            t->bad[1][i] = t->clean[1][i] = (float)(t->clean[0][i] + 3e-5 * made_normal(&r));
    if (t->fault == MONO)
        memcpy(t->bad[0], t->clean[0], sizeof(float) * t->n);
    if (t->fault == CLICKS)
        add_clicks(t, &r);
    if (t->fault == AZIMUTH)
        make_late(t, 0.5 + 6 * made_uniform(&r));
    for (int c = 0; c < t->channels && t->fault == CLIP; c++) {
        float level = tenth(t->clean[c], t->n);
        for (int i = 0; i < t->n; i++)
            t->bad[c][i] = fmaxf(-level, fminf(level, t->clean[c][i]));
    }
}

static void make(struct take *t)
{
    float *other = malloc(sizeof *other * t->n);
    for (int c = 0; c < 2; c++) {
        t->clean[c] = malloc(sizeof(float) * t->n);
        t->bad[c] = malloc(sizeof(float) * t->n);
    }
    cut_sound(t->clean[0], t->n, t->rate, t->kind, t->seed);
    cut_sound(other, t->n, t->rate, t->kind, t->seed + 1000);
    for (int i = 0; i < t->n && t->channels == 2; i++) { /* two sources, panned apart */
        float a = t->clean[0][i], b = other[i];
        t->clean[0][i] = a + 0.4f * b;
        t->clean[1][i] = 0.4f * a + b;
    }
    free(other);
    bool pair = t->fault == DEAD || t->fault == MONO || t->fault == POLARITY || t->fault == AZIMUTH;
    bool loud = pair || t->fault == CLIP || t->fault == CLICKS;
    t->sensible = (!pair || t->channels == 2) && (!loud || t->kind != MADE_SILENCE) &&
                  !(t->fault == WHISTLE && t->rate < 32000);
    damage(t);
}

static void drop(struct take *t)
{
    for (int c = 0; c < 2; c++) {
        free(t->clean[c]);
        free(t->bad[c]);
    }
}

static void measure(
    const struct take *t, float *const *x, struct vh_sound_findings *f, struct vh_profile *profile)
{
    struct vh_sound_analyzer *a = NULL;
    struct vh_pcm_format format = {t->rate, t->channels};
    vh_sound_analyzer_create(&a, &format, t->seed % 2 ? 60000 / 1001.0 : 50, NULL);
    for (int i = 0; i < t->n; i += 5000) {
        const float *from[2] = {x[0] + i, x[1] + i};
        vh_sound_analyzer_push(a, from, t->n - i < 5000 ? t->n - i : 5000);
    }
    vh_sound_analyzer_finish(a, f, profile);
    vh_sound_analyzer_destroy(&a);
}

/* The chain planned from what was measured, run over `x` into `y`. Returns the number of items. */
static int repair(const struct take *t, const struct vh_sound_findings *f, const struct vh_profile *profile,
    float *const *x, float *const *y)
{
    struct vh_sound_options options;
    struct vh_sound_plan *plan = NULL;
    struct vh_sound_chain *chain = NULL;
    vh_option_init(&vh_sound_option_table, &options);
    if (t->fault != HISS) /* one fault at a time is judged */
        options.hiss = VH_SOUND_OFF;
    struct vh_sound_plan_config config = {
        .options = &options, .findings = f, .profile = profile, .format = {t->rate, t->channels}};
    vh_sound_plan_create(&plan, &config, NULL);
    int n = plan->n_items;
    if (n && plan->item[n - 1].params.kind == VH_SOUND_LEVEL)
        n--; /* compared at the same level */
    vh_sound_chain_create(&chain, plan, 0, n, &config.format, NULL);
    vh_sound_chain_push(chain, (const float *const *)x, t->n);
    vh_sound_chain_flush(chain);
    if (vh_sound_chain_ready(chain) != t->n)
        printf("LENGTH %d instead of %d\n", vh_sound_chain_ready(chain), t->n);
    vh_sound_chain_pull(chain, y, t->n);
    vh_sound_chain_destroy(&chain);
    vh_sound_plan_destroy(&plan);
    vh_option_uninit(&vh_sound_option_table, &options);
    return n;
}

/* Left of the fault after repair, in dB of the fault: power of (y - clean) over power of (bad - clean),
 * channel 0. */
static double left_db(const struct take *t, float *const *y, int c)
{
    double left = 0, fault = 0;
    for (int i = 0; i < t->n; i++) {
        left += pow((double)y[c][i] - t->clean[c][i], 2);
        fault += pow((double)t->bad[c][i] - t->clean[c][i], 2);
    }
    return 10 * log10((left + 1e-20) / (fault + 1e-20));
}

/* Amplitude of the tone `hz` in x - clean over that in bad - clean, dB: what is coherently left. */
static double line_db(const struct take *t, float *const *y, double hz)
{
    double a = 0, b = 0, c = 0, d = 0;
    for (int i = t->n / 10; i < t->n * 9 / 10; i++) {
        double co = cos(2 * M_PI * hz * i / t->rate), si = sin(2 * M_PI * hz * i / t->rate);
        a += (y[0][i] - t->clean[0][i]) * co;
        b += (y[0][i] - t->clean[0][i]) * si;
        c += (t->bad[0][i] - t->clean[0][i]) * co;
        d += (t->bad[0][i] - t->clean[0][i]) * si;
    }
    return 10 * log10((a * a + b * b + 1e-20) / (c * c + d * d + 1e-20));
}

/* Energy of clean programme behind the planned repair over that before, dB: what the repair takes of it. */
static double loss_db(
    const struct take *t, const struct vh_sound_findings *f, const struct vh_profile *profile)
{
    float *out[2];
    for (int c = 0; c < 2; c++)
        out[c] = malloc(sizeof(float) * t->n);
    repair(t, f, profile, t->clean, out);
    double db = made_db(t->clean[0], out[0], t->n);
    free(out[0]);
    free(out[1]);
    return db;
}

/* What is left of the hum's eight harmonics, by power. */
static double hum_left_db(const struct take *t, float *const *y, double hz)
{
    double left = 0, fault = 0;
    for (int h = 1; h <= 8; h++) {
        left += pow(10, line_db(t, y, hz * h) / 10) / h / h;
        fault += 1.0 / h / h;
    }
    return 10 * log10(left / fault);
}

struct tally {
    int hit, wanted;     /* the fault was there, and found */
    int wrong, possible; /* it was not there, and found */
    double worst, sum;   /* repair figure */
    int n;
};

static struct tally tally[N_FAULTS];
static int touched, n_clean, click_hit, click_all, click_false;
static double worst_loss = -99, hiss_alone = -99, hiss_sum[2];
static int hiss_n[2]; /* by kind of programme */

static void score(const struct take *t, enum fault fault, double value)
{
    static const double limit[N_FAULTS] = {
        [AZIMUTH] = 0.05, [CLIP] = -6, [HUM] = -30, [BUZZ] = -20, [WHISTLE] = -40, [HISS] = -6};
    if (value > limit[fault])
        printf("weak %s: %.2f, kind %d, %d Hz, %d ch, seed %d\n", names[fault], value, t->kind, t->rate,
            t->channels, (int)t->seed);
    struct tally *s = &tally[fault];
    s->worst = s->n == 0 || value > s->worst ? value : s->worst;
    s->sum += value;
    s->n++;
}

static void score_clicks(const struct take *t, float *const *y)
{
    int reach = t->rate / 400;
    for (int k = 0; k < t->n_clicks; k++) {
        bool hit = false;
        for (int i = t->click_at[k] - 3; i < t->click_at[k] + reach / 2; i++)
            hit |= y[0][i] != t->bad[0][i] || (t->channels == 2 && y[1][i] != t->bad[1][i]);
        click_hit += hit;
        click_all++;
    }
    for (int c = 0; c < t->channels; c++)
        for (int i = 0, run = 0, k = 0; i < t->n; i++) {
            while (k + 1 < t->n_clicks && t->click_at[k + 1] < i + reach)
                k++;
            if (y[c][i] == t->bad[c][i]) {
                run -= run > 0;
                continue;
            }
            if (!run && !(t->n_clicks && abs(i - t->click_at[k]) < reach))
                click_false++;
            run = reach;
        }
}

static void judge(struct take *t, const struct vh_sound_findings *f, const struct vh_profile *profile,
    float *const *y, int items)
{
    const struct vh_measurement *m;
    switch (t->fault) {
    case CLEAN:
        n_clean++;
        touched += items != 0;
        break;
    case AZIMUTH:
        m = vh_profile_get(profile, "audio.azimuth");
        score(t, AZIMUTH, m ? fabs(m->value * t->rate / 48000 - t->azimuth) : 99);
        break;
    case CLICKS:
        score_clicks(t, y);
        break;
    case CLIP:
    case BUZZ:
        score(t, t->fault, left_db(t, y, 0));
        break;
    case HUM: {
        struct made_random r = {t->seed * 31 + t->fault};
        double hz = 49.95 + 0.1 * made_uniform(&r) + (t->seed % 2 ? 10 : 0);
        score(t, HUM, hum_left_db(t, y, hz));
        if (t->kind != MADE_SILENCE)
            worst_loss = fmax(worst_loss, fabs(loss_db(t, f, profile)));
        break;
    }
    case WHISTLE: { /* the notch is linear: what it leaves of the whistle alone */
        float *alone[2];
        for (int c = 0; c < 2; c++)
            alone[c] = malloc(sizeof(float) * t->n);
        repair(t, f, profile, t->clean, alone);
        for (int i = 0; i < t->n; i++)
            alone[0][i] = y[0][i] - alone[0][i] + t->clean[0][i];
        score(t, WHISTLE, line_db(t, alone, t->seed % 2 ? 15734.266 : 15625));
        free(alone[0]);
        free(alone[1]);
        break;
    }
    case HISS:
        if (t->kind == MADE_SILENCE) {
            hiss_alone = fmax(hiss_alone, left_db(t, y, 0));
            break;
        }
        score(t, HISS, left_db(t, y, 0));
        hiss_sum[t->kind] += left_db(t, y, 0);
        hiss_n[t->kind]++;
        break;
    default:
        break;
    }
}

static void run(struct take *t)
{
    struct vh_sound_findings *f = calloc(1, sizeof *f);
    struct vh_profile *profile;
    float *y[2];
    make(t);
    if (t->sensible) {
        vh_profile_create(&profile);
        measure(t, t->bad, f, profile);
        for (int k = DC; k < N_FAULTS; k++) {
            double value;
            bool found = vh_profile_defect(profile, keys[k], &value);
            if (k == (int)t->fault) {
                tally[k].wanted++;
                tally[k].hit += found;
                if (!found)
                    printf("missed %s: kind %d, %d Hz, %d ch, seed %d\n", names[k], t->kind, t->rate,
                        t->channels, (int)t->seed);
            } else if (!(k == MONO && (t->fault == AZIMUTH || t->kind == MADE_SILENCE))) {
                tally[k].possible++;
                tally[k].wrong += found;
                if (found)
                    printf("false %s (%.3f) on %s: kind %d, %d Hz, %d ch, seed %d: %s\n", names[k], value,
                        names[t->fault], t->kind, t->rate, t->channels, (int)t->seed,
                        vh_profile_get(profile, keys[k])->evidence);
            }
        }
        for (int c = 0; c < 2; c++)
            y[c] = malloc(sizeof(float) * t->n);
        int items = repair(t, f, profile, t->bad, y);
        judge(t, f, profile, y, items);
        for (int c = 0; c < 2; c++)
            free(y[c]);
        vh_profile_destroy(&profile);
    }
    drop(t);
    free(f);
}

static int broken;

static void verdict(bool holds, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void verdict(bool holds, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("%s  ", holds ? "pass" : "FAIL");
    vprintf(format, args);
    printf("\n");
    va_end(args);
    broken += !holds;
}

static double mean_of(enum fault fault)
{
    return tally[fault].n ? tally[fault].sum / tally[fault].n : -99;
}

static void judge_all(void)
{
    double recall = click_all ? (double)click_hit / click_all : 1,
           precision = click_hit ? (double)click_hit / (click_hit + click_false) : 1;
    for (int k = DC; k < N_FAULTS; k++) {
        const struct tally *s = &tally[k];
        if (s->wanted)
            verdict(s->hit == s->wanted, "%s found in %d of %d", names[k], s->hit, s->wanted);
        verdict(s->wrong == 0, "%s falsely found in %d of %d", names[k], s->wrong, s->possible);
    }
    verdict(touched == 0, "clean sound touched by auto: %d of %d", touched, n_clean);
    if (tally[BUZZ].n)
        verdict(tally[BUZZ].worst <= -20, "buzz left: %.1f dB worst, %.1f mean (-20)", tally[BUZZ].worst,
            mean_of(BUZZ));
    if (tally[HUM].n) {
        verdict(mean_of(HUM) <= -30, "hum left, all harmonics: %.1f dB mean, %.1f worst (-30 mean)",
            mean_of(HUM), tally[HUM].worst);
        verdict(worst_loss < 0.3, "programme lost to hum removal: %.4f dB (0.3)", worst_loss);
    }
    if (tally[WHISTLE].n)
        verdict(tally[WHISTLE].worst <= -40, "whistle left: %.1f dB worst (-40)", tally[WHISTLE].worst);
    if (tally[AZIMUTH].n)
        verdict(
            tally[AZIMUTH].worst <= 0.05, "azimuth error: %.4f samples worst (0.05)", tally[AZIMUTH].worst);
    if (tally[CLIP].n)
        verdict(tally[CLIP].worst <= -6, "flat tops, SNR gain: %.1f dB worst (6)", -tally[CLIP].worst);
    if (click_all)
        verdict(recall >= 0.9 && precision >= 0.95, "clicks: recall %.3f (0.9), precision %.3f (0.95)",
            recall, precision);
    if (tally[HISS].n) {
        static const char *const kinds[] = {"speech", "music"};
        for (int k = 0; k < 2; k++)
            if (hiss_n[k])
                verdict(hiss_sum[k] / hiss_n[k] <= -6, "hiss, SNR gain at 20 dB, %s: %.2f dB mean (6)",
                    kinds[k], -hiss_sum[k] / hiss_n[k]);
        printf("      worst track %.2f dB\n", -tally[HISS].worst);
        verdict(hiss_alone <= -10, "hiss alone: %.1f dB worst (-10)", hiss_alone);
    }
}

int main(int argc, char **argv)
{
    static const int rates[] = {32000, 44100, 48000};
    int seconds = argc > 1 ? atoi(argv[1]) : 10, seeds = argc > 2 ? atoi(argv[2]) : 1,
        only = argc > 3 ? atoi(argv[3]) : -1, first = argc > 4 ? atoi(argv[4]) : 1;
    read_programme(getenv("PROGRAMME"));
    for (int fault = only < 0 ? 0 : only; fault < (only < 0 ? N_FAULTS : only + 1); fault++)
        for (int kind = n_programme ? MADE_MUSIC : 0; kind < 3; kind++)
            for (int channels = 1; channels <= 2; channels++)
                for (int r = n_programme ? 2 : 0; r < 3; r++)
                    for (int seed = first; seed < first + seeds; seed++) {
                        struct take t = {.fault = fault,
                            .kind = kind,
                            .rate = rates[r],
                            .channels = channels,
                            .n = rates[r] * seconds,
                            .seed = (uint64_t)seed};
                        run(&t);
                    }
    printf("%-14s %8s %8s   repair: worst, mean (dB of the fault; azimuth in samples)\n", "fault", "hit",
        "false");
    for (int k = DC; k < N_FAULTS; k++) {
        const struct tally *s = &tally[k];
        printf("%-14s %3d/%-4d %3d/%-4d", names[k], s->hit, s->wanted, s->wrong, s->possible);
        if (s->n)
            printf("   %7.3f %7.3f  (n %d)", s->worst, s->sum / s->n, s->n);
        printf("\n");
    }
    judge_all();
    free(programme);
    return broken;
}
