/* How much of each bin of a noisy spectrum is programme: the estimator inside the hiss step.
 *
 * One or two channels at a time, their spectra scaled so that the noise has power 1 in every bin. Two
 * channels are first turned, bin by bin, to the axis their programme lies on now (the eigenvectors of their 2
 * by 2 covariance, averaged over a few frames and bins): a voice in the middle then stands in one component
 * and the other holds hiss alone. Each component is scaled in two steps. First the log-spectral amplitude
 * gain of Y. Ephraim and D. Malah (IEEE Trans. ASSP 33, 1985: G = xi/(1+xi) exp(E1(v)/2)) with the a-priori
 * SNR xi "decision-directed" (same authors, 1984), which keeps the rest from tinkling. Then Wiener's gain
 * from what the first step let through in this frame and its neighbours on both sides, so that an attack is
 * not late and a lone frame of noise not loud.
 *
 * Frames go in and come out VH_HISS_LATE frames later. Nothing is thread-safe. */
#ifndef VH_AUDIO_HISS_GAIN_H
#define VH_AUDIO_HISS_GAIN_H

#define VH_HISS_LATE 4

struct vh_hiss_gain;

/* For `n_bins` bins of `n_channels` (1 or 2) channels; `floor` is the least gain. VH_OK or VH_ERR_RESOURCE
 * with *gain NULL. */
int vh_hiss_gain_create(struct vh_hiss_gain **gain, int n_channels, int n_bins, double floor);
void vh_hiss_gain_destroy(struct vh_hiss_gain **gain);

/* Where the next frame's spectrum of channel c is to be written, n_bins values each. */
void vh_hiss_gain_next(struct vh_hiss_gain *gain, int c, float **re, float **im);

/* Takes the frame just written and scales the one VH_HISS_LATE frames before it in place: re[c], im[c].
 * Frames before the first are silence. */
void vh_hiss_gain_run(struct vh_hiss_gain *gain, float *re[2], float *im[2]);

#endif
