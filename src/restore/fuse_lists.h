/* What the gates for level fast look at and choose between: one prediction each from n-1 and n+1, half the
 * hidden units, and of the statistics those that decide most. Shared by the gates (fuse_fast_weights.c) and
 * the program that trains them (tests/quality/fuse_train.c).
 */
#ifndef VH_RESTORE_FUSE_LISTS_H
#define VH_RESTORE_FUSE_LISTS_H

#include "restore_fuse.h"

enum { VH_FUSE_FAST_HIDDEN = 8 };

static const uint8_t vh_fuse_fast_existing_in[] = {VH_FUSE_E_NEAR_LOW, VH_FUSE_E_NEAR_ERROR,
    VH_FUSE_E_NEAR_PAIR, VH_FUSE_E_CURVE_V, VH_FUSE_E_CURVE_H, VH_FUSE_E_NEAR_PHASE, VH_FUSE_E_NOISE};
static const uint8_t vh_fuse_fast_existing_out[] = {VH_FUSE_OWN, VH_FUSE_NEAR, VH_FUSE_SOFT, VH_FUSE_SOFTER};

static const uint8_t vh_fuse_fast_luma_in[] = {VH_FUSE_I_NEAR_LOW, VH_FUSE_I_NEAR_HIGH, VH_FUSE_I_STILL_PAIR,
    VH_FUSE_I_STILL_NEAR, VH_FUSE_I_WAVE, VH_FUSE_I_NEAR_PHASE, VH_FUSE_I_SPEED, VH_FUSE_I_NOISE,
    VH_FUSE_I_ONE_SIDED};
static const uint8_t vh_fuse_fast_luma_out[] = {
    VH_FUSE_CUBIC, VH_FUSE_M_NEAR, VH_FUSE_M_NEAR_CORRECTED, VH_FUSE_STILL};

static const uint8_t vh_fuse_fast_chroma_in[] = {VH_FUSE_I_NEAR_LOW, VH_FUSE_I_NEAR_HIGH, VH_FUSE_I_NEAR_PAIR,
    VH_FUSE_I_STILL_PAIR, VH_FUSE_I_STILL_NEAR, VH_FUSE_I_NEAR_PHASE, VH_FUSE_I_SPEED, VH_FUSE_I_NOISE,
    VH_FUSE_I_ONE_SIDED};
static const uint8_t vh_fuse_fast_chroma_out[] = {
    VH_FUSE_CUBIC, VH_FUSE_M_NEAR, VH_FUSE_M_NEAR_CORRECTED, VH_FUSE_STILL};

#endif
