/* Power spectra of lines: a 256-point transform, twice a line, summed. */
#include "dsp/measure_spectrum.h"

#include <math.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

enum { N = VH_SPECTRUM_SIZE };

/* What every segment needs: made once per plane. */
struct waves {
    double window[N];            /* Hann */
    double wr[N / 2], wi[N / 2]; /* of the transform: exp(-2 pi i k / N) */
};

static void make_waves(struct waves *w)
{
    for (int i = 0; i < N; i++)
        w->window[i] = 0.5 - 0.5 * cos(2 * pi * i / N);
    for (int k = 0; k < N / 2; k++) {
        w->wr[k] = cos(2 * pi * k / N);
        w->wi[k] = -sin(2 * pi * k / N);
    }
}

/* In-place radix-2 transform of N complex values. */
static void transform(const struct waves *w, double *re, double *im)
{
    for (int i = 1, j = 0; i < N; i++) {
        int bit = N >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j |= bit;
        if (i < j) {
            double r = re[i], m = im[i];
            re[i] = re[j], im[i] = im[j], re[j] = r, im[j] = m;
        }
    }
    for (int len = 2; len <= N; len <<= 1)
        for (int k = 0; k < len / 2; k++) {
            double wr = w->wr[k * (N / len)], wi = w->wi[k * (N / len)];
            for (int i = k; i < N; i += len) {
                int j = i + len / 2;
                double r = re[j] * wr - im[j] * wi, m = re[j] * wi + im[j] * wr;
                re[j] = re[i] - r, im[j] = im[i] - m;
                re[i] += r, im[i] += m;
            }
        }
}

/* Adds the periodogram of N samples, times `scale`. */
static void add_segment(
    struct vh_spectrum *spectrum, const struct waves *w, const double *sample, double scale)
{
    double re[N], im[N], mean = 0;
    for (int i = 0; i < N; i++)
        mean += sample[i] / N;
    for (int i = 0; i < N; i++) {
        re[i] = (sample[i] - mean) * w->window[i];
        im[i] = 0;
    }
    transform(w, re, im);
    scale /= N * 0.375; /* energy of the Hann window */
    for (int k = 0; k < VH_SPECTRUM_BINS; k++)
        spectrum->power[k] += (re[k] * re[k] + im[k] * im[k]) * scale;
    spectrum->n_segments += 1;
}

void vh_spectrum_add(struct vh_spectrum *spectrum, const uint16_t *plane, ptrdiff_t stride, int width,
    int height, int margin, int line_step)
{
    struct waves waves;
    double sample[N];
    make_waves(&waves);
    for (int y = margin; y < height - margin; y += line_step)
        for (int x = margin; x + N <= width - margin; x += N / 2) {
            for (int i = 0; i < N; i++)
                sample[i] = plane[y * stride + x + i] / 256.0;
            add_segment(spectrum, &waves, sample, 1);
        }
}

/* ---- differences ---- */

struct segments {
    const uint16_t *a, *b;
    ptrdiff_t stride_a, stride_b;
};

static double difference(const struct segments *s, int x, int y, double *sample)
{
    const uint16_t *a = s->a + y * s->stride_a + x, *b = s->b + y * s->stride_b + x;
    double sum = 0, square = 0;
    for (int i = 0; i < N; i++) {
        sample[i] = ((double)a[i] - b[i]) / 256;
        sum += sample[i];
        square += sample[i] * sample[i];
    }
    return square / N - sum / N * (sum / N);
}

enum { LEVELS = 512, PER_CODE2 = 8 };

static int level_of(double variance)
{
    double at = variance * PER_CODE2;
    return at >= LEVELS ? LEVELS - 1 : (int)at;
}

int vh_spectrum_add_difference(struct vh_spectrum *spectrum, const uint16_t *a, const uint16_t *b,
    ptrdiff_t stride_a, ptrdiff_t stride_b, int width, int height, int margin, int line_step, double share)
{
    const struct segments s = {a, b, stride_a, stride_b};
    double sample[N];
    struct waves waves;
    make_waves(&waves);
    int histogram[LEVELS] = {0}, total = 0, limit = 0, added = 0;
    for (int y = margin; y < height - margin; y += line_step)
        for (int x = margin; x + N <= width - margin; x += N / 2, total++)
            histogram[level_of(difference(&s, x, y, sample))]++;
    for (int seen = histogram[0]; limit < LEVELS - 1 && seen < share * total; seen += histogram[limit])
        limit++;
    for (int y = margin; y < height - margin; y += line_step)
        for (int x = margin; x + N <= width - margin; x += N / 2)
            if (level_of(difference(&s, x, y, sample)) <= limit) {
                add_segment(spectrum, &waves, sample, 0.5);
                added++;
            }
    return added;
}
