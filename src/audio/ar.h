/* Autoregressive modelling of sound: x[n] is predicted from its `order` predecessors.
 *
 * Sources: Levinson-Durbin recursion (N. Levinson 1947); least-squares interpolation of lost samples (A.
 * Janssen, R. Veldhuis, L. Vries, IEEE Trans. ASSP 34, 1986). Everything in double precision. */
#ifndef VH_AUDIO_AR_H
#define VH_AUDIO_AR_H

#include <stdbool.h>

#define VH_AR_MOST    192  /* highest order */
#define VH_AR_MISSING 1024 /* most samples filled in one call */

struct vh_ar {
    int order;                /* set by the caller, 1 to VH_AR_MOST */
    double a[VH_AR_MOST + 1]; /* prediction error e[n] = sum a[k] x[n-k], a[0] = 1 */
    double b[VH_AR_MOST + 1]; /* autocorrelation of a */
};

/* Fits the model to x[0 … n-1], which is weighted with `window` (n values). `scratch` has n places. False
 * when the sound has no energy to fit. */
bool vh_ar_fit(struct vh_ar *ar, const double *x, const double *window, double *scratch, int n);

/* Prediction errors of x[n] from the past (direction 1) or the future (-1), from `begin` up to `end`; reads
 * `order` samples beyond on that side. */
void vh_ar_residual(
    const struct vh_ar *ar, const double *x, int begin, int end, int direction, double *error);

struct vh_ar_work;                               /* scratch of vh_ar_fill */
int vh_ar_work_create(struct vh_ar_work **work); /* VH_OK or VH_ERR_RESOURCE */
void vh_ar_work_destroy(struct vh_ar_work **work);

/* Replaces x[missing[0 … m-1]] (rising, m at most VH_AR_MISSING; `order` samples readable around) by the
 * values with the least squared prediction error. False when the system cannot be solved (then x is
 * unchanged). */
bool vh_ar_fill(const struct vh_ar *ar, double *x, const int *missing, int m, struct vh_ar_work *work);

#endif
