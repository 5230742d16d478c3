/* owned.h: making something that is to be removed again. */
#ifndef TF_OWNED_H
#define TF_OWNED_H

#include "place.h"
#include "registry.h"

struct tf_owned {
	struct tf_item *item; /* NULL: nobody's to remove, from the beginning (TF_KEEP) */
	char *path;           /* absolute */
	int fd;               /* of a file, for reading and writing; of a directory, O_PATH */
};

enum tf_owned_kind { TF_OWNED_FILE, TF_OWNED_DIR };

/* Makes it and registers it in one step. -errno as tf__place_form, open, mkdir. */
int tf__owned_make(
	const struct tf_options *options, enum tf_owned_kind kind, struct tf_owned *ret_owned);

/* Closes the descriptor, if it is still open. */
void tf__owned_close(struct tf_owned *owned);

/* As tf__registry_remove; nothing to do for what is kept. */
int tf__owned_remove(struct tf_owned *owned);

/* Is it still to be removed, by whomever? */
bool tf__owned_is_owed(const struct tf_owned *owned);

/* It stays where it is. -errno: then it does not. */
int tf__owned_keep(struct tf_owned *owned);

/* It has another name now, and is somebody else's. */
void tf__owned_left(struct tf_owned *owned);

/* Closes, removes what is not kept, and frees what belongs to it. What cannot be removed is tried
 * again by tf__registry_clean. */
void tf__owned_free(struct tf_owned *owned);

#endif
