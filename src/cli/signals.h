/* SIGINT and SIGTERM ask the job to end; the second one ends the process at once. */
#ifndef VH_CLI_SIGNALS_H
#define VH_CLI_SIGNALS_H

#include "core/cancel.h"

/* From now on signals set `cancel`, which must outlive the process' last signal (it belongs to main's frame).
 * SIGPIPE and SIGXFSZ are ignored, so that a closed pipe or a limit on the size of files is an error of
 * writing and not a death. Called once. */
void vh_signals_install(struct vh_cancel *cancel);

#endif
