/* head-switch: takes the torn lines at the bottom of each field out of sight.
 *
 * While the deck changes heads the last lines of a field are displaced, noise or both. Displaced lines are
 * put back (torn_line.h): each is matched with the line above it, continued along the edges that run into it,
 * so that slanted edges stay slanted; its samples are moved, and only what the displacement lost at an end,
 * what is noise, and colour that lost its hue is replaced. What stands instead, and all of the band in mode
 * `rebuild`, continues the picture downwards: the lines above are mirrored, each sample taken along the
 * direction of the edges, so that texture stays texture. `mask` makes the lines black. Inside the field and
 * before the motion search, so that nothing is ever predicted from torn lines.
 */
#include "edge_run.h"
#include "line_pass.h"
#include "torn_line.h"

#include "restore/repairs.h"
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { SLICES = 8 };

#define AT(member) offsetof(struct vh_head_switch_options, member)

static const char *const modes[] = {"auto", "rebuild", "mask", "off", NULL};

static const struct vh_option_row rows[] = {
    {.key = "headswitch.mode",
        .flag = "head-switch",
        .type = VH_OPTION_ENUM,
        .offset = AT(mode),
        .names = modes,
        .value = "auto",
        .help = "torn lines at the bottom: put back, rebuild, mask, or off",
        .detail = "auto puts as many lines as were measured back to where they belong, and rebuilds what is "
                  "noise by continuing the lines above along their edges; rebuild does so with all of them; "
                  "mask makes them black. To cut them off instead use --crop.",
        .example = "--head-switch mask"},
    {.key = "headswitch.lines",
        .flag = "head-switch-lines",
        .type = VH_OPTION_DOUBLE,
        .offset = AT(lines),
        .min = 0,
        .max = 32,
        .unit = "field lines",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "height of the torn band",
        .detail = "In lines of one field. Setting it switches the repair on.",
        .example = "--head-switch-lines 6"},
};

static const struct vh_option_table table =
    VH_OPTION_TABLE("Head switching", rows, struct vh_head_switch_options);

enum { TAPS = 8, MAX_LINES = 64, FADE = 8, COMPARED = 3 };

struct priv {
    int lines; /* of a luma field */
    int mode;
    struct edge_run run;
    struct line_pass pass;
    struct torn_match *match;
    uint16_t *want, *moved[VH_MAX_PLANES]; /* lines */
    uint8_t *own; /* of a line: 1 where the samples put back stand, 0 where they are replaced */
};

/* The band of one field being made. */
struct band {
    struct priv *p;
    const struct vh_image_const *in;
    const struct vh_image *out;
    int good;                       /* first torn luma line */
    struct torn_line at[MAX_LINES]; /* of the luma lines from `good` on */
};

static int open_stage(struct vh_stage *stage)
{
    const struct vh_head_switch_options *o = stage->config.options;
    struct priv *p = stage->priv;
    int width = stage->config.format.width;
    line_pass_keep_kind(stage);
    p->lines = isnan(o->lines) ? 0 : (int)ceil(o->lines);
    p->lines *= stage->needs.in == VH_KIND_PROGRESSIVE ? 2 : 1;
    p->mode = o->mode;
    p->match = vh_alloc(1, sizeof *p->match);
    p->want = vh_alloc((size_t)width, sizeof *p->want);
    bool moved = true;
    for (int i = 0; i < VH_MAX_PLANES; i++) {
        p->moved[i] = vh_alloc((size_t)width, sizeof *p->moved[i]);
        moved = moved && p->moved[i];
    }
    p->own = vh_alloc((size_t)width, sizeof *p->own);
    if (edge_run_init(&p->run, width) < 0 || !p->match || !p->want || !moved || !p->own)
        return vh_fail(stage->config.log, VH_ERR_RESOURCE, "out of memory for head-switch");
    vh_dsp_line_match_init(&p->match->line, stage->config.cpu_flags);
    return line_pass_open(&p->pass, stage, TORN_REACH + TAPS, TAPS);
}

static void close_stage(struct vh_stage *stage)
{
    struct priv *p = stage->priv;
    edge_run_uninit(&p->run);
    vh_freep(&p->match);
    vh_freep(&p->want);
    for (int i = 0; i < VH_MAX_PLANES; i++)
        vh_freep(&p->moved[i]);
    vh_freep(&p->own);
    line_pass_close(&p->pass);
}

static int good_lines(const struct band *band, int plane)
{
    int sub = plane ? band->in->sub_y : 0,
        good = band->in->plane[plane].height - vh_sub_size(band->p->lines, sub);
    return good < 1 ? 1 : good;
}

/* ---- what stands there instead ---- */

static void blacken(const struct band *band, int plane, int y)
{
    const struct vh_plane *dst = &band->out->plane[plane];
    for (int x = 0; x < dst->width; x++)
        dst->data[y * dst->stride + x] = plane ? 128 * 256 : 16 * 256;
}

/* Line `from` continued to where line y is. */
static void continue_line(const struct band *band, int plane, int y, int from)
{
    const struct vh_plane_const *src = &band->in->plane[plane];
    const struct vh_plane *dst = &band->out->plane[plane];
    from = from < 0 ? 0 : from;
    edge_run_move(&band->p->run, dst->data + y * dst->stride, src->data + from * src->stride, src->width,
        plane ? band->in->sub_x : 0, (y - from) << (plane ? band->in->sub_y : 0));
}

static void replace_lines(const struct band *band)
{
    for (int i = 0; i < band->in->n_planes; i++)
        for (int y = good_lines(band, i); y < band->in->plane[i].height; y++)
            if (band->p->mode == VH_HEAD_SWITCH_MASK)
                blacken(band, i, y);
            else
                continue_line(band, i, y, 2 * good_lines(band, i) - 1 - y);
}

/* ---- displaced lines back to their places ---- */

/* Energy about half the sampling rate, where tapes have none: sum over a block of |fourth difference|. */
static unsigned roughness(const uint16_t *line, int x, int width)
{
    unsigned sum = 0;
    for (int u = x > 2 ? x : 2; u < x + TORN_BLOCK && u < width - 2; u++)
        sum += (unsigned)abs(line[u - 2] + line[u + 2] - 4 * (line[u - 1] + line[u + 1]) + 6 * line[u]) >> 8;
    return sum;
}

/* The roughest block of the good lines above. */
static unsigned usual_roughness(const struct band *band)
{
    const struct vh_plane_const *src = &band->in->plane[0];
    unsigned most = 0;
    for (int y = band->good - COMPARED; y < band->good; y++)
        for (int x = 0; x + TORN_BLOCK <= src->width; x += TORN_BLOCK) {
            unsigned r = roughness(src->data + y * src->stride, x, src->width);
            most = r > most ? r : most;
        }
    return most;
}

/* How far good lines are from what the line above them makes expected. */
static double natural_difference(const struct band *band)
{
    struct priv *p = band->p;
    const struct vh_plane_const *src = &band->in->plane[0];
    double most = 0;
    for (int y = band->good - COMPARED; y < band->good; y++) {
        const uint16_t *line = src->data + y * src->stride;
        edge_run_move(&p->run, p->want, line - src->stride, src->width, 0, 1);
        most = fmax(most, torn_line_difference(p->match, line, p->want, src->width));
    }
    return most;
}

/* Fills p->moved[plane] with line y of a plane moved left by `shift`, and p->own. */
static void move_back(const struct band *band, int plane, int y, double shift, int split)
{
    struct priv *p = band->p;
    const struct vh_plane_const *src = &band->in->plane[plane];
    const uint16_t *line = src->data + y * src->stride;
    double tap[TAPS], whole = floor(shift);
    int16_t coef[TAPS];
    vh_fir_fraction(tap, TAPS, shift - whole);
    vh_fir_quantise(coef, tap, TAPS, 1);
    struct line_place place = {.src = src, .to = p->moved[plane], .padded = p->pass.padded};
    line_pass_row(&p->pass, &place, line, (int)whole - (TAPS / 2 - 1), coef, TAPS);
    if (split > 0)
        memcpy(p->moved[plane], line, (size_t)split * sizeof *line);
    for (int x = 0; x < src->width; x++) {
        double from = x + shift;
        p->own[x] = x < split || (from >= 0 && from <= src->width - 1);
    }
}

/* Takes noise out of p->own: blocks far rougher than the picture above. */
static void drop_rough(struct priv *p, int width, unsigned usual)
{
    for (int x = 0; x < width; x += TORN_BLOCK / 2)
        if (roughness(p->moved[0], x, width) > 2 * usual + 20 * TORN_BLOCK)
            for (int u = x - FADE; u < x + TORN_BLOCK + FADE; u++)
                if (u >= 0 && u < width)
                    p->own[u] = 0;
}

/* Lays p->moved[plane] over what stands in line y of a plane, where it is the line's own, with soft borders.
 */
static void lay_over(const struct band *band, int plane, int y)
{
    const struct priv *p = band->p;
    const struct vh_plane *dst = &band->out->plane[plane];
    uint16_t *to = dst->data + y * dst->stride;
    int near = 0, n = 0; /* of the samples within FADE / 2 */
    for (int x = -FADE; x < dst->width; x++) {
        int in = x + FADE / 2, out = x - FADE / 2 - 1;
        if (in >= 0 && in < dst->width)
            near += p->own[in], n++;
        if (out >= 0)
            near -= p->own[out], n--;
        if (x < 0 || !p->own[x])
            continue;
        int d = p->moved[plane][x] - to[x], least = n / 2;
        to[x] = (uint16_t)(to[x] + (near >= n ? d : d * (near - least) / (n - least)));
    }
}

/* Moves of less than this are not worth a filter: the samples stay. */
static const double still = 0.1;

static void put_back_luma(struct band *band)
{
    struct priv *p = band->p;
    const struct vh_plane_const *src = &band->in->plane[0];
    const struct vh_plane *dst = &band->out->plane[0];
    unsigned usual = usual_roughness(band);
    struct torn_task task = {.want = p->want, .width = src->width, .natural = natural_difference(band)};
    for (int y = band->good; y < src->height; y++) {
        struct torn_line *at = &band->at[y - band->good];
        edge_run_move(&p->run, p->want, dst->data + (y - 1) * dst->stride, src->width, 0, 1);
        task.own = src->data + y * src->stride;
        *at = torn_line_find(p->match, &task);
        if (!at->found)
            continue;
        at->shift = fabs(at->shift) < still ? 0 : at->shift;
        task.before = at->shift;
        move_back(band, 0, y, at->shift, at->split);
        drop_rough(p, src->width, usual);
        memcpy(dst->data + y * dst->stride, p->want, (size_t)src->width * sizeof *p->want);
        lay_over(band, 0, y);
    }
}

/* Where the luma lines beside chroma line y lie, in the mean; not found unless all of them are. */
static struct torn_line beside(const struct band *band, int y)
{
    struct torn_line sum = {.found = true};
    int sub = band->in->sub_y, first = y << sub, n = 0;
    for (int i = first; i < first + (1 << sub) && i < band->in->plane[0].height; i++, n++) {
        if (i < band->good)
            continue;
        const struct torn_line *at = &band->at[i - band->good];
        sum.shift += at->shift;
        sum.split = at->split > sum.split ? at->split : sum.split;
        sum.found = sum.found && at->found;
    }
    sum.shift /= n > 0 ? n : 1;
    return sum;
}

/* How the colours of two lines agree: sums of products and of squares. */
struct likeness {
    double both, own, there;
};

/* Of chroma line y put back (p->moved) with what stands in its place, the line above continued. */
static struct likeness compare_colours(const struct band *band, int y)
{
    const struct priv *p = band->p;
    struct likeness l = {0};
    for (int i = 1; i < band->in->n_planes; i++) {
        const uint16_t *line = band->out->plane[i].data + y * band->out->plane[i].stride;
        for (int x = 0; x < band->out->plane[i].width; x++) {
            double a = (p->moved[i][x] - 32768) / 256.0, b = (line[x] - 32768) / 256.0;
            l.both += p->own[x] * a * b;
            l.own += p->own[x] * a * a;
            l.there += p->own[x] * b * b;
        }
    }
    return l;
}

/* The same hue and saturation: a line torn from its burst has any hue, and one whose burst was missed has
 * little colour. (Measured: right lines 0.64 to 0.97, wrong ones up to 0.6 but for some of a third of the
 * colour.) */
static bool is_alike(struct likeness l)
{
    static const double alike = 0.6, most = 2;
    return l.both > alike * sqrt(l.own * l.there) && l.there < most * most * l.own &&
           l.own < most * most * l.there;
}

/* Puts the chroma lines back, all that were found or only those with the colours of the line above. Returns
 * how they agree with the lines above them, all together. */
static struct likeness put_back_chroma(const struct band *band, bool all)
{
    int sub_x = band->in->sub_x, good = good_lines(band, 1), height = band->in->plane[1].height;
    struct likeness sum = {0};
    for (int y = good; y < height; y++) {
        struct torn_line at = beside(band, y);
        for (int i = 1; i < band->in->n_planes; i++) {
            const struct vh_plane *dst = &band->out->plane[i];
            uint16_t *to = dst->data + y * dst->stride;
            edge_run_move(&band->p->run, to, to - dst->stride, dst->width, sub_x, 1 << band->in->sub_y);
            move_back(band, i, y, at.shift / (1 << sub_x), at.split >> sub_x);
        }
        struct likeness l = compare_colours(band, y);
        sum = (struct likeness){sum.both + l.both, sum.own + l.own, sum.there + l.there};
        bool keep = at.found && (all || is_alike(l));
        for (int i = 1; keep && i < band->in->n_planes; i++)
            lay_over(band, i, y);
    }
    return sum;
}

/* ---- one field ---- */

static void copy_good(void *arg, int index, int n)
{
    const struct band *band = arg;
    for (int i = 0; i < band->in->n_planes; i++) {
        const struct vh_plane_const *src = &band->in->plane[i];
        const struct vh_plane *dst = &band->out->plane[i];
        int y0, y1;
        vh_pool_rows(good_lines(band, i), index, n, &y0, &y1);
        for (int y = y0; y < y1; y++)
            memcpy(dst->data + y * dst->stride, src->data + y * src->stride,
                (size_t)src->width * sizeof *src->data);
    }
}

static bool can_put_back(const struct band *band)
{
    const struct vh_plane_const *luma = &band->in->plane[0],
                                *chroma = &band->in->plane[band->in->n_planes - 1];
    return band->p->mode != VH_HEAD_SWITCH_REBUILD && luma->width <= TORN_BLOCKS * TORN_BLOCK &&
           chroma->width >= 2 * TORN_REACH && luma->height - band->good <= MAX_LINES && band->good > COMPARED;
}

static int process(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out)
{
    struct band band = {.p = stage->priv, .in = vh_window_at(&in->window, 0), .out = out};
    band.good = good_lines(&band, 0);
    vh_pool_run(stage->config.pool, copy_good, &band, SLICES);
    if (band.p->lines <= 0)
        return VH_OK;
    if (band.p->mode != VH_HEAD_SWITCH_MASK)
        edge_run_find(&band.p->run, &band.in->plane[0], band.good);
    replace_lines(&band);
    if (band.p->mode != VH_HEAD_SWITCH_MASK && can_put_back(&band)) {
        put_back_luma(&band);
        /* Lettering may change all colours from one line to the next; torn hues differ from line to line. */
        if (band.in->n_planes > 1 && !is_alike(put_back_chroma(&band, true)))
            put_back_chroma(&band, false);
    }
    return VH_OK;
}

const struct vh_stage_ops vh_stage_head_switch = {
    .name = "head-switch",
    .summary = "takes torn lines at the bottom out of sight",
    .options = &table,
    .priv_size = sizeof(struct priv),
    .open = open_stage,
    .process = process,
    .close = close_stage,
};
