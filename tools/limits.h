/* limits.h: resource limits that are meant for the command, not for run around it. */
#ifndef TOOLS_LIMITS_H
#define TOOLS_LIMITS_H

/* Lifts this process's soft limits on descriptors and on file sizes to the hard ones, and has a
 * file that would be too large fail instead of kill. The janitor inherits that. */
void limits_lift(void);

/* In the command's process: as they were. */
void limits_restore(void);

#endif
