/* owned.c: making something that is to be removed again.
 *
 * I1  Signals are blocked from before the name is tried until the item is LIVE: a handler that
 *     cleans finds either no file or an item for it.
 * I2  The item's name is the one that is tried, before it is tried, and so is that of its record in
 *     the journal, where there is one.
 */
#include "owned.h"

#include "afterkill.h"
#include "create.h"
#include "generation.h"
#include "host.h"
#include "text.h"

struct trying {
	struct tf_create_at at;
	enum tf_owned_kind kind;
	struct tf_item *item;
	size_t name; /* where it begins in the path */
};

static int try_next(void *arg, const char *path)
{
	struct trying *trying = arg;
	const char *name = path + trying->name;
	int r = 0;

	if (trying->item) {
		tf__copy(tf__item_name(trying->item), name, tf__length(name) + 1);
		r = tf__after_kill_try(trying->item, trying->kind == TF_OWNED_DIR);
	}
	if (r < 0)
		return r;
	if (trying->kind == TF_OWNED_FILE)
		return tf__create_file_at(&trying->at, path);
	return tf__create_dir_at(&trying->at, path);
}

static unsigned mode_of(const struct tf_options *options, enum tf_owned_kind kind)
{
	if (options && options->mode != 0)
		return options->mode;
	return kind == TF_OWNED_FILE ? 0600 : 0700;
}

static bool has_flag(const struct tf_options *options, unsigned flag)
{
	return options && options->flags & flag;
}

/* What was made is known by its descriptor. If that cannot be had it goes again. */
static int settle(struct trying *trying, const char *path, int made, int *ret_fd)
{
	struct tf_identity id;
	struct tf_stat stat;
	int r;
	int fd = made;

	if (trying->kind == TF_OWNED_DIR)
		fd = sys_open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	r = fd < 0 ? fd : sys_stat_fd(fd, &stat);
	if (r < 0) {
		if (fd >= 0)
			sys_close(fd);
		(void)sys_unlink_at(AT_FDCWD, path, /* made a moment ago */
			trying->kind == TF_OWNED_DIR ? TF_AT_REMOVEDIR : 0);
		return r;
	}
	id = tf__identify(fd, "", TF_AT_EMPTY_PATH, &stat);
	if (trying->item) {
		tf__after_kill_made(trying->item, &id);
		tf__registry_made(trying->item, &id);
	}
	*ret_fd = fd;
	return 0;
}

static void give_back(struct tf_item *item)
{
	if (!item)
		return;
	tf__after_kill_drop(item);
	tf__registry_release(item);
}

/* With signals blocked. */
static int make(const struct tf_options *options, enum tf_owned_kind kind,
	const struct tf_form *form, struct tf_owned *owned)
{
	struct trying trying = {
		.at = {.dir = AT_FDCWD, .mode = mode_of(options, kind)},
		.kind = kind,
		.name = form->dir_len + 1,
	};
	const char *dir = form->dir_len > 0 ? form->path : "/";
	size_t dir_len = form->dir_len > 0 ? form->dir_len : 1;
	int r = 0;

	if (!has_flag(options, TF_KEEP))
		r = tf__registry_claim(
			dir, dir_len, tf__length(form->path + trying.name), &trying.item);
	if (r < 0)
		return r;
	r = tf__create(form->path, form->slot, TF_FORM_LETTERS, try_next, &trying);
	if (r >= 0)
		r = settle(&trying, form->path, r, &owned->fd);
	if (r < 0)
		give_back(trying.item);
	else
		owned->item = trying.item;
	return r;
}

/* As long as it has to be. */
static char *fit(char *path)
{
	char *fitting = tf__realloc(path, tf__length(path) + 1);

	return fitting ? fitting : path;
}

int tf__owned_make(
	const struct tf_options *options, enum tf_owned_kind kind, struct tf_owned *ret_owned)
{
	struct tf_owned owned = {.fd = -1};
	struct tf_form form;
	uint64_t mask;
	int r = tf__place_form(options, &form);

	if (r < 0)
		return r;
	sys_block_signals(&mask);
	r = make(options, kind, &form, &owned);
	sys_restore_signals(&mask);
	if (r < 0) {
		tf__free(form.path);
		return r;
	}
	if (has_flag(options, TF_INHERIT))
		(void)tf__sys3(SYS_fcntl, owned.fd, F_SETFD, 0); /* an open one has flags */
	owned.path = fit(form.path);
	*ret_owned = owned;
	return 0;
}

void tf__owned_close(struct tf_owned *owned)
{
	if (owned->fd >= 0)
		sys_close(owned->fd);
	owned->fd = -1;
}

int tf__owned_remove(struct tf_owned *owned)
{
	return owned->item ? tf__registry_remove(owned->item) : 0;
}

int tf__owned_keep(struct tf_owned *owned)
{
	uint64_t mask;
	int r;

	if (!owned->item)
		return 0;
	sys_block_signals(&mask);
	r = tf__after_kill_keep(owned->item);
	if (r == 0)
		tf__registry_forget(owned->item);
	sys_restore_signals(&mask);
	return r;
}

/* Where it was renamed to what it was called already, who cleans after a kill must be told. */
void tf__owned_left(struct tf_owned *owned)
{
	struct tf_identity id;
	struct tf_stat stat;

	if (!owned->item)
		return;
	if (owned->item->record == TF_RECORD_SETTLED &&
		sys_stat_at(AT_FDCWD, owned->path, TF_AT_SYMLINK_NOFOLLOW, &stat) == 0) {
		id = tf__identity(&stat);
		if (tf__same(&id, &owned->item->id))
			(void)tf__owned_keep(owned); /* the best that can be done */
	}
	tf__registry_forget(owned->item);
}

bool tf__owned_is_owed(const struct tf_owned *owned)
{
	return owned->item && tf__registry_owes(owned->item);
}

/* There is nobody to tell of a failure: then it is tried once more by whoever cleans. */
void tf__owned_free(struct tf_owned *owned)
{
	int r;

	tf__owned_close(owned);
	r = tf__owned_remove(owned);
	if (r == 0 || r == -ESTALE)
		give_back(owned->item);
	tf__free(owned->path);
	*owned = (struct tf_owned){.fd = -1};
}
