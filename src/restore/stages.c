/* The list of native stages: one line each, in the order of help. See docs/dev/adding-a-stage.md. */
#include "restore/stage.h"

#include <stddef.h>

extern const struct vh_stage_ops vh_stage_adjust;
extern const struct vh_stage_ops vh_stage_bounce;
extern const struct vh_stage_ops vh_stage_bwdif;
extern const struct vh_stage_ops vh_stage_chroma_restore;
extern const struct vh_stage_ops vh_stage_chroma_shift;
extern const struct vh_stage_ops vh_stage_dehalo;
extern const struct vh_stage_ops vh_stage_dot_crawl;
extern const struct vh_stage_ops vh_stage_dropouts;
extern const struct vh_stage_ops vh_stage_equalise;
extern const struct vh_stage_ops vh_stage_flagging;
extern const struct vh_stage_ops vh_stage_flicker;
extern const struct vh_stage_ops vh_stage_head_switch;
extern const struct vh_stage_ops vh_stage_rainbow;
extern const struct vh_stage_ops vh_stage_tracking;
extern const struct vh_stage_ops vh_stage_levels;
extern const struct vh_stage_ops vh_stage_line_sync;
extern const struct vh_stage_ops vh_stage_lut;
extern const struct vh_stage_ops vh_stage_motion_deinterlace;
extern const struct vh_stage_ops vh_stage_transients;

const struct vh_stage_ops *const vh_stages[] = {
    &vh_stage_bounce,
    &vh_stage_head_switch,
    &vh_stage_flagging,
    &vh_stage_dot_crawl,
    &vh_stage_tracking,
    &vh_stage_line_sync,
    &vh_stage_flicker,
    &vh_stage_rainbow,
    &vh_stage_chroma_shift,
    &vh_stage_dropouts,
    &vh_stage_motion_deinterlace,
    &vh_stage_bwdif,
    &vh_stage_chroma_restore,
    &vh_stage_equalise,
    &vh_stage_dehalo,
    &vh_stage_transients,
    &vh_stage_levels,
    &vh_stage_adjust,
    &vh_stage_lut,
    NULL,
};
