/* Line 21: the clock by correlation, the data by sampling at the middle of each bit. */
#include "media/line21.h"

#include <libavutil/common.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <string.h>

enum {
    CLOCK_CYCLES = 7,
    START_BITS = 3,
    DATA_BITS = 16,
    CLOCK_FROM = 34,  /* luma samples of 720: surely inside the clock, which begins at about 20 */
    CLOCK_WAVES = 5,  /* whole cycles that are surely inside, too */
    LEAST_SWING = 50, /* 8-bit codes between low and high; 110 by the standard */
};

/* Samples of 13.5 MHz per bit: 32 bits in a line of 858 (525 lines) or 864 (625, where it is line 22). */
#define BIT_525 (858.0 / 32)
#define BIT_625 (864.0 / 32)

struct signal {
    double sample[720]; /* 8-bit codes, as if the line had 720 samples */
    double bit;         /* samples per bit */
    double low, high;   /* of the clock */
    double trough;      /* where the clock is lowest: first such place */
};

static double luma(const AVFrame *frame, const AVPixFmtDescriptor *d, int x, int y)
{
    const uint8_t *at = frame->data[0] + (ptrdiff_t)y * frame->linesize[0] + (ptrdiff_t)x * d->comp[0].step +
                        d->comp[0].offset;
    int depth = d->comp[0].depth;
    if (depth <= 8)
        return at[0];
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return (double)(value >> d->comp[0].shift) / (1 << (depth - 8));
}

static bool take_line(const AVFrame *frame, int y, struct signal *s)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(frame->format);
    bool fits = d && !(d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_HWACCEL)) &&
                d->comp[0].depth >= 8 && d->comp[0].depth <= 16 && frame->width >= 600 && y < frame->height;
    s->bit = frame->height > 540 ? BIT_625 : BIT_525;
    for (int x = 0; fits && x < 720; x++) {
        double at = (x + 0.5) * frame->width / 720 - 0.5;
        int a = av_clip((int)floor(at), 0, frame->width - 1), b = FFMIN(a + 1, frame->width - 1);
        double part = at - a;
        s->sample[x] = (1 - part) * luma(frame, d, a, y) + part * luma(frame, d, b, y);
    }
    return fits;
}

static double sample_at(const struct signal *s, double x)
{
    int a = av_clip((int)floor(x), 0, 718);
    double part = av_clipd(x - a, 0, 1);
    return (1 - part) * s->sample[a] + part * s->sample[a + 1];
}

/* Mean over the middle third of a bit. */
static double level(const struct signal *s, double centre)
{
    double sum = 0;
    for (int i = -4; i <= 4; i++)
        sum += sample_at(s, centre + i);
    return sum / 9;
}

/* Amplitude and place of the clock from one period of correlation each. */
static bool find_clock(struct signal *s)
{
    const double bit = s->bit;
    double re = 0, im = 0, mean = 0, power = 0;
    int n = (int)(CLOCK_WAVES * bit + 0.5);
    for (int i = 0; i < n; i++) {
        double phase = 2 * M_PI * i / bit, v = s->sample[CLOCK_FROM + i];
        re += v * cos(phase);
        im += v * sin(phase);
        mean += v;
        power += v * v;
    }
    mean /= n;
    double amplitude = 2 * hypot(re, im) / n, variance = power / n - mean * mean;
    s->low = mean - amplitude;
    s->high = mean + amplitude;
    double peak = atan2(im, re) / (2 * M_PI) * bit; /* of v = cos(phase - peak) */
    s->trough = fmod(CLOCK_FROM + peak + 1.5 * bit, bit);
    /* A sine's variance is half its amplitude squared: most of what moves there is the clock. */
    return 2 * amplitude >= LEAST_SWING && variance < 0.75 * amplitude * amplitude;
}

/* The first data bit's centre behind clock and start bits; negative when they are not there. */
static double find_data(const struct signal *s)
{
    const double bit = s->bit;
    double middle = (s->low + s->high) / 2;
    for (double end = s->trough + CLOCK_CYCLES * bit - 2 * bit; end < 260; end += bit) {
        bool clock = level(s, end - bit / 2) > middle && level(s, end - 1.5 * bit) > middle;
        if (clock && level(s, end) < middle && level(s, end + bit / 2) < middle &&
            level(s, end + bit) < middle && level(s, end + 2 * bit) > middle)
            return end + START_BITS * bit;
    }
    return -1;
}

static bool odd(unsigned byte)
{
    return av_popcount(byte) & 1;
}

bool vh_line21_read(const AVFrame *frame, int y, uint8_t pair[2])
{
    struct signal s;
    if (!take_line(frame, y, &s) || !find_clock(&s))
        return false;
    double at = find_data(&s), middle = (s.low + s.high) / 2;
    unsigned bits = 0;
    if (at < 0 || at + (DATA_BITS - 1) * s.bit > 718)
        return false;
    for (int i = 0; i < DATA_BITS; i++)
        bits |= (unsigned)(level(&s, at + i * s.bit) > middle) << i;
    pair[0] = (uint8_t)bits;
    pair[1] = (uint8_t)(bits >> 8);
    return odd(pair[0]) && odd(pair[1]);
}

void vh_line21_look(struct vh_line21_search *search, const AVFrame *frame)
{
    uint8_t pair[2];
    search->n_frames++;
    for (int y = 0; y < VH_LINE21_LINES; y++)
        search->n_read[y] += vh_line21_read(frame, y, pair);
}

bool vh_line21_found(const struct vh_line21_search *search, int line[2])
{
    int best[2] = {-1, -1}; /* of the even and the odd lines */
    for (int y = 0; y < VH_LINE21_LINES; y++) {
        int n = search->n_read[y], *b = &best[y & 1];
        if (n >= 10 && 2 * n >= search->n_frames && (*b < 0 || n > search->n_read[*b]))
            *b = y;
    }
    bool both = best[0] >= 0 && best[1] >= 0;
    line[0] = both || best[0] < 0 ? best[1] : best[0];
    line[1] = both ? best[0] : -1;
    return line[0] >= 0;
}
