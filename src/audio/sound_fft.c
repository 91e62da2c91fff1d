/* Fourier transform of real blocks, as sound_fft.h describes it. */
#include "sound_fft.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <string.h>

int vh_sound_fft_init(struct vh_sound_fft *fft, int n)
{
    memset(fft, 0, sizeof *fft);
    fft->n = n;
    fft->time = vh_alloc(n, sizeof(double));
    fft->bin = vh_alloc(n + 2, sizeof(double));
    double one = 1, back = 1.0 / n;
    if (!fft->time || !fft->bin)
        return VH_ERR_RESOURCE;
    if (av_tx_init(&fft->tx, &fft->run, AV_TX_DOUBLE_RDFT, 0, n, &one, 0) < 0 ||
        av_tx_init(&fft->inverse, &fft->run_inverse, AV_TX_DOUBLE_RDFT, 1, n, &back, 0) < 0)
        return VH_ERR_EXTERNAL;
    return VH_OK;
}

void vh_sound_fft_uninit(struct vh_sound_fft *fft)
{
    av_tx_uninit(&fft->tx);
    av_tx_uninit(&fft->inverse);
    vh_free(fft->time);
    vh_free(fft->bin);
    memset(fft, 0, sizeof *fft);
}

void vh_sound_fft_forward(struct vh_sound_fft *fft)
{
    fft->run(fft->tx, fft->bin, fft->time, sizeof(double));
}

void vh_sound_fft_inverse(struct vh_sound_fft *fft)
{
    fft->run_inverse(fft->inverse, fft->time, fft->bin, 2 * sizeof(double));
}

void vh_sound_hann(double *w, int n)
{
    for (int i = 0; i < n; i++) {
        double s = sin(M_PI * (i + 0.5) / n);
        w[i] = s * s;
    }
}
