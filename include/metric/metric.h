/* How far two clips are from each other: PSNR, SSIM, flicker and combing, frame by frame and over all.
 *
 * Definitions. Let A be the reference, B the clip under test, both 16-bit samples of clips of `depth` bits; P
 * = (2^depth - 1) * 2^(16 - depth) is the peak (65280 for 8 bits).
 *
 *   PSNR      10 log10(P² / MSE) per plane; over several frames from the mean of their MSEs; "all" from the
 * MSE of all samples of all planes. This is what ffmpeg's psnr filter prints as y, u, v and average. SSIM per
 * plane: windows of 8x8 samples every 4 samples each way, unweighted; in each, with the sums s1, s2, ss = Σ
 * a² + b², s12 over its 64 samples, (2 s1 s2 + c1) (2 (64 s12 - s1 s2) + c2) / ((s1² + s2² + c1) (64 ss - s1²
 * - s2² + c2)), c1 = 0.01² P² 64, c2 = 0.03² P² 64 63; the plane's value is the mean over windows, the clip's
 * over frames, "all" the mean over planes weighted by their samples. Constants and windows are those of
 * ffmpeg's ssim filter and x264, so the figures agree; other tools (libvmaf) use Gaussian windows and differ.
 *   flicker   luma, 8-bit codes: mean |(B_t - A_t) - (B_{t-1} - A_{t-1})|: how much of the error changes from
 * one frame to the next. A constant error does not flicker. (The cheap temporal measure of the reference,
 * without motion.) change_a and change_b are the means of |A_t - A_{t-1}| and of |B_t - B_{t-1}|: a picture
 * that flickers changes more than its reference does.
 *   combing   luma, 8-bit codes: mean over samples of the part by which c(B) exceeds c(A), with c = max(0, |2
 * o(y) - o(y-1) - o(y+1)| - |o(y-1) - o(y+1)| - 8): lines that differ from both neighbours where these agree.
 * combing_a and combing_b are the means of c itself.
 *
 * Flicker and combing are zero, SSIM 1 and PSNR infinite for identical clips.
 */
#ifndef VH_METRIC_METRIC_H
#define VH_METRIC_METRIC_H

#include "core/log.h"
#include "core/pool.h"
#include "frame/image.h"

#include <stdint.h>

struct vh_metric;

struct vh_metric_format {
    int width, height; /* of the pictures, luma */
    int n_planes;      /* 1 or 3 */
    int sub_x, sub_y;
    int depth;   /* 8 to 16: of the clips the samples came from */
    int crop[4]; /* top, bottom, left, right luma samples left out of everything; chroma the same in
                    proportion */
};

enum { VH_METRIC_ALL = 3 }; /* index beside the planes 0, 1, 2 */

struct vh_metric_score {
    int64_t n_frames;
    double mse[4];  /* of 16-bit samples; [VH_METRIC_ALL] over all planes */
    double psnr[4]; /* dB; INFINITY when the mse is 0, NaN for a plane that is not there */
    double ssim[4];
    double flicker, change_a, change_b;   /* 8-bit codes; 0 for one frame */
    double combing, combing_a, combing_b; /* 8-bit codes */
};

/* `pool` may be NULL and is not owned. VH_OK, VH_ERR_USAGE when the crop leaves less than 8x8 samples of a
 * plane, or VH_ERR_RESOURCE. */
int vh_metric_create(struct vh_metric **metric, const struct vh_metric_format *format, struct vh_pool *pool,
    unsigned cpu_flags, const struct vh_log *log);
void vh_metric_destroy(struct vh_metric **metric);

/* Compares the next pair of frames (sizes as in the format); *frame, unless NULL, receives the scores of this
 * pair alone (flicker against the pair before). One call at a time per object. */
void vh_metric_add(struct vh_metric *metric, const struct vh_image_const *a, const struct vh_image_const *b,
    struct vh_metric_score *frame);

/* The scores of all pairs so far. */
void vh_metric_total(const struct vh_metric *metric, struct vh_metric_score *total);

/* PSNR of two planes of the same size, without an object. */
double vh_metric_psnr(struct vh_plane_const a, struct vh_plane_const b, int depth);

/* Mean SSIM of two planes of the same size (at least 8x8); NaN when out of memory. */
double vh_metric_ssim(struct vh_plane_const a, struct vh_plane_const b, int depth);

#endif
