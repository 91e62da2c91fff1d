/* Pairs of pictures of two clips: aligned by their frames, B brought to A's raster. The next pair is read
 * while the caller works on the last one. */
#ifndef VH_PIPELINE_COMPARE_PAIRS_H
#define VH_PIPELINE_COMPARE_PAIRS_H

#include "core/cancel.h"
#include "metric/align.h"
#include "pipeline/clip_reader.h"

struct vh_pairs;

struct vh_pairs_config {
    const char *url[2]; /* A, the reference, and B */
    struct vh_source_options range;
    int offset; /* VH_AUTO_INT = search up to max_offset */
    int max_offset;
    struct vh_pool *pool;
    unsigned cpu_flags;
    struct vh_cancel *cancel;
    const struct vh_log *log;
};

/* Opens both clips, finds the offset, stands before the first common pair. VH_OK or, with *pairs NULL, a
 * reported error: VH_ERR_USAGE for different frame rates. */
int vh_pairs_open(struct vh_pairs **pairs, const struct vh_pairs_config *config);
void vh_pairs_close(struct vh_pairs **pairs);

/* Reads the next pair into frame[0] and frame[1] (each to be freed with vh_frame_free) and, at the same time
 * on the pool, calls meanwhile(arg) unless it is NULL. VH_OK, VH_EOF when one of the clips is at its end, or
 * a reported error. */
int vh_pairs_read(struct vh_pairs *pairs, AVFrame *frame[2], void (*meanwhile)(void *arg), void *arg);

/* Format of both frames of a pair; bits per sample of clip A; whether B is scaled or converted. */
const struct vh_format *vh_pairs_format(const struct vh_pairs *pairs);
const struct vh_format *vh_pairs_source_format(const struct vh_pairs *pairs, int clip);
int vh_pairs_depth(const struct vh_pairs *pairs);
bool vh_pairs_converts(const struct vh_pairs *pairs);
int64_t vh_pairs_expected(const struct vh_pairs *pairs);
struct vh_alignment vh_pairs_alignment(const struct vh_pairs *pairs);

#endif
