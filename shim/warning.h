/* warning.h: what tmpguard could not do, in one line on standard error. */
#ifndef SHIM_WARNING_H
#define SHIM_WARNING_H

/* Each says its line once in a process and, where `session` is the path of a session that is there
 * (else NULL), only if nobody else in it has said such a line. */

/* What is made is known to this process alone. */
void warning_session(const char *session);

/* What is made is not known to anybody. */
void warning_journal(const char *session, int error);

/* TMPGUARD_DIR is of no use. */
void warning_dir(const char *dir, int error);

#endif
