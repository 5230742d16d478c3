/* anonymous.c: files that no name leads to. */
#include "create.h"
#include "failure.h"
#include "file.h"
#include "host.h"
#include "registry.h"
#include "text.h"

/* Where the filesystem has no unnamed files: one whose name is gone again before anybody is told,
 * signal handlers of this process included. */
static int make_and_unlink(const struct tf_options *options)
{
	struct tf_options nameless = options ? *options : (struct tf_options){0};
	struct tf_owned owned;
	int r;
	int fd;

	nameless.prefix = nameless.suffix = NULL;
	nameless.flags &= ~(unsigned)TF_KEEP;
	r = tf__owned_make(&nameless, TF_OWNED_FILE, &owned);
	if (r < 0)
		return r;
	fd = owned.fd;
	r = tf__owned_remove(&owned);
	if (r == 0)
		owned.fd = -1;
	tf__owned_free(&owned);
	return r < 0 ? r : fd;
}

static int make(const struct tf_options *options)
{
	const char *dir = options ? options->dir : NULL;
	unsigned mode = options && options->mode ? options->mode : 0600;
	int r = dir ? 0 : tf__place_tempdir(&dir);
	int fd;

	if (r < 0)
		return r;
	fd = sys_open_at(
		AT_FDCWD, dir[0] == '\0' ? "." : dir, TF_O_TMPFILE | O_RDWR | O_EXCL, mode);
	if (fd == -EOPNOTSUPP || fd == -EISDIR || fd == -EINVAL)
		return make_and_unlink(options);
	if (fd >= 0 && options && options->flags & TF_INHERIT)
		(void)tf__sys3(SYS_fcntl, fd, F_SETFD, 0); /* an open one has flags */
	return fd;
}

int tf_anonymous(const struct tf_options *options)
{
	int r = make(options);

	return r < 0 ? tf__fail_to_make(r, "make a file in", options) : r;
}

int tf_anonymous_stream(const struct tf_options *options, FILE **ret_stream)
{
	int fd = tf_anonymous(options);
	int r = fd < 0 ? 0 : tf__stream_open(fd, "w+", ret_stream);

	if (fd < 0)
		return fd;
	if (r < 0) {
		sys_close(fd);
		return tf__fail_to_make(r, "make a stream of a file in", options);
	}
	return 0;
}
