/* Cross-talk of luma and colour on a finished field, chroma line by chroma line: nothing else is read, so
 * lines may be made in any order. */
#include "composite.h"

#include <math.h>
#include <string.h>

enum { HANN = 27 }; /* taps of the demodulator's low-pass: colour of 0.5 MHz */

#define TWO_PI 6.28318530717958647692

struct composite composite_make(int width, int lines, double crawl, double rainbow)
{
    return (struct composite){.carrier = vh_carrier_of(width, lines), .crawl = crawl, .rainbow = rainbow};
}

/* Phase in turns of the carrier at the first sample of line j of a field. */
static double phase_of_line(const struct composite *c, int64_t frame, bool late, int j)
{
    int lines = c->carrier.pal ? 625 : 525;
    double line = (double)(frame % 8 * lines + (late ? (lines + 1) / 2 : 0) + j);
    double turns = line * c->carrier.per_line;
    return turns - floor(turns);
}

/* sin and +-cos of the carrier along a line. */
static void carrier(const struct composite *c, float *s, float *q, int n, double phase, bool minus)
{
    double re = cos(TWO_PI * phase), im = sin(TWO_PI * phase);
    const double a = cos(TWO_PI * c->carrier.per_sample), b = sin(TWO_PI * c->carrier.per_sample);
    for (int x = 0; x < n; x++) {
        s[x] = (float)im;
        q[x] = (float)(minus ? -re : re);
        double next = re * a - im * b;
        im = re * b + im * a;
        re = next;
    }
}

static float chroma_at(const struct vh_plane *p, int y, int x, int sub_x)
{
    const uint16_t *line = p->data + y * p->stride;
    int at = x >> sub_x, next = at + 1 < p->width ? at + 1 : at;
    float part = (float)(x & ((1 << sub_x) - 1)) / (float)(1 << sub_x), a = line[at], b = line[next];
    return (a + part * (b - a)) / 256 - 128;
}

static uint16_t sample(double code)
{
    double v = floor(code * 256 + 0.5);
    return (uint16_t)(v < 0 ? 0 : v > 65535 ? 65535 : v);
}

/* Demodulates a luma line with one phase of the carrier: adds `gain` times what is left below 0.5 MHz to
 * `sum`, at the places of chroma samples. */
static void demodulate(float *sum, const float *luma, const float *phase, int width, int sub_x, double gain)
{
    static const double pi = TWO_PI / 2;
    double tap[HANN], all = 0;
    for (int k = 0; k < HANN; k++)
        all += tap[k] = 0.5 - 0.5 * cos(2 * pi * (k + 1) / (HANN + 1));
    for (int x = 0, i = 0; x < width; x += 1 << sub_x, i++) {
        double v = 0;
        for (int k = 0; k < HANN; k++) {
            int at = x + k - HANN / 2;
            at = at < 0 ? 0 : at >= width ? width - 1 : at;
            v += tap[k] * (double)(luma[at] * phase[at]);
        }
        sum[i] += (float)(2 * gain * v / all);
    }
}

/* The lines of one luma line while chroma line y is made. */
struct lines {
    float *s, *q, *luma, *cb, *cr;
};

static void add_crawl(const struct composite *c, const struct vh_image *field, struct lines l, int y, int j)
{
    uint16_t *line = field->plane[0].data + j * field->plane[0].stride;
    for (int x = 0; x < field->plane[0].width; x++) {
        double u = VH_CARRIER_PER_CB * (double)chroma_at(&field->plane[1], y, x, field->sub_x),
               v = VH_CARRIER_PER_CR * (double)chroma_at(&field->plane[2], y, x, field->sub_x);
        line[x] = sample((double)l.luma[x] + c->crawl * (u * (double)l.s[x] + v * (double)l.q[x]));
    }
}

static void add_colour(const struct vh_plane *p, int y, const float *colour)
{
    uint16_t *line = p->data + y * p->stride;
    for (int x = 0; x < p->width; x++)
        line[x] = sample(line[x] / 256.0 + (double)colour[x]);
}

void composite_mix(const struct composite *c, const struct vh_image *field, int64_t frame, bool late, int y0,
    int y1, float *scratch)
{
    const struct vh_plane *p = &field->plane[0];
    int w = p->width;
    struct lines l = {scratch, scratch + w, scratch + 2 * w, scratch + 3 * w, scratch + 4 * w};
    for (int y = y0; y < y1; y++) {
        int first = y << field->sub_y, end = first + (1 << field->sub_y);
        end = end < p->height ? end : p->height;
        memset(l.cb, 0, 2 * (size_t)w * sizeof *l.cb);
        for (int j = first; j < end; j++) {
            carrier(c, l.s, l.q, w, phase_of_line(c, frame, late, j),
                c->carrier.pal && ((late ? 313 : 0) + j + frame) % 2);
            for (int x = 0; x < w; x++)
                l.luma[x] = (float)p->data[j * p->stride + x] / 256;
            if (c->crawl > 0)
                add_crawl(c, field, l, y, j);
            if (c->rainbow > 0) {
                demodulate(
                    l.cb, l.luma, l.s, w, field->sub_x, c->rainbow / VH_CARRIER_PER_CB / (end - first));
                demodulate(
                    l.cr, l.luma, l.q, w, field->sub_x, c->rainbow / VH_CARRIER_PER_CR / (end - first));
            }
        }
        if (c->rainbow > 0) {
            add_colour(&field->plane[1], y, l.cb);
            add_colour(&field->plane[2], y, l.cr);
        }
    }
}
