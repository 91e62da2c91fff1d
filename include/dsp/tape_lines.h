/* Kernels of the tape simulator: one line of floats at a time.
 *
 * Values are 8-bit code values as float (one code = 1.0; a 16-bit sample divided by 256). All kernels are
 * elementwise with a fixed order of additions, so every instruction set gives the same bits. Source and
 * destination may not overlap unless said otherwise; n is at least 1; no alignment is needed; nothing behind
 * n elements is read or written except where the length is stated. The plain C version (tape_lines_tmpl.h
 * compiled without options) is the specification.
 */
#ifndef VH_DSP_TAPE_LINES_H
#define VH_DSP_TAPE_LINES_H

#include <stdint.h>

struct vh_dsp_tape_lines {
    /* dst[i] = src[i] / 256, exact. */
    void (*load)(float *dst, const uint16_t *src, int n);

    /* dst[i] = (a[i] + 2 b[i] + c[i]) / 1024: three neighbouring lines through a camera's line-pair filter.
     */
    void (*load_121)(float *dst, const uint16_t *a, const uint16_t *b, const uint16_t *c, int n);

    /* dst[i] = src[i] * 256 rounded half up and limited to 0 … 65535. */
    void (*store)(uint16_t *dst, const float *src, int n);

    /* dst[i] = Σ_k taps[k] * src[i + k], k from 0 to n_taps - 1 in this order, n_taps >= 1; reads n + n_taps
     * - 1 of src. */
    void (*fir)(float *dst, const float *src, const float *taps, int n_taps, int n);

    /* White noise of zero mean and unit variance, bell-shaped (sum of four uniform numbers, |value| < 3.47):
     * a pure function of the key and of i. Keys come from vh_random_key. */
    void (*noise)(float *dst, uint64_t key, int n);

    /* dst[i] = dst[i] * gain + offset. */
    void (*affine)(float *dst, float gain, float offset, int n);

    /* dst[i] += src[i] * gain. */
    void (*add)(float *dst, const float *src, float gain, int n);

    /* dst[i] = a[i] * wa + b[i] * wb. */
    void (*mix)(float *dst, const float *a, float wa, const float *b, float wb, int n);
};

/* Fills the table with the best versions for `cpu_flags` (core/cpu.h; 0 = plain C). Thread-safe. */
void vh_dsp_tape_lines_init(struct vh_dsp_tape_lines *table, unsigned cpu_flags);

#endif
