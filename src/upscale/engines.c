/* The list of engines, best general choice first: one line each. See docs/dev/adding-an-engine.md. */
#include "upscale/engine.h"

#include <stddef.h>
#include <string.h>

extern const struct vh_engine_ops vh_engine_zimg, vh_engine_swscale;

const struct vh_engine_ops *const vh_engines[] = {
    &vh_engine_zimg,
    &vh_engine_swscale,
    NULL,
};

const struct vh_engine_ops *vh_engine_find(const char *name)
{
    for (int i = 0; vh_engines[i]; i++)
        if (!strcmp(vh_engines[i]->name, name))
            return vh_engines[i];
    return NULL;
}
