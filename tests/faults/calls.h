/* calls.h: which system calls can fail, and with which errors a working kernel fails them.
 *
 * An error is plausible where a disk is full, a table is full, a right or a memory page is missing,
 * or a signal comes. That something is not there is plausible for what others own (/proc, /dev,
 * /etc), and for a directory that another session's cleaner may take away, not for one's own files:
 * a kernel does not lie.
 */
#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { ERRORS_MAX = 12 };

struct fault_error {
	int number;
	const char *name;
};

struct call_kind {
	const char *name; /* of the call, and what is special about its arguments */
	bool is_done;     /* the kernel does it all the same, as with close */
	struct fault_error errors[ERRORS_MAX + 1]; /* up to a number of 0 */
};

/* NULL: it cannot fail, or nobody would look. tid is stopped at the call's entry. */
const struct call_kind *kind_of_call(pid_t tid, uint64_t number, const uint64_t *arguments);

int error_count(const struct call_kind *kind);
bool has_error(const struct call_kind *kind, int error);

#endif
