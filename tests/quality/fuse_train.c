/* Trains and measures the gates of the fusion (src/restore/fuse_weights.c) on footage with known truth.
 *
 *   fuse_train extract WEIGHTS|- SAMPLES-PER-CLIP OUT.smp CLIP...   samples of all four gates
 *   fuse_train train existing|missing luma|chroma OUT.gate EPOCHS IN.smp
 *   fuse_train pack OUT.bin LUMA-EXISTING LUMA-MISSING CHROMA-EXISTING CHROMA-MISSING
 *   fuse_train source IN.bin > fuse_weights.c (with FAST: fuse_fast_weights.c)
 *   fuse_train eval WEIGHTS|- CLIP...
 *
 * With FAST in the environment all of it is about level fast: its search, its lists
 * (src/restore/fuse_lists.h).
 *
 * CLIP is FILE:WIDTHxHEIGHT:FIRST:STEP:KIND[:FRAMES], a raw 4:2:0 8-bit file of progressive pictures at field
 * rate. KIND is u or f (unfiltered, or low-passed vertically by [1 2 1]/4 first, as interlaced cameras do),
 * then l for a horizontal low-pass at 3 MHz or s for the noise alone to be so, then the sigma of the noise:
 * u0, f4, fl4. The fields are made, searched and predicted by the program's own code, so that the gates learn
 * what they will see. A gate is trained to minimise the squared error of the mixture, each clip weighted by
 * the error of its best single candidate.
 */
#include "core/cpu.h"
#include "core/memory.h"
#include "evidence/evidence.h"
#include "fuse_field.h"
#include "fuse_lists.h"
#include "motion/search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_FRAMES = 128,
    CELL = VH_FUSE_CELL,
    MAX_OUT = VH_FUSE_MAX_OUT,
    MAX_IN = VH_FUSE_MAX_IN,
    HIDDEN = VH_FUSE_MAX_HIDDEN
};

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
static int clampi(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

/* ---- clips */
struct clip {
    char file[512], kind[16], name[64];
    int width, height, first, step, frames;
    double sigma;
    int n;
    uint8_t *truth[MAX_FRAMES];  /* planar 4:2:0 */
    uint16_t *field[MAX_FRAMES]; /* woven memory of the whole picture; only lines of its own parity count */
};

static int plane_width(const struct clip *c, int p)
{
    return p ? (c->width + 1) / 2 : c->width;
}
static int plane_height(const struct clip *c, int p)
{
    return p ? (c->height + 1) / 2 : c->height;
}
static size_t plane_offset(const struct clip *c, int p)
{
    size_t o = 0;
    for (int i = 0; i < p; i++)
        o += (size_t)plane_width(c, i) * (size_t)plane_height(c, i);
    return o;
}

static float lowpass[15];
static double lowpass_gain;
static void make_lowpass(void)
{
    double sum = 0, energy = 0;
    for (int i = 0; i < 15; i++) {
        double x = (i - 7) * 2 * 0.222, s = i == 7 ? 1 : sin(M_PI * x) / (M_PI * x);
        lowpass[i] = (float)(s * (0.54 + 0.46 * cos(M_PI * (i - 7) / 7.5)));
        sum += lowpass[i];
    }
    for (int i = 0; i < 15; i++) {
        lowpass[i] /= (float)sum;
        energy += lowpass[i] * lowpass[i];
    }
    lowpass_gain = sqrt(energy);
}

static void filter_plane(uint8_t *p, int w, int h, bool vertical, bool horizontal)
{
    uint8_t *t = malloc((size_t)w * (size_t)h);
    if (vertical) {
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                t[y * w + x] = (uint8_t)((p[clampi(y - 1, 0, h - 1) * w + x] + 2 * p[y * w + x] +
                                             p[clampi(y + 1, 0, h - 1) * w + x] + 2) >>
                                         2);
        memcpy(p, t, (size_t)w * (size_t)h);
    }
    for (int y = 0; horizontal && y < h; y++) {
        for (int x = 0; x < w; x++) {
            float s = 0;
            for (int i = 0; i < 15; i++)
                s += lowpass[i] * p[y * w + clampi(x + i - 7, 0, w - 1)];
            t[x] = (uint8_t)clampi((int)floorf(s + 0.5f), 0, 255);
        }
        memcpy(p + y * w, t, (size_t)w);
    }
    free(t);
}

static void make_field(const struct clip *c, int n, bool coloured)
{
    for (int p = 0; p < 3; p++) {
        int w = plane_width(c, p), h = plane_height(c, p);
        const uint8_t *t = c->truth[n] + plane_offset(c, p);
        uint16_t *f = c->field[n] + plane_offset(c, p);
        static float noise[4096];
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w + 15; x++)
                noise[x] = c->sigma > 0 ? (float)(normal() * c->sigma) : 0;
            for (int x = 0; x < w; x++) {
                float e = noise[x];
                if (coloured && !p) {
                    e = 0;
                    for (int i = 0; i < 15; i++)
                        e += lowpass[i] * noise[x + i];
                    e /= (float)lowpass_gain;
                }
                f[y * w + x] = (uint16_t)(clampi((int)floorf((float)t[y * w + x] + e + 0.5f), 0, 255) * 256);
            }
        }
    }
}

static int clip_open(struct clip *c, const char *text)
{
    memset(c, 0, sizeof *c);
    c->frames = 44;
    if (sscanf(text, "%500[^:]:%dx%d:%d:%d:%15[^:]:%d", c->file, &c->width, &c->height, &c->first, &c->step,
            c->kind, &c->frames) < 6)
        return -1;
    const char *base = strrchr(c->file, '/');
    snprintf(c->name, sizeof c->name, "%.40s.%s", base ? base + 1 : c->file, c->kind);
    bool soft = c->kind[1] == 'l', coloured = soft || c->kind[1] == 's';
    c->sigma = atof(c->kind + 1 + coloured);
    size_t bytes = plane_offset(c, 3);
    FILE *f = fopen(c->file, "rb");
    if (!f)
        return -1;
    seed = 88172645463325252ULL + (uint64_t)strlen(text) * 977;
    for (; c->n < c->frames && c->n < MAX_FRAMES; c->n++) {
        uint8_t *t = malloc(bytes);
        if (fread(t, 1, bytes, f) != bytes) {
            free(t);
            break;
        }
        for (int p = 0; p < 3; p++)
            filter_plane(
                t + plane_offset(c, p), plane_width(c, p), plane_height(c, p), c->kind[0] == 'f', soft && !p);
        c->truth[c->n] = t;
        c->field[c->n] = malloc(bytes * 2);
        make_field(c, c->n, coloured);
    }
    fclose(f);
    return c->n ? 0 : -1;
}

static void clip_close(struct clip *c)
{
    for (int n = 0; n < c->n; n++) {
        free(c->truth[n]);
        free(c->field[n]);
    }
}

static struct vh_image_const clip_field(const struct clip *c, int n)
{
    struct vh_image image = {.n_planes = 3, .sub_x = 1, .sub_y = 1};
    for (int p = 0; p < 3; p++)
        image.plane[p] = (struct vh_plane){
            c->field[n] + plane_offset(c, p), plane_width(c, p), plane_width(c, p), plane_height(c, p)};
    image = vh_image_field(image, n & 1);
    return vh_image_read(&image);
}

/* ---- gates */
struct gate {
    int n_in, n_out;
    float w1[HIDDEN][MAX_IN], b1[HIDDEN], w2[MAX_OUT][HIDDEN], b2[MAX_OUT];
};
struct weights {
    struct gate gate[4]; /* luma existing, missing; chroma existing, missing */
};
/* Which of everything that is sampled a gate sees and chooses from; lists NULL: all. */
struct choice {
    const uint8_t *in, *out;
    int n_in, n_out, n_hidden;
};

static bool is_fast(void)
{
    return getenv("FAST") != NULL;
}

/* Gates are counted: luma existing, missing; chroma existing, missing. */
static struct choice choice_of(int which)
{
    struct choice all = {NULL, NULL, which & 1 ? VH_FUSE_I_INPUTS : VH_FUSE_E_INPUTS,
        which & 1 ? VH_FUSE_N_MISSING : VH_FUSE_N_EXISTING, HIDDEN};
    struct choice existing = {vh_fuse_fast_existing_in, vh_fuse_fast_existing_out,
        sizeof vh_fuse_fast_existing_in, sizeof vh_fuse_fast_existing_out, VH_FUSE_FAST_HIDDEN};
    struct choice luma = {vh_fuse_fast_luma_in, vh_fuse_fast_luma_out, sizeof vh_fuse_fast_luma_in,
        sizeof vh_fuse_fast_luma_out, VH_FUSE_FAST_HIDDEN};
    struct choice chroma = {vh_fuse_fast_chroma_in, vh_fuse_fast_chroma_out, sizeof vh_fuse_fast_chroma_in,
        sizeof vh_fuse_fast_chroma_out, VH_FUSE_FAST_HIDDEN};
    if (!is_fast())
        return all;
    return !(which & 1) ? existing : which == 1 ? luma : chroma;
}

/* A gate in the fixed point of struct vh_fuse_gate. */
struct packed {
    int16_t w1[HIDDEN * MAX_IN], w2[MAX_OUT * HIDDEN];
    int32_t b1[HIDDEN], b2[MAX_OUT];
};

static void to_fixed(struct packed *p, const struct gate *g, int n_hidden)
{
    int n_in = g->n_in + (g->n_in & 1);
    memset(p, 0, sizeof *p);
    for (int h = 0; h < n_hidden; h++) {
        for (int i = 0; i < g->n_in; i++)
            p->w1[h * n_in + i] = (int16_t)lrintf(fminf(fmaxf(g->w1[h][i], -15.9f), 15.9f) * 2048);
        p->b1[h] = (int32_t)lrintf(g->b1[h] * (1 << 21));
    }
    for (int k = 0; k < g->n_out; k++) {
        for (int h = 0; h < n_hidden; h++)
            p->w2[k * n_hidden + h] = (int16_t)lrintf(fminf(fmaxf(g->w2[k][h], -31.9f), 31.9f) * 1024);
        p->b2[k] = (int32_t)lrintf(g->b2[k] * (1 << 19));
    }
}

static void to_gate(struct vh_fuse_gate *to, struct packed *p, const struct gate *g, int which)
{
    struct choice c = choice_of(which);
    to_fixed(p, g, c.n_hidden);
    *to = (struct vh_fuse_gate){g->n_in, c.n_hidden, g->n_out, p->w1, p->b1, p->w2, p->b2, c.in, c.out};
}

static bool load_weights(const char *path, struct weights *w)
{
    FILE *f = fopen(path, "rb");
    bool ok = f && fread(w, sizeof *w, 1, f) == 1;
    if (f)
        fclose(f);
    return ok;
}

/* ---- samples */
struct sample {
    float in[MAX_IN];
    float left[MAX_OUT][2 * CELL]; /* candidate minus truth, 8-bit codes */
    float weight;
};
struct set {
    struct sample *s;
    long n, room;
};

static struct sample *set_add(struct set *set)
{
    if (set->n == set->room) {
        set->room = set->room ? set->room * 2 : 65536;
        set->s = realloc(set->s, (size_t)set->room * sizeof *set->s);
    }
    struct sample *s = &set->s[set->n++];
    memset(s, 0, sizeof *s);
    return s;
}

/* Samples of one field: which lines to take how often, and the cells chosen on the line at hand. */
enum { PER_LINE = 12, MAX_LINES = 1024, MAX_TIMES = 16 };
struct taking {
    const struct clip *c;
    int n, group;
    struct set *set[2]; /* existing, missing */
    double *energy[2];
    uint8_t times[2][MAX_LINES];
    long base[MAX_TIMES];
    int cell[MAX_TIMES][PER_LINE];
};

static void plan_lines(struct taking *t, bool missing, long count)
{
    int height = plane_height(t->c, t->group), existing = (height + 1 - (t->n & 1)) / 2;
    int rows = missing ? height - existing : existing;
    for (long done = 0; done < count; done += PER_LINE) {
        uint8_t *times = &t->times[missing][3 + (int)(uniform() * (rows - 6))];
        *times += *times < MAX_TIMES;
    }
}

static void choose_cells(struct taking *t, const struct vh_fuse_look *look, int time)
{
    int n_in = look->missing ? VH_FUSE_I_INPUTS : VH_FUSE_E_INPUTS, edge = t->group ? 1 : 2;
    struct set *set = t->set[look->missing];
    t->base[time] = set->n;
    for (int k = 0; k < PER_LINE; k++) {
        int cell = edge + (int)(uniform() * (plane_width(t->c, t->group) / CELL - 2 * edge));
        struct sample *s = set_add(set);
        t->cell[time][k] = cell;
        for (int i = 0; i < n_in; i++)
            s->in[i] = (float)look->in[i][cell] * (1.f / VH_FUSE_ONE);
    }
}

static void take_line(void *arg, const struct vh_fuse_look *look)
{
    struct taking *t = arg;
    int n_out = look->missing ? VH_FUSE_N_MISSING : VH_FUSE_N_EXISTING, p = look->plane;
    int y = 2 * look->line + ((t->n & 1) ^ (look->missing ? 1 : 0)), width = plane_width(t->c, t->group);
    const uint8_t *truth = t->c->truth[t->n] + plane_offset(t->c, t->group + p) + (ptrdiff_t)y * width;
    for (int time = 0; time < t->times[look->missing][look->line]; time++) {
        if (!p)
            choose_cells(t, look, time);
        for (int k = 0; k < PER_LINE; k++)
            for (int q = 0; q < n_out; q++)
                for (int x = 0; x < CELL; x++) {
                    int i = t->cell[time][k] * CELL + x;
                    float d = (float)look->candidate[q][i] * (1.f / 64) - truth[i];
                    t->set[look->missing]->s[t->base[time] + k].left[q][p * CELL + x] = d;
                    t->energy[look->missing][q] += d * d;
                }
    }
}

static void set_weights(struct set *set, long from, const double *energy, int n_out, int planes)
{
    double best = energy[0], n = (double)(set->n - from) * CELL * planes;
    for (int q = 1; q < n_out; q++)
        best = energy[q] < best ? energy[q] : best;
    for (long i = from; i < set->n; i++)
        set->s[i].weight = (float)(1 / (best / n + (planes == 2 ? 0.05 : 0.3)) / planes);
}

/* ---- running clips */
struct runner {
    struct vh_motion_search *search;
    struct vh_fuse_field field;
};

static void runner_open(struct runner *r, const struct clip *c)
{
    unsigned cpu = getenv("CPU") ? (unsigned)atoi(getenv("CPU")) : vh_cpu_detect();
    struct vh_motion_config mc = {.width = c->width,
        .height = c->height,
        .speed = getenv("FAST") ? VH_MOTION_FAST : VH_MOTION_NORMAL,
        .keep = 5,
        .cpu_flags = cpu};
    struct vh_fuse_field_config fc = {
        .width = c->width, .height = c->height, .n_planes = 3, .sub_x = 1, .sub_y = 1, .cpu_flags = cpu};
    if (vh_motion_search_create(&r->search, &mc) || vh_fuse_field_init(&r->field, &fc))
        exit(1);
}

static void runner_close(struct runner *r)
{
    vh_motion_search_destroy(&r->search);
    vh_fuse_field_uninit(&r->field);
}

static void runner_window(struct vh_window *w, const struct clip *c, int n)
{
    memset(w, 0, sizeof *w);
    for (int k = -2; k <= 2; k++) {
        w->image[VH_WINDOW_REACH + k] = clip_field(c, n + k);
        w->parity[VH_WINDOW_REACH + k] = (n + k) & 1;
    }
    w->index = n;
    w->frame_height = c->height;
}

/* Sometimes takes neighbours away, as cuts and ends of a stream do. */
static void lame(struct vh_motion *m)
{
    double u = uniform();
    bool before = u < 0.04, after = u >= 0.04 && u < 0.08;
    bool far_before = before || (u >= 0.08 && u < 0.11), far_after = after || (u >= 0.11 && u < 0.14);
    m->ref[0].present &= !far_before;
    m->ref[1].present &= !before;
    m->ref[3].present &= !after;
    m->ref[4].present &= !far_after;
}

struct score {
    double ours[3], bwdif[3], existing[3], sigma[3], blocks;
    int n_centres;
    long n[3], n_existing[3];
};

typedef void centre_fn(
    void *arg, struct runner *r, const struct clip *c, int n, struct vh_motion *m, const struct vh_window *w);

static void each_centre(const struct clip *c, centre_fn *fn, void *arg)
{
    struct runner r = {0};
    runner_open(&r, c);
    for (int n = 0; n < c->n; n++) {
        struct vh_image_const f = clip_field(c, n);
        vh_motion_search_push(r.search, &f.plane[0], n & 1, false);
        int centre = n - 2;
        if (centre < c->first || centre >= c->n - 4 || (centre - c->first) % c->step)
            continue;
        struct vh_motion m;
        struct vh_window w;
        if (vh_motion_search_get(r.search, centre, &m))
            continue;
        runner_window(&w, c, centre);
        fn(arg, &r, c, centre, &m, &w);
    }
    runner_close(&r);
}

struct extract {
    struct set set[4];
    const struct vh_fuse_gates *gates[2];
    struct vh_image out;
    long per_centre;
    double energy[4][MAX_OUT];
};

static struct vh_image make_picture(const struct clip *c, uint16_t **memory)
{
    struct vh_image image = {.n_planes = 3, .sub_x = 1, .sub_y = 1};
    *memory = malloc(plane_offset(c, 3) * 2);
    for (int p = 0; p < 3; p++)
        image.plane[p] = (struct vh_plane){
            *memory + plane_offset(c, p), plane_width(c, p), plane_width(c, p), plane_height(c, p)};
    return image;
}

static void extract_centre(
    void *arg, struct runner *r, const struct clip *c, int n, struct vh_motion *m, const struct vh_window *w)
{
    struct extract *e = arg;
    lame(m);
    float s = (float)(c->sigma * (0.88 + 0.24 * uniform()));
    static struct taking taking[2];
    for (int g = 0; g < 2; g++) {
        taking[g] = (struct taking){.c = c, .n = n, .group = g};
        for (int missing = 0; missing < 2; missing++) {
            taking[g].set[missing] = &e->set[2 * g + missing];
            taking[g].energy[missing] = e->energy[2 * g + missing];
            if (missing || c->sigma > 0)
                plan_lines(&taking[g], missing, g ? e->per_centre / 2 : e->per_centre);
        }
    }
    struct vh_fuse_field_job job = {.window = w,
        .motion = m,
        .sigma_8bit = {s, s},
        .gates = {e->gates[0], e->gates[1]},
        .out = e->out,
        .observe = take_line,
        .observe_arg = {&taking[0], &taking[1]}};
    vh_fuse_field_run(&r->field, &job);
}

static void write_set(FILE *f, const struct set *set)
{
    fwrite(&set->n, sizeof set->n, 1, f);
    fwrite(set->s, sizeof *set->s, (size_t)set->n, f);
}

static int do_extract(int n, char **v)
{
    struct weights w;
    struct packed packed[4];
    struct vh_fuse_gates gates[2] = {vh_fuse_luma, vh_fuse_chroma};
    struct extract e = {.gates = {&gates[0], &gates[1]}};
    if (strcmp(v[0], "-") && load_weights(v[0], &w))
        for (int g = 0; g < 4; g++)
            if (w.gate[g].n_in)
                to_gate(g & 1 ? &gates[g / 2].missing : &gates[g / 2].existing, &packed[g], &w.gate[g], g);
    long per_clip = atol(v[1]);
    for (int a = 3; a < n; a++) {
        struct clip c;
        uint16_t *memory;
        if (clip_open(&c, v[a])) {
            fprintf(stderr, "no clip %s\n", v[a]);
            continue;
        }
        long from[4], centres = (c.n - 4 - c.first + c.step - 1) / c.step;
        for (int g = 0; g < 4; g++)
            from[g] = e.set[g].n;
        memset(e.energy, 0, sizeof e.energy);
        e.per_centre = per_clip / (centres > 0 ? centres : 1);
        e.out = make_picture(&c, &memory);
        each_centre(&c, extract_centre, &e);
        for (int g = 0; g < 4; g++)
            if (e.set[g].n > from[g])
                set_weights(&e.set[g], from[g], e.energy[g], g & 1 ? VH_FUSE_N_MISSING : VH_FUSE_N_EXISTING,
                    g / 2 + 1);
        free(memory);
        clip_close(&c);
    }
    FILE *f = fopen(v[2], "wb");
    for (int g = 0; g < 4; g++)
        write_set(f, &e.set[g]);
    fclose(f);
    fprintf(stderr, "samples %ld %ld %ld %ld\n", e.set[0].n, e.set[1].n, e.set[2].n, e.set[3].n);
    return 0;
}

/* ---- training: Adam, cosine learning rate */
static void forward(const struct gate *g, const float *x, float *h, float *w)
{
    float top = -1e9f, sum = 0;
    for (int i = 0; i < HIDDEN; i++) {
        float s = g->b1[i];
        for (int k = 0; k < MAX_IN; k++)
            s += g->w1[i][k] * x[k];
        h[i] = s > 0 ? s : 0;
    }
    for (int k = 0; k < g->n_out; k++) {
        float s = g->b2[k];
        for (int i = 0; i < HIDDEN; i++)
            s += g->w2[k][i] * h[i];
        w[k] = s;
        top = s > top ? s : top;
    }
    for (int k = 0; k < g->n_out; k++) {
        w[k] = expf(w[k] - top);
        sum += w[k];
    }
    for (int k = 0; k < g->n_out; k++)
        w[k] /= sum;
}

static float backward(const struct gate *g, struct gate *grad, const struct sample *s, int width)
{
    float h[HIDDEN], w[MAX_OUT], dw[MAX_OUT] = {0}, dh[HIDDEN] = {0}, loss = 0, mean = 0;
    forward(g, s->in, h, w);
    for (int x = 0; x < width; x++) {
        float e = 0;
        for (int k = 0; k < g->n_out; k++)
            e += w[k] * s->left[k][x];
        loss += e * e;
        for (int k = 0; k < g->n_out; k++)
            dw[k] += 2 * e * s->left[k][x];
    }
    loss *= s->weight / CELL;
    float scale = s->weight / CELL * (loss > 30 ? sqrtf(30 / loss) : 1);
    for (int k = 0; k < g->n_out; k++)
        mean += w[k] * dw[k];
    for (int k = 0; k < g->n_out; k++) {
        float dz = w[k] * (dw[k] - mean) * scale;
        grad->b2[k] += dz;
        for (int i = 0; i < HIDDEN; i++) {
            grad->w2[k][i] += dz * h[i];
            dh[i] += dz * g->w2[k][i];
        }
    }
    for (int i = 0; i < HIDDEN; i++)
        if (h[i] > 0) {
            grad->b1[i] += dh[i];
            for (int k = 0; k < MAX_IN; k++)
                grad->w1[i][k] += dh[i] * s->in[k];
        }
    return loss;
}

static double train(struct gate *g, const struct set *set, int epochs, int width, int n_hidden)
{
    enum { BATCH = 256, N = (sizeof(struct gate) - 2 * sizeof(int)) / sizeof(float) };
    static float m[N], v[N];
    static struct gate grad;
    float *p = &g->w1[0][0], *d = &grad.w1[0][0];
    double loss = 0;
    memset(m, 0, sizeof m);
    memset(v, 0, sizeof v);
    for (int i = 0; i < n_hidden; i++)
        for (int k = 0; k < g->n_in; k++)
            g->w1[i][k] = (float)((uniform() - 0.5) * 2 * sqrt(3.0 / g->n_in) * 0.7);
    for (int k = 0; k < g->n_out; k++)
        for (int i = 0; i < n_hidden; i++)
            g->w2[k][i] = (float)((uniform() - 0.5) * 0.5);
    long batches = set->n / BATCH, total = batches * epochs, step = 0;
    for (int e = 0; e < epochs; e++, loss /= (double)(batches * BATCH)) {
        loss = 0;
        for (long b = 0; b < batches; b++) {
            memset(&grad, 0, sizeof grad);
            for (int q = 0; q < BATCH; q++)
                loss += backward(g, &grad, &set->s[(long)(uniform() * (double)set->n)], width);
            step++;
            float lr = (float)(3e-3 * 0.5 * (1 + cos(M_PI * (double)step / (double)total)) + 1e-5);
            float c1 = 1 / (1 - powf(0.9f, (float)step)), c2 = 1 / (1 - powf(0.999f, (float)step));
            for (int i = 0; i < N; i++) {
                float gi = d[i] / BATCH;
                m[i] = 0.9f * m[i] + 0.1f * gi;
                v[i] = 0.999f * v[i] + 0.001f * gi * gi;
                p[i] -= lr * (m[i] * c1) / (sqrtf(v[i] * c2) + 1e-7f) + lr * 1e-5f * p[i];
            }
        }
    }
    return loss;
}

/* Keeps of a sample what the gate knows. */
static void choose(struct sample *s, const struct choice *c)
{
    struct sample all = *s;
    memset(s->in, 0, sizeof s->in);
    memset(s->left, 0, sizeof s->left);
    for (int i = 0; i < c->n_in; i++)
        s->in[i] = all.in[c->in[i]];
    for (int k = 0; k < c->n_out; k++)
        memcpy(s->left[k], all.left[c->out[k]], sizeof s->left[k]);
}

static int do_train(char **v)
{
    int which = (!strcmp(v[1], "chroma") ? 2 : 0) + !strcmp(v[0], "missing");
    FILE *f = fopen(v[4], "rb");
    struct set set = {0};
    for (int g = 0; f && g <= which; g++) {
        free(set.s);
        if (fread(&set.n, sizeof set.n, 1, f) != 1)
            return 1;
        set.s = malloc((size_t)set.n * sizeof *set.s + 1);
        if (fread(set.s, sizeof *set.s, (size_t)set.n, f) != (size_t)set.n)
            return 1;
    }
    static struct gate g;
    struct choice c = choice_of(which);
    g.n_in = c.n_in;
    g.n_out = c.n_out;
    for (long i = 0; c.in && i < set.n; i++)
        choose(&set.s[i], &c);
    double loss = train(&g, &set, atoi(v[3]), which < 2 ? CELL : 2 * CELL, c.n_hidden);
    fprintf(stderr, "%s %s: %ld samples, loss %.4f\n", v[1], v[0], set.n, loss);
    f = fopen(v[2], "wb");
    fwrite(&g, sizeof g, 1, f);
    fclose(f);
    return 0;
}

static int do_pack(char **v)
{
    static struct weights w;
    for (int g = 0; g < 4; g++) {
        FILE *f = fopen(v[1 + g], "rb");
        if (f) {
            if (fread(&w.gate[g], sizeof w.gate[g], 1, f) != 1)
                memset(&w.gate[g], 0, sizeof w.gate[g]);
            fclose(f);
        }
    }
    FILE *f = fopen(v[0], "wb");
    fwrite(&w, sizeof w, 1, f);
    fclose(f);
    return 0;
}

static void print_shorts(const char *name, const int16_t *v, int n)
{
    printf("static const int16_t %s[] = {", name);
    for (int i = 0; i < n; i++)
        printf("%s%d,", i % 12 ? " " : "\n    ", v[i]);
    printf("\n};\n");
}

static void print_ints(const char *name, const int32_t *v, int n)
{
    printf("static const int32_t %s[] = {", name);
    for (int i = 0; i < n; i++)
        printf("%s%d,", i % 12 ? " " : "\n    ", v[i]);
    printf("\n};\n");
}

static int do_source(char **v)
{
    static const char *const name[4] = {"luma_existing", "luma_missing", "chroma_existing", "chroma_missing"};
    static const char *const list[4] = {"existing", "luma", "existing", "chroma"};
    const char *fast = is_fast() ? "fast_" : "";
    static struct weights w;
    char text[64];
    if (!load_weights(v[0], &w))
        return 1;
    printf("/* The trained gates of the fusion%s, in the fixed point of struct vh_fuse_gate. Written by\n"
           " * tests/quality/fuse_train.c from the footage named in docs/algorithms/motion.md; not to be "
           "edited.\n */\n#include \"%s.h\"\n\n/* clang-format off */\n",
        is_fast() ? " for level fast" : "", is_fast() ? "fuse_lists" : "restore_fuse");
    for (int g = 0; g < 4; g++) {
        const struct gate *a = &w.gate[g];
        static struct packed p;
        int hidden = choice_of(g).n_hidden;
        to_fixed(&p, a, hidden);
        snprintf(text, sizeof text, "%s_w1", name[g]);
        print_shorts(text, p.w1, hidden * (a->n_in + (a->n_in & 1)));
        snprintf(text, sizeof text, "%s_b1", name[g]);
        print_ints(text, p.b1, hidden);
        snprintf(text, sizeof text, "%s_w2", name[g]);
        print_shorts(text, p.w2, a->n_out * hidden);
        snprintf(text, sizeof text, "%s_b2", name[g]);
        print_ints(text, p.b2, a->n_out);
    }
    printf("/* clang-format on */\n\n");
    for (int g = 0; g < 2; g++) {
        printf("const struct vh_fuse_gates vh_fuse_%s%s = {", fast, g ? "chroma" : "luma");
        for (int k = 2 * g; k < 2 * g + 2; k++) {
            printf("\n    .%s = {%d, %d, %d, %s_w1, %s_b1, %s_w2, %s_b2", k & 1 ? "missing" : "existing",
                w.gate[k].n_in, choice_of(k).n_hidden, w.gate[k].n_out, name[k], name[k], name[k], name[k]);
            if (is_fast())
                printf(", vh_fuse_fast_%s_in, vh_fuse_fast_%s_out", list[k], list[k]);
            printf("},");
        }
        printf("};\n");
    }
    return 0;
}

/* ---- evaluation, with bwdif (as libavfilter's, from its description) beside it */
static int bwdif_at(const struct clip *c, int p, int n, int x, int y)
{
    int w = plane_width(c, p), h = plane_height(c, p);
#define AT(k, yy)                                                                                            \
    (c->field[n + (k)][plane_offset(c, p) + (size_t)(clampi((yy), (yy)&1, h - 2 + ((yy)&1)) * w + x)] >> 8)
    int a = AT(0, y - 1), b = AT(0, y + 1), d = (AT(-1, y) + AT(1, y)) >> 1, t0 = abs(AT(-1, y) - AT(1, y));
    int t1 = (abs(AT(-2, y - 1) - a) + abs(AT(-2, y + 1) - b)) >> 1;
    int t2 = (abs(AT(2, y - 1) - a) + abs(AT(2, y + 1) - b)) >> 1;
    int diff = t0 >> 1, v;
    diff = t1 > diff ? t1 : diff;
    diff = t2 > diff ? t2 : diff;
    if (!diff)
        return d;
    int up = ((AT(-1, y - 2) + AT(1, y - 2)) >> 1) - a, down = ((AT(-1, y + 2) + AT(1, y + 2)) >> 1) - b;
    int da = d - a, db = d - b;
    int most = da > db ? da : db, least = da < db ? da : db;
    int low = up < down ? up : down, high = up > down ? up : down;
    most = most > low ? most : low;
    least = least < high ? least : high;
    diff = least > diff ? least : diff;
    diff = -most > diff ? -most : diff;
    if (abs(a - b) > t0)
        v = (((5570 * (AT(-1, y) + AT(1, y)) -
                  3801 * (AT(-1, y - 2) + AT(1, y - 2) + AT(-1, y + 2) + AT(1, y + 2)) +
                  1016 * (AT(-1, y - 4) + AT(1, y - 4) + AT(-1, y + 4) + AT(1, y + 4))) >>
                 2) +
                4309 * (a + b) - 213 * (AT(0, y - 3) + AT(0, y + 3))) >>
            13;
    else
        v = (5077 * (a + b) - 981 * (AT(0, y - 3) + AT(0, y + 3))) >> 13;
    v = clampi(v, d - diff, d + diff);
    return clampi(v, 0, 255);
#undef AT
}

struct evaluate {
    const struct vh_fuse_gates *gates[2];
    struct vh_image out;
    struct score score;
};

static void evaluate_centre(
    void *arg, struct runner *r, const struct clip *c, int n, struct vh_motion *m, const struct vh_window *w)
{
    struct evaluate *e = arg;
    struct vh_evidence v;
    struct vh_dsp_block_noise blocks;
    vh_dsp_block_noise_init(&blocks, vh_cpu_detect());
    vh_evidence_measure(&v, &blocks, w, m);
    float luma = v.sigma_8bit[0], chroma = fmaxf(v.sigma_8bit[1], v.sigma_8bit[2]);
    for (int p = 0; p < 3; p++)
        e->score.sigma[p] += v.sigma_8bit[p];
    e->score.blocks += v.n_blocks[0];
    e->score.n_centres++;
    struct vh_fuse_field_job job = {.window = w,
        .motion = m,
        .sigma_8bit = {luma, chroma},
        .gates = {e->gates[0], e->gates[1]},
        .out = e->out};
    vh_fuse_field_run(&r->field, &job);
    for (int p = 0; p < 3; p++) {
        int pw = plane_width(c, p), ph = plane_height(c, p), border = 8 >> !!p;
        for (int y = border; y < ph - border; y++)
            for (int x = border; x < pw - border; x++) {
                double t = c->truth[n][plane_offset(c, p) + (size_t)(y * pw + x)];
                double o = floor(e->out.plane[p].data[y * e->out.plane[p].stride + x] / 256.0 + 0.5);
                bool own = (y & 1) == (n & 1);
                double b = own ? c->field[n][plane_offset(c, p) + (size_t)(y * pw + x)] / 256.0
                               : bwdif_at(c, p, n, x, y);
                e->score.ours[p] += (o - t) * (o - t);
                e->score.bwdif[p] += (b - t) * (b - t);
                e->score.existing[p] += own ? (o - t) * (o - t) : 0;
                e->score.n[p]++;
                e->score.n_existing[p] += own;
            }
    }
}

static double db(double energy, long n)
{
    return 10 * log10(65025 / (energy / (double)n + 1e-6));
}

static int do_eval(int n, char **v)
{
    static struct weights w;
    static struct packed packed[4];
    struct vh_fuse_gates gates[2] = {vh_fuse_luma, vh_fuse_chroma};
    if (is_fast()) {
        gates[0] = vh_fuse_fast_luma;
        gates[1] = vh_fuse_fast_chroma;
    }
    if (strcmp(v[0], "-") && load_weights(v[0], &w))
        for (int g = 0; g < 4; g++)
            if (w.gate[g].n_in)
                to_gate(g & 1 ? &gates[g / 2].missing : &gates[g / 2].existing, &packed[g], &w.gate[g], g);
    printf("%-24s %20s   %20s   %s\n", "clip", "bwdif Y U V", "ours Y U V", "existing Y U V");
    for (int a = 1; a < n; a++) {
        struct clip c;
        uint16_t *memory;
        if (clip_open(&c, v[a]))
            continue;
        struct evaluate e = {.gates = {&gates[0], &gates[1]}, .out = make_picture(&c, &memory)};
        each_centre(&c, evaluate_centre, &e);
        printf("%-24s", c.name);
        for (int p = 0; p < 3; p++)
            printf(" %6.2f", db(e.score.bwdif[p], e.score.n[p]));
        printf("  ");
        for (int p = 0; p < 3; p++)
            printf(" %6.2f", db(e.score.ours[p], e.score.n[p]));
        printf("  ");
        for (int p = 0; p < 3; p++)
            printf(" %6.2f", db(e.score.existing[p], e.score.n_existing[p]));
        printf("   sigma");
        for (int p = 0; p < 3; p++)
            printf(" %.2f", e.score.sigma[p] / e.score.n_centres);
        printf(" (%.0f blocks)\n", e.score.blocks / e.score.n_centres);
        fflush(stdout);
        free(memory);
        clip_close(&c);
    }
    return 0;
}

int main(int argc, char **argv)
{
    make_lowpass();
    if (argc > 5 && !strcmp(argv[1], "extract"))
        return do_extract(argc - 2, argv + 2);
    if (argc > 6 && !strcmp(argv[1], "train"))
        return do_train(argv + 2);
    if (argc > 6 && !strcmp(argv[1], "pack"))
        return do_pack(argv + 2);
    if (argc > 2 && !strcmp(argv[1], "source"))
        return do_source(argv + 2);
    if (argc > 3 && !strcmp(argv[1], "eval"))
        return do_eval(argc - 2, argv + 2);
    fprintf(stderr, "usage: see the head of fuse_train.c\n");
    return 2;
}
