/* Colour carrier in luma by its power against its neighbours'. */
#include "analyze/dot_crawl.h"

#include "core/select.h"
#include "core/status.h"
#include "frame/carrier.h"

#include <math.h>
#include <stdio.h>

enum {
    PIECE = 64, /* samples */
    EVERY = 4,  /* frames; of each, every LINES-th line */
    LINES = 6,
    LEAST = 300, /* pieces that a tape must have */
};

#define PI 3.14159265358979323846

/* Windowed waves to compare a piece with: 0.5 MHz below the carrier, at it, above. */
struct waves {
    double re[3][PIECE], im[3][PIECE], sum;
};

static void make_waves(struct waves *w, int width, int height)
{
    struct vh_carrier carrier = vh_carrier_of(width, height);
    double apart = 0.5 / carrier.sample_mhz;
    w->sum = 0;
    for (int x = 0; x < PIECE; x++) {
        double window = 0.5 - 0.5 * cos(2 * PI * (x + 1) / (PIECE + 1));
        w->sum += window;
        for (int k = 0; k < 3; k++) {
            double phase = 2 * PI * (carrier.per_sample + (k - 1) * apart) * x;
            w->re[k][x] = window * cos(phase);
            w->im[k][x] = window * sin(phase);
        }
    }
}

/* Amplitude^2 of the three waves in a piece of luma. */
static void measure(const struct waves *w, const uint16_t *line, double power[3])
{
    double mean = 0;
    for (int x = 0; x < PIECE; x++)
        mean += line[x];
    mean /= PIECE;
    for (int k = 0; k < 3; k++) {
        double re = 0, im = 0;
        for (int x = 0; x < PIECE; x++) {
            re += (line[x] - mean) * w->re[k][x];
            im += (line[x] - mean) * w->im[k][x];
        }
        power[k] = 4 * (re * re + im * im) / (w->sum * w->sum * VH_CODE * VH_CODE);
    }
}

struct colour {
    double power; /* amplitude^2 on the carrier */
    bool even;
};

static struct colour colour_of(const struct vh_image_const *frame, int x, int y)
{
    const int sub = frame->sub_x, n = PIECE >> sub;
    /* The chroma line of the same field: in 4:2:0 pairs of field lines share one. */
    int line = frame->sub_y ? (y >> 2) * 2 + (y & 1) : y;
    line = line < frame->plane[1].height ? line : frame->plane[1].height - 1;
    double mean[2], square = 0;
    for (int i = 0; i < 2; i++) {
        const struct vh_plane_const *p = &frame->plane[i + 1];
        const uint16_t *at = p->data + line * p->stride + (x >> sub);
        double sum = 0, sum2 = 0, scale = i ? VH_CARRIER_PER_CR : VH_CARRIER_PER_CB;
        for (int u = 0; u < n; u++) {
            double v = scale * ((double)at[u] / VH_CODE - 128);
            sum += v;
            sum2 += v * v;
        }
        mean[i] = sum / n;
        square += sum2 / n;
    }
    double power = mean[0] * mean[0] + mean[1] * mean[1];
    return (struct colour){power, square - power < 0.25 * power};
}

void vh_dot_crawl_add(struct vh_dot_crawl *crawl, const struct vh_image_const *frame)
{
    static const double least = 10 * 10; /* codes^2 of colour: below, its carrier drowns */
    const struct vh_plane_const *luma = &frame->plane[0];
    if (frame->n_planes < 3 || crawl->n_frames++ % EVERY)
        return;
    struct waves waves;
    make_waves(&waves, luma->width, luma->height);
    for (int y = luma->height / 16; y < luma->height - luma->height / 12; y += LINES + 1)
        for (int x = PIECE / 2; x + PIECE + PIECE / 2 <= luma->width && crawl->n < VH_DOT_CRAWL_PIECES;
             x += PIECE) {
            struct colour colour = colour_of(frame, x, y);
            if (colour.power < least || !colour.even)
                continue;
            double power[3];
            measure(&waves, luma->data + y * luma->stride + x, power);
            double more = power[1] - (power[0] + power[2]) / 2;
            crawl->n_clear += power[1] > 2 * fmax(power[0], power[2]);
            crawl->share2[crawl->n] = (float)(more / colour.power);
            crawl->amplitude[crawl->n++] = (float)(more > 0 ? sqrt(more) : 0);
        }
}

static double median(float *v, int n)
{
    return (double)vh_select_rank_float(v, n, n / 2);
}

int vh_dot_crawl_report(struct vh_dot_crawl *crawl, struct vh_profile *profile)
{
    if (crawl->n < LEAST)
        return VH_OK;
    static const double by_chance = 0.25, surely = 0.55; /* shares of pieces that stand out */
    double clear = (double)crawl->n_clear / crawl->n, share2 = median(crawl->share2, crawl->n);
    double sure = fmin(fmax((clear - by_chance) / (surely - by_chance), 0), 1);
    struct vh_measurement m = {.n = crawl->n};
    m.value = share2 > 0 ? median(crawl->amplitude, crawl->n) : 0;
    /* Nothing there is as sure as that there are pieces; something, as they agree. */
    m.confidence = m.value < 0.5 ? 0.8 : 0.2 + 0.8 * sure;
    snprintf(m.evidence, sizeof m.evidence, "%.0f %% of %d coloured pieces stand out at the carrier",
        100 * clear, crawl->n);
    int status = vh_profile_set(profile, "dotcrawl.level", &m);
    m.value = share2 > 0 ? fmin(sqrt(share2), 1) : 0;
    return status == VH_OK ? vh_profile_set(profile, "dotcrawl.leak", &m) : status;
}
