/* own_limits.h: limits and signals that are meant for the command, not for run around it. */
#ifndef TOOLS_OWN_LIMITS_H
#define TOOLS_OWN_LIMITS_H

/* Lifts this process's soft limits on descriptors and on file sizes to the hard ones, and has a
 * write to a file that is too large, or to a pipe that nobody reads, fail instead of kill. The
 * janitor inherits that. */
void limits_lift(void);

/* In the command's process: as they were. */
void limits_restore(void);

#endif
