/* What is left of a tape's faults in a restored clip, against the truth the tape was made from.
 *
 *   repair_score TRUTH CLIP [TOP:BOTTOM:LEFT:RIGHT]
 *
 * TRUTH is progressive, one picture per field of the tape; CLIP has the same raster and either as many
 * progressive pictures or half as many interlaced ones, whose fields are compared with the pictures of their
 * instants. The first and last four pictures and the crop (default 8 all round) are left out. Prints one
 * line:
 *
 *   pictures PSNR-Y PSNR-U PSNR-V SSIM-Y jitter delay-x delay-y gain halo combing
 *
 * jitter: rms over lines of their sideways displacement against the truth, px, less the picture's mean; per
 * line by least squares on slightly blurred lines (s = -sum gT (R - T) / sum gT gR: what a symmetric blur
 * does is orthogonal to it), three rounds; lines with a mean squared slope below 4 codes^2 say nothing.
 *
 * delay: of both chroma planes against luma, the smallest squared difference over whole shifts, by parabola;
 * px of luma to the right, field lines downwards; every fourth picture.
 *
 * gain: rms of the pictures' luma gain (about black, by regression on the truth) around its mean, percent.
 *
 * halo: how far the median edge overshoots on its worse side, beyond what the truth's does, percent of the
 * step (dsp/measure_edges.h).
 *
 * combing: what metric/metric.h calls so.
 */
#include "core/cpu.h"
#include "core/memory.h"
#include "core/status.h"
#include "dsp/measure_edges.h"
#include "metric/metric.h"
#include "pipeline/clip_reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REACH_X = 10, REACH_Y = 4, SKIP = 4, MAX_PICTURES = 4096, CHROMA_EVERY = 4 };

struct residue {
    double shift_sum, shift_square, lines; /* over the clip: square less the pictures' means */
    double picture_sum, picture_square, picture_lines;
    double across[2 * REACH_X + 1], down[2 * REACH_Y + 1]; /* squared differences of chroma by shift */
    double gain[MAX_PICTURES];
    int n_gains;
    struct vh_edges edges[2]; /* truth, clip */
};

struct score {
    struct vh_clip_reader *reader[2]; /* truth, clip */
    struct vh_format format;
    struct vh_metric *metric;
    struct residue residue;
    int n_taken;    /* pictures */
    AVFrame *woven; /* two pictures of the truth as one of the tape */
    struct vh_frame_pool *pool;
    bool interlaced, bottom_first;
    int crop[4];
    float *line[3];
};

static void say(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    (void)opaque, (void)level, (void)path;
    fprintf(stderr, "repair_score: %s\n", message);
}

static const struct vh_log messages = {.sink = say, .level = VH_LOG_WARNING};

/* Codes of a line through [1 4 6 4 1] / 16. */
static void load(float *dst, const uint16_t *src, int n)
{
    for (int x = 0; x < n; x++) {
        int a = x < 2 ? 0 : x - 2, b = x < 1 ? 0 : x - 1, c = x + 1 < n ? x + 1 : n - 1,
            d = x + 2 < n ? x + 2 : n - 1;
        dst[x] = (float)(src[a] + 4 * src[b] + 6 * src[x] + 4 * src[c] + src[d]) / (16 * 256);
    }
}

static float at(const float *line, int n, double x)
{
    x = fmin(fmax(x, 1), n - 3);
    int i = (int)x;
    float u = (float)(x - i), a = line[i - 1], b = line[i], c = line[i + 1], d = line[i + 2];
    return b + 0.5f * u * (c - a + u * (2 * a - 5 * b + 4 * c - d + u * (3 * (b - c) + d - a)));
}

static void take_line(struct score *s, const uint16_t *truth, const uint16_t *clip, int n)
{
    float *t = s->line[0], *r = s->line[1], *moved = s->line[2];
    double shift = 0;
    load(t, truth, n);
    load(r, clip, n);
    for (int round = 0; round < 3; round++) {
        double top = 0, bottom = 0, slope = 0;
        for (int x = 0; x < n; x++)
            moved[x] = at(t, n, x - shift);
        for (int x = s->crop[2]; x < n - s->crop[3]; x++) {
            double g = (double)(moved[x + 1] - moved[x - 1]) / 2, h = (double)(r[x + 1] - r[x - 1]) / 2;
            top -= g * (double)(r[x] - moved[x]);
            bottom += g * h;
            slope += g * g;
        }
        if (slope < 4.0 * (n - s->crop[2] - s->crop[3]) || bottom < 0.1 * slope)
            return;
        shift += top / bottom;
    }
    s->residue.picture_sum += shift;
    s->residue.picture_square += shift * shift;
    s->residue.picture_lines++;
}

static void end_picture(struct residue *e)
{
    if (e->picture_lines > 0) {
        e->shift_sum += e->picture_sum;
        e->shift_square += e->picture_square - e->picture_sum * e->picture_sum / e->picture_lines;
        e->lines += e->picture_lines;
    }
    e->picture_sum = e->picture_square = e->picture_lines = 0;
}

static double difference(
    const struct vh_plane_const *t, const struct vh_plane_const *r, const int *crop, int dx, int dy)
{
    double sum = 0;
    for (int y = crop[0] + REACH_Y; y < t->height - crop[1] - REACH_Y; y++)
        for (int x = crop[2] + REACH_X; x < t->width - crop[3] - REACH_X; x++) {
            double d = ((double)r->data[y * r->stride + x] - t->data[(y - dy) * t->stride + x - dx]) / 256;
            sum += d * d;
        }
    return sum;
}

static void take_chroma(struct score *s, const struct vh_image_const *t, const struct vh_image_const *r)
{
    int crop[4] = {
        s->crop[0] >> t->sub_y, s->crop[1] >> t->sub_y, s->crop[2] >> t->sub_x, s->crop[3] >> t->sub_x};
    for (int p = 1; p < t->n_planes; p++) {
        for (int d = -REACH_X; d <= REACH_X; d++)
            s->residue.across[d + REACH_X] += difference(&t->plane[p], &r->plane[p], crop, d, 0);
        for (int d = -REACH_Y; d <= REACH_Y; d++)
            s->residue.down[d + REACH_Y] += difference(&t->plane[p], &r->plane[p], crop, 0, d);
    }
}

static void take_gain(struct score *s, const struct vh_plane_const *t, const struct vh_plane_const *r)
{
    double top = 0, bottom = 0;
    for (int y = s->crop[0]; y < t->height - s->crop[1]; y++)
        for (int x = s->crop[2]; x < t->width - s->crop[3]; x++) {
            double a = t->data[y * t->stride + x] / 256.0 - 16, b = r->data[y * r->stride + x] / 256.0 - 16;
            top += a * b;
            bottom += a * a;
        }
    if (s->residue.n_gains < MAX_PICTURES && bottom > 0)
        s->residue.gain[s->residue.n_gains++] = top / bottom;
}

static void take(struct score *s, const struct vh_image_const *t, const struct vh_image_const *r)
{
    vh_metric_add(s->metric, t, r, NULL);
    for (int y = s->crop[0]; y < t->plane[0].height - s->crop[1]; y++)
        take_line(s, t->plane[0].data + y * t->plane[0].stride, r->plane[0].data + y * r->plane[0].stride,
            t->plane[0].width);
    end_picture(&s->residue);
    if (s->n_taken++ % CHROMA_EVERY == 0)
        take_chroma(s, t, r);
    const struct vh_plane_const *luma[2] = {&t->plane[0], &r->plane[0]};
    for (int i = 0; i < 2; i++)
        vh_edges_add(
            &s->residue.edges[i], luma[i]->data, luma[i]->stride, luma[i]->width, luma[i]->height, 24, 1, 1);
    for (int parity = 0; parity < 1 + s->interlaced; parity++) {
        struct vh_plane_const a = t->plane[0], b = r->plane[0];
        if (s->interlaced)
            a = vh_plane_field_read(a, parity), b = vh_plane_field_read(b, parity);
        take_gain(s, &a, &b);
    }
}

/* How far the median edge goes beyond its step, and beyond the truth's where that does so too. */
static double halo(const struct vh_edges *edges)
{
    enum { MIDDLE = VH_EDGE_REACH * VH_EDGE_STEPS };
    double most = 0;
    for (int i = 1; i <= MIDDLE && edges[0].n && edges[1].n; i++) {
        double right =
                   vh_edges_median(&edges[1], MIDDLE + i) - fmax(1, vh_edges_median(&edges[0], MIDDLE + i)),
               left =
                   fmin(0, vh_edges_median(&edges[0], MIDDLE - i)) - vh_edges_median(&edges[1], MIDDLE - i);
        most = fmax(most, fmax(right, left));
    }
    return most;
}

static double lowest(const double *v, int n)
{
    int best = 1;
    for (int i = 1; i < n - 1; i++)
        best = v[i] < v[best] ? i : best;
    double bend = v[best - 1] - 2 * v[best] + v[best + 1];
    return best - n / 2 + (bend > 0 ? fmin(fmax((v[best - 1] - v[best + 1]) / (2 * bend), -0.5), 0.5) : 0);
}

static void print(const struct score *s)
{
    struct vh_metric_score m;
    const struct residue *e = &s->residue;
    int sub_x = 0, sub_y = 0;
    double mean = e->lines > 0 ? e->shift_sum / e->lines : 0, gain = 0, square = 0;
    double jitter = e->lines > 0 ? sqrt(fmax(0, e->shift_square / e->lines)) : NAN;
    for (int i = 0; i < e->n_gains; i++)
        gain += e->gain[i] / e->n_gains;
    for (int i = 0; i < e->n_gains; i++)
        square += (e->gain[i] - gain) * (e->gain[i] - gain) / e->n_gains;
    vh_metric_total(s->metric, &m);
    sub_x = s->format.pix_fmt != AV_PIX_FMT_YUV444P16;
    sub_y = s->format.pix_fmt == AV_PIX_FMT_YUV420P16;
    printf("%lld %.2f %.2f %.2f %.4f %.3f %.2f %.2f %.2f %.1f %.2f\n", (long long)m.n_frames, m.psnr[0],
        m.psnr[1], m.psnr[2], m.ssim[0], jitter, lowest(e->across, 2 * REACH_X + 1) * (1 << sub_x) - mean,
        lowest(e->down, 2 * REACH_Y + 1) * (1 << sub_y) / 2, 100 * sqrt(square) / (gain > 0 ? gain : 1),
        100 * halo(e->edges), m.combing);
}

/* The next picture of the truth as the clip shows it: itself, or woven with the one behind it. */
static int read_truth(struct score *s, struct vh_image_const *view, AVFrame **frame)
{
    struct vh_image woven;
    int status = VH_OK;
    if (!s->interlaced) {
        status = vh_clip_read_picture(s->reader[0], frame);
        return status == VH_OK ? vh_frame_image_read(*frame, view) : status;
    }
    status = vh_frame_image(s->woven, &woven);
    for (int i = 0; i < 2 && status == VH_OK; i++) {
        struct vh_image_const scene;
        status = vh_clip_read_picture(s->reader[0], frame);
        if (status != VH_OK)
            return status;
        vh_frame_image_read(*frame, &scene);
        int parity = s->bottom_first ^ i;
        struct vh_image_const from = vh_image_field_read(scene, parity);
        struct vh_image to = vh_image_field(woven, parity);
        for (int p = 0; p < from.n_planes; p++)
            for (int y = 0; y < from.plane[p].height; y++)
                memcpy(to.plane[p].data + y * to.plane[p].stride,
                    from.plane[p].data + y * from.plane[p].stride,
                    (size_t)from.plane[p].width * sizeof(uint16_t));
        vh_frame_free(frame);
    }
    *view = vh_image_read(&woven);
    return status;
}

static int compare(struct score *s)
{
    int64_t n = 0, expected = vh_clip_reader_expected(s->reader[1]);
    int skip = s->interlaced ? SKIP / 2 : SKIP, status = VH_OK;
    while (status == VH_OK) {
        AVFrame *frame[2] = {NULL};
        struct vh_image_const t, r;
        status = read_truth(s, &t, &frame[0]);
        if (status == VH_OK)
            status = vh_clip_read_picture(s->reader[1], &frame[1]);
        if (status == VH_OK && n >= skip && (expected <= 0 || n < expected - skip)) {
            vh_frame_image_read(frame[1], &r);
            take(s, &t, &r);
        }
        n++;
        vh_frame_free(&frame[0]);
        vh_frame_free(&frame[1]);
    }
    return status == VH_EOF ? VH_OK : status;
}

static int open_clip(struct score *s, int which, const char *url)
{
    struct vh_clip_reader_config config = {.url = url, .cpu_flags = vh_cpu_detect(), .log = &messages};
    return vh_clip_reader_open(&s->reader[which], &config);
}

static int prepare(struct score *s, char **argv, int argc)
{
    int status = open_clip(s, 0, argv[1]);
    if (status == VH_OK)
        status = open_clip(s, 1, argv[2]);
    if (status != VH_OK)
        return status;
    const struct vh_format *t = vh_clip_reader_format(s->reader[0]), *r = vh_clip_reader_format(s->reader[1]);
    s->format = *t;
    s->interlaced = r->fields == VH_FIELDS_TFF || r->fields == VH_FIELDS_BFF;
    s->bottom_first = r->fields == VH_FIELDS_BFF;
    int *c = s->crop;
    if (argc > 3 && sscanf(argv[3], "%d:%d:%d:%d", &c[0], &c[1], &c[2], &c[3]) != 4)
        return vh_fail(&messages, VH_ERR_USAGE, "%s is no crop TOP:BOTTOM:LEFT:RIGHT", argv[3]);
    if (t->width != r->width || t->height != r->height || t->pix_fmt != r->pix_fmt)
        return vh_fail(&messages, VH_ERR_USAGE, "%s and %s differ in size or chroma", argv[1], argv[2]);
    struct vh_metric_format format = {.width = t->width,
        .height = t->height,
        .n_planes = 3,
        .sub_x = t->pix_fmt != AV_PIX_FMT_YUV444P16,
        .sub_y = t->pix_fmt == AV_PIX_FMT_YUV420P16,
        .depth = 8};
    memcpy(format.crop, c, sizeof format.crop);
    for (int i = 0; i < 3; i++)
        s->line[i] = vh_alloc((size_t)t->width, sizeof *s->line[i]);
    status = vh_frame_pool_create(&s->pool, t->pix_fmt, t->width, t->height);
    if (status == VH_OK)
        s->woven = vh_frame_pool_acquire(s->pool);
    if (!s->woven || !s->line[0] || !s->line[1] || !s->line[2])
        return VH_ERR_RESOURCE;
    return vh_metric_create(&s->metric, &format, NULL, vh_cpu_detect(), &messages);
}

int main(int argc, char **argv)
{
    static struct score s = {.crop = {8, 8, 8, 8}};
    if (argc < 3) {
        fprintf(stderr, "usage: repair_score TRUTH CLIP [TOP:BOTTOM:LEFT:RIGHT]\n");
        return 2;
    }
    int status = prepare(&s, argv, argc);
    if (status == VH_OK)
        status = compare(&s);
    if (status == VH_OK)
        print(&s);
    vh_frame_free(&s.woven);
    vh_frame_pool_destroy(&s.pool);
    vh_metric_destroy(&s.metric);
    for (int i = 0; i < 3; i++)
        vh_free(s.line[i]);
    for (int i = 0; i < 2; i++)
        vh_clip_reader_close(&s.reader[i]);
    return vh_status_exit(status);
}
