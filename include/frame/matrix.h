/* The 3x3 matrices between YCbCr and R'G'B', from the luma weights of the standards (ITU-R BT.601-7,
 * BT.709-6, BT.2020-2, SMPTE ST 240, FCC 73.682). Pure functions.
 */
#ifndef VH_FRAME_MATRIX_H
#define VH_FRAME_MATRIX_H

#include <libavutil/pixfmt.h>
#include <stdbool.h>

/* Shares of red and blue in luma; false for a matrix that has none (RGB, YCgCo, constant luminance,
 * unspecified). */
bool vh_matrix_luma_weights(enum AVColorSpace matrix, double *red, double *blue);

/* R'G'B' (0 … 1) from (Y - 4096, Cb - 32768, Cr - 32768) of 16-bit limited range (frame/image.h). */
void vh_matrix_rgb_from_ycc(double out[3][3], double red, double blue);

/* out = a b; out may be a or b. */
void vh_matrix_multiply(double out[3][3], double a[3][3], double b[3][3]);

/* out = the inverse of m, which must have one; out may be m. */
void vh_matrix_invert(double out[3][3], double m[3][3]);

/* Rounds to float. */
void vh_matrix_to_float(float out[3][3], double m[3][3]);

#endif
