/* keeping.h: which files of a session stay when it ends. */
#ifndef TF_KEEPING_H
#define TF_KEEPING_H

#include "notes.h"

struct tf_keeping {
	bool all;
	const char *globs;        /* matched against the whole path and its base name; or NULL */
	struct tf_notes settings; /* globs points in here, or is the caller's */
	struct tf_notes paths;    /* those, and what is below them */
};

/* What a value of TMPGUARD_PERSIST says (borrowed); one that is malformed keeps everything.
 * has_failed: the root has ended with anything but 0, or nobody knows how. */
void tf__keeping_set(struct tf_keeping *keeping, const char *persist, bool has_failed);

/* Reads what a session directory says. On failure (-errno) nothing is known, and so nothing may be
 * removed. */
int tf__keeping_read(struct tf_keeping *ret_keeping, int session);
void tf__keeping_free(struct tf_keeping *keeping);

/* Is there anything but a yes or no for all? */
bool tf__keeps_some(const struct tf_keeping *keeping);

/* Does the file of this canonical path stay? */
bool tf__keeps(const struct tf_keeping *keeping, const char *path);

#endif
