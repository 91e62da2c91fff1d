/* Monotonic time and CPU time, in nanoseconds. Thread-safe. */
#ifndef VH_CORE_CLOCK_H
#define VH_CORE_CLOCK_H

#include <stdint.h>

int64_t vh_clock_ns(void);         /* monotonic wall time */
int64_t vh_clock_thread_ns(void);  /* CPU time of the calling thread */
int64_t vh_clock_process_ns(void); /* CPU time of the whole process */

#endif
