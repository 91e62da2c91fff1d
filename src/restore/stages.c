/* The list of native stages: one line each, in the order of help. See docs/dev/adding-a-stage.md. */
#include "restore/stage.h"

#include <stddef.h>

const struct vh_stage_ops *const vh_stages[] = {
    NULL,
};
