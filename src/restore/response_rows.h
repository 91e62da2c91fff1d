/* The option rows of a response along the line, the same for luma and chroma, and the filter that follows
 * from their values. Private to the layer; the values are struct vh_response_options of restore/repairs.h. */
#ifndef VH_RESTORE_RESPONSE_ROWS_H
#define VH_RESTORE_RESPONSE_ROWS_H

#include "restore/repairs.h"

#include <stdint.h>

/* Rows for member `response` of struct `options_`: keys begin with `key`, `word` is luma or chroma. */
#define RESPONSE_ROWS(key_, options_, word, least_mhz, most_mhz, example_)                                   \
    {.key = key_ ".corner",                                                                                  \
        .type = VH_OPTION_DOUBLE,                                                                            \
        .offset = offsetof(struct options_, response.corner),                                                \
        .min = (least_mhz),                                                                                  \
        .max = (most_mhz),                                                                                   \
        .unit = "MHz",                                                                                       \
        .flags = VH_OPTION_AUTO,                                                                             \
        .value = "auto",                                                                                     \
        .help = word " bandwidth (-3 dB)",                                                                   \
        .detail = "At 13.5 MHz sampling of luma. Setting it switches the repair on.",                        \
        .example = example_},                                                                                \
        {.key = key_ ".order",                                                                               \
            .type = VH_OPTION_DOUBLE,                                                                        \
            .offset = offsetof(struct options_, response.order),                                             \
            .min = 0.5,                                                                                      \
            .max = 12,                                                                                       \
            .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,                                                    \
            .value = "auto",                                                                                 \
            .help = "steepness, 6 dB per octave each"},                                                      \
        {.key = key_ ".peak",                                                                                \
            .type = VH_OPTION_DOUBLE,                                                                        \
            .offset = offsetof(struct options_, response.peak),                                              \
            .min = 0,                                                                                        \
            .max = 9,                                                                                        \
            .unit = "dB",                                                                                    \
            .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,                                                    \
            .value = "auto",                                                                                 \
            .help = "height of the hump in the response"},                                                   \
        {.key = key_ ".peak-at",                                                                             \
            .type = VH_OPTION_DOUBLE,                                                                        \
            .offset = offsetof(struct options_, response.peak_at),                                           \
            .min = 0.02,                                                                                     \
            .max = 4,                                                                                        \
            .unit = "MHz",                                                                                   \
            .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED,                                                    \
            .value = "auto",                                                                                 \
            .help = "centre of that hump"},                                                                  \
    {                                                                                                        \
        .key = key_ ".phase", .type = VH_OPTION_ENUM, .offset = offsetof(struct options_, response.phase),   \
        .names = vh_response_phase_names, .flags = VH_OPTION_ADVANCED, .value = "auto",                      \
        .help = "phase of that response"                                                                     \
    }

/* The Wiener inverse as VH_EQUALISER_TAPS integer taps, for samples at `sampling_mhz`. Coefficients must fit
 * the kernel: an almost noiseless tape is treated as a little noisier. */
void response_design(int16_t *coef, const struct vh_response_options *options, double sampling_mhz,
    double detail, double noise);

#endif
