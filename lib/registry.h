/* registry.h: what this process owes a deletion. States and invariants are in registry.c. */
#ifndef TF_REGISTRY_H
#define TF_REGISTRY_H

#include "identity.h"

struct tf_item {
	uint32_t state; /* with how often it was claimed */
	int32_t owner;  /* pid; 0: nobody, between tf_hand_over and tf_take_over; -1: nobody here */
	uint32_t dir_len, size_class;
	int64_t record; /* its number in the journal, or below 0 (afterkill.h) */
	struct tf_identity id;
	struct tf_item *next, *next_free;
	char dir[]; /* absolute; the name in it lies behind its NUL */
};

static inline char *tf__item_name(struct tf_item *item)
{
	return item->dir + item->dir_len + 1;
}

/* An item for something that is about to be made, with room for a name of `name_len` bytes, which
 * the caller fills in: until tf__registry_made. Signals are blocked from before this until after
 * that. `dir` is absolute, without a slash at its end unless it is "/". -ENOMEM, -ENAMETOOLONG. */
int tf__registry_claim(const char *dir, size_t dir_len, size_t name_len, struct tf_item **ret_item);

/* It was made, and is to be removed from now on. */
void tf__registry_made(struct tf_item *item, const struct tf_identity *id);

/* Removes what it stands for, if that is ours to do. 0 when it is gone (already, too), -ESTALE when
 * something else has the name; else the first error: then it may be tried again. Signal-safe. */
int tf__registry_remove(struct tf_item *item);

/* It is nobody's to remove any more. */
void tf__registry_forget(struct tf_item *item);

/* Is it still to be removed, by whomever? */
bool tf__registry_owes(const struct tf_item *item);

/* Gives the item back: nothing is removed. NULL is taken. */
void tf__registry_release(struct tf_item *item);

/* Removes what all items of this process stand for. Waits for those that are being made in other
 * threads, for a second at most. Signal-safe. */
void tf__registry_clean(void);

/* tf_hand_over, tf_take_over. */
void tf__registry_hand_over(void);
int tf__registry_take_over(void);

#endif
