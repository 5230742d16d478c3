/* atomic.c: files that are written whole or not at all. What is to become the target is written
 * beside it, on its filesystem, and gets its name by publish.c. */
#include "failure.h"
#include "file.h"
#include "host.h"
#include "parents.h"
#include "publish.h"
#include "roots.h"
#include "text.h"
#include "writing.h"

enum { NEW_MODE = 0666, LONGEST_PREFIX = 100 };

struct tf_atomic {
	struct tf_file *file;
	struct tf_publish how;
	char target[];
};

static const char *base_name(const char *path)
{
	const char *slash = tf__last_slash(path);

	return slash ? slash + 1 : path;
}

/* ".NAME." with as much of the target's name as there is room for, so that people see whose it is.
 */
static void write_prefix(const char *target, char ret_prefix[LONGEST_PREFIX + 3])
{
	const char *name = base_name(target);
	size_t len = tf__length(name);
	struct tf_text text = tf__text(ret_prefix, LONGEST_PREFIX + 3);

	tf__text_add(&text, ".");
	tf__text_add_bytes(&text, name, len < LONGEST_PREFIX ? len : LONGEST_PREFIX);
	tf__text_add(&text, ".");
}

static int make_beside(const struct tf_atomic *atomic, struct tf_file **ret_file)
{
	size_t len = (size_t)(base_name(atomic->target) - atomic->target);
	char prefix[LONGEST_PREFIX + 3], dir[TF_PATH_MAX];
	struct tf_options options = {.dir = len > 0 ? dir : ".", .prefix = prefix};

	if (len >= sizeof(dir))
		return tf__fail(-ENAMETOOLONG, "replace", atomic->target);
	tf__copy(dir, atomic->target, len);
	dir[len] = '\0';
	write_prefix(atomic->target, prefix);
	return tf_file_new(&options, ret_file);
}

/* The target is fixed now, whatever the current directory will be. */
static int new_atomic(const char *target, struct tf_atomic **ret_atomic)
{
	struct tf_atomic *atomic = tf__alloc(sizeof(*atomic) + TF_PATH_MAX + tf__length(target));
	struct tf_text text;
	long r = 0;

	if (!atomic)
		return -ENOMEM;
	text = tf__text(atomic->target, TF_PATH_MAX + tf__length(target));
	if (target[0] != '/') {
		r = sys_cwd(atomic->target, TF_PATH_MAX - 1);
		text.len = r > 0 ? (size_t)r - 1 : 0;
		if (text.len > 1)
			tf__text_add(&text, "/");
	}
	tf__text_add(&text, target);
	if (r < 0) {
		tf__free(atomic);
		return (int)r;
	}
	*ret_atomic = atomic;
	return 0;
}

/* Where nothing is said the old file's mode counts, else that of new files. */
static struct tf_publish how_to(const struct tf_publish *how)
{
	struct tf_publish r = how ? *how : (struct tf_publish){0};

	if (r.mode == 0) {
		r.mode = NEW_MODE;
		r.flags |= TF_MODE_OF_OLD;
	}
	return r;
}

int tf_atomic_open(const char *target, const struct tf_publish *how, struct tf_atomic **ret_atomic)
{
	struct tf_atomic *atomic;
	int r = target[0] == '\0'              ? -ENOENT
		: base_name(target)[0] == '\0' ? -EISDIR
					       : new_atomic(target, &atomic);

	if (r < 0)
		return tf__fail(r, "replace", target);
	atomic->how = how_to(how);
	if (atomic->how.flags & TF_MAKE_PARENTS)
		r = tf__make_parents(AT_FDCWD, atomic->target, !(atomic->how.flags & TF_NO_SYNC));
	if (r < 0)
		(void)tf__fail(r, "make the directory of", target);
	else
		r = make_beside(atomic, &atomic->file);
	if (r < 0) {
		tf__free(atomic);
		return r;
	}
	*ret_atomic = atomic;
	return 0;
}

int tf_atomic_fd(const struct tf_atomic *atomic)
{
	return tf_file_fd(atomic->file);
}

int tf_atomic_stream(struct tf_atomic *atomic, FILE **ret_stream)
{
	return tf_file_stream(atomic->file, "w+", ret_stream);
}

int tf_atomic_commit(struct tf_atomic *atomic)
{
	return tf_file_persist(atomic->file, atomic->target, &atomic->how);
}

void tf_atomic_free(struct tf_atomic *atomic)
{
	if (!atomic)
		return;
	tf_file_free(atomic->file);
	tf__free(atomic);
}

int tf_atomic_write(const char *target, const void *data, size_t len, const struct tf_publish *how)
{
	struct tf_atomic *atomic;
	int r = tf_atomic_open(target, how, &atomic);

	if (r < 0)
		return r;
	r = tf__write_all(tf_atomic_fd(atomic), data, len);
	if (r < 0)
		(void)tf__fail(r, "write beside", target);
	else
		r = tf_atomic_commit(atomic);
	tf_atomic_free(atomic);
	return r;
}
