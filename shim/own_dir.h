/* own_dir.h: directories in a temp root that only this user can enter, for names that others should
 * not meet. */
#ifndef SHIM_OWN_DIR_H
#define SHIM_OWN_DIR_H

#include <stdbool.h>
#include <stddef.h>

struct own_wish {
	const char *dir;         /* the temp root, as written; need not end after dir_len */
	size_t dir_len, letters; /* of its name */
	int function;            /* enum shim_name */
	void *caller;
	bool is_new;    /* not one that is there */
	bool is_shared; /* whoever of the session has made it; its files are registered by
			   themselves */
	unsigned tries; /* of names for it; 0: as many as libc makes */
};

/* Gives the path of a directory, dir/DRAWN, with mode 0700, that goes with the session: one that
 * this process has (or, a shared one, the session), or a new one. False: none can be had. */
bool own_dir(const struct own_wish *wish, char *ret_path, size_t size);

#endif
