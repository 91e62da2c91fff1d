/* Real Fourier transforms through libavutil's av_tx, in double precision: that path has no SIMD variants, so
 * the result does not depend on the machine, and it is fast enough (6 us for 2048 points here). */
#ifndef VH_AUDIO_SOUND_FFT_H
#define VH_AUDIO_SOUND_FFT_H

#include <libavutil/tx.h>

struct vh_sound_fft {
    int n;        /* points, even */
    double *time; /* n values, owned */
    double *bin;  /* n / 2 + 1 complex values, re and im by turns, owned */
    AVTXContext *tx, *inverse;
    av_tx_fn run, run_inverse;
};

/* Prepares transforms of `n` points (a power of two). VH_OK, VH_ERR_RESOURCE or VH_ERR_EXTERNAL. */
int vh_sound_fft_init(struct vh_sound_fft *fft, int n);
void vh_sound_fft_uninit(struct vh_sound_fft *fft);

void vh_sound_fft_forward(struct vh_sound_fft *fft); /* time -> bin, no scaling */
void vh_sound_fft_inverse(struct vh_sound_fft *fft); /* bin -> time, scaled by 1/n; bin is destroyed */

/* w[i] = sin^2(pi (i + 0.5) / n): Hann, whose shifts by n/2, n/4 … add up to a constant. */
void vh_sound_hann(double *w, int n);

#endif
