/* directory.c: temporary directories, and what is made in them. */
#include "beneath.h"
#include "failure.h"
#include "file.h"
#include "host.h"
#include "text.h"
#include "writing.h"

struct tf_dir {
	struct tf_owned owned;
};

int tf_dir_new(const struct tf_options *options, struct tf_dir **ret_dir)
{
	struct tf_dir *dir = tf__alloc(sizeof(*dir));
	int r = dir ? tf__owned_make(options, TF_OWNED_DIR, &dir->owned) : -ENOMEM;

	if (r < 0) {
		tf__free(dir);
		return tf__fail_to_make(r, "make a directory in", options);
	}
	*ret_dir = dir;
	return 0;
}

const char *tf_dir_path(const struct tf_dir *dir)
{
	return dir->owned.path;
}

int tf_dir_fd(const struct tf_dir *dir)
{
	return dir->owned.fd;
}

int tf_dir_subdir(struct tf_dir *dir, const char *name)
{
	int r = tf__make_dirs_beneath(dir->owned.fd, name, true);

	return r < 0 ? tf__fail(r, "make the directory", name) : 0;
}

int tf_dir_open(struct tf_dir *dir, const char *name, int flags, unsigned mode)
{
	int r = tf__open_beneath(dir->owned.fd, name, flags, mode);

	return r < 0 ? tf__fail(r, "open", name) : r;
}

int tf_dir_file(struct tf_dir *dir, const char *name, const void *data, size_t len)
{
	int r = tf__make_dirs_beneath(dir->owned.fd, name, false);
	int fd;

	if (r < 0)
		return tf__fail(r, "make the directory of", name);
	fd = tf_dir_open(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (fd < 0)
		return fd;
	r = tf__write_all(fd, data, len);
	sys_close(fd);
	return r < 0 ? tf__fail(r, "write to", name) : 0;
}

int tf_dir_join(const struct tf_dir *dir, const char *name, char **ret_path)
{
	size_t size = tf__length(dir->owned.path) + 1 + tf__length(name) + 1;
	char *path = tf__alloc(size);
	struct tf_text text;

	if (!path)
		return tf__fail(-ENOMEM, "give the path of", name);
	text = tf__text(path, size);
	tf__text_add(&text, dir->owned.path);
	tf__text_add(&text, "/");
	tf__text_add(&text, name);
	*ret_path = path;
	return 0;
}

int tf_dir_keep(struct tf_dir *dir)
{
	int r = tf__owned_keep(&dir->owned);

	return r < 0 ? tf__fail(r, "keep", dir->owned.path) : 0;
}

int tf_dir_discard(struct tf_dir *dir)
{
	int r = tf__owned_remove(&dir->owned);

	return r < 0 ? tf__fail(r, "remove", dir->owned.path) : 0;
}

void tf_dir_free(struct tf_dir *dir)
{
	if (!dir)
		return;
	tf__owned_free(&dir->owned);
	tf__free(dir);
}
