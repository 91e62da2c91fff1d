/* The deinterlacer "bwdif", a line at a time: Weston's three-field filter, kept in bounds that motion sets.
 *
 * Source: BBC R&D White Paper PH-2071 (Weston 1988, the vertical-temporal filter with its coefficients) and
 * the temporal bounds of yadif, combined as libavfilter's filter of that name does (its constants are 2^13
 * times the weights below). A missing sample is a mean of its neighbours above and below in the field itself,
 * sharpened by the high vertical frequencies of the fields before and after, where those agree with it better
 * than the two neighbours with each other; otherwise a four-tap vertical filter. The result may not leave the
 * mean of the fields before and after by more than what moves there: half the change between them, the
 * changes of the field's own lines to the same parity, and how far the vertical neighbours stand out.
 *
 * Samples are full-range 16 bit; all sums fit in 32 bits. Integer arithmetic throughout: every instruction
 * set gives the same bits. `n` is at least 1; no alignment; sources and destination do not overlap.
 */
#ifndef VH_DSP_BWDIF_H
#define VH_DSP_BWDIF_H

#include <stdint.h>

/* Lines around the missing line y of a frame. Fields: own = the field that is completed; before and after =
 * its neighbours in time, which have line y; own_before and own_after = those of its own parity beyond them.
 */
struct vh_dsp_bwdif_lines {
    const uint16_t *own[4];        /* y - 3, y - 1, y + 1, y + 3 */
    const uint16_t *own_before[2]; /* y - 1, y + 1 */
    const uint16_t *own_after[2];
    const uint16_t *before[5]; /* y - 4, y - 2, y, y + 2, y + 4 */
    const uint16_t *after[5];
};

struct vh_dsp_bwdif {
    /* The filter as above; reads all lines. */
    void (*full)(uint16_t *dst, const struct vh_dsp_bwdif_lines *lines, int n);

    /* Near the border: the mean of the two neighbours within the same bounds. Reads own[1], own[2],
     * own_before, own_after and line y, y - 2 and y + 2 of before and after. */
    void (*near)(uint16_t *dst, const struct vh_dsp_bwdif_lines *lines, int n);

    /* At the border: as near, without the bound of the vertical neighbours. Reads no y - 2 and y + 2. */
    void (*edge)(uint16_t *dst, const struct vh_dsp_bwdif_lines *lines, int n);

    /* Without neighbours in time: the four-tap vertical filter. Reads own. */
    void (*alone)(uint16_t *dst, const struct vh_dsp_bwdif_lines *lines, int n);
};

/* Fills the table with the best versions for `cpu_flags` (core/cpu.h; 0 = plain C). Thread-safe. */
void vh_dsp_bwdif_init(struct vh_dsp_bwdif *table, unsigned cpu_flags);

#endif
