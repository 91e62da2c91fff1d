/* A click is where neither past nor future predicts the sound, for at most 3 ms, and where a filled-in
 * stretch removes the surprise.
 *
 * The prediction error from the past starts sharply where a click starts, the one from the future where it
 * ends (looking backwards): together they give its borders. Speech has a spike per glottal pulse and music
 * one per attack, so four more things are asked: the spike must stand out over the other spikes of the frame;
 * it must be short; after filling, the prediction error must have collapsed (an attack stays surprising
 * however it is filled); and what is taken out must rise over the level around, which counts less the surer
 * the rest is. */
#include "click.h"

#include "core/memory.h"
#include "core/select.h"
#include "core/status.h"
#include "sound_fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS_A_HOP (VH_CLICK_BLOCKS / 3)
#define HOP_S        0.0213 /* 1024 at 48 kHz */
#define WIDTH_S      0.003  /* longest click, algorithms 6 */
#define BORDER       3.0    /* robust standard deviations at which a click begins and ends */
#define PEERS        4      /* the fourth strongest spike of a frame is its programme */
#define OUTSTAND     2.5    /* a click is this much above it */
#define LOUD         1.0    /* peak of what is taken out over the level of the sound around */
#define SUBTLE                                                                                               \
    0.01 /* least sigma over the level: band-limited speech is predicted so well that its pulses stand out   \
          */
#define COLLAPSE 0.15 /* energy of the prediction error left after filling */
#define SURE     0.05 /* less than this of it left: a click of less than the level around is believed … */
#define SOFT     0.4  /* … down to this part of the level, … */
#define STRONG   20   /* … when its strength is this; the gates were set on seeds 1 and 2 (sound.md) */
#define TAIL     0.1  /* of the width: least length of such a stretch */
#define LONGER   0.7  /* the same part when only a longer stretch than the errors show mends it */
#define NOISY    0.5  /* sigma over the level: noise, which has no pulses; … */
#define EASE     0.7  /* … so much of the threshold does there */

int vh_click_frame_init(struct vh_click_frame *f, int rate_hz, double threshold)
{
    memset(f, 0, sizeof *f);
    f->hop = 1 << (int)lrint(log2(HOP_S * rate_hz));
    f->margin = f->hop;
    f->n = f->hop + 2 * f->margin;
    f->width = (int)(WIDTH_S * rate_hz);
    f->threshold = threshold > 0 ? threshold : 10;
    bool ok = (f->x = vh_alloc(f->n, sizeof(double))) && (f->window = vh_alloc(f->n, sizeof(double))) &&
              (f->scratch = vh_alloc(f->n, sizeof(double))) && (f->past = vh_alloc(f->n, sizeof(double))) &&
              (f->future = vh_alloc(f->n, sizeof(double))) && vh_ar_work_create(&f->work) >= 0;
    if (ok)
        vh_sound_hann(f->window, f->n);
    return ok ? VH_OK : VH_ERR_RESOURCE;
}

void vh_click_frame_uninit(struct vh_click_frame *f)
{
    vh_free(f->x);
    vh_free(f->window);
    vh_free(f->scratch);
    vh_free(f->past);
    vh_free(f->future);
    vh_ar_work_destroy(&f->work);
    memset(f, 0, sizeof *f);
}

/* A frame of slow sound (8 kHz) has no samples in its last block. */
static double robust_sigma(const double *error, int begin, int end, double *scratch)
{
    static const double none = 1e-12;
    if (end <= begin)
        return none;
    for (int i = begin; i < end; i++)
        scratch[i - begin] = fabs(error[i]);
    return 1.4826 * vh_select_rank(scratch, end - begin, (end - begin) / 2) + none;
}

/* Level of the frame, RMS. */
static double level_of(const struct vh_click_frame *f)
{
    double sum = 0;
    for (int i = 0; i < f->n; i++)
        sum += f->x[i] * f->x[i];
    return sqrt(sum / f->n);
}

/* The spread an error has to stand out of around each block of the frame: the frame's, or what it is nearby,
 * so that the noise of a consonant is not measured by the vowel beside it. False when nothing stands out of
 * the frame's. */
static bool local_sigma(struct vh_click_frame *f)
{
    int order = VH_CLICK_ORDER, size = f->hop / BLOCKS_A_HOP;
    double least = fmax(robust_sigma(f->past, order, f->n - order, f->scratch), SUBTLE * level_of(f));
    double block[VH_CLICK_BLOCKS], most = 0;
    for (int i = order; i < f->n - order; i++)
        most = fmax(most, fabs(f->past[i]));
    if (most < EASE * f->threshold * least)
        return false;
    for (int b = 0; b < VH_CLICK_BLOCKS; b++)
        block[b] = robust_sigma(f->past, b ? b * size : order,
            b < VH_CLICK_BLOCKS - 1 ? (b + 1) * size : f->n - order, f->scratch);
    for (int b = 0; b < VH_CLICK_BLOCKS; b++) {
        double before = block[b ? b - 1 : b], after = block[b < VH_CLICK_BLOCKS - 1 ? b + 1 : b];
        f->sigma[b] = fmax(least, (before + block[b] + after) / 3);
    }
    return true;
}

static double sigma_at(const struct vh_click_frame *f, int i)
{
    return f->sigma[i / (f->hop / BLOCKS_A_HOP)];
}

/* Spikes of the past error: runs above the threshold, joined when closer than the order. */
static int find_spikes(const struct vh_click_frame *f, struct vh_click *spike)
{
    int n = 0, order = VH_CLICK_ORDER;
    double level = level_of(f);
    for (int i = order; i < f->n - order; i++) {
        double sigma = sigma_at(f, i), size = fabs(f->past[i]) / sigma;
        double bar = sigma > NOISY * level ? f->threshold * EASE : f->threshold;
        if (size < bar)
            continue;
        size *= f->threshold / bar;
        if (n > 0 && i < spike[n - 1].end + order + f->width / 4) {
            spike[n - 1].end = i + 1;
            spike[n - 1].strength = fmax(spike[n - 1].strength, size);
        } else if (n < VH_CLICK_MAX) {
            spike[n++] = (struct vh_click){i, i + 1, size};
        } else {
            break;
        }
    }
    return n;
}

static int by_strength(const void *a, const void *b)
{
    double x = ((const struct vh_click *)a)->strength, y = ((const struct vh_click *)b)->strength;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* Walks a spike's borders out to where both errors are ordinary for a while. False when that is longer than a
 * click. */
static bool find_borders(const struct vh_click_frame *f, double sigma, struct vh_click *c)
{
    double least = BORDER * sigma;
    int begin = c->begin, end = c->begin + 1, quiet = 0, calm = f->width / 8;
    for (int i = c->begin - 1; i > c->begin - f->width && i >= VH_CLICK_ORDER && quiet < 4; i--) {
        quiet = fabs(f->past[i]) < least ? quiet + 1 : 0;
        begin = quiet ? begin : i;
    }
    quiet = 0;
    for (int i = c->begin; i < f->n - VH_CLICK_ORDER && i < begin + f->width + calm && quiet < calm; i++) {
        quiet = fabs(f->future[i]) < least ? quiet + 1 : 0;
        end = quiet ? end : i + 1;
    }
    c->begin = begin - 1;
    c->end = end + 1;
    return c->end - c->begin <= f->width;
}

static double energy(const double *v, int begin, int end)
{
    double sum = 0;
    for (int i = begin; i < end; i++)
        sum += v[i] * v[i];
    return sum;
}

/* Peak of what was taken out at c (old values in `old`) over the level of the sound within 10 ms on either
 * side. */
static double prominence(const struct vh_click_frame *f, const struct vh_click *c, const double *old)
{
    int reach = f->hop / 2, gap = f->width / 16, first = c->begin - gap - reach, last = c->end + gap + reach;
    double peak = 0, before = energy(f->x, first > 0 ? first : 0, c->begin - gap);
    double after = energy(f->x, c->end + gap, last < f->n ? last : f->n),
           louder = before > after ? before : after;
    for (int i = c->begin; i < c->end; i++)
        peak = fmax(peak, fabs(old[i - c->begin] - f->x[i]));
    return peak / (sqrt(louder / reach) + 1e-12);
}

/* Fills c in frame->x (old values to frame->scratch). Returns how far the energy of the prediction error
 * collapsed, 1 = not at all; *prominent as above. */
static double try_fill(
    struct vh_click_frame *f, const struct vh_ar *ar, const struct vh_click *c, double *prominent)
{
    int missing[VH_AR_MISSING], m = 0, stop = c->end + VH_CLICK_ORDER;
    for (int i = c->begin; i < c->end; i++) {
        f->scratch[m] = f->x[i];
        missing[m++] = i;
    }
    double sigma = sigma_at(f, c->begin), before = energy(f->past, c->begin, stop);
    if (!vh_ar_fill(ar, f->x, missing, m, f->work))
        return 1;
    vh_ar_residual(ar, f->x, c->begin, stop, 1, f->past);
    double after = energy(f->past, c->begin, stop);
    *prominent = prominence(f, c, f->scratch);
    return after < 4 * sigma * sigma * (stop - c->begin) ? fmin(COLLAPSE / 2, after / before)
                                                         : after / before;
}

static void undo(struct vh_click_frame *f, const struct vh_ar *ar, const struct vh_click *c)
{
    for (int i = c->begin; i < c->end; i++)
        f->x[i] = f->scratch[i - c->begin];
    vh_ar_residual(ar, f->x, c->begin, c->end + VH_CLICK_ORDER, 1, f->past);
}

/* Fills c and keeps the result only when the sound becomes predictable by it. Less prominence is believed
 * when the prediction error has collapsed further; `as_found`: c reaches as far as the errors showed. */
static bool fill(struct vh_click_frame *f, const struct vh_ar *ar, const struct vh_click *c, bool as_found)
{
    if (c->begin < 2 * VH_CLICK_ORDER || c->end + 2 * VH_CLICK_ORDER >= f->n ||
        c->end - c->begin > VH_AR_MISSING)
        return false;
    double prominent = 0, left = try_fill(f, ar, c, &prominent);
    bool plain = as_found && left < COLLAPSE && prominent > LOUD;
    if (plain || (left < SURE && prominent > (as_found ? SOFT : LONGER) && c->strength > STRONG))
        return true;
    undo(f, ar, c);
    return false;
}

/* The soft tail of a click may be longer than its prediction error shows: then a longer stretch is tried. */
static bool fill_either(struct vh_click_frame *f, const struct vh_ar *ar, struct vh_click *c)
{
    if (fill(f, ar, c, true))
        return true;
    int end = c->begin + (int)(TAIL * f->width);
    if (end <= c->end)
        return false;
    c->end = end;
    return fill(f, ar, c, false);
}

static int by_place(const void *a, const void *b)
{
    return ((const struct vh_click *)a)->begin - ((const struct vh_click *)b)->begin;
}

int vh_click_mend(struct vh_click_frame *f, struct vh_click found[VH_CLICK_MAX])
{
    struct vh_ar ar = {.order = VH_CLICK_ORDER};
    struct vh_click spike[VH_CLICK_MAX];
    if (!vh_ar_fit(&ar, f->x, f->window, f->scratch, f->n))
        return 0;
    int order = VH_CLICK_ORDER, n_found = 0;
    vh_ar_residual(&ar, f->x, order, f->n - order, 1, f->past);
    int n = local_sigma(f) ? find_spikes(f, spike) : 0;
    if (!n)
        return 0;
    vh_ar_residual(&ar, f->x, order, f->n - order, -1, f->future);
    qsort(spike, n, sizeof *spike, by_strength);
    double programme = n >= PEERS ? spike[PEERS - 1].strength : 0;
    for (int i = 0; i < n && spike[i].strength > OUTSTAND * programme; i++) {
        struct vh_click c = spike[i];
        bool mine = c.begin >= f->margin && c.begin < f->margin + f->hop;
        if (mine && find_borders(f, sigma_at(f, c.begin), &c) && fill_either(f, &ar, &c))
            found[n_found++] = c;
    }
    qsort(found, n_found, sizeof *found, by_place);
    return n_found;
}
