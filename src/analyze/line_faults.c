/* Predictions of a field's lines -> shifts against n-2 and n+2 -> jitter; lines put straight -> dropouts. */
#include "analyze/line_faults.h"

#include "core/memory.h"
#include "core/select.h"
#include "core/status.h"
#include "dsp/obmc.h"
#include "evidence/dirt.h"
#include "evidence/field_look.h"
#include "evidence/tracking.h"
#include "middle.h"
#include "motion/compensate.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REFS = VH_DROPOUT_REFS,
    REACH = 7,   /* samples a line may differ from its reference */
    MARGIN = 24, /* samples left out at the ends: blanking moves with the line */
    CAP = 360,   /* of a sample's difference, in quarters of codes: beyond, it is something else */
    MAX_FIELDS = 4096,
    MIN_FIELDS = 4,
    MIN_LINES = 48, /* lines with a match in a field */
    COLUMNS = 8,    /* that dropouts are spread over */
};

struct list {
    float value[MAX_FIELDS];
    int n;
};

struct vh_line_faults {
    int width, height; /* of the frame */
    struct vh_pool *pool;
    struct vh_dsp_obmc obmc;
    struct vh_dsp_line_look lines;
    uint16_t *raster[REFS];                 /* of the frame, luma, predicted from n-2, n-1, n+1, n+2 */
    struct vh_plane_const prediction[REFS]; /* the centre's own lines in them */
    uint16_t *straight;                     /* the field's lines moved back */
    uint8_t *lost;                          /* suspects, mask and spots seen of a field */
    float *shift[2],
        *error[2]; /* per line against n-2 and n+2: displacement, variance of it; < 0 = no match */
    float *work;
    struct vh_looker *looker; /* for tracking bands, in every fourth field */
    struct vh_field_look look;
    uint8_t *broken;
    struct list jitter, correlation, dropouts, dirt, bands, torn;
    uint8_t column[MAX_FIELDS]
                  [COLUMNS]; /* of every field in `dropouts`: marks by their place along the line */
};

int vh_line_faults_create(
    struct vh_line_faults **faults, int width, int height, struct vh_pool *pool, unsigned cpu_flags)
{
    struct vh_line_faults *f = *faults = vh_alloc(1, sizeof *f);
    size_t samples = (size_t)width * (size_t)height, lines = (size_t)height + 1;
    if (!f)
        return VH_ERR_RESOURCE;
    f->width = width;
    f->height = height;
    f->pool = pool;
    vh_dsp_obmc_init(&f->obmc, cpu_flags);
    vh_dsp_line_look_init(&f->lines, cpu_flags);
    bool ok = true;
    for (int r = 0; r < REFS; r++)
        ok = (f->raster[r] = vh_alloc(samples, sizeof(uint16_t))) && ok;
    for (int r = 0; r < 2; r++) {
        ok = (f->shift[r] = vh_alloc(lines, sizeof(float))) && ok;
        ok = (f->error[r] = vh_alloc(lines, sizeof(float))) && ok;
    }
    ok = (f->straight = vh_alloc(samples, sizeof(uint16_t))) && ok;
    ok = (f->lost = vh_alloc(3 * (samples + (size_t)width) / 2 + 1, 1)) && ok;
    ok = (f->work = vh_alloc(lines, sizeof(float))) && ok;
    ok = (f->broken = vh_alloc(lines, 1)) && ok;
    ok = vh_looker_create(&f->looker, width, height, f->pool, cpu_flags) == VH_OK && ok;
    ok = vh_field_look_init(&f->look, width, height) == VH_OK && ok;
    if (!ok)
        vh_line_faults_destroy(faults);
    return ok ? VH_OK : VH_ERR_RESOURCE;
}

void vh_line_faults_destroy(struct vh_line_faults **faults)
{
    if (!faults || !*faults)
        return;
    for (int r = 0; r < REFS; r++)
        vh_free((*faults)->raster[r]);
    for (int r = 0; r < 2; r++) {
        vh_free((*faults)->shift[r]);
        vh_free((*faults)->error[r]);
    }
    vh_free((*faults)->straight);
    vh_free((*faults)->lost);
    vh_free((*faults)->work);
    vh_free((*faults)->broken);
    vh_looker_destroy(&(*faults)->looker);
    vh_field_look_uninit(&(*faults)->look);
    vh_freep(faults);
}

static void keep(struct list *list, float value)
{
    if (list->n < MAX_FIELDS)
        list->value[list->n++] = value;
}

/* ---- shifts of lines */
static int32_t difference(const uint16_t *a, const uint16_t *b, int n)
{
    int32_t sum = 0;
    for (int x = 0; x < n; x++) {
        int16_t d = (int16_t)((a[x] >> 6) - (b[x] >> 6));
        d = d > CAP ? CAP : d < -CAP ? -CAP : d;
        sum += d * d;
    }
    return sum;
}

/* The displacement of line `a` against `b` (positive: a stands to the right) and its variance by the noise of
 * the match; < 0 when there is no match. */
static float match_line(const uint16_t *a, const uint16_t *b, int width, float *variance)
{
    int32_t cost[2 * REACH + 1];
    int best = 0, n = width - 2 * MARGIN;
    *variance = -1;
    for (int d = -REACH; d <= REACH; d++) {
        cost[REACH + d] = difference(a + MARGIN, b + MARGIN - d, n);
        if (cost[REACH + d] < cost[best])
            best = REACH + d;
    }
    if (best == 0 || best == 2 * REACH)
        return 0;
    double bend = (double)cost[best - 1] - 2.0 * cost[best] + cost[best + 1];
    double least = cost[best], slopes = bend / 2; /* energy of the line's slope */
    if (slopes < 16.0 * n)                        /* 1 code per sample, rms: too even to be matched */
        return 0;
    /* Noise along a line is coloured: about two samples tell as much as one of white noise. */
    *variance = (float)(2 * least / n / slopes);
    return (float)(best - REACH + 0.5 * ((double)cost[best - 1] - cost[best + 1]) / bend);
}

/* One field under work, cut into SLICES for the pool: every slice does its own lines. */
enum { SLICES = 8 };

struct look {
    struct vh_line_faults *faults;
    const struct vh_window *window;
    const struct vh_motion *motion;
    struct vh_plane_const field;
    float sigma_8bit;
};

static void match_slice(void *arg, int index, int n)
{
    const struct look *look = arg;
    struct vh_line_faults *f = look->faults;
    struct vh_plane_const field = look->field;
    int y0, y1;
    vh_pool_rows(field.height, index, n, &y0, &y1);
    for (int side = 0; side < 2; side++) {
        struct vh_plane_const ref = f->prediction[side ? REFS - 1 : 0];
        for (int y = y0; y < y1; y++)
            f->shift[side][y] = match_line(
                field.data + y * field.stride, ref.data + y * ref.stride, field.width, &f->error[side][y]);
    }
}

static bool known(const float *error, int y)
{
    return error[y - 1] >= 0 && error[y] >= 0 && error[y + 1] >= 0;
}

static float bend(const float *shift, int y)
{
    return shift[y] - 0.5f * (shift[y - 1] + shift[y + 1]);
}

/* Robust variance of the n values in work (their magnitudes are taken). */
static double spread2(float *work, int n)
{
    for (int i = 0; i < n; i++)
        work[i] = fabsf(work[i]);
    double spread = 1.4826 * vh_select_rank_float(work, n, n / 2);
    return spread * spread;
}

/* rms of the jitter of the field; < 0 when unknown. What the bends against n-2 and against n+2 share is the
 * field's own: the references' jitter, which vertical interpolation and mixed vectors lessen by nobody knows
 * how much, is not the same in both. cov = (var(a + b) - var(a - b)) / 4. */
static float jitter_of(struct vh_line_faults *f, int n)
{
    const float *const *shift = (const float *const *)f->shift, *const *error =
                                                                    (const float *const *)f->error;
    double sum, apart, noise = 0;
    int m = 0;
    for (int y = 1; y + 1 < n; y++) {
        if (!known(error[0], y) || !known(error[1], y))
            continue;
        f->work[m++] = bend(shift[0], y) + bend(shift[1], y);
        for (int k = 0; k < 2; k++)
            noise += (error[k][y] + 0.25 * (error[k][y - 1] + error[k][y + 1])) / 2;
    }
    if (m < MIN_LINES)
        return -1;
    sum = spread2(f->work, m);
    m = 0;
    for (int y = 1; y + 1 < n; y++)
        if (known(error[0], y) && known(error[1], y))
            f->work[m++] = bend(shift[0], y) - bend(shift[1], y);
    apart = spread2(f->work, m);
    /* The line's own noise moves both matches: nothing of its variance is seen on drawn scenes of sigma up to
     * 7, six tenths on grass and water. The motion vectors follow a part of the jitter, since blocks are only
     * 8 field lines high: 4 % of its rms (thirteen made tapes). */
    static const double own_share = 0.3, bend_of_white = 1.5, followed = 1 / 0.96;
    return (float)(followed * sqrt(fmax(0, (sum - apart) / 4 - own_share * noise / m) / bend_of_white));
}

/* Correlation of the jitter from line to line, by the ratio of its bends over one and two lines: for a
 * first-order process E (d[j] - d[j-1])^2 = 2 v (1 - r) and E (d[j] - d[j-2])^2 = 2 v (1 - r^2). */
static void take_correlation(struct vh_line_faults *f, const float *shift, const float *error, int n)
{
    double one = 0, two = 0, noise = 0;
    int m = 0;
    for (int y = 2; y < n; y++) {
        double a = shift[y] - shift[y - 1], b = shift[y] - shift[y - 2];
        if (error[y] < 0 || error[y - 1] < 0 || error[y - 2] < 0 || fabs(a) > 4 || fabs(b) > 4)
            continue;
        one += a * a, two += b * b, noise += 2 * error[y], m++;
    }
    one -= noise, two -= noise;
    if (m >= MIN_LINES && one > 0 && two > 0)
        keep(&f->correlation, (float)fmin(0.99, fmax(0, two / one - 1)));
}

static void take_jitter(struct vh_line_faults *f, int n)
{
    enum { SURELY_MILLI = 150 }; /* below this the correlation is that of the measuring noise */
    float seen = jitter_of(f, n);
    if (seen < 0)
        return;
    keep(&f->jitter, seen);
    if (1000 * seen > SURELY_MILLI)
        take_correlation(f, f->shift[0], f->error[0], n);
}

/* ---- dropouts */
static void straighten_line(struct vh_line_faults *f, struct vh_plane_const field, int y)
{
    const uint16_t *from = field.data + y * field.stride;
    uint16_t *to = f->straight + (ptrdiff_t)y * field.width;
    bool matched = f->error[0][y] >= 0 && f->error[1][y] >= 0;
    float s = matched ? 0.5f * (f->shift[0][y] + f->shift[1][y]) : 0;
    int whole = (int)floorf(s);
    float part = s - (float)whole;
    for (int x = 0; x < field.width; x++) {
        int a = x + whole < 0 ? 0 : x + whole >= field.width - 1 ? field.width - 2 : x + whole;
        to[x] = (uint16_t)((float)from[a] + part * ((float)from[a + 1] - (float)from[a]) + 0.5f);
    }
}

static struct vh_dropout_job dropout_job(const struct look *look)
{
    struct vh_line_faults *f = look->faults;
    int w = look->field.width, h = look->field.height;
    struct vh_dropout_job job = {.field = {f->straight, w, w, h},
        .sigma_8bit = look->sigma_8bit,
        .suspect = f->lost,
        .mask = f->lost + (size_t)w * (size_t)h};
    return job;
}

static void suspect_slice(void *arg, int index, int n)
{
    const struct look *look = arg;
    struct vh_dropout_job job = dropout_job(look);
    int y0, y1;
    vh_pool_rows(look->field.height, index, n, &y0, &y1);
    for (int y = y0; y < y1; y++) {
        const struct vh_line_faults *f = look->faults;
        const uint16_t *prediction[REFS];
        for (int r = 0; r < REFS; r++)
            prediction[r] = f->prediction[r].data + f->prediction[r].stride * y;
        straighten_line(look->faults, look->field, y);
        vh_dropout_suspect(&job, &f->lines, prediction, y);
    }
}

/* How much of a mark is lost, and how far that is from what the neighbours show: share of strong suspects
 * times mean difference, codes. Streaks of tapes: 26 and more in 94 % (three drawn scenes); lettering that
 * scrolls, a wheel that turns: 18 as a median. */
static double strength_of(
    const struct vh_line_faults *f, const struct vh_dropout_job *job, int y, int from, int until)
{
    const uint8_t *suspect = job->suspect + (ptrdiff_t)y * job->field.width;
    const uint16_t *own = job->field.data + y * job->field.stride;
    double strong = 0, off = 0, n = until - from;
    for (int x = from; x < until; x++) {
        int sum = 0;
        for (int r = 0; r < REFS; r++)
            sum += f->prediction[r].data[y * f->prediction[r].stride + x];
        strong += suspect[x] == VH_DROPOUT_STRONG;
        off += abs(own[x] - sum / REFS);
    }
    return strong / n * (off / n / VH_CODE);
}

/* Marks of a line that do not touch one on the line above. */
static int marks_of_line(struct vh_line_faults *f, const struct vh_dropout_job *job, int y)
{
    static const double least = 26;
    int w = job->field.width, count = 0;
    const uint8_t *here = job->mask + (ptrdiff_t)y * w, *above = y ? here - w : NULL;
    for (int x = 0; x < w;) {
        if (!here[x]) {
            x++;
            continue;
        }
        bool touches = false;
        int from = x;
        for (; x < w && here[x]; x++)
            touches = touches || (above && above[x]);
        if (touches || strength_of(f, job, y, from, x) < least)
            continue;
        count++;
        if (f->dropouts.n < MAX_FIELDS) {
            uint8_t *column = &f->column[f->dropouts.n][(from + x) / 2 * COLUMNS / w];
            *column += *column < UINT8_MAX;
        }
    }
    return count;
}

/* A line that is broken nearly everywhere: a dropout is one piece of it, a tracking band all. */
static bool is_broken(const uint8_t *suspect, int w)
{
    enum { PARTS = 8, BROKEN_PARTS = 5, SHARE = 12 };
    int broken = 0;
    for (int p = 0; p < PARTS; p++) {
        int sum = 0;
        for (int x = w * p / PARTS; x < w * (p + 1) / PARTS; x++)
            sum += suspect[x] == VH_DROPOUT_STRONG;
        broken += SHARE * sum >= w / PARTS;
    }
    return broken >= BROKEN_PARTS;
}

/* Marks of a field, without those of the lines where the heads change, and without those in and around
 * tracking bands; brought to all lines. */
static float count_marks(struct vh_line_faults *f, const struct vh_dropout_job *job, float *broken)
{
    enum { BOTTOM = 16, AROUND = 12, BAND = 2 };
    int count = 0, seen = 0, w = job->field.width, last = job->field.height - BOTTOM;
    for (int y = 0; y < last; y++)
        broken[y] = is_broken(job->suspect + (ptrdiff_t)y * w, w);
    for (int y = 0; y < last; y++) {
        float near = 0;
        for (int k = y - AROUND; k <= y + AROUND; k++)
            near += k >= 0 && k < last ? broken[k] : 0;
        if (near >= BAND)
            continue;
        seen++;
        if (memchr(job->mask + (ptrdiff_t)y * w, 1, (size_t)w))
            count += marks_of_line(f, job, y);
    }
    return seen ? (float)count * (float)job->field.height / (float)seen : 0;
}

static void take_dropouts(const struct look *look)
{
    struct vh_line_faults *f = look->faults;
    struct vh_dropout_job job = dropout_job(look);
    long marked = vh_dropout_mark(&job, 0, look->field.height);
    keep(&f->dropouts, marked > 0 ? count_marks(f, &job, f->work) : 0);
    uint8_t *seen = job.mask + (size_t)job.field.width * (size_t)job.field.height;
    keep(&f->dirt, (float)vh_dirt_mark(&job, seen, &marked));
}

/* Torn lines outside tracking bands. */
static int count_torn(const struct vh_field_look *look, const uint8_t *broken)
{
    int count = 0;
    for (int y = 0; y < look->n_lines; y++)
        count += look->torn[y] && !broken[y];
    return count;
}

/* Predictions of the centre's own lines from all four neighbours. */
static void predict_slice(void *arg, int index, int n)
{
    static const int distance[REFS] = {-2, -1, 1, 2};
    const struct look *look = arg;
    struct vh_line_faults *f = look->faults;
    int w = f->width, h = f->height, from, to;
    vh_pool_rows(look->motion->cells_y, index, n, &from, &to);
    for (int r = 0; r < REFS && from < to; r++) {
        struct vh_image_const luma = *vh_window_at(look->window, distance[r]);
        luma.n_planes = 1;
        struct vh_compensate compensate = {.motion = look->motion,
            .ref = distance[r],
            .image = &luma,
            .lines = VH_COMPENSATE_EXISTING,
            .floor_8bit2 = 1 + look->sigma_8bit * look->sigma_8bit,
            .dsp = &f->obmc,
            .out = {.n_planes = 1, .plane = {{f->raster[r], w, w, h}}}};
        vh_motion_compensate(&compensate, from, to);
    }
}

static bool has_neighbours(const struct vh_window *window, const struct vh_motion *motion)
{
    for (int k = -2; k <= 2; k++)
        if (k && (!vh_motion_usable(motion, k) || !vh_window_at(window, k)))
            return false;
    return true;
}

void vh_line_faults_add(struct vh_line_faults *faults, const struct vh_window *window,
    const struct vh_motion *motion, float sigma_8bit)
{
    struct look look = {.faults = faults,
        .window = window,
        .motion = motion,
        .field = vh_window_at(window, 0)->plane[0],
        .sigma_8bit = sigma_8bit};
    int parity = window->parity[VH_WINDOW_REACH];
    if (look.field.width < 4 * MARGIN || !has_neighbours(window, motion))
        return;
    for (int r = 0; r < REFS; r++) {
        struct vh_plane raster = {faults->raster[r], faults->width, faults->width, faults->height};
        faults->prediction[r] = vh_plane_read(vh_plane_field(raster, parity));
    }
    vh_pool_run(faults->pool, predict_slice, &look, SLICES);
    vh_pool_run(faults->pool, match_slice, &look, SLICES);
    take_jitter(faults, look.field.height);
    enum { LOOK_EVERY = 4 };
    if (window->index % LOOK_EVERY == 0) {
        vh_look(faults->looker, window, motion, sigma_8bit, NULL, VH_LOOK_LINES, &faults->look);
        keep(&faults->bands, (float)vh_tracking_find(&faults->look, faults->broken));
        keep(&faults->torn, (float)count_torn(&faults->look, faults->broken));
    }
    vh_pool_run(faults->pool, suspect_slice, &look, SLICES);
    take_dropouts(&look);
}

/* ---- report */
static struct vh_measurement middle(const struct list *list, double floor)
{
    static const double half_fields = 0.25;
    float *sorted = vh_alloc((size_t)list->n + 1, sizeof *sorted);
    struct vh_measurement m = {.n = list->n};
    if (!sorted)
        return m;
    m = middle_of(list->value, list->n, sorted);
    m.confidence = (1 - 1.0 / (1 + half_fields * list->n)) / (1 + m.spread / (m.value + floor));
    vh_free(sorted);
    return m;
}

static int report_jitter(const struct vh_line_faults *f, struct vh_profile *profile)
{
    if (f->jitter.n < MIN_FIELDS)
        return VH_OK;
    struct vh_measurement m = middle(&f->jitter, 0.3);
    snprintf(
        m.evidence, sizeof m.evidence, "median of %d fields, each line against those two fields away", m.n);
    int status = vh_profile_set(profile, "jitter.rms", &m);
    if (status != VH_OK || f->correlation.n < f->jitter.n / 2 || f->correlation.n < MIN_FIELDS)
        return status;
    m = middle(&f->correlation, 0.3);
    snprintf(m.evidence, sizeof m.evidence, "median of %d fields", m.n);
    return vh_profile_set(profile, "jitter.correlation", &m);
}

/* How unevenly the marks of the fields that hold at most `most` lie along the lines: the variance of the
 * columns' counts beyond that of chance, over the square of their mean; 0 when chance may have done it. Tapes
 * lose their signal anywhere; what gathers in one part of the picture is the picture's. */
static double unevenness(const struct vh_line_faults *f, double most)
{
    static const double chance = 3; /* times the degrees of freedom */
    double count[COLUMNS] = {0}, sum = 0, square = 0;
    for (int i = 0; i < f->dropouts.n; i++)
        for (int c = 0; c < COLUMNS && (double)f->dropouts.value[i] <= most; c++)
            count[c] += f->column[i][c];
    for (int c = 0; c < COLUMNS; c++)
        sum += count[c], square += count[c] * count[c];
    double mean = sum / COLUMNS, scatter = sum > 0 ? square / mean - sum : 0; /* chi-square */
    return scatter > chance * (COLUMNS - 1) ? (scatter - (COLUMNS - 1)) / sum : 0;
}

/* Dropouts and dirt come at random: a field holds at most some four times the usual number, and a few. The
 * mean over such fields; *most is the limit. Random events have a variance equal to their mean; much more
 * means that something else was seen. */
static struct vh_measurement events_of(const struct list *list, double *most)
{
    struct vh_measurement m = middle(list, 1);
    double sum = 0, square = 0;
    int n = 0;
    *most = 8 + 4 * m.value;
    for (int i = 0; i < list->n; i++) {
        double v = list->value[i];
        if (v <= *most)
            sum += v, square += v * v, n++;
    }
    m.value = n ? sum / n : 0;
    double variance = n ? square / n - m.value * m.value : 0;
    double calm = (m.value + 0.2) / (fmax(variance, m.value) + 0.2);
    m.confidence = (1 - 1.0 / (1 + 0.25 * n)) * fmin(1, 0.4 + 0.6 * fmin(1, 2 * calm)) * n / list->n;
    snprintf(m.evidence, sizeof m.evidence, "%.0f in %d of %d fields; the others held more than %.0f", sum, n,
        list->n, *most);
    return m;
}

static int report_dropouts(const struct vh_line_faults *f, struct vh_profile *profile)
{
    static const double even_enough = 0.3, gathered = 0.7;
    double most;
    if (f->dropouts.n < MIN_FIELDS)
        return VH_OK;
    struct vh_measurement m = events_of(&f->dropouts, &most);
    double uneven = unevenness(f, most);
    m.confidence *= 1 - 0.6 * fmin(1, fmax(0, (uneven - even_enough) / (gathered - even_enough)));
    size_t used = strlen(m.evidence);
    snprintf(m.evidence + used, sizeof m.evidence - used, "; unevenly spread by %.2f", uneven);
    return vh_profile_set(profile, "dropout.rate", &m);
}

static int report_dirt(const struct vh_line_faults *f, struct vh_profile *profile)
{
    double most;
    if (f->dirt.n < MIN_FIELDS)
        return VH_OK;
    struct vh_measurement m = events_of(&f->dirt, &most);
    return vh_profile_set(profile, "dirt.rate", &m);
}

/* The mean over all fields; known when enough of them were looked at. */
static int report_torn(const struct vh_line_faults *f, struct vh_profile *profile)
{
    struct vh_measurement m = {.n = f->torn.n, .confidence = 0.8};
    int with = 0;
    if (f->torn.n < MIN_FIELDS)
        return VH_OK;
    for (int i = 0; i < f->torn.n; i++) {
        m.value += (double)f->torn.value[i] / f->torn.n;
        with += f->torn.value[i] > 0;
    }
    snprintf(m.evidence, sizeof m.evidence, "in %d of %d fields looked at", with, m.n);
    return vh_profile_set(profile, "jitter.torn", &m);
}

/* A band stays for seconds: fields agree on it, or it was something else. */
static int report_bands(const struct vh_line_faults *f, struct vh_profile *profile)
{
    struct vh_measurement m = {.n = f->bands.n};
    int with = 0;
    if (f->bands.n < MIN_FIELDS)
        return VH_OK;
    for (int i = 0; i < f->bands.n; i++) {
        m.value += (double)f->bands.value[i] / f->bands.n;
        with += f->bands.value[i] > 0;
    }
    double share = (double)with / f->bands.n;
    m.confidence = (1 - 1.0 / (1 + 0.5 * m.n)) * (0.5 + fabs(share - 0.5));
    snprintf(m.evidence, sizeof m.evidence, "noise across the picture in %d of %d fields", with, m.n);
    return vh_profile_set(profile, "tracking.bands", &m);
}

int vh_line_faults_report(const struct vh_line_faults *faults, struct vh_profile *profile)
{
    int status = report_jitter(faults, profile);
    if (status == VH_OK)
        status = report_dropouts(faults, profile);
    if (status == VH_OK)
        status = report_dirt(faults, profile);
    if (status == VH_OK)
        status = report_torn(faults, profile);
    return status == VH_OK ? report_bands(faults, profile) : status;
}
