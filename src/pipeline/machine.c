/* --threads and --cpu made real. */
#include "pipeline/machine.h"

#include "core/cpu.h"
#include "core/status.h"
#include "media/library.h"

#include <unistd.h>

int vh_machine_open(const struct vh_machine_options *machine, struct vh_pool **pool, unsigned *cpu_flags,
    const struct vh_log *log)
{
    static const char *const level[] = {"auto", "c", "avx2", "avx512", "neon"};
    if (log)
        vh_library_set_verbosity(log->level);
    int status = vh_cpu_parse(level[machine->cpu], cpu_flags);
    if (status != VH_OK)
        return vh_fail(log, status, "--cpu %s: this machine cannot run it", level[machine->cpu]);
    long threads = machine->threads == VH_AUTO_INT ? sysconf(_SC_NPROCESSORS_ONLN) : machine->threads;
    status = vh_pool_create(pool, threads < 1 ? 1 : threads > 256 ? 256 : (int)threads);
    return status == VH_OK ? VH_OK : vh_fail(log, status, "no memory or threads for %ld workers", threads);
}
