/* Closed captions of line 21: two characters a field, drawn into the picture's first lines by captures that
 * keep the vertical interval (720x486, 720x512).
 *
 * CEA-608 (and 47 CFR 15.119): seven cycles of a clock of 32 times the line rate, two zeros and a one, then
 * sixteen bits, least significant first, the eighth of each byte making the ones odd; low is black, high 50
 * IRE. The clock tells where bits are, so nothing depends on where exactly the capture begins its lines.
 */
#ifndef VH_MEDIA_LINE21_H
#define VH_MEDIA_LINE21_H

#include <libavutil/frame.h>
#include <stdbool.h>
#include <stdint.h>

enum { VH_LINE21_LINES = 32 }; /* lines of a picture that are looked at */

/* Reads line `y` of a picture with planar luma of 8 to 16 bits. True when it carries a clock and start bits
 * and both bytes have odd parity; `pair` then holds them, parity bits included. Pure. */
bool vh_line21_read(const AVFrame *frame, int y, uint8_t pair[2]);

/* Which lines carry captions, gathered over many pictures. Zero is empty. */
struct vh_line21_search {
    int n_frames;
    int n_read[VH_LINE21_LINES]; /* pictures in which that line could be read */
};

void vh_line21_look(struct vh_line21_search *search, const AVFrame *frame);

/* Lines that could be read in at least half of the pictures (and in ten): line[0] of the first field, line[1]
 * of the second, -1 = none. A single line is the first field's; of two, the first field of 525 lines has the
 * odd one. True when there is one. */
bool vh_line21_found(const struct vh_line21_search *search, int line[2]);

#endif
