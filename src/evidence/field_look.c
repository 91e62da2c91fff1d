/* A look at a field: row by row of cells predictions of its luma lines, and line by line what they tell. */
#include "evidence/field_look.h"

#include "core/memory.h"
#include "core/status.h"
#include "dsp/line_match.h"
#include "evidence/dirt.h"
#include "line_predict.h"
#include "row_vectors.h"
#include "torn_search.h"

#include <math.h>
#include <string.h>

enum {
    LOSSES = VH_LOOK_LOST | VH_LOOK_DIRT,
    SLICES = 16,
    MARGIN = 16, /* samples at both ends of a line that do not count; also the room for whole-sample moves */
    ROUNDS = 3,  /* whole-sample moves at most */
    FARTHEST = 6,
    BOTTOM = 16,               /* lines of the head switch, which are not looked at for tears */
    WIDE = 120,                /* codes without noise: nothing that a displaced edge may leave, */
    NARROW = 50,               /* and what a prediction that fits badly leaves */
    LINES = VH_LINE_CELL_ROWS, /* field lines of a row of cells */
    ONE = ROW_VELOCITY_ONE,
    SWAY = 4 * ONE,     /* vectors nearer to the steady motion than a sample are pulled by displaced lines */
    SKIP = 16,          /* samples left out behind every 16 while a line is still moved by whole ones */
    COLUMNS = 5,        /* every fifth block says how far a row moves downwards, */
    MOST_COLUMNS = 256, /* of these at most */
};
_Static_assert((int)VH_LOOK_REFS == (int)VH_DROPOUT_REFS, "dropouts are judged by the same predictions");

const int vh_look_distance[VH_LOOK_REFS] = {-2, -1, 1, 2};

/* Memory of one slice. */
struct slice {
    struct line_predict_scratch scratch;
    uint16_t *strip; /* a row of cells from each reference, LINES lines each */
};

struct vh_looker {
    int width, height; /* of the frame */
    struct vh_pool *pool;
    struct vh_dsp_line_look dsp;
    struct vh_dsp_line_match match;
    int n_x, n_y, strip_samples; /* of a line of a strip */
    struct slice slice[SLICES];
    uint8_t *suspect, *seen; /* maps of a field */
    int16_t *velocity;
    float *row;
};

static int blocks_of(int size)
{
    return (size + VH_MOTION_CELL - 1) / VH_MOTION_CELL + 1;
}

int vh_field_look_init(struct vh_field_look *look, int width, int height)
{
    size_t lines = (size_t)(height + 1) / 2, n = lines * (3 * VH_LOOK_REFS + 2);
    *look = (struct vh_field_look){.width = width};
    float *at = look->memory = vh_alloc(n, sizeof *at);
    look->lost = vh_alloc(lines * (size_t)width, 1);
    look->n_x = blocks_of(width);
    look->n_y = blocks_of(height);
    size_t blocks = (size_t)look->n_x * (size_t)look->n_y;
    look->mv[0] = vh_alloc(VH_LOOK_REFS * blocks, sizeof **look->mv);
    look->texture = vh_alloc(blocks, 1);
    look->torn = vh_alloc(lines, sizeof *look->torn);
    look->travel = vh_alloc(2 * blocks, sizeof *look->travel);
    if (!at || !look->lost || !look->mv[0] || !look->texture || !look->travel || !look->torn) {
        vh_field_look_uninit(look);
        return VH_ERR_RESOURCE;
    }
    for (int r = 0; r < VH_LOOK_REFS; r++, at += 3 * lines) {
        look->shift[r] = at;
        look->weight[r] = at + lines;
        look->down[r] = at + 2 * lines;
        look->mv[r] = look->mv[0] + (size_t)r * blocks;
    }
    look->misfit = at;
    look->rough = at + lines;
    return VH_OK;
}

void vh_field_look_uninit(struct vh_field_look *look)
{
    vh_free(look->memory);
    vh_free(look->lost);
    vh_free(look->mv[0]);
    vh_free(look->texture);
    vh_free(look->travel);
    vh_free(look->torn);
    *look = (struct vh_field_look){0};
}

static bool slice_init(struct slice *slice, const struct vh_looker *l)
{
    slice->strip = vh_alloc((size_t)VH_LOOK_REFS * LINES * (size_t)l->strip_samples, sizeof *slice->strip);
    return line_predict_scratch_init(&slice->scratch, l->n_x) == VH_OK && slice->strip;
}

int vh_looker_create(
    struct vh_looker **looker, int width, int height, struct vh_pool *pool, unsigned cpu_flags)
{
    struct vh_looker *l = *looker = vh_alloc(1, sizeof *l);
    if (!l)
        return VH_ERR_RESOURCE;
    *l = (struct vh_looker){
        .width = width, .height = height, .pool = pool, .n_x = blocks_of(width), .n_y = blocks_of(height)};
    l->strip_samples = (l->n_x - 1) * VH_MOTION_CELL;
    size_t blocks = (size_t)l->n_x * (size_t)l->n_y;
    vh_dsp_line_look_init(&l->dsp, cpu_flags);
    vh_dsp_line_match_init(&l->match, cpu_flags);
    l->suspect = vh_alloc((size_t)width * (size_t)((height + 1) / 2), 1);
    l->seen = vh_alloc((size_t)width * (size_t)((height + 1) / 2), 1);
    l->velocity = vh_alloc(2 * blocks, sizeof *l->velocity);
    l->row = vh_alloc((size_t)l->n_y, sizeof *l->row);
    bool ok = l->suspect && l->seen && l->velocity && l->row;
    for (int i = 0; i < SLICES; i++)
        ok = slice_init(&l->slice[i], l) && ok;
    if (!ok)
        vh_looker_destroy(looker);
    return ok ? VH_OK : VH_ERR_RESOURCE;
}

void vh_looker_destroy(struct vh_looker **looker)
{
    if (!looker || !*looker)
        return;
    for (int i = 0; i < SLICES; i++) {
        struct slice *slice = &(*looker)->slice[i];
        line_predict_scratch_uninit(&slice->scratch);
        vh_free(slice->strip);
    }
    vh_free((*looker)->velocity);
    vh_free((*looker)->row);
    vh_free((*looker)->suspect);
    vh_free((*looker)->seen);
    vh_freep(looker);
}

struct call {
    struct vh_looker *looker;
    const struct vh_window *window;
    const struct vh_motion *motion;
    struct vh_field_look *look;
    struct vh_plane_const field;
    struct vh_motion_ref vectors[VH_LOOK_REFS]; /* with the look's */
    struct line_predict predict[VH_LOOK_REFS];
    struct vh_dropout_job dropout;
    int wide, narrow; /* reaches of the weight of samples, before and after displacement: dsp/line_match.h */
    unsigned parts;
    long marked[SLICES];
};

/* Noise tilts lines too: what it adds to the sum of squared slopes of two lines' mean, per weight. Noise of a
 * tape is flat up to about 3 MHz, so neighbours two samples away are hardly correlated. */
static double slope_noise(float sigma)
{
    return 0.25 * (double)sigma * (double)sigma;
}

/* What the sums say: the displacement, and whether there is slope enough to tell. */
struct fit {
    struct vh_line_match sum;
    double slopes, shift;
};

static void fit_line(struct fit *f, const struct call *c, const uint16_t *own, const uint16_t *other, int n,
    int reach, double known, int skip)
{
    c->looker->match.sums(&f->sum, own, other, n, reach, (int)lrint(known * VH_LINE_MATCH_SAMPLE), skip);
    double gg = (double)f->sum.gg;
    f->slopes = gg - slope_noise(c->look->sigma_8bit) * (double)f->sum.w;
    f->shift = f->slopes > 0.2 * gg && f->slopes > 0 ? (double)f->sum.gd / f->slopes : 0;
}

/* The displacement of line y against `prediction` of it from reference r, `torn` whole samples to begin with.
 * Beyond half a sample the linear
 * model bends, so the prediction is moved by whole samples until less is left; then samples are weighed by
 * what the displacement leaves. */
static void match_line(const struct call *c, int r, int y, const uint16_t *prediction, int torn)
{
    struct vh_field_look *look = c->look;
    int margin = MARGIN + (torn < 0 ? -torn : torn), n = c->field.width - 2 * margin, whole = torn;
    const uint16_t *own = c->field.data + y * c->field.stride + margin, *other = prediction + margin;
    double noise = (double)look->sigma_8bit * (double)look->sigma_8bit;
    struct fit f;
    for (int round = 0; round < ROUNDS; round++) {
        fit_line(&f, c, own, other + whole, n, c->wide, 0, SKIP);
        int step = (int)lrint(f.shift < -2 ? -2 : f.shift > 2 ? 2 : f.shift);
        if (!step || whole + step - torn > FARTHEST || whole + step - torn < -FARTHEST)
            break;
        whole += step;
    }
    bool near = fabs(f.shift) < 1;
    fit_line(&f, c, own, other + whole, n, near ? c->narrow : c->wide, near ? f.shift : 0, 0);
    double left = (double)f.sum.dd - f.shift * (double)f.sum.gd;
    left = (left < 0 ? 0 : left) / (f.sum.w < 1 ? 1 : (double)f.sum.w);
    bool good = f.slopes > 0.2 * (double)f.sum.gg && f.slopes > 1e-3 * (double)f.sum.w && fabs(f.shift) < 1.5;
    look->shift[r][y] = good ? (float)(whole + f.shift) : 0;
    look->weight[r][y] = good ? (float)(0.5 * f.slopes / (left + noise + 1)) : 0;
    /* Samples without weight fit as badly as half the reach. */
    double lost = 1 - (double)f.sum.w / n, half = 0.5 * c->narrow / VH_LINE_MATCH_ONE;
    float misfit = (float)((1 - lost) * left + lost * half * half);
    look->misfit[y] = misfit < look->misfit[y] ? misfit : look->misfit[y];
}

/* Lines that fit nowhere in reach are looked for further off: a tear is what predictions from both sides of
 * time agree on. */
static void match_torn(const struct call *c, int y, const uint16_t *const prediction[VH_LOOK_REFS])
{
    struct vh_field_look *look = c->look;
    const uint16_t *own = c->field.data + y * c->field.stride;
    float noise = 4 * look->sigma_8bit * look->sigma_8bit;
    int at[VH_LOOK_REFS], before = 0, behind = 0;
    if (look->misfit[y] < 12 + noise || look->rough[y] < 36 + noise || y >= look->n_lines - BOTTOM)
        return;
    for (int r = 0; r < VH_LOOK_REFS; r++) {
        at[r] = look->ref[r] ? torn_search(own, prediction[r], c->field.width, look->sigma_8bit) : 0;
        before = r < VH_LOOK_REFS / 2 && at[r] ? at[r] : before;
        behind = r >= VH_LOOK_REFS / 2 && at[r] ? at[r] : behind;
    }
    if (!before || !behind || before - behind > 2 || behind - before > 2)
        return;
    look->torn[y] = true;
    look->misfit[y] = INFINITY;
    for (int r = 0; r < VH_LOOK_REFS; r++) {
        if (at[r])
            match_line(c, r, y, prediction[r], at[r]);
        else if (look->ref[r]) /* torn itself, perhaps */
            look->shift[r][y] = look->weight[r][y] = 0;
    }
}

static float roughness(const struct call *c, int y)
{
    const struct vh_plane_const *field = &c->field;
    const uint16_t *b = field->data + y * field->stride, *a = y ? b - field->stride : b,
                   *d = y < field->height - 1 ? b + field->stride : b;
    return (float)c->looker->dsp.rough(a, b, d, field->width) / (float)field->width;
}

/* The middle one of n numbers, n more than 0 and a multiple of 8 being filled up behind them with such as are
 * greater: the one that has so many below it. All are compared with all, eight at a time: for the twenty or
 * so of a row that is quicker than to choose what to compare. */
static int16_t middle_of(const int16_t *v, int n, int filled)
{
    int16_t below[MOST_COLUMNS] = {0}, least = INT16_MAX;
    for (int k = 0; k < n; k++)
        for (int i = 0; i < filled; i++)
            below[i] = (int16_t)(below[i] + (v[k] <= v[i]));
    for (int i = 0; i < n; i++)
        least = below[i] > n / 2 && v[i] < least ? v[i] : least;
    return least;
}

/* The median of the vertical vectors of a row of blocks, in frame lines. */
static float down_of(const struct vh_field_look *look, int r, int row)
{
    int16_t column[MOST_COLUMNS];
    const struct vh_mv *mv = look->mv[r] + (ptrdiff_t)row * look->n_x;
    int n = 0;
    for (int x = COLUMNS / 2; x < look->n_x && n < MOST_COLUMNS; x += COLUMNS)
        column[n++] = mv[x].y;
    int filled = (n + 7) / 8 * 8;
    for (int i = n; i < filled; i++)
        column[i] = INT16_MAX;
    return n ? (float)middle_of(column, n, filled) * 0.25f : 0;
}

/* How far down each line is found: by the row of blocks nearest to it. */
static void find_down(void *arg, int index, int n)
{
    const struct call *c = arg;
    struct vh_field_look *look = c->look;
    int row, end;
    vh_pool_rows(look->n_y, index, n, &row, &end);
    for (; row < end; row++)
        for (int r = 0; r < VH_LOOK_REFS; r++) {
            if (!look->ref[r])
                continue;
            float down = down_of(look, r, row);
            int y = row * LINES - LINES / 2;
            for (int i = 0; i < LINES; i++, y++)
                if (y >= 0 && y < look->n_lines)
                    look->down[r][y] = down;
        }
}

static const uint16_t *strip_line(const struct call *c, const struct slice *slice, int r, int line)
{
    return slice->strip + ((ptrdiff_t)r * LINES + line) * c->looker->strip_samples;
}

/* All that is asked of the lines of a row of cells. */
static void look_at_row(struct call *c, const struct slice *slice, int row)
{
    struct vh_field_look *look = c->look;
    bool lines = c->parts & VH_LOOK_LINES, lost = c->parts & LOSSES;
    for (int line = 0, y = row * LINES; line < LINES && y < look->n_lines; line++, y++) {
        const uint16_t *prediction[VH_LOOK_REFS];
        look->misfit[y] = INFINITY;
        for (int r = 0; r < VH_LOOK_REFS; r++) {
            prediction[r] = strip_line(c, slice, r, line);
            if (lines && look->ref[r])
                match_line(c, r, y, prediction[r], 0);
        }
        look->misfit[y] = isfinite(look->misfit[y]) ? look->misfit[y] : 0;
        look->rough[y] = lines ? roughness(c, y) : 0;
        look->torn[y] = false;
        if (lines)
            match_torn(c, y, prediction);
        if (lost)
            vh_dropout_suspect(&c->dropout, &c->looker->dsp, prediction, y);
    }
}

static void look_at_lines(void *arg, int index, int n)
{
    struct call *c = arg;
    struct slice *slice = &c->looker->slice[index];
    int row, end;
    vh_pool_rows(c->look->n_y - 1, index, n, &row, &end);
    for (; row < end; row++) {
        for (int r = 0; r < VH_LOOK_REFS; r++)
            if (c->look->ref[r])
                line_predict_row(&c->predict[r], &slice->scratch, row,
                    slice->strip + (ptrdiff_t)r * LINES * c->looker->strip_samples, c->looker->strip_samples);
        look_at_row(c, slice, row);
    }
}

/* Puts the vectors to reference r back to where the scene moves: those near the steady motion of their place
 * there, of others, which move by themselves, only what their row has in common goes. */
static void steady_vectors(const struct call *c, int r)
{
    const struct vh_looker *l = c->looker;
    struct vh_field_look *look = c->look;
    int camera = (int)lrintf(ONE * row_vectors_deviation(&l->dsp, l->row, look, r, l->velocity));
    for (int y = 0; y < look->n_y; y++) {
        ptrdiff_t at = (ptrdiff_t)y * look->n_x;
        l->dsp.steady(&look->mv[r][at].x, l->velocity + 2 * at, look->n_x, vh_look_distance[r], camera,
            (int)lrintf(ONE * l->row[y]), SWAY);
    }
}

/* Takes the vectors of the search without what displaced lines have pulled them along. */
static void take_vectors(struct call *c, const struct vh_field_look *const *before)
{
    const struct vh_motion *m = c->motion;
    struct vh_looker *l = c->looker;
    struct vh_field_look *look = c->look;
    const struct vh_field_look *looks[VH_WINDOW_REACH + 1] = {look};
    int blocks = look->n_x * look->n_y;
    for (int i = 0; i < blocks; i++)
        look->texture[i] = (uint8_t)(m->activity[i] / 8 < 255 ? m->activity[i] / 8 : 255);
    for (int r = 0; r < VH_LOOK_REFS; r++)
        if (look->ref[r])
            memcpy(look->mv[r], m->ref[VH_MOTION_REACH + vh_look_distance[r]].mv,
                (size_t)blocks * sizeof **look->mv);
    row_vectors_travel(look);
    for (int k = 0; before && k < VH_WINDOW_REACH; k++)
        looks[k + 1] = before[k];
    row_vectors_velocity(&l->dsp, l->velocity, looks, VH_WINDOW_REACH + 1, blocks);
    for (int r = 0; r < VH_LOOK_REFS; r++)
        if (look->ref[r])
            steady_vectors(c, r);
    row_vectors_travel(look);
}

static void begin_predictions(struct call *c)
{
    for (int r = 0; r < VH_LOOK_REFS; r++) {
        if (!c->look->ref[r])
            continue;
        int at = VH_MOTION_REACH + vh_look_distance[r];
        c->vectors[r] = c->motion->ref[at];
        c->vectors[r].mv = c->look->mv[r];
        c->predict[r] = (struct line_predict){.dsp = &c->looker->dsp,
            .ref = &c->vectors[r],
            .n_x = c->look->n_x,
            .parity = c->look->parity,
            .ref_parity = c->motion->ref_parity[at],
            .from = vh_window_at(c->window, vh_look_distance[r])->plane[0]};
    }
}

static void mark(void *arg, int index, int n)
{
    struct call *c = arg;
    int y0, y1;
    vh_pool_rows(c->look->n_lines, index, n, &y0, &y1);
    c->marked[index] = vh_dropout_mark(&c->dropout, y0, y1);
}

static void find_dropouts(struct call *c)
{
    struct vh_field_look *look = c->look;
    look->n_lost = 0;
    if (c->parts & VH_LOOK_LOST)
        vh_pool_run(c->looker->pool, mark, c, SLICES);
    else
        memset(look->lost, 0, (size_t)look->width * (size_t)look->n_lines);
    for (int i = 0; i < SLICES; i++)
        look->n_lost += c->marked[i];
    long spots = 0;
    if (c->parts & VH_LOOK_DIRT)
        vh_dirt_mark(&c->dropout, c->looker->seen, &spots);
    look->n_lost += spots;
}

static int reach_of(float codes, float sigma)
{
    float reach = VH_LINE_MATCH_ONE * codes * sqrtf(1 + sigma * sigma / 40);
    return (int)(reach < 2047 ? reach : 2047);
}

void vh_look(struct vh_looker *looker, const struct vh_window *window, const struct vh_motion *motion,
    float sigma_8bit, const struct vh_field_look *const *before, unsigned parts, struct vh_field_look *look)
{
    struct call c = {.looker = looker, .window = window, .motion = motion, .look = look, .parts = parts};
    bool any = false, all = true;
    c.field = vh_window_at(window, 0)->plane[0];
    look->parity = window->parity[VH_WINDOW_REACH];
    look->n_lines = c.field.height;
    look->sigma_8bit = sigma_8bit;
    look->travel_squares = 0;
    for (int r = 0; r < VH_LOOK_REFS; r++) {
        look->ref[r] = motion && c.field.height > 1 && c.field.width > 4 * MARGIN &&
                       vh_motion_usable(motion, vh_look_distance[r]) &&
                       vh_window_at(window, vh_look_distance[r]);
        any = any || look->ref[r];
        all = all && look->ref[r];
    }
    c.wide = reach_of(WIDE, sigma_8bit);
    c.narrow = reach_of(NARROW, sigma_8bit);
    if (!all) /* both sides of time are needed to tell a loss from a change */
        c.parts &= ~(unsigned)LOSSES;
    c.dropout = (struct vh_dropout_job){
        .field = c.field, .sigma_8bit = sigma_8bit, .suspect = looker->suspect, .mask = look->lost};
    if (any && c.parts) {
        take_vectors(&c, before);
        begin_predictions(&c);
        vh_pool_run(looker->pool, look_at_lines, &c, SLICES);
        if (c.parts & VH_LOOK_LINES)
            vh_pool_run(looker->pool, find_down, &c, SLICES);
    } else {
        memset(look->misfit, 0, (size_t)look->n_lines * sizeof *look->misfit);
        memset(look->rough, 0, (size_t)look->n_lines * sizeof *look->rough);
        memset(look->torn, 0, (size_t)look->n_lines * sizeof *look->torn);
    }
    find_dropouts(&c);
}
