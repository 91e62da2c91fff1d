/* Recall and precision of the dropout detector on clips with dropouts of known place.
 *
 *   dropout_score FILE:WIDTHxHEIGHT:FRAMES:SIGMA:PER-FIELD...
 *
 * FILE is raw 4:2:0 8 bit, progressive at field rate; noise of SIGMA codes and PER-FIELD dropouts (white,
 * white with a fading tail, or noise; 10 to 400 samples, 1 to 3 field lines) are put into its fields. A
 * sample is lost when it was changed by 24 codes or more; a mark counts as right within 4 samples of one, a
 * loss as found within 4 of a mark.
 */
#include "core/cpu.h"
#include "evidence/evidence.h"
#include "evidence/field_look.h"
#include "motion/search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FRAMES = 128, NEAR = 4 };
static uint64_t seed = 88172645463325252ULL;
static double uniform(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) * (1.0 / 9007199254740992.0);
}
static double normal(void)
{
    double u = uniform() + 1e-12, v = uniform();
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

struct clip {
    char file[512];
    int width, height, frames, n;
    double sigma, rate;
    uint16_t *luma[MAX_FRAMES];
    uint8_t *lost[MAX_FRAMES];
};

static void damage(struct clip *c, int n)
{
    int parity = n & 1, lines = (c->height + 1 - parity) / 2;
    for (double left = c->rate; left > 0; left--) {
        int j = (int)(uniform() * lines), x0 = (int)(uniform() * c->width), kind = (int)(uniform() * 3);
        int length = 10 + (int)(uniform() * (uniform() < 0.7 ? 60 : 390));
        double size = uniform();
        int rows = size < 0.1 ? 3 : size < 0.3 ? 2 : 1;
        if (left < 1 && uniform() > left)
            return;
        for (int r = 0; r < rows && j + r < lines; r++)
            for (int x = x0; x < c->width && x < x0 + length; x++) {
                size_t at = (size_t)(2 * (j + r) + parity) * (size_t)c->width + (size_t)x;
                double u = (x - x0) / (double)length, old = c->luma[n][at] / 256.0;
                double v = kind == 0 ? 235 : kind == 1 ? 235 * (1 - u) + old * u : 16 + uniform() * 219;
                c->lost[n][at] = fabs(v - old) >= 24;
                c->luma[n][at] = (uint16_t)(v * 256);
            }
    }
}

static int clip_open(struct clip *c, const char *text)
{
    memset(c, 0, sizeof *c);
    if (sscanf(text, "%500[^:]:%dx%d:%d:%lf:%lf", c->file, &c->width, &c->height, &c->frames, &c->sigma,
            &c->rate) != 6)
        return -1;
    size_t luma = (size_t)c->width * (size_t)c->height;
    FILE *f = fopen(c->file, "rb");
    uint8_t *raw = malloc(luma * 3 / 2);
    for (; f && c->n < c->frames && c->n < MAX_FRAMES && fread(raw, 1, luma * 3 / 2, f) == luma * 3 / 2;
         c->n++) {
        c->luma[c->n] = malloc(luma * 2);
        c->lost[c->n] = calloc(luma, 1);
        for (size_t i = 0; i < luma; i++) {
            double v = raw[i] + (c->sigma > 0 ? normal() * c->sigma : 0);
            c->luma[c->n][i] = (uint16_t)(fmin(fmax(floor(v + 0.5), 0), 255) * 256);
        }
        damage(c, c->n);
    }
    free(raw);
    if (f)
        fclose(f);
    return c->n > 8 ? 0 : -1;
}

static struct vh_image_const field_of(const struct clip *c, int n)
{
    struct vh_image image = {.n_planes = 1};
    image.plane[0] = (struct vh_plane){c->luma[n], c->width, c->width, c->height};
    image = vh_image_field(image, n & 1);
    return vh_image_read(&image);
}

/* Whether any of `line` within NEAR of x is set. */
static bool near(const uint8_t *line, int n, int x)
{
    for (int k = x - NEAR < 0 ? 0 : x - NEAR; k <= x + NEAR && k < n; k++)
        if (line[k])
            return true;
    return false;
}

struct score {
    long lost, found, marked, right, false_samples, samples;
};

static void score_field(struct score *s, const struct clip *c, int n, const struct vh_field_look *look)
{
    int w = c->width;
    for (int y = 0; y < look->n_lines; y++) {
        const uint8_t *truth = c->lost[n] + (size_t)(2 * y + (n & 1)) * (size_t)w,
                      *mask = look->lost + (size_t)y * (size_t)w;
        for (int x = 0; x < w; x++) {
            s->lost += truth[x];
            s->found += truth[x] && near(mask, w, x);
            s->marked += mask[x];
            s->right += mask[x] && near(truth, w, x);
            s->false_samples += mask[x] && !near(truth, w, x);
            s->samples++;
        }
    }
}

static void measure(struct score *s, const struct clip *c)
{
    struct vh_motion_search *search;
    struct vh_looker *looker;
    struct vh_field_look look;
    struct vh_motion_config config = {.width = c->width,
        .height = c->height,
        .speed = VH_MOTION_NORMAL,
        .keep = 5,
        .cpu_flags = vh_cpu_detect()};
    if (vh_motion_search_create(&search, &config) ||
        vh_looker_create(&looker, c->width, c->height, NULL, config.cpu_flags) ||
        vh_field_look_init(&look, c->width, c->height))
        exit(1);
    for (int i = 0; i < c->n; i++) {
        struct vh_image_const f = field_of(c, i);
        struct vh_motion m;
        struct vh_window w = {.index = i - 2, .frame_height = c->height};
        struct vh_evidence e;
        int n = i - 2;
        vh_motion_search_push(search, &f.plane[0], i & 1, false);
        if (n < 2 || vh_motion_search_get(search, n, &m))
            continue;
        for (int k = -2; k <= 2; k++) {
            w.image[VH_WINDOW_REACH + k] = field_of(c, n + k);
            w.parity[VH_WINDOW_REACH + k] = (n + k) & 1;
        }
        struct vh_dsp_block_noise blocks;
        vh_dsp_block_noise_init(&blocks, vh_cpu_detect());
        vh_evidence_measure(&e, &blocks, &w, &m);
        vh_look(looker, &w, &m, e.sigma_8bit[0], NULL, VH_LOOK_LOST, &look);
        if (look.ref[0] && look.ref[1] && look.ref[2] && look.ref[3])
            score_field(s, c, n, &look);
    }
    vh_field_look_uninit(&look);
    vh_looker_destroy(&looker);
    vh_motion_search_destroy(&search);
}

int main(int argc, char **argv)
{
    for (int a = 1; a < argc; a++) {
        static struct clip c;
        struct score s = {0};
        if (clip_open(&c, argv[a])) {
            fprintf(stderr, "cannot use %s\n", argv[a]);
            return 1;
        }
        measure(&s, &c);
        printf("%-40s recall %.3f precision %.3f false %.1e of all samples\n", argv[a],
            s.lost ? (double)s.found / (double)s.lost : 1, s.marked ? (double)s.right / (double)s.marked : 1,
            (double)s.false_samples / (double)s.samples);
    }
    return 0;
}
