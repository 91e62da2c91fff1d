/* The detectors behind vh_sound_analyzer. Each listens to clean blocks and gives its part of the findings. */
#ifndef VH_AUDIO_DETECT_H
#define VH_AUDIO_DETECT_H

#include "audio/sound_analysis.h"

/* A bounded list of numbers for medians: when it is full, every second is forgotten and from then on only
 * every second (fourth …) is taken. */
#define VH_SERIES 1024
struct vh_series {
    double value[VH_SERIES];
    int n, stride, skip;
};
void vh_series_add(struct vh_series *series, double value);
/* The p-quantile (0 to 1), NaN when empty. */
double vh_series_quantile(const struct vh_series *series, double p);

/* Offset, flat tops, dead channels. */
struct vh_detect_level;
int vh_detect_level_create(struct vh_detect_level **detect, const struct vh_pcm_format *format);
void vh_detect_level_destroy(struct vh_detect_level **detect);
void vh_detect_level_push(struct vh_detect_level *detect, const float *const *x, int n);
void vh_detect_level_finish(
    struct vh_detect_level *detect, struct vh_sound_findings *f, struct vh_profile *profile);

/* Spectra: noise floor, bandwidth, and what two channels tell of each other. */
struct vh_detect_spectrum;
int vh_detect_spectrum_create(struct vh_detect_spectrum **detect, const struct vh_pcm_format *format);
void vh_detect_spectrum_destroy(struct vh_detect_spectrum **detect);
int vh_detect_spectrum_push(struct vh_detect_spectrum *detect, const float *const *x, int n);
void vh_detect_spectrum_finish(
    struct vh_detect_spectrum *detect, struct vh_sound_findings *f, struct vh_profile *profile);

/* Steady lines: hum and whistle. */
struct vh_detect_lines;
int vh_detect_lines_create(struct vh_detect_lines **detect, const struct vh_pcm_format *format);
void vh_detect_lines_destroy(struct vh_detect_lines **detect);
int vh_detect_lines_push(struct vh_detect_lines *detect, const float *const *x, int n);
void vh_detect_lines_finish(
    struct vh_detect_lines *detect, struct vh_sound_findings *f, struct vh_profile *profile);

/* What repeats with the field rate. */
struct vh_detect_buzz;
int vh_detect_buzz_create(
    struct vh_detect_buzz **detect, const struct vh_pcm_format *format, double field_rate_hz);
void vh_detect_buzz_destroy(struct vh_detect_buzz **detect);
int vh_detect_buzz_push(struct vh_detect_buzz *detect, const float *const *x, int n);
void vh_detect_buzz_finish(
    struct vh_detect_buzz *detect, struct vh_sound_findings *f, struct vh_profile *profile);

/* Stores a measurement; `profile` may be NULL. */
void vh_detect_report(struct vh_profile *profile, const char *key, double value, double confidence, int n,
    const char *format, ...) __attribute__((format(printf, 6, 7)));

#endif
