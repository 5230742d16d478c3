/* environment.h: the session follows into children whose environment was scrubbed. */
#ifndef SHIM_ENVIRONMENT_H
#define SHIM_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

enum {
	ENVIRONMENT_ENTRIES = 96,
	ENVIRONMENT_PRELOAD = 600,
};

/* Room for a copied environment on the caller's stack. */
struct environment {
	char *entries[ENVIRONMENT_ENTRIES];
	char preload[ENVIRONMENT_PRELOAD];
	void *mapped; /* for what does not fit; to be released */
	size_t mapped_size;
	bool is_lent; /* a vfork child that is silent has given its parent's memory back */
};

/* envp itself when a child that gets it carries the shim and knows the session, or shall not
 * (TMPGUARD_DISABLE=1 or TMPGUARD_FOLLOW=0 in it, or FOLLOW=0 for us); else a copy that adds
 * LD_PRELOAD (ours before what is there) and TMPGUARD_SESSION. envp is never changed; NULL is an
 * empty one. */
char *const *environment_for_child(char *const *envp, struct environment *room);

/* Gives mapped room back, after a call that came back. */
void environment_release(struct environment *room);

#endif
