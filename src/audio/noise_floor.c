/* Noise floor: in each sixth-octave band the power, averaged over 8 frames, goes into a histogram of
 * decibels. Noise shows as a cluster at the low end: many frames within 4 dB and next to nothing just below.
 * (A quantile, as minimum statistics use it, cannot tell noise from music that never pauses; a cluster can be
 * absent.) Bands that are never quiet take their neighbours' level, but not more than they were ever seen
 * with. */
#include "noise_floor.h"

#include "core/memory.h"
#include "core/select.h"
#include "core/status.h"

#include <math.h>
#include <string.h>

#define AVERAGE    8   /* frames */
#define BIN_DB     0.5 /* histogram: from LEAST_DB in these steps */
#define LEAST_DB   -190.0
#define N_DB       400
#define WINDOW     8    /* histogram bins of a cluster: 4 dB */
#define GAP        10   /* histogram bins below it that must be empty: 5 dB */
#define CROWD      0.06 /* share of the frames that makes a cluster */
#define LEAST_BINS 5    /* of a band whose lower quarter is taken */
#define MOST_BINS  64   /* that are looked at */
#define QUARTER    1.40 /* white noise over its quarter-rank in averages of 8 half overlapped frames */
#define SLOPE_DB   0.25 /* hiss rises by no more than this per band towards the bass (1.5 dB per octave) */

struct vh_noise_floor {
    int n, first_bin[VH_SOUND_HISS_BANDS + 1];
    double rate_hz, energy;
    double recent[AVERAGE][VH_SOUND_HISS_BANDS];
    int n_recent;
    int *count;   /* N_DB * VH_SOUND_HISS_BANDS */
    double *past; /* AVERAGE spectra */
    int *between; /* as count: what lies between a band's partials */
    int64_t n_frames;
};

int vh_noise_floor_create(struct vh_noise_floor **floor, int n, double rate_hz, double energy)
{
    struct vh_noise_floor *k = *floor = vh_alloc(1, sizeof *k);
    if (!k)
        return VH_ERR_RESOURCE;
    int bins = n / 2 + 1;
    k->n = n;
    k->rate_hz = rate_hz;
    k->energy = energy;
    for (int b = 0; b <= VH_SOUND_HISS_BANDS; b++) { /* bands meet halfway between their centres */
        double hz = vh_sound_hiss_band_hz(b) * pow(2, -1.0 / 12);
        int bin = (int)ceil(hz * n / rate_hz);
        k->first_bin[b] = bin < bins ? bin : bins;
    }
    bool ok = (k->past = vh_alloc((size_t)AVERAGE * bins, sizeof(double))) &&
              (k->between = vh_alloc((size_t)N_DB * VH_SOUND_HISS_BANDS, sizeof(int))) &&
              (k->count = vh_alloc((size_t)N_DB * VH_SOUND_HISS_BANDS, sizeof(int)));
    return ok ? VH_OK : VH_ERR_RESOURCE;
}

void vh_noise_floor_destroy(struct vh_noise_floor **floor)
{
    if (!*floor)
        return;
    vh_free((*floor)->count);
    vh_free((*floor)->past);
    vh_free((*floor)->between);
    vh_freep(floor);
}

void vh_noise_floor_break(struct vh_noise_floor *floor)
{
    floor->n_recent = 0;
}

int64_t vh_noise_floor_frames(const struct vh_noise_floor *floor)
{
    return floor->n_frames;
}

/* Power density of band b in this frame; bands narrower than a bin take the nearest one. */
static double band_power(const struct vh_noise_floor *k, const double *power, int b)
{
    int first = k->first_bin[b], last = k->first_bin[b + 1];
    if (first >= last) {
        first = (int)lrint(vh_sound_hiss_band_hz(b) * k->n / k->rate_hz);
        first = first < 1 ? 1 : first;
        last = first + 1;
    }
    if (last > k->n / 2)
        return 0;
    double sum = 0;
    for (int i = first; i < last; i++)
        sum += power[i];
    return sum / (last - first) / (k->energy * k->rate_hz / 2);
}

static int bin_of(double power)
{
    int bin = (int)((10 * log10(power + 1e-20) - LEAST_DB) / BIN_DB);
    return bin < 0 ? 0 : bin < N_DB ? bin : N_DB - 1;
}

/* The quarter-rank of a band's bins, each averaged over AVERAGE frames: a held note fills some bins of a band
 * and leaves the hiss between them to be seen. Every other frame, and in bands of enough bins. */
static void count_between(struct vh_noise_floor *k)
{
    int bins = k->n / 2 + 1;
    for (int b = 0; b < VH_SOUND_HISS_BANDS; b++) {
        int first = k->first_bin[b], n = k->first_bin[b + 1] - first;
        if (n < LEAST_BINS || first + n > k->n / 2)
            continue;
        int step = (n + MOST_BINS - 1) / MOST_BINS, m = 0;
        double v[MOST_BINS];
        for (int i = 0; i < n; i += step) {
            double sum = 0;
            for (int j = 0; j < AVERAGE; j++)
                sum += k->past[(size_t)j * bins + first + i];
            v[m++] = sum;
        }
        double power = vh_select_rank(v, m, m / 4) / AVERAGE / (k->energy * k->rate_hz / 2);
        k->between[b * N_DB + bin_of(power * QUARTER)]++;
    }
}

void vh_noise_floor_push(struct vh_noise_floor *k, const double *power)
{
    int slot = k->n_recent % AVERAGE;
    memcpy(k->past + (size_t)slot * (k->n / 2 + 1), power, sizeof(double) * (k->n / 2 + 1));
    k->n_recent++;
    if (k->n_recent >= AVERAGE)
        count_between(k);
    for (int b = 0; b < VH_SOUND_HISS_BANDS; b++) {
        k->recent[slot][b] = band_power(k, power, b);
        if (k->n_recent < AVERAGE)
            continue;
        double sum = 0;
        for (int i = 0; i < AVERAGE; i++)
            sum += k->recent[i][b];
        k->count[b * N_DB + bin_of(sum / AVERAGE)]++;
    }
    k->n_frames += k->n_recent >= AVERAGE;
}

/* The lowest cluster of one band's histogram: its level in dB per Hz, or NaN. */
static double find_cluster(const int *count, int64_t n)
{
    int64_t below = 0, inside = 0;
    for (int i = 0; i < WINDOW; i++)
        inside += count[i];
    for (int i = 0; i + WINDOW < N_DB; i++) {
        int64_t further = inside - count[i] + count[i + WINDOW];
        if (inside >= CROWD * n && inside > 20 && inside >= further && below * 5 <= inside) {
            double sum = 0;
            for (int k = 0; k < WINDOW; k++)
                sum += count[i + k] * (k + 0.5);
            return LEAST_DB + BIN_DB * (i + sum / inside);
        }
        below += count[i] - (i >= GAP ? count[i - GAP] : 0);
        inside = further;
    }
    return NAN;
}

static double quantile_db(const int *count, int64_t n, double p)
{
    int64_t seen = 0;
    for (int i = 0; i < N_DB; i++) {
        seen += count[i];
        if (seen > p * n)
            return LEAST_DB + BIN_DB * (i + 0.5);
    }
    return LEAST_DB;
}

/* Whether band b of channel c holds more of the comb that was found than noise; else takes the comb's power
 * out of *level. */
static bool comb_hides(const struct vh_sound_findings *f, int c, int b, double *level)
{
    double hz = vh_sound_hiss_band_hz(b);
    if (f->hum_hz > 0 && hz < f->hum_hz * (f->hum_harmonics + 2.6))
        return true;
    if (f->whistle_hz > 0 && fabs(log2(hz / f->whistle_hz)) < 0.17) /* its band and half of the next */
        return true;
    if (f->field_rate_hz <= 0)
        return false;
    double noise = pow(10, *level / 10) - pow(10, f->buzz_db[c][b] / 10);
    if (noise < 0.5 * pow(10, *level / 10))
        return true;
    *level = 10 * log10(noise);
    return false;
}

/* What the lower quarters say, where that is less; and no bump in the bass that held notes make. */
static void lower_floor(const struct vh_noise_floor *k, float *noise_db)
{
    double cap = 1000;
    for (int b = VH_SOUND_HISS_BANDS - 1; b >= 0; b--) {
        const int *count = k->between + b * N_DB;
        int64_t n = 0;
        for (int i = 0; i < N_DB; i++)
            n += count[i];
        double level = n > 40 ? find_cluster(count, n) : NAN;
        if (n > 40 && isnan(level))
            level = quantile_db(count, n, 0.05);
        if (n > 40 && level < noise_db[b])
            noise_db[b] = (float)level;
        if (noise_db[b] > cap)
            noise_db[b] = (float)cap;
        if (vh_sound_hiss_band_hz(b) < k->rate_hz * 0.4)
            cap = fmin(cap, noise_db[b] + 1) + SLOPE_DB;
    }
}

/* Fills noise_db of one channel. Returns the share of the bands from 1 kHz up that have a cluster of their
 * own. */
static double clusters(
    const struct vh_noise_floor *k, const struct vh_sound_findings *f, int c, float *noise_db)
{
    int bands = 0, own = 0, last = -1;
    bool known[VH_SOUND_HISS_BANDS] = {0};
    for (int b = 0; b < VH_SOUND_HISS_BANDS; b++) {
        double hz = vh_sound_hiss_band_hz(b), level = find_cluster(k->count + b * N_DB, k->n_frames);
        bool in_range = hz < k->rate_hz * 0.45;
        known[b] = in_range && !isnan(level) && !comb_hides(f, c, b, &level);
        noise_db[b] = known[b] ? (float)level : 0;
        bands += in_range && hz >= 1000;
        own += known[b] && hz >= 1000;
        last = known[b] ? b : last;
    }
    for (int b = VH_SOUND_HISS_BANDS - 1; b >= 0; b--) {
        if (known[b] || last < 0)
            continue;
        int up = b, down = b;
        while (up < VH_SOUND_HISS_BANDS && !known[up])
            up++;
        while (down >= 0 && !known[down])
            down--;
        double level = up == VH_SOUND_HISS_BANDS ? noise_db[last] : noise_db[up];
        if (down >= 0 && up < VH_SOUND_HISS_BANDS)
            level = noise_db[down] + (level - noise_db[down]) * (b - down) / (up - down);
        if (vh_sound_hiss_band_hz(b) < k->rate_hz * 0.45)
            level = fmin(level, quantile_db(k->count + b * N_DB, k->n_frames, 0.05));
        noise_db[b] = (float)level;
    }
    return bands ? (double)own / bands : 0;
}

double vh_noise_floor_find(
    const struct vh_noise_floor *floor, const struct vh_sound_findings *f, int c, float *noise_db)
{
    double own = clusters(floor, f, c, noise_db);
    lower_floor(floor, noise_db);
    return own;
}

double vh_noise_floor_dbfs(const float *noise_db, double rate_hz)
{
    double sum = 0;
    for (int b = 0; b < VH_SOUND_HISS_BANDS; b++) {
        double hz = vh_sound_hiss_band_hz(b);
        if (hz >= 200 && hz < rate_hz * 0.47)
            sum += pow(10, noise_db[b] / 10) * hz * (pow(2, 1.0 / 12) - pow(2, -1.0 / 12));
    }
    return 10 * log10(sum + 1e-20);
}

bool vh_noise_floor_is_flat(const float *noise_db, double rate_hz)
{
    for (int b = 1; b < VH_SOUND_HISS_BANDS; b++) {
        double hz = vh_sound_hiss_band_hz(b);
        if (hz >= 560 && hz < fmin(10000, rate_hz * 0.4) && fabs(noise_db[b] - noise_db[b - 1]) > 4)
            return false;
    }
    return true;
}
