/* settings.h: the variables that users set, and what they may say.
 *
 * Each is an environment variable TMPGUARD_NAME, and an option --name of `tmpguard run`. Unset and
 * empty mean the default. The shim says one line about a value that is not allowed and goes on with
 * the default; the tool refuses it.
 */
#ifndef TF_SETTINGS_H
#define TF_SETTINGS_H

#include "sys.h"

enum tf_setting {
	TF_SET_DIR,      /* parent directory for redirected files; absolute */
	TF_SET_REDIRECT, /* "1" or "0": templates in a temp root to private directories */
	TF_SET_PREFIX,   /* for names: at most TF_PREFIX_MAX bytes, without '/' */
	TF_SET_PERSIST,  /* what is kept: tf__parse_persist */
	TF_SET_TRACK,    /* what is registered: tf__parse_track */
	TF_SET_EXCLUDE,  /* globs of program names, separated by colons */
	TF_SET_LIFETIME, /* "session" or "process" */
	TF_SET_FOLLOW,   /* "1" or "0": into scrubbed environments */
	TF_SET_REPORT,   /* path of a JSON Lines file; %p is the root's pid */
	TF_SET_DISABLE,  /* "1": loaded, and does nothing at all */
	TF_SETTINGS,
};

enum { TF_PREFIX_MAX = 64 };

/* "PERSIST": the variable's name after TMPGUARD_. */
const char *tf__setting_name(enum tf_setting setting);

/* The setting of that name, or -EINVAL. `name` ends at `end`. */
int tf__setting_by_name(const char *name, const char *end);

/* NULL when the value is allowed, else what would be, to be put after "use ". */
const char *tf__setting_complaint(enum tf_setting setting, const char *value);

enum tf_track {
	TF_TRACK_OFF = 0,
	TF_TRACK_API = 1,   /* what mkstemp and its like make */
	TF_TRACK_IDIOM = 2, /* and what looks like it, made by open and mkdir */
	TF_TRACK_SHM = 4,   /* and shm_open */
	TF_TRACK_DEFAULT = TF_TRACK_API | TF_TRACK_IDIOM,
};

/* Flags of enum tf_track, or -EINVAL. */
int tf__parse_track(const char *value);

enum tf_persist {
	TF_PERSIST_NONE,
	TF_PERSIST_ALL,
	TF_PERSIST_ON_FAILURE, /* everything if the root does not end with 0 */
	TF_PERSIST_GLOBS,      /* what one of the globs matches */
};

/* One of enum tf_persist, or -EINVAL. While it is malformed everything is to be kept. */
int tf__parse_persist(const char *value);

#endif
