/* place.h: where public objects are made: options become a directory and the form of a name. */
#ifndef TF_PLACE_H
#define TF_PLACE_H

#include "roots.h"
#include "tempfile.h"

/* The directory for temporary files: the one that was set, else what was chosen by the variables
 * as they are; borrowed, for good. -ENOENT: none can be used; -ENOMEM. */
int tf__place_tempdir(const char **ret_dir);

struct tf_form {
	char *path;     /* absolute; `letters` characters at path + slot are to be drawn */
	size_t dir_len; /* of the directory, without the slash behind it; 0 for "/" */
	size_t slot;
};

enum { TF_FORM_LETTERS = 8 }; /* as many as Python draws */

/* Gives *ret_form; free its path with tf__free. -EINVAL: a slash in prefix or suffix, or they make
 * the name "." or ".."; -ENAMETOOLONG; -ENOMEM; -ENOENT and what getcwd says. */
int tf__place_form(const struct tf_options *options, struct tf_form *ret_form);

/* For who keeps options for later: checks them as above, and has a relative directory written to
 * `dir`, absolute, as of now. */
int tf__place_fix(struct tf_options *options, char dir[TF_PATH_MAX]);

#endif
