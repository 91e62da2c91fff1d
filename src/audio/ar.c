/* The normal equations of the interpolation couple only samples closer than the order, so the matrix is
 * banded; it is solved by Cholesky decomposition inside that band. */
#include "ar.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <string.h>

#define BAND (VH_AR_MOST + 1)

struct vh_ar_work {
    double matrix[VH_AR_MISSING][BAND]; /* row i: columns i - order … i, right-aligned */
    double value[VH_AR_MISSING];
    int first[VH_AR_MISSING]; /* first column of each row that is not zero */
};

int vh_ar_work_create(struct vh_ar_work **work)
{
    *work = vh_alloc(1, sizeof **work);
    return *work ? VH_OK : VH_ERR_RESOURCE;
}

void vh_ar_work_destroy(struct vh_ar_work **work)
{
    vh_freep(work);
}

static double dot(const double *a, const double *b, int n)
{
    double lane[4] = {0};
    int i = 0;
    for (; i + 4 <= n; i += 4)
        for (int k = 0; k < 4; k++)
            lane[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        lane[0] += a[i] * b[i];
    return (lane[0] + lane[1]) + (lane[2] + lane[3]);
}

static bool levinson(const double *r, double *a, int order)
{
    double error = r[0], next[VH_AR_MOST + 1];
    memset(a, 0, sizeof *a * (VH_AR_MOST + 1));
    a[0] = 1;
    for (int i = 1; i <= order; i++) {
        double sum = r[i];
        for (int k = 1; k < i; k++)
            sum += a[k] * r[i - k];
        double reflection = -sum / error;
        if (!(fabs(reflection) < 1))
            return i > 1; /* the model so far is exact */
        memcpy(next, a, sizeof *next * (order + 1));
        for (int k = 1; k < i; k++)
            next[k] = a[k] + reflection * a[i - k];
        next[i] = reflection;
        memcpy(a, next, sizeof *next * (order + 1));
        error *= 1 - reflection * reflection;
    }
    return true;
}

bool vh_ar_fit(struct vh_ar *ar, const double *x, const double *window, double *scratch, int n)
{
    double r[VH_AR_MOST + 1] = {0};
    for (int i = 0; i < n; i++)
        scratch[i] = x[i] * window[i];
    for (int k = 0; k <= ar->order; k++)
        r[k] = dot(scratch, scratch + k, n - k);
    if (!(r[0] > n * 1e-14))
        return false;
    r[0] *= 1 + 1e-9; /* white noise 90 dB down keeps the recursion stable (Makhoul 1975) */
    if (!levinson(r, ar->a, ar->order))
        return false;
    for (int k = 0; k <= ar->order; k++)
        ar->b[k] = dot(ar->a, ar->a + k, ar->order + 1 - k);
    return true;
}

void vh_ar_residual(const struct vh_ar *ar, const double *x, int begin, int end, int direction, double *error)
{
    for (int n = begin; n < end; n++)
        error[n] = x[n];
    for (int k = 1; k <= ar->order; k++) {
        double a = ar->a[k];
        const double *y = x - direction * k;
        for (int n = begin; n < end; n++)
            error[n] += a * y[n];
    }
}

/* Fills the band and the right-hand side. Column VH_AR_MOST of a row is its diagonal. */
static void build(const struct vh_ar *ar, const double *x, const int *missing, int m, struct vh_ar_work *work)
{
    for (int i = 0; i < m; i++) {
        double sum = 0;
        for (int k = 1; k <= ar->order; k++)
            sum += ar->b[k] * (x[missing[i] - k] + x[missing[i] + k]);
        work->value[i] = -sum;
        work->first[i] = i;
        for (int other = i; other >= 0 && missing[i] - missing[other] <= ar->order; other--) {
            work->matrix[i][other - i + VH_AR_MOST] = ar->b[missing[i] - missing[other]];
            work->first[i] = other;
        }
    }
}

/* L L' in place; row i reaches from column first[i] to i. */
static bool decompose(struct vh_ar_work *work, int m)
{
    for (int i = 0; i < m; i++) {
        double *row = work->matrix[i] + VH_AR_MOST - i; /* row[j] is column j */
        for (int j = work->first[i]; j <= i; j++) {
            const double *column = work->matrix[j] + VH_AR_MOST - j;
            int first = work->first[i] > work->first[j] ? work->first[i] : work->first[j];
            double sum = row[j] - dot(row + first, column + first, j - first);
            if (j < i)
                row[j] = sum / column[j];
            else if (sum <= 0)
                return false;
            else
                row[j] = sqrt(sum);
        }
    }
    return true;
}

static void substitute(struct vh_ar_work *work, int m)
{
    double *v = work->value;
    for (int i = 0; i < m; i++) {
        const double *row = work->matrix[i] + VH_AR_MOST - i;
        int first = work->first[i];
        v[i] = (v[i] - dot(row + first, v + first, i - first)) / row[i];
    }
    for (int i = m - 1; i >= 0; i--) {
        const double *row = work->matrix[i] + VH_AR_MOST - i;
        v[i] /= row[i];
        for (int j = work->first[i]; j < i; j++)
            v[j] -= row[j] * v[i];
    }
}

bool vh_ar_fill(const struct vh_ar *ar, double *x, const int *missing, int m, struct vh_ar_work *work)
{
    if (m <= 0 || m > VH_AR_MISSING)
        return false;
    double old[VH_AR_MISSING];
    for (int i = 0; i < m; i++) {
        old[i] = x[missing[i]];
        x[missing[i]] = 0;
    }
    build(ar, x, missing, m, work);
    bool solved = decompose(work, m);
    if (solved)
        substitute(work, m);
    for (int i = 0; i < m; i++)
        x[missing[i]] = solved && isfinite(work->value[i]) ? work->value[i] : old[i];
    return solved;
}
