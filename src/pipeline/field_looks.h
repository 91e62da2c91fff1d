/* The looks at the latest fields of a chain: one looker, and a ring of what it saw. One thread. */
#ifndef VH_PIPELINE_FIELD_LOOKS_H
#define VH_PIPELINE_FIELD_LOOKS_H

#include "evidence/field_look.h"

struct vh_field_looks;

struct vh_field_looks_config {
    int width, height; /* of the frames */
    int keep;          /* looks */
    unsigned parts;    /* enum vh_look_part */
    struct vh_pool *pool;
    unsigned cpu_flags;
};

/* VH_OK or VH_ERR_RESOURCE. */
int vh_field_looks_create(struct vh_field_looks **looks, const struct vh_field_looks_config *config);
void vh_field_looks_destroy(struct vh_field_looks **looks);

/* Looks at the window's centre and keeps what was seen; the oldest look goes. */
void vh_field_looks_take(struct vh_field_looks *looks, const struct vh_window *window,
    const struct vh_motion *motion, float sigma_8bit);

/* Fills look[VH_WINDOW_REACH + k] for every field n + k that the window shows and that was looked at, else
 * NULL. */
void vh_field_looks_show(const struct vh_field_looks *looks, const struct vh_window *window,
    const struct vh_field_look *look[VH_WINDOW_SIZE]);

#endif
