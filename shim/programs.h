/* programs.h: programs that will not load the shim, for the report. */
#ifndef SHIM_PROGRAMS_H
#define SHIM_PROGRAMS_H

/* Before `path` relative to dir is run, and before a `file` is that is looked for in PATH: where
 * there will be a report and the shim will not get into that program, the session is told of it.
 * Safe in signal handlers and in vfork children; errno stays. */
void programs_tell(int dir, const char *path);
void programs_tell_found(const char *file);

#endif
