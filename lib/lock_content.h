/* lock_content.h: what the file `lock` of a session says.
 *
 * A line each: the path of the stand-in, or nothing (lock.h); where the session began (origin.h);
 * which file it is itself, DEVICE INODE and the seconds and nanoseconds of its birth, so that a
 * copy of a session is not taken for the session; and, to the last newline, the path of the
 * session's directory as its makers see it.
 */
#ifndef TF_LOCK_CONTENT_H
#define TF_LOCK_CONTENT_H

#include "identity.h"
#include "origin.h"

enum {
	TF_STAND_IN_SIZE = 128,
	TF_LOCK_PATH = 256, /* of a session's directory, with its NUL */
	TF_LOCK_CONTENT_SIZE = TF_STAND_IN_SIZE + TF_ORIGIN_SIZE + TF_IDENTITY_SIZE + TF_LOCK_PATH,
};

struct tf_lock_content {
	char text[TF_LOCK_CONTENT_SIZE];  /* the stand-in */
	const char *origin, *self, *path; /* in there */
};

/* What a new one is to say of its session. */
struct tf_lock_about {
	const char *stand_in, *path;
};

/* 0 or more, or -errno. */
int tf__lock_content_write(int fd, const struct tf_lock_about *about);

/* 0 or -errno; what is not there is "". */
int tf__lock_content_read(int fd, struct tf_lock_content *ret_content);

/* Is the file `fd`, which says so, none that ever was a lock, but a copy of one? */
bool tf__lock_content_is_copy(int fd, const struct tf_lock_content *content);

#endif
