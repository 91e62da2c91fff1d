/* The tape maker: clean progressive pictures and sound in, the fields of a tape out, every fault known.
 *
 * The model is that of docs/algorithms/simulate.md. Field n of the tape is made from one scene picture:
 * levels, chroma delay and band limits, sharpening echo, horizontal displacement of every line, noise, then
 * dropouts and the head switch. Frame t holds the fields 2t and 2t+1 in the tape's order, woven into one
 * picture of 16-bit samples. Chroma lines of a field are the lines of the scene's chroma planes with the
 * field's parity, as interlacing filters do it.
 *
 * Everything random is a pure function of (seed, field, line), so frames may be made in any order, by any
 * number of threads, and again, with the same bits; and what was done can be asked for afterwards
 * (vh_simulate_dropouts and the rest; tape_truth.h writes it all to a file).
 *
 * Usage:
 *     struct vh_simulate_options options;
 *     vh_simulate_defaults(&options, VH_TAPE_CLEAN);
 *     options.noise = 4;
 *     vh_simulate_create(&tape, &options, &format, pool, cpu_flags, log);
 *     for (t …) vh_simulate_frame(tape, t, &scene[2 * t], &scene[2 * t + 1], &frame);
 */
#ifndef VH_SIMULATE_SIMULATE_H
#define VH_SIMULATE_SIMULATE_H

#include "core/log.h"
#include "core/pool.h"
#include "frame/format.h"
#include "frame/image.h"
#include "simulate/tape_options.h"

#include <stdbool.h>
#include <stdint.h>

struct vh_simulate;

/* The raster of the tape. */
struct vh_simulate_format {
    int width, height; /* of the woven frame; width 64 to 1920, height 32 to 1088; 720 samples are 53.33 us */
    int n_planes;      /* 1 or 3 */
    int sub_x, sub_y;  /* log2 of the chroma subsampling */
    AVRational frame_rate; /* of the tape: 25/1, 30000/1001 */
};

/* Prepares a tape. Copies the options and resolves what is still "auto". `pool` may be NULL and is not owned;
 * `cpu_flags` choose the kernels and never change the result. VH_OK, VH_ERR_USAGE for a raster outside the
 * limits, or VH_ERR_RESOURCE; on failure *tape is NULL. */
int vh_simulate_create(struct vh_simulate **tape, const struct vh_simulate_options *options,
    const struct vh_simulate_format *format, struct vh_pool *pool, unsigned cpu_flags,
    const struct vh_log *log);

/* NULL and *tape == NULL are legal. */
void vh_simulate_destroy(struct vh_simulate **tape);

/* Makes frame `index` of the tape into `out`. `early` and `late` are the scene at the instants of its first
 * and second field (the same picture twice for a scene at frame rate); all three have the tape's raster, and
 * `out` overlaps neither. One call at a time per tape (it uses the tape's scratch lines). VH_OK. */
int vh_simulate_frame(struct vh_simulate *tape, int64_t index, const struct vh_image_const *early,
    const struct vh_image_const *late, const struct vh_image *out);

/* How often the capture holds frame `index` of the tape: 1, 2 (doubled, bit by bit) or 0 (lost). Thread-safe,
 * pure; so are all functions below. */
int vh_simulate_copies(const struct vh_simulate *tape, int64_t index);

/* True when frame `index` shows no programme but what options.blank says. */
bool vh_simulate_is_blank(const struct vh_simulate *tape, int64_t index);

/* The values in force; the field order of the beginning; the parity (0 top, 1 bottom) of field n. */
const struct vh_simulate_options *vh_simulate_options(const struct vh_simulate *tape);
const struct vh_simulate_format *vh_simulate_format(const struct vh_simulate *tape);
enum vh_field_order vh_simulate_order(const struct vh_simulate *tape);
int vh_simulate_parity(const struct vh_simulate *tape, int64_t field);

/* Lines of a field of that parity, luma. */
int vh_simulate_field_lines(const struct vh_simulate *tape, int64_t field);

/* Largest overshoot of a luma step after all filters, as part of its height. */
double vh_simulate_overshoot(const struct vh_simulate *tape);

/* Luma gain of field n by flicker and unlike heads (1 = none). */
double vh_simulate_gain(const struct vh_simulate *tape, int64_t field);

/* Writes the displacement in px (positive: to the right) of every line of field n to `shift`
 * (vh_simulate_field_lines values): jitter, flagging, skew, head switch and tracking together. */
void vh_simulate_line_shifts(const struct vh_simulate *tape, int64_t field, double *shift);

/* How many of its lines field n stands too low (negative: too high). */
int vh_simulate_bounce(const struct vh_simulate *tape, int64_t field);

/* The first torn line of field n, counted in its own lines; the number of lines when there is no head switch.
 */
int vh_simulate_switch_line(const struct vh_simulate *tape, int64_t field);

/* The tracking band of field n: first line (may be negative) in *line, height returned, 0 = none. */
int vh_simulate_tracking_band(const struct vh_simulate *tape, int64_t field, double *line);

enum vh_dropout_kind { VH_DROPOUT_WHITE, VH_DROPOUT_BLACK, VH_DROPOUT_NOISE, VH_DROPOUT_CONCEALED };

struct vh_dropout {
    int line, n_lines; /* of the field, luma */
    int start, length; /* luma samples; the part at full strength, without the tail */
    double tail;       /* samples in which the tail behind falls to 1/e; 0 = none */
    enum vh_dropout_kind kind;
};

enum { VH_SIMULATE_MAX_DROPOUTS = 128, VH_SIMULATE_MAX_LOSSES = 128 };

/* The dropouts of field n in `list` (room for VH_SIMULATE_MAX_DROPOUTS); returns how many. They never touch
 * each other. */
int vh_simulate_dropouts(const struct vh_simulate *tape, int64_t field, struct vh_dropout *list);

/* The chroma lines of field n (counted in its own chroma lines) without colour, ascending, in `line` (room
 * for VH_SIMULATE_MAX_LOSSES); returns how many. */
int vh_simulate_chroma_losses(const struct vh_simulate *tape, int64_t field, int *line);

/* A constant name: "white", "black", "noise", "concealed". */
const char *vh_dropout_kind_name(enum vh_dropout_kind kind);

#endif
