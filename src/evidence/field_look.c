/* A look at a field: predictions of its luma lines, then line by line what they tell. */
#include "evidence/field_look.h"

#include "core/memory.h"
#include "core/select.h"
#include "core/status.h"
#include "dsp/line_match.h"
#include "dsp/obmc.h"
#include "evidence/dropout.h"
#include "motion/compensate.h"
#include "row_vectors.h"

#include <math.h>
#include <string.h>

enum {
    SLICES = 16,
    MARGIN = 16, /* samples at both ends of a line that do not count; also the room for whole-sample moves */
    ROUNDS = 3,  /* whole-sample moves at most */
    FARTHEST = 6,
    SWAY =
        4, /* quarter samples: vectors nearer to the steady motion than this are pulled by displaced lines */
};
_Static_assert((int)VH_LOOK_REFS == (int)VH_DROPOUT_REFS, "dropouts are judged by the same predictions");

const int vh_look_distance[VH_LOOK_REFS] = {-2, -1, 1, 2};

struct vh_looker {
    int width, height; /* of the frame */
    struct vh_pool *pool;
    struct vh_dsp_obmc obmc;
    struct vh_dsp_line_match match;
    uint16_t *prediction[VH_LOOK_REFS]; /* the frame raster; only the field's lines are filled */
    uint8_t *suspect;
    float *column; /* vertical vectors of a row of blocks, one row per slice */
    int n_x, n_y;
    struct row_velocity *velocity;
    float *row;
};

int vh_field_look_init(struct vh_field_look *look, int width, int height)
{
    size_t lines = (size_t)(height + 1) / 2, n = lines * (3 * VH_LOOK_REFS + 2);
    *look = (struct vh_field_look){.width = width};
    float *at = look->memory = vh_alloc(n, sizeof *at);
    look->lost = vh_alloc(lines * (size_t)width, 1);
    look->n_x = (width + VH_MOTION_CELL - 1) / VH_MOTION_CELL + 1;
    look->n_y = (height + VH_MOTION_CELL - 1) / VH_MOTION_CELL + 1;
    size_t blocks = (size_t)look->n_x * (size_t)look->n_y;
    look->mv[0] = vh_alloc(VH_LOOK_REFS * blocks, sizeof **look->mv);
    look->texture = vh_alloc(blocks, 1);
    if (!at || !look->lost || !look->mv[0] || !look->texture) {
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
    *look = (struct vh_field_look){0};
}

int vh_looker_create(
    struct vh_looker **looker, int width, int height, struct vh_pool *pool, unsigned cpu_flags)
{
    struct vh_looker *l = *looker = vh_alloc(1, sizeof *l);
    if (!l)
        return VH_ERR_RESOURCE;
    *l = (struct vh_looker){.width = width,
        .height = height,
        .pool = pool,
        .n_x = (width + VH_MOTION_CELL - 1) / VH_MOTION_CELL + 1,
        .n_y = (height + VH_MOTION_CELL - 1) / VH_MOTION_CELL + 1};
    size_t blocks = (size_t)l->n_x * (size_t)l->n_y;
    vh_dsp_obmc_init(&l->obmc, cpu_flags);
    vh_dsp_line_match_init(&l->match, cpu_flags);
    l->suspect = vh_alloc((size_t)width * (size_t)((height + 1) / 2), 1);
    l->column = vh_alloc((size_t)SLICES * (size_t)l->n_x, sizeof *l->column);
    l->velocity = vh_alloc(blocks, sizeof *l->velocity);
    l->row = vh_alloc((size_t)l->n_y, sizeof *l->row);
    bool ok = l->suspect && l->column && l->velocity && l->row;
    for (int r = 0; r < VH_LOOK_REFS; r++) {
        l->prediction[r] = vh_alloc((size_t)width * (size_t)height, sizeof *l->prediction[r]);
        ok = ok && l->prediction[r];
    }
    if (!ok)
        vh_looker_destroy(looker);
    return ok ? VH_OK : VH_ERR_RESOURCE;
}

void vh_looker_destroy(struct vh_looker **looker)
{
    if (!looker || !*looker)
        return;
    for (int r = 0; r < VH_LOOK_REFS; r++)
        vh_free((*looker)->prediction[r]);
    vh_free((*looker)->velocity);
    vh_free((*looker)->row);
    vh_free((*looker)->suspect);
    vh_free((*looker)->column);
    vh_freep(looker);
}

struct call {
    struct vh_looker *looker;
    const struct vh_window *window;
    struct vh_motion motion; /* with the looker's vectors */
    struct vh_field_look *look;
    struct vh_plane_const field, prediction[VH_LOOK_REFS];
    struct vh_dropout_job dropout;
    long marked[SLICES];
};

static struct vh_plane raster(const struct vh_looker *l, int r)
{
    return (struct vh_plane){l->prediction[r], l->width, l->width, l->height};
}

static void predict(void *arg, int index, int n)
{
    struct call *c = arg;
    int y0, y1;
    vh_pool_rows(c->motion.cells_y, index, n, &y0, &y1);
    for (int r = 0; y0 < y1 && r < VH_LOOK_REFS; r++) {
        if (!c->look->ref[r])
            continue;
        struct vh_image_const luma = *vh_window_at(c->window, vh_look_distance[r]);
        luma.n_planes = 1;
        struct vh_compensate job = {.motion = &c->motion,
            .ref = vh_look_distance[r],
            .image = &luma,
            .lines = VH_COMPENSATE_EXISTING,
            .floor_8bit2 = 1 + c->look->sigma_8bit * c->look->sigma_8bit,
            .merge_qpel = 2,
            .dsp = &c->looker->obmc,
            .out = {.n_planes = 1, .plane = {raster(c->looker, r)}}};
        vh_motion_compensate(&job, y0, y1);
    }
}

/* Noise tilts lines too: what it adds to the sum of squared slopes of two lines' mean, per weight. Noise of a
 * tape is flat up to about 3 MHz, so neighbours two samples away are hardly correlated. */
static double slope_noise(float sigma)
{
    return 0.25 * (double)sigma * (double)sigma;
}

/* The displacement of one line against one prediction. Beyond half a sample the linear model bends, so the
 * prediction is moved by whole samples until less is left. */
static void match_line(const struct call *c, int r, int y)
{
    struct vh_field_look *look = c->look;
    const uint16_t *own = c->field.data + y * c->field.stride + MARGIN,
                   *other = c->prediction[r].data + y * c->prediction[r].stride + MARGIN;
    int n = c->field.width - 2 * MARGIN, whole = 0;
    float noise = look->sigma_8bit * look->sigma_8bit, k = 1 / (400 + 10 * noise);
    struct vh_line_match s;
    double part = 0, slopes = 0;
    for (int round = 0; round < ROUNDS; round++) {
        c->looker->match.sums(&s, own, other + whole, n, k);
        slopes = (double)s.gg - slope_noise(look->sigma_8bit) * (double)s.w;
        part = slopes > 0.2 * (double)s.gg && slopes > 0 ? (double)s.gd / slopes : 0;
        int step = (int)lrint(fmax(fmin(part, 2), -2));
        if (!step || whole + step > FARTHEST || whole + step < -FARTHEST)
            break;
        whole += step;
    }
    double left = fmax((double)s.dd - part * (double)s.gd, 0) / fmax((double)s.w, 1);
    bool good = slopes > 0.2 * (double)s.gg && slopes > 1e-3 * (double)s.w && fabs(part) < 1.5;
    look->shift[r][y] = good ? (float)(whole + part) : 0;
    look->weight[r][y] = good ? (float)(0.5 * slopes / (left + (double)noise + 1)) : 0;
    look->misfit[y] = fminf(look->misfit[y], (float)left);
}

/* In whole 8-bit codes, which is fine enough for what is rough. */
static float roughness(const struct vh_plane_const *field, int y)
{
    const uint16_t *b = field->data + y * field->stride, *a = y ? b - field->stride : b,
                   *c = y < field->height - 1 ? b + field->stride : b;
    int32_t sum = 0;
    for (int x = 0; x < field->width; x++) {
        int d = (2 * (b[x] >> 8) - (a[x] >> 8) - (c[x] >> 8)) / 2;
        sum += d * d;
    }
    return (float)sum / (float)field->width;
}

/* The median of the vertical vectors of the row of blocks nearest to a frame line, in frame lines. */
static float down_of(const struct call *c, int r, int frame_line, float *column)
{
    const struct vh_motion *m = &c->motion;
    int row = (frame_line + VH_MOTION_CELL / 2) / VH_MOTION_CELL;
    const struct vh_mv *mv = m->ref[VH_MOTION_REACH + vh_look_distance[r]].mv + (ptrdiff_t)row * m->n_x;
    for (int x = 0; x < m->n_x; x++)
        column[x] = (float)mv[x].y * 0.25f;
    return vh_select_rank_float(column, m->n_x, m->n_x / 2);
}

static void match_lines(void *arg, int index, int n)
{
    struct call *c = arg;
    struct vh_field_look *look = c->look;
    float *column = c->looker->column + (ptrdiff_t)index * c->looker->n_x;
    int y0, y1;
    vh_pool_rows(look->n_lines, index, n, &y0, &y1);
    for (int y = y0; y < y1; y++) {
        int frame_line = 2 * y + look->parity;
        bool again = y > y0 && frame_line % VH_MOTION_CELL != VH_MOTION_CELL / 2 + look->parity;
        look->misfit[y] = INFINITY;
        for (int r = 0; r < VH_LOOK_REFS; r++) {
            if (!look->ref[r])
                continue;
            match_line(c, r, y);
            look->down[r][y] = again ? look->down[r][y - 1] : down_of(c, r, frame_line, column);
        }
        look->misfit[y] = isfinite(look->misfit[y]) ? look->misfit[y] : 0;
        look->rough[y] = roughness(&c->field, y);
    }
}

static bool is_near(float v, float steady)
{
    return v >= steady - SWAY && v <= steady + SWAY;
}

/* Puts the vectors to reference r back to where the scene moves: those near the steady motion of their place
 * there, of others, which move by themselves, only what their row has in common goes. */
static void steady_vectors(const struct call *c, int r)
{
    const struct vh_looker *l = c->looker;
    struct vh_field_look *look = c->look;
    float camera = row_vectors_deviation(l->row, look, r, l->velocity),
          k = (float)vh_look_distance[r] / ROW_VELOCITY_ONE;
    for (int i = 0; i < look->n_x * look->n_y; i++) {
        struct vh_mv *mv = &look->mv[r][i];
        float x = k * (float)l->velocity[i].x + camera, y = k * (float)l->velocity[i].y;
        if (is_near((float)mv->x, x) && is_near((float)mv->y, y))
            *mv = (struct vh_mv){(int16_t)lrintf(x), (int16_t)lrintf(y)};
        else
            mv->x = (int16_t)lrintf((float)mv->x - l->row[i / look->n_x]);
    }
}

/* Takes the vectors of the search without what displaced lines have pulled them along. */
static void take_vectors(struct call *c, const struct vh_motion *m, const struct vh_field_look *const *before)
{
    struct vh_field_look *look = c->look;
    const struct vh_field_look *looks[VH_WINDOW_REACH + 1] = {look};
    int blocks = look->n_x * look->n_y;
    for (int i = 0; i < blocks; i++)
        look->texture[i] = (uint8_t)(m->activity[i] / 8 < 255 ? m->activity[i] / 8 : 255);
    for (int r = 0; r < VH_LOOK_REFS; r++)
        if (look->ref[r])
            memcpy(look->mv[r], m->ref[VH_MOTION_REACH + vh_look_distance[r]].mv,
                (size_t)blocks * sizeof **look->mv);
    for (int k = 0; before && k < VH_WINDOW_REACH; k++)
        looks[k + 1] = before[k];
    row_vectors_velocity(c->looker->velocity, looks, VH_WINDOW_REACH + 1, blocks);
    c->motion = *m;
    for (int r = 0; r < VH_LOOK_REFS; r++)
        if (look->ref[r]) {
            steady_vectors(c, r);
            c->motion.ref[VH_MOTION_REACH + vh_look_distance[r]].mv = look->mv[r];
        }
}

static void find_suspects(void *arg, int index, int n)
{
    struct call *c = arg;
    int y0, y1;
    vh_pool_rows(c->look->n_lines, index, n, &y0, &y1);
    vh_dropout_suspect(&c->dropout, y0, y1);
}

static void mark(void *arg, int index, int n)
{
    struct call *c = arg;
    int y0, y1;
    vh_pool_rows(c->look->n_lines, index, n, &y0, &y1);
    c->marked[index] = vh_dropout_mark(&c->dropout, y0, y1);
}

static void find_dropouts(struct call *c, bool all)
{
    struct vh_field_look *look = c->look;
    look->n_lost = 0;
    if (!all) { /* both sides of time are needed to tell a loss from a change */
        memset(look->lost, 0, (size_t)look->width * (size_t)look->n_lines);
        return;
    }
    c->dropout = (struct vh_dropout_job){
        .field = c->field, .sigma_8bit = look->sigma_8bit, .suspect = c->looker->suspect, .mask = look->lost};
    for (int r = 0; r < VH_LOOK_REFS; r++)
        c->dropout.prediction[r] = c->prediction[r];
    vh_pool_run(c->looker->pool, find_suspects, c, SLICES);
    vh_pool_run(c->looker->pool, mark, c, SLICES);
    for (int i = 0; i < SLICES; i++)
        look->n_lost += c->marked[i];
}

void vh_look(struct vh_looker *looker, const struct vh_window *window, const struct vh_motion *motion,
    float sigma_8bit, const struct vh_field_look *const *before, struct vh_field_look *look)
{
    struct call c = {.looker = looker, .window = window, .look = look};
    bool any = false, all = true;
    c.field = vh_window_at(window, 0)->plane[0];
    look->parity = window->parity[VH_WINDOW_REACH];
    look->n_lines = c.field.height;
    look->sigma_8bit = sigma_8bit;
    for (int r = 0; r < VH_LOOK_REFS; r++) {
        look->ref[r] = motion && c.field.height > 1 && c.field.width > 4 * MARGIN &&
                       vh_motion_usable(motion, vh_look_distance[r]) &&
                       vh_window_at(window, vh_look_distance[r]);
        c.prediction[r] = vh_plane_read(vh_plane_field(raster(looker, r), look->parity));
        any = any || look->ref[r];
        all = all && look->ref[r];
    }
    if (any) {
        take_vectors(&c, motion, before);
        vh_pool_run(looker->pool, predict, &c, SLICES);
        vh_pool_run(looker->pool, match_lines, &c, SLICES);
    } else {
        memset(look->misfit, 0, (size_t)look->n_lines * sizeof *look->misfit);
        memset(look->rough, 0, (size_t)look->n_lines * sizeof *look->rough);
    }
    find_dropouts(&c, all);
}
