/* registry.c: what this process still owes a deletion.
 *
 * An item is
 *   FREE     in a list of free ones, or on its way there
 *   FILLING  claimed: what it stands for is being made
 *   LIVE     to be removed
 *   DONE     removed, or nobody's to remove; still an object's
 *
 * I1  An item is claimed before its file exists, with signals blocked until it is LIVE, and is
 *     LIVE until its file is gone or somebody else's. Who cleans waits for those that are FILLING.
 * I2  Only the process that is written in it removes; a forked child passes over the rest.
 * I3  The list of all items only grows, by one store, and items are used again for paths of
 *     their size, never given back: whoever cleans may interrupt anyone, in a signal handler too,
 *     and reads no memory that has become something else.
 * I4  Two may remove the same at once: what is compared is the file, not the item. An item that has
 *     become another's meanwhile is left alone: its state counts how often it was claimed.
 */
#include "registry.h"

#include "host.h"
#include "remove.h"
#include "roots.h"
#include "tempfile.h"
#include "text.h"

enum state { FREE, FILLING, LIVE, DONE };

enum {
	CLASSES = 3,
	MOMENT = 1000000, /* nanoseconds */
	PATIENCE = 1000,  /* moments */
	NOBODY_HERE = -1,
};

static const size_t class_size[CLASSES] = {256, 1024, TF_PATH_MAX + 512};

static struct tf_item *all;
static struct tf_item *free_ones[CLASSES];

/* Whose turn it is with the free ones: a pid, so that a forked child does not wait for a thread
 * that it does not have. Each list is whole between any two stores; what a fork interrupts costs
 * the child an item at most. */
static int32_t turn;

static bool has_exit, is_handed_over;

enum { STATE = 3, CLAIM = 4 }; /* of its word: the bits of the state; one claim more */

static uint32_t word_of(const struct tf_item *item)
{
	return __atomic_load_n(&item->state, __ATOMIC_SEQ_CST);
}

static enum state state_of(const struct tf_item *item)
{
	return word_of(item) & STATE;
}

/* By whose it is: others only go from LIVE to DONE. */
static void set_state(struct tf_item *item, enum state state)
{
	uint32_t word = (word_of(item) & ~(uint32_t)STATE) + (state == FILLING ? CLAIM : 0);

	__atomic_store_n(&item->state, word | state, __ATOMIC_SEQ_CST);
}

/* Unless it is not what it was when it was `word`. */
static void set_done(struct tf_item *item, uint32_t word)
{
	(void)__atomic_compare_exchange_n(&item->state, &word, (word & ~(uint32_t)STATE) | DONE,
		false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

static struct tf_item *first(void)
{
	return __atomic_load_n(&all, __ATOMIC_ACQUIRE);
}

/* With signals blocked. */
static void take_turn(void)
{
	int32_t me = sys_pid(), other = 0;

	while (!__atomic_compare_exchange_n(
		&turn, &other, me, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		if (other != me)
			continue; /* of before the fork: taken over in the next round */
		(void)tf__sys3(SYS_sched_yield, 0, 0, 0); /* cannot fail */
		other = 0;
	}
}

static void end_turn(void)
{
	__atomic_store_n(&turn, 0, __ATOMIC_RELEASE);
}

static struct tf_item *pop(int size_class)
{
	struct tf_item *item;

	take_turn();
	item = free_ones[size_class];
	if (item)
		free_ones[size_class] = item->next_free;
	end_turn();
	return item;
}

static void push(struct tf_item *item)
{
	uint64_t mask;

	sys_block_signals(&mask);
	take_turn();
	item->next_free = free_ones[item->size_class];
	free_ones[item->size_class] = item;
	end_turn();
	sys_restore_signals(&mask);
}

static struct tf_item *grow(int size_class)
{
	struct tf_item *item = tf__alloc(class_size[size_class]);

	if (!item)
		return NULL;
	item->size_class = (uint32_t)size_class;
	item->next = first();
	while (!__atomic_compare_exchange_n(
		&all, &item->next, item, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	return item;
}

/* What is made in exit handlers that run after ours is cleaned up after by another call. */
static void clean_at_exit(void)
{
	__atomic_store_n(&has_exit, false, __ATOMIC_SEQ_CST);
	tf__registry_clean();
}

static int want_exit(void)
{
	int r = 0;

	if (!__atomic_exchange_n(&has_exit, true, __ATOMIC_SEQ_CST))
		r = tf__at_exit(clean_at_exit);
	if (r < 0)
		__atomic_store_n(&has_exit, false, __ATOMIC_SEQ_CST);
	return r;
}

int tf__registry_claim(const char *dir, size_t dir_len, size_t name_len, struct tf_item **ret_item)
{
	size_t size = sizeof(**ret_item) + dir_len + 1 + name_len + 1;
	struct tf_item *item;
	int size_class = 0;
	int r;

	while (size_class < CLASSES && size > class_size[size_class])
		size_class++;
	if (size_class == CLASSES)
		return -ENAMETOOLONG;
	r = want_exit();
	if (r < 0)
		return r;
	item = pop(size_class);
	if (!item)
		item = grow(size_class);
	if (!item)
		return -ENOMEM;
	item->owner = sys_pid();
	item->record = -1;
	item->dir_len = (uint32_t)dir_len;
	tf__copy(item->dir, dir, dir_len);
	item->dir[dir_len] = '\0';
	set_state(item, FILLING);
	*ret_item = item;
	return 0;
}

void tf__registry_made(struct tf_item *item, const struct tf_identity *id)
{
	item->id = *id;
	set_state(item, LIVE);
}

static bool is_ours(const struct tf_item *item)
{
	return __atomic_load_n(&item->owner, __ATOMIC_SEQ_CST) == sys_pid();
}

/* By the descriptor of its directory. */
static int remove_file(struct tf_item *item)
{
	struct tf_removal removal = {0};
	int r;
	int dir = sys_open_at(AT_FDCWD, item->dir, O_PATH | O_DIRECTORY, 0);

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	r = tf__remove(dir, tf__item_name(item), &item->id, NULL, &removal);
	sys_close(dir);
	if (r == 0 || r == -ENOENT)
		return 0;
	return removal.error != 0 ? removal.error : r;
}

int tf__registry_remove(struct tf_item *item)
{
	uint32_t word = word_of(item);
	int r;

	if ((word & STATE) != LIVE || !is_ours(item))
		return 0;
	r = remove_file(item);
	if (r == 0 || r == -ESTALE)
		set_done(item, word);
	return r;
}

bool tf__registry_owes(const struct tf_item *item)
{
	return state_of(item) == LIVE;
}

void tf__registry_forget(struct tf_item *item)
{
	uint32_t word = word_of(item);

	if ((word & STATE) == LIVE)
		set_done(item, word);
}

void tf__registry_release(struct tf_item *item)
{
	if (!item)
		return;
	set_state(item, FREE);
	push(item);
}

void tf__registry_clean(void)
{
	int left = PATIENCE;

	for (struct tf_item *item = first(); item; item = item->next) {
		while (state_of(item) == FILLING && is_ours(item) && left-- > 0)
			sys_sleep(MOMENT);
		(void)tf__registry_remove(item); /* and the rest all the same */
	}
}

/* Gives all that is one's to another. */
static void change_owner(int32_t from, int32_t to)
{
	for (struct tf_item *item = first(); item; item = item->next) {
		int32_t owner = from;

		if (state_of(item) == LIVE)
			(void)__atomic_compare_exchange_n(&item->owner, &owner, to, false,
				__ATOMIC_SEQ_CST, __ATOMIC_RELAXED); /* or it is another's */
	}
}

/* What was handed over before is another child's by now, and not this one's to take. */
void tf__registry_hand_over(void)
{
	__atomic_store_n(&is_handed_over, true, __ATOMIC_SEQ_CST);
	change_owner(0, NOBODY_HERE);
	change_owner(sys_pid(), 0);
}

int tf__registry_take_over(void)
{
	if (!__atomic_exchange_n(&is_handed_over, false, __ATOMIC_SEQ_CST))
		return -EBUSY;
	change_owner(0, sys_pid());
	return 0;
}
