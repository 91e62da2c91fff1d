/* Closed captions that travel inside the picture's stream (ATSC A/53 part 4, CEA-708, with CEA-608 inside).
 *
 * A decoder attaches them to frames as side data. Filters and stages would lose them, or, where one frame
 * becomes two pictures, double every letter; so they are taken off behind the decoder, wait here, and are
 * given to the first picture at or behind their time when it goes to the encoder. A picture carries at most
 * 31 triplets (cc_count has five bits); what is more goes to the next one. Thread-safe.
 */
#ifndef VH_PIPELINE_CAPTIONS_H
#define VH_PIPELINE_CAPTIONS_H

#include <libavutil/frame.h>
#include <stdbool.h>
#include <stdint.h>

struct vh_captions;

/* `kept` = the encoder writes captions; else they are counted and dropped. VH_OK or VH_ERR_RESOURCE. */
int vh_captions_create(struct vh_captions **captions, bool kept);
void vh_captions_destroy(struct vh_captions **captions);

/* Takes the captions off `frame` (which may have none) and keeps them for `time_us`. */
void vh_captions_take(struct vh_captions *captions, AVFrame *frame, int64_t time_us);

/* Adds what line 21 of the field `second` said (media/line21.h). */
void vh_captions_add(struct vh_captions *captions, bool second, const uint8_t pair[2], int64_t time_us);

/* Attaches to `frame` what was taken up to `time_us` and fits. VH_OK or VH_ERR_RESOURCE. */
int vh_captions_give(struct vh_captions *captions, AVFrame *frame, int64_t time_us);

/* Pictures whose captions were dropped. */
int64_t vh_captions_lost(struct vh_captions *captions);

#endif
