/* Random numbers by counter: a number is a pure function of (seed, what for, which field, which line), so any
 * thread may make any part of a tape and gets the same bits.
 *
 * A key is made by the SplitMix64 finaliser (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators", 2014) over the parts; a short series of numbers from one key is the SplitMix64 sequence that
 * starts there.
 */
#ifndef VH_SIMULATE_COUNTER_RANDOM_H
#define VH_SIMULATE_COUNTER_RANDOM_H

#include <math.h>
#include <stdint.h>

/* What a number is for: one value per independent use. Values are part of the format: the same seed must give
 * the same tape in every version, so they are never renumbered. */
enum vh_random_use {
    VH_RANDOM_LUMA = 1,
    VH_RANDOM_CB = 2,
    VH_RANDOM_CR = 3,
    VH_RANDOM_JITTER = 4,
    VH_RANDOM_FLICKER = 5,
    VH_RANDOM_DROPOUT = 6,
    VH_RANDOM_HUE = 7,
    VH_RANDOM_CHROMA_LOSS = 8,
    VH_RANDOM_TRACKING = 9,
    VH_RANDOM_TRACKING_NOISE = 10,
    VH_RANDOM_SWITCH = 11,
    VH_RANDOM_TIMELINE = 12,
    VH_RANDOM_HISS = 13,
    VH_RANDOM_CLICK = 14,
    VH_RANDOM_SOUND_DROPOUT = 15,
    VH_RANDOM_STREAK = 16,
    VH_RANDOM_SCENE = 17,
    VH_RANDOM_SNOW = 18,
    VH_RANDOM_TORN = 19,
    VH_RANDOM_BOUNCE = 20,
    VH_RANDOM_DIRT = 21,
    VH_RANDOM_SIDESTEP = 22,
};

static inline uint64_t vh_random_mix(uint64_t z)
{
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* A key from the seed, the use and two running numbers (field and line, or whatever the use counts). */
static inline uint64_t vh_random_key(uint64_t seed, enum vh_random_use use, int64_t a, int64_t b)
{
    uint64_t key = vh_random_mix(seed + 0x9e3779b97f4a7c15u);
    key = vh_random_mix(key ^ ((uint64_t)use * 0xd1342543de82ef95u));
    key = vh_random_mix(key ^ ((uint64_t)a * 0xaf251af3b0f025b5u));
    return vh_random_mix(key ^ ((uint64_t)b * 0x9e3779b97f4a7c15u));
}

/* The next number of the series that starts at *key. */
static inline uint64_t vh_random_next(uint64_t *key)
{
    return vh_random_mix(*key += 0x9e3779b97f4a7c15u);
}

/* Uniform in [0, 1). */
static inline double vh_random_uniform(uint64_t *key)
{
    return (double)(vh_random_next(key) >> 11) * 0x1p-53;
}

/* Normal, mean 0, variance 1 (Box-Muller). */
static inline double vh_random_normal(uint64_t *key)
{
    double radius = sqrt(-2 * log(1 - vh_random_uniform(key)));
    return radius * cos(6.283185307179586 * vh_random_uniform(key));
}

/* A count with the given mean (Knuth's product method, in pieces of at most 16 so that exp never underflows).
 */
static inline int vh_random_count(uint64_t *key, double mean)
{
    int count = 0;
    for (; mean > 0; mean -= 16) {
        double limit = exp(-(mean < 16 ? mean : 16)), product = vh_random_uniform(key);
        for (; product > limit; product *= vh_random_uniform(key))
            count++;
    }
    return count;
}

#endif
