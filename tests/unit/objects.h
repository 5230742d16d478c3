/* objects.h: what the tests of tempfile.h's objects share. */
#ifndef OBJECTS_H
#define OBJECTS_H

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "check.h"
#include "sys.h"
#include "tempfile.h"

/* What a call gives; that it leaves errno alone is checked each time. */
#define QUIETLY(call)                                                                              \
	({                                                                                         \
		errno = 4711;                                                                      \
		__auto_type quietly_result = (call);                                               \
		CHECK_IS(4711, errno);                                                             \
		quietly_result;                                                                    \
	})
#define OK(call) CHECK_IS(0, QUIETLY(call))
/* For those that give nothing. */
#define DONE(call)                                                                                 \
	do {                                                                                       \
		errno = 4711;                                                                      \
		(call);                                                                            \
		CHECK_IS(4711, errno);                                                             \
	} while (0)

/* It failed with this, and says so: `text` is the whole of tf_error_text. */
#define FAILS(error, call, text)                                                                   \
	do {                                                                                       \
		CHECK_IS(-(error), QUIETLY(call));                                                 \
		CHECK_TEXT(text, tf_error_text());                                                 \
	} while (0)

unsigned mode_of(const char *path);
void write_to(int fd, const char *text);
const char *base_of(const char *path);

/* A path in here behind words: "cannot remove ", "x", ": Not a directory". Good for eight calls. */
const char *about(const char *before, const char *name, const char *after);

/* A tmpfs at `name`, which it makes: another filesystem. Skips where there is no mounting. */
void other_filesystem(const char *name);

/* What is written, named and synced is written down, until said: "write fsync fsync-dir". */
void begin_record(void);
const char *end_record(void);

/* Calls of this number fail with this error from now on, and are as they were with 0. */
void refuse(long nr, int error);

#endif
