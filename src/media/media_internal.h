/* Shared inside the media layer only. */
#ifndef VH_MEDIA_INTERNAL_H
#define VH_MEDIA_INTERNAL_H

#include "core/log.h"
#include "media/probe.h"

#include <libavformat/avformat.h>

/* Fills *info (zeroed by the caller) from an opened context; everything but constant names is copied. VH_OK
 * or VH_ERR_RESOURCE. */
int vh_probe_build(struct vh_media_info *info, const AVFormatContext *context);

/* Length in microseconds from the first packet on, or VH_TIME_NONE. */
int64_t vh_probe_duration(const AVFormatContext *context);

/* Frees what vh_probe_build allocated; legal on a zeroed info. */
void vh_probe_release(struct vh_media_info *info);

/* Reports the first key left in `left` as an option that `what` does not know; VH_ERR_USAGE, or VH_OK when
 * empty. */
int vh_dict_reject_rest(const AVDictionary *left, const char *what, const struct vh_log *log);

/* Parses "key=value:key=value" into *dict. VH_OK or a reported VH_ERR_USAGE naming `what`. */
int vh_dict_parse(AVDictionary **dict, const char *text, const char *what, const struct vh_log *log);

/* us, rounded to nearest, or VH_TIME_NONE for AV_NOPTS_VALUE. */
int64_t vh_time_us(int64_t stamp, AVRational time_base);

/* Adds one damaged place; VH_TIME_NONE is ignored. */
struct vh_damage_spans;
void vh_damage_note(struct vh_damage_spans *spans, int64_t source_us);

/* "01:02:03.045" of a source time; returns `text`. */
char *vh_time_print(int64_t us, char text[32]);

#endif
