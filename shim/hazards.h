/* hazards.h: insecure uses of temporary files, told in the report. Nothing else changes. */
#ifndef SHIM_HAZARDS_H
#define SHIM_HAZARDS_H

#include <stdbool.h>

/* A call that has made or opened something. */
struct hazard_call {
	int function; /* enum shim_name */
	void *caller;
	int dir;          /* what path is relative to */
	const char *path; /* libc has taken it, so it can be read */
};

/* One of the functions that only give a name has given this one (NULL or "": none), in a private
 * directory or not. Gives the name. */
char *hazards_name(int function, void *caller, char *name, bool is_private);

/* An open with O_CREAT has given fd. */
void hazards_open(const struct hazard_call *call, int fd, bool is_exclusive);

/* A directory was made. */
void hazards_mkdir(const struct hazard_call *call);

#endif
