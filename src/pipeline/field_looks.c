/* A ring of looks; the look at field n is at [n % keep] when its number says so. */
#include "pipeline/field_looks.h"

#include "core/memory.h"
#include "core/status.h"

struct held {
    struct vh_field_look look;
    int64_t number; /* of the field, + 1; 0 = none */
};

struct vh_field_looks {
    struct vh_looker *looker;
    struct held *held;
    int keep;
    unsigned parts;
};

int vh_field_looks_create(struct vh_field_looks **looks, const struct vh_field_looks_config *config)
{
    struct vh_field_looks *l = *looks = vh_alloc(1, sizeof *l);
    if (!l)
        return VH_ERR_RESOURCE;
    l->keep = config->keep;
    l->parts = config->parts;
    l->held = vh_alloc((size_t)l->keep, sizeof *l->held);
    int status =
        l->held ? vh_looker_create(&l->looker, config->width, config->height, config->pool, config->cpu_flags)
                : VH_ERR_RESOURCE;
    for (int i = 0; i < l->keep && status == VH_OK; i++)
        status = vh_field_look_init(&l->held[i].look, config->width, config->height);
    if (status != VH_OK)
        vh_field_looks_destroy(looks);
    return status;
}

void vh_field_looks_destroy(struct vh_field_looks **looks)
{
    struct vh_field_looks *l = looks ? *looks : NULL;
    if (!l)
        return;
    for (int i = 0; l->held && i < l->keep; i++)
        vh_field_look_uninit(&l->held[i].look);
    vh_free(l->held);
    vh_looker_destroy(&l->looker);
    vh_freep(looks);
}

void vh_field_looks_take(struct vh_field_looks *looks, const struct vh_window *window,
    const struct vh_motion *motion, float sigma_8bit)
{
    struct held *held = &looks->held[window->index % looks->keep];
    const struct vh_field_look *seen[VH_WINDOW_SIZE], *before[VH_WINDOW_REACH];
    vh_field_looks_show(looks, window, seen);
    for (int k = 0; k < VH_WINDOW_REACH; k++)
        before[k] = seen[VH_WINDOW_REACH - 1 - k];
    vh_look(looks->looker, window, motion, sigma_8bit, before, looks->parts, &held->look);
    held->number = window->index + 1;
}

void vh_field_looks_show(const struct vh_field_looks *looks, const struct vh_window *window,
    const struct vh_field_look *look[VH_WINDOW_SIZE])
{
    for (int k = -VH_WINDOW_REACH; k <= VH_WINDOW_REACH; k++) {
        int64_t n = window->index + k;
        const struct held *held = n >= 0 ? &looks->held[n % looks->keep] : NULL;
        bool seen = held && held->number == n + 1 && vh_window_at(window, k);
        look[VH_WINDOW_REACH + k] = seen ? &held->look : NULL;
    }
}
