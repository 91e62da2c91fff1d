/* The k-th smallest of a list, without sorting it (C. A. R. Hoare, "Algorithm 65: find", CACM 4, 1961). Pure;
 * thread-safe.
 *
 * `v` holds n >= 1 values, none of them NaN, and is reordered; 0 <= k < n.
 */
#ifndef VH_CORE_SELECT_H
#define VH_CORE_SELECT_H

double vh_select_rank(double *v, int n, int k);
float vh_select_rank_float(float *v, int n, int k);

#endif
