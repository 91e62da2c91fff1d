/* Peaks between samples: ITU-R BS.1770-4 annex 2. The signal is raised to at least 192 kHz by a polyphase
 * filter of 12 taps per phase; the peak is the greatest value found there. */
#ifndef VH_AUDIO_TRUE_PEAK_H
#define VH_AUDIO_TRUE_PEAK_H

#define VH_TRUE_PEAK_BEFORE 5 /* samples read before the place in question */
#define VH_TRUE_PEAK_AFTER  6 /* and behind it */

struct vh_true_peak {
    int factor; /* 4, 2 or 1 */
    float tap[3][12];
    float most; /* no peak is more than this times the greatest sample it is made of */
};

void vh_true_peak_init(struct vh_true_peak *tp, int rate_hz);

/* peak[i] = the greatest magnitude from x[i] up to, not including, x[i + 1]. Reads x[-VH_TRUE_PEAK_BEFORE] to
 * x[n - 1 + VH_TRUE_PEAK_AFTER]. */
void vh_true_peak_run(const struct vh_true_peak *tp, const float *x, float *peak, int n);

#endif
