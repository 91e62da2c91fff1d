/* dot-crawl: takes the colour carrier out of luma that a composite cable left there.
 *
 * What is left is in proportion to the colour in its place: at most `leak` times the carrier that this colour
 * has. So luma about the carrier (3.58 or 4.43 MHz; a linear-phase band-pass as wide as tape colour) is
 * subtracted only as far as colour explains it: held within +-1.5 leak times the colour's amplitude around.
 * Where there is no colour nothing is touched, whatever detail luma has; and luma of VHS ends below the band.
 * Inside the field, before colour is moved (the dots lie where the capture had it) and before the motion
 * search, which dots mislead. (Algorithms 4.6 of the project's notes, with the limiter in place of a
 * low-pass.)
 */
#include "line_pass.h"

#include "frame/carrier.h"
#include "restore/repairs.h"

#include <libavutil/pixdesc.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

enum { TAPS = 32, BEFORE = TAPS / 2 - 1, AROUND = 8 };

#define AT(member) offsetof(struct vh_dot_crawl_options, member)
#define PI         3.14159265358979323846

static const struct vh_option_row rows[] = {
    {.key = "dotcrawl.mode",
        .flag = "dot-crawl",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = vh_repair_switch_names,
        .value = "auto",
        .help = "colour carrier left in luma as crawling dots",
        .detail = "auto takes it out when it was measured, on needs --dot-crawl-leak where it was not.",
        .example = "--dot-crawl off"},
    {.key = "dotcrawl.leak",
        .flag = "dot-crawl-leak",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(leak),
        .min = 0,
        .max = 1,
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "how much of the carrier was left in luma",
        .detail = "1 = all of it. No more is taken out than the colour in its place explains at this share. "
                  "Setting it switches the repair on.",
        .example = "--dot-crawl-leak 0.3"},
};

static const struct vh_option_table table = VH_OPTION_TABLE("Dot crawl", rows, struct vh_dot_crawl_options);

struct priv {
    struct line_pass pass;
    int16_t coef[TAPS];
    int apart;                       /* lines over which the carrier changes its sign */
    int limit;                       /* 1/256: what may be taken out per amplitude of the colour's carrier */
    const struct vh_image_const *in; /* the field in hand */
};

/* Band-pass about the carrier: a Hann window moved there, less what of it passes a constant, gain 1 at the
 * carrier. */
static void design(struct priv *p, const struct vh_format *f)
{
    const struct vh_carrier of_tape = vh_carrier_of(f->width, f->height);
    const double carrier = of_tape.per_sample;
    p->apart = (of_tape.pal ? 2 : 1) * (f->fields == VH_FIELDS_PROGRESSIVE ? 2 : 1);
    double tap[TAPS] = {0}, all = 0, gain = 0, window[TAPS] = {0};
    for (int k = 0; k < TAPS - 1; k++) {
        window[k] = 0.5 - 0.5 * cos(2 * PI * (k + 1) / TAPS);
        all += window[k];
    }
    double constant = 0;
    for (int k = 0; k < TAPS - 1; k++)
        constant += tap[k] = 2 * window[k] / all * cos(2 * PI * carrier * (k - BEFORE));
    for (int k = 0; k < TAPS - 1; k++) {
        tap[k] -= constant * window[k] / all;
        gain += tap[k] * cos(2 * PI * carrier * (k - BEFORE));
    }
    for (int k = 0; k < TAPS; k++)
        tap[k] /= gain;
    vh_fir_quantise(p->coef, tap, TAPS, 0);
}

static int open_stage(struct vh_stage *stage)
{
    const struct vh_dot_crawl_options *o = stage->config.options;
    struct priv *p = stage->priv;
    line_pass_keep_kind(stage);
    p->limit = (int)lrint(1.5 * 256 * (isnan(o->leak) ? 0 : o->leak));
    design(p, &stage->config.format);
    int sub_x = 0, sub_y = 0;
    av_pix_fmt_get_chroma_sub_sample(stage->config.format.pix_fmt, &sub_x, &sub_y);
    /* Two lines of chroma are kept where the line was. */
    return line_pass_open(&p->pass, stage, sub_x ? TAPS : TAPS + stage->config.format.width / 2, TAPS);
}

static void close_stage(struct vh_stage *stage)
{
    line_pass_close(&((struct priv *)stage->priv)->pass);
}

/* Amplitude that the colour of a line has on the carrier, 1/16 codes, within a tenth: the longer side plus
 * 3/8 of the shorter one stands for the root. */
static void amplitudes(int16_t *restrict to, const uint16_t *restrict cb, const uint16_t *restrict cr, int n)
{
    enum { PER_CB = (int)(256 * VH_CARRIER_PER_CB + 0.5), PER_CR = (int)(256 * VH_CARRIER_PER_CR + 0.5) };
    for (int x = 0; x < n; x++) {
        int u = abs(cb[x] - 32768) * PER_CB >> 12, v = abs(cr[x] - 32768) * PER_CR >> 12;
        to[x] = (int16_t)(u > v ? u + 3 * v / 8 : v + 3 * u / 8);
    }
}

/* The largest of from[x - reach … x + reach]. */
static void widen(int16_t *restrict to, const int16_t *restrict from, int n, int reach)
{
    for (int x = 0; x < n; x++)
        to[x] = from[x];
    for (int d = 1; d <= reach && d < n; d++) {
        for (int x = 0; x < n - d; x++)
            to[x] = from[x + d] > to[x] ? from[x + d] : to[x];
        for (int x = d; x < n; x++)
            to[x] = from[x - d] > to[x] ? from[x - d] : to[x];
    }
}

/* What changes its sign from a line to those `apart` lines above and below, about 32768: the carrier does, as
 * it stands in the standards; detail seldom. */
static void alternating(uint16_t *restrict to, const struct line_place *place, int apart)
{
    const struct vh_plane_const *src = place->src;
    int above = place->y >= apart ? place->y - apart : place->y + apart,
        below = place->y + apart < src->height ? place->y + apart : place->y - apart;
    const uint16_t *a = src->data + above * src->stride, *b = place->from,
                   *c = src->data + below * src->stride;
    for (int x = 0; x < src->width; x++)
        to[x] = (uint16_t)(32768 + ((2 * b[x] - a[x] - c[x]) >> 2));
}

static void clean_line(const void *priv, const struct line_place *place)
{
    const struct priv *p = priv;
    const struct vh_image_const *in = p->in;
    const struct vh_plane_const *cb = &in->plane[1], *cr = &in->plane[2];
    int y = place->y >> in->sub_y, width = place->src->width, n = cb->width;
    y = y < cb->height ? y : cb->height - 1;
    uint16_t *carrier = place->middle;
    struct line_place at = *place;
    at.to = carrier;
    alternating(carrier, place, p->apart);
    line_pass_row(&p->pass, &at, carrier, -BEFORE, p->coef, TAPS);
    int16_t *amplitude = place->padded, *most = place->padded + n;
    amplitudes(amplitude, cb->data + y * cb->stride, cr->data + y * cr->stride, n);
    widen(most, amplitude, n, AROUND >> in->sub_x);
    for (int x = 0; x < width; x++) {
        int limit = most[x >> in->sub_x] * p->limit >> 4, c = carrier[x] - 32768;
        c = c < -limit ? -limit : c > limit ? limit : c;
        int v = place->from[x] - c;
        place->to[x] = (uint16_t)(v < 0 ? 0 : v > 65535 ? 65535 : v);
    }
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct priv *p = stage->priv;
    p->in = vh_window_at(&in->window, 0);
    return line_pass_run(stage, &p->pass, p->in->n_planes == 3 ? LINE_LUMA : 0, clean_line, in, out);
}

const struct vh_stage_ops vh_stage_dot_crawl = {
    .name = "dot-crawl",
    .summary = "takes the colour carrier out of luma",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage,
};
