/* process.h: which process this is, and whether one is alive. */
#ifndef TF_PROCESS_H
#define TF_PROCESS_H

#include "sys.h"

/* Time since boot in nanoseconds, suspended time included: the clock of process start times. */
uint64_t tf__boot_time(void);

/* Real time in nanoseconds by the coarse clock, the one that filesystems stamp births with: a file
 * made after this call is never born before its answer. */
uint64_t tf__file_time(void);

/* The inode of this process's pid namespace; 0 where there is no procfs. */
uint32_t tf__pid_namespace(void);

/* Is there a process `pid` that started no later than `since` (tf__boot_time)? A zombie is none, a
 * zombie leader whose other threads run is one. In doubt, yes. */
bool tf__alive_since(int pid, uint64_t since);

/* When a process started, in nanoseconds since boot, rounded down to a clock tick; or -errno. */
int64_t tf__start_time(int pid);

/* The pid of its parent, or of who has adopted it (0: nobody that can be seen); or -errno. */
int tf__parent(int pid);

/* The child that this thread made last, of those that it has not waited for; or -errno, -ENOENT
 * where that cannot be told. */
int tf__newest_child(void);

#endif
