/* Life of a native stage: one allocation for the stage and one for its private memory, closed the same way
 * whether it opened or not.
 */
#include "restore/stage.h"

#include "core/memory.h"
#include "core/status.h"

#include <string.h>

int vh_stage_open(struct vh_stage **out, const struct vh_stage_ops *ops, const struct vh_stage_config *config)
{
    *out = NULL;
    if (ops->options && !config->options)
        return vh_fail(config->log, VH_ERR_INTERNAL, "stage %s was opened without its options", ops->name);
    struct vh_stage *stage = vh_alloc(1, sizeof *stage);
    if (!stage)
        return vh_fail(config->log, VH_ERR_RESOURCE, "out of memory for stage %s", ops->name);
    stage->ops = ops;
    stage->config = *config;
    stage->needs.format = config->format;
    stage->priv = vh_alloc(1, ops->priv_size ? ops->priv_size : 1);
    int status = stage->priv ? ops->open(stage)
                             : vh_fail(config->log, VH_ERR_RESOURCE, "out of memory for stage %s", ops->name);
    if (status < 0) {
        vh_stage_close(&stage);
        return status;
    }
    *out = stage;
    return VH_OK;
}

void vh_stage_close(struct vh_stage **stage)
{
    if (!stage || !*stage)
        return;
    if ((*stage)->priv && (*stage)->ops->close)
        (*stage)->ops->close(*stage);
    vh_free((*stage)->priv);
    vh_free(*stage);
    *stage = NULL;
}

const struct vh_stage_ops *vh_stage_find(const char *name)
{
    for (int i = 0; vh_stages[i]; i++)
        if (!strcmp(vh_stages[i]->name, name))
            return vh_stages[i];
    return NULL;
}
