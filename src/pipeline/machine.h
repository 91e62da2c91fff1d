/* The worker pool and the instruction set that --threads and --cpu ask for. */
#ifndef VH_PIPELINE_MACHINE_H
#define VH_PIPELINE_MACHINE_H

#include "core/log.h"
#include "core/pool.h"
#include "pipeline/request.h"

/* Creates the pool, finds the flags, and lets libav* write as much as the log does. VH_OK or a reported
 * error. */
int vh_machine_open(const struct vh_machine_options *machine, struct vh_pool **pool, unsigned *cpu_flags,
    const struct vh_log *log);

#endif
