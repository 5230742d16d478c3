/* spool.c: a file that is in memory until it is larger than a limit, and then a file with a name.
 *
 * It is IN MEMORY (file is NULL; data, size and position count) or ON DISK (file; its descriptor's
 * position counts). It changes once, by roll_over.
 *
 * I1  In memory size <= limit. What would break this rolls over before anything is written.
 * I2  roll_over does all or nothing: until the file has all of the content and the position the
 *     spool is in memory, as it was.
 * I3  Bytes of data beyond size are never read; what a write leaves out is filled with zeros then.
 */
#include "failure.h"
#include "file.h"
#include "host.h"
#include "publish.h"
#include "roots.h"
#include "text.h"
#include "writing.h"

#ifndef TF_SPOOL_FIRST
#	define TF_SPOOL_FIRST 512 /* bytes, the first time that there are any */
#endif

struct tf_spool {
	struct tf_file *file;
	char *data;
	int64_t size, position, limit;
	size_t room;
	/* for the file that it becomes; strings are the spool's own */
	struct tf_options options;
	char strings[];
};

static const char *copy_string(char **at, const char *s)
{
	const char *copied = *at;
	size_t len;

	if (!s)
		return NULL;
	len = tf__length(s) + 1;
	__builtin_memcpy(*at, s, len);
	*at += len;
	return copied;
}

static size_t string_size(const char *s)
{
	return s ? tf__length(s) + 1 : 0;
}

static struct tf_spool *copy_options(const struct tf_options *file)
{
	struct tf_spool *spool = tf__alloc(sizeof(*spool) + string_size(file->dir) +
					   string_size(file->prefix) + string_size(file->suffix));
	char *strings;

	if (!spool)
		return NULL;
	strings = spool->strings;
	spool->options = *file;
	spool->options.dir = copy_string(&strings, file->dir);
	spool->options.prefix = copy_string(&strings, file->prefix);
	spool->options.suffix = copy_string(&strings, file->suffix);
	return spool;
}

static int fail(const struct tf_spool *spool, int error, const char *operation)
{
	return tf__fail(
		error, operation, spool->file ? tf_file_path(spool->file) : "a spooled file");
}

/* --- from memory to disk --- */

static int fill_file(const struct tf_spool *spool, struct tf_file *file)
{
	int fd = tf_file_fd(file);
	int r = tf__write_all(fd, spool->data, (size_t)spool->size);
	int64_t at = r < 0 ? 0 : sys_seek(fd, spool->position, SEEK_SET);

	if (r == 0 && at < 0)
		r = (int)at;
	return r < 0 ? tf__fail(r, "write to", tf_file_path(file)) : 0;
}

static int roll_over(struct tf_spool *spool)
{
	struct tf_file *file;
	int r = spool->file ? 0 : tf_file_new(&spool->options, &file);

	if (spool->file || r < 0)
		return r;
	r = fill_file(spool, file);
	if (r < 0) {
		tf_file_free(file);
		return r;
	}
	spool->file = file;
	tf__free(spool->data);
	spool->data = NULL;
	spool->room = 0;
	return 0;
}

/* --- in memory --- */

static int grow(struct tf_spool *spool, int64_t size)
{
	size_t room = spool->room > 0 ? spool->room : TF_SPOOL_FIRST;
	char *data;

	if ((uint64_t)size <= spool->room)
		return 0;
	while (room < (uint64_t)size)
		room = room <= SIZE_MAX / 2 ? room * 2 : (size_t)size;
	data = tf__realloc(spool->data, room);
	if (!data)
		return -ENOMEM;
	spool->data = data;
	spool->room = room;
	return 0;
}

/* Is it in memory, and has room there for `size` bytes? Else it is on disk: 0; or -errno. I1. Where
 * there is no memory there may be disk. */
static int make_room(struct tf_spool *spool, int64_t size)
{
	if (!spool->file && size <= spool->limit && grow(spool, size) == 0)
		return 1;
	return roll_over(spool);
}

/* I3 */
static void extend(struct tf_spool *spool, int64_t size)
{
	if (size > spool->size)
		__builtin_memset(spool->data + spool->size, 0, (size_t)(size - spool->size));
}

static size_t read_memory(struct tf_spool *spool, void *ret_data, size_t len)
{
	int64_t left = spool->size - spool->position;

	if (left <= 0)
		return 0;
	if (len > (uint64_t)left)
		len = (size_t)left;
	__builtin_memcpy(ret_data, spool->data + spool->position, len);
	spool->position += (int64_t)len;
	return len;
}

static void write_memory(struct tf_spool *spool, const void *data, size_t len)
{
	int64_t end = spool->position + (int64_t)len;

	extend(spool, spool->position);
	__builtin_memcpy(spool->data + spool->position, data, len);
	spool->position = end;
	if (end > spool->size)
		spool->size = end;
}

/* --- on disk --- */

static int file_size(const struct tf_spool *spool, int64_t *ret_size)
{
	struct tf_stat stat;
	int r = sys_stat_fd(tf_file_fd(spool->file), &stat);

	if (r == 0)
		*ret_size = (int64_t)stat.size;
	return r;
}

static long read_disk(const struct tf_spool *spool, void *ret_data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		long r = sys_read(tf_file_fd(spool->file), (char *)ret_data + done, len - done);

		if (r == -EINTR)
			continue;
		if (r < 0 && done == 0)
			return r;
		if (r <= 0)
			break;
		done += (size_t)r;
	}
	return (long)done;
}

/* Position and size are as before when it fails; what it has written over is not. */
static int write_disk(const struct tf_spool *spool, const void *data, size_t len)
{
	int fd = tf_file_fd(spool->file);
	int64_t at = sys_seek(fd, 0, SEEK_CUR), size;
	int r = at < 0 ? (int)at : file_size(spool, &size);

	if (r < 0)
		return r;
	if (at > INT64_MAX - (int64_t)len)
		return -EFBIG;
	r = tf__write_all(fd, data, len);
	if (r < 0) {
		(void)sys_seek(fd, at, SEEK_SET);
		(void)sys_truncate_fd(fd, size);
	}
	return r;
}

/* --- what tempfile.h declares --- */

int tf_spool_new(const struct tf_spool_options *options, struct tf_spool **ret_spool)
{
	static const struct tf_spool_options defaults;
	struct tf_options file = options ? options->file : defaults.file;
	int64_t limit = options && options->limit != 0 ? options->limit : TF_SPOOL_DEFAULT;
	char dir[TF_PATH_MAX];
	struct tf_spool *spool;
	int r = tf__place_fix(&file, dir);

	if (limit < TF_SPOOL_DISK)
		return tf__fail(-EINVAL, "make a spooled file", "with a limit below 0");
	if (r < 0)
		return tf__fail(r, "make", "a spooled file");
	spool = copy_options(&file);
	if (!spool)
		return tf__fail(-ENOMEM, "make", "a spooled file");
	spool->limit = limit;
	if (limit == TF_SPOOL_DISK)
		r = roll_over(spool);
	if (r < 0) {
		tf__free(spool);
		return r;
	}
	*ret_spool = spool;
	return 0;
}

/* What a stream has taken in or holds back is put right first. */
static int settle(struct tf_spool *spool)
{
	return spool->file ? tf_file_flush(spool->file) : 0;
}

ssize_t tf_spool_read(struct tf_spool *spool, void *ret_data, size_t len)
{
	long r = settle(spool);

	if (r < 0)
		return r;
	if (!spool->file)
		return (ssize_t)read_memory(spool, ret_data, len);
	r = read_disk(spool, ret_data, len);
	return r < 0 ? fail(spool, (int)r, "read") : r;
}

ssize_t tf_spool_write(struct tf_spool *spool, const void *data, size_t len)
{
	int r = settle(spool);

	if (r < 0 || len == 0)
		return r;
	if (len > PTRDIFF_MAX || (!spool->file && spool->position > INT64_MAX - (int64_t)len))
		return fail(spool, -EFBIG, "write to");
	r = spool->file ? 0 : make_room(spool, spool->position + (int64_t)len);
	if (r < 0)
		return r;
	if (r > 0)
		write_memory(spool, data, len);
	else
		r = write_disk(spool, data, len);
	return r < 0 ? fail(spool, r, "write to") : (ssize_t)len;
}

/* Less than `len` only at the end: what cannot be read is an error, whatever came before it. */
static ssize_t read_whole(struct tf_spool *spool, char *ret_data, size_t len)
{
	size_t done = 0;
	ssize_t r;

	do {
		r = tf_spool_read(spool, ret_data + done, len - done);
		done += r > 0 ? (size_t)r : 0;
	} while (r > 0 && done < len);
	return r < 0 ? r : (ssize_t)done;
}

int tf_spool_read_all(struct tf_spool *spool, void **ret_data, size_t *ret_len)
{
	int64_t size = tf_spool_size(spool), at = tf_spool_tell(spool);
	ssize_t r = size < 0 ? size : at;
	size_t len;
	char *data;

	if (r < 0)
		return (int)r;
	len = size > at ? (size_t)(size - at) : 0;
	data = tf__realloc(NULL, len + 1);
	r = data ? read_whole(spool, data, len) : fail(spool, -ENOMEM, "read");
	if (r < 0) {
		tf__free(data);
		(void)tf_spool_seek(spool, at, SEEK_SET); /* it can be tried again */
		return (int)r;
	}
	data[r] = '\0';
	*ret_data = data;
	*ret_len = (size_t)r;
	return 0;
}

static int64_t seek_memory(struct tf_spool *spool, int64_t offset, int whence)
{
	int64_t from = whence == SEEK_SET   ? 0
		       : whence == SEEK_CUR ? spool->position
		       : whence == SEEK_END ? spool->size
					    : -1;
	int64_t to;

	if (from < 0 || __builtin_add_overflow(from, offset, &to) || to < 0)
		return -EINVAL;
	spool->position = to;
	return to;
}

int64_t tf_spool_seek(struct tf_spool *spool, int64_t offset, int whence)
{
	int64_t r = settle(spool);

	if (r < 0)
		return r;
	if (whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END)
		r = -EINVAL; /* the kernel knows more of them */
	else if (spool->file)
		r = sys_seek(tf_file_fd(spool->file), offset, whence);
	else
		r = seek_memory(spool, offset, whence);
	return r < 0 ? fail(spool, (int)r, "seek in") : r;
}

int64_t tf_spool_tell(const struct tf_spool *spool)
{
	int64_t r = spool->file ? tf_file_flush(spool->file) : 0;

	if (r < 0 || !spool->file)
		return r < 0 ? r : spool->position;
	r = sys_seek(tf_file_fd(spool->file), 0, SEEK_CUR);
	return r < 0 ? fail(spool, (int)r, "seek in") : r;
}

int64_t tf_spool_size(const struct tf_spool *spool)
{
	int64_t size;
	int r = spool->file ? tf_file_flush(spool->file) : 0;

	if (r < 0 || !spool->file)
		return r < 0 ? r : spool->size;
	r = file_size(spool, &size);
	return r < 0 ? fail(spool, r, "look at") : size;
}

int tf_spool_truncate(struct tf_spool *spool, int64_t size)
{
	int r = settle(spool);

	if (r < 0)
		return r;
	if (size < 0)
		return fail(spool, -EINVAL, "truncate");
	r = make_room(spool, size);
	if (r < 0)
		return r;
	if (r == 0) {
		r = sys_truncate_fd(tf_file_fd(spool->file), size);
		return r < 0 ? fail(spool, r, "truncate") : 0;
	}
	extend(spool, size);
	spool->size = size;
	return 0;
}

int tf_spool_is_on_disk(const struct tf_spool *spool)
{
	return spool->file != NULL;
}

int tf_spool_rollover(struct tf_spool *spool, const char **ret_path)
{
	int r = roll_over(spool);

	return r < 0 ? r : tf_spool_path(spool, ret_path);
}

int tf_spool_path(const struct tf_spool *spool, const char **ret_path)
{
	if (!spool->file)
		return fail(spool, -ENOENT, "give the path of");
	*ret_path = tf_file_path(spool->file);
	return 0;
}

int tf_spool_fd(struct tf_spool *spool)
{
	int r = roll_over(spool);

	if (r == 0)
		r = settle(spool);
	return r < 0 ? r : tf_file_fd(spool->file);
}

int tf_spool_stream(struct tf_spool *spool, const char *mode, FILE **ret_stream)
{
	int r = roll_over(spool);

	return r < 0 ? r : tf_file_stream(spool->file, mode, ret_stream);
}

int tf_spool_keep(struct tf_spool *spool, const char **ret_path)
{
	int r = roll_over(spool);

	if (r == 0)
		r = tf_file_keep(spool->file);
	return r < 0 ? r : tf_spool_path(spool, ret_path);
}

int tf_spool_persist(struct tf_spool *spool, const char *target, const struct tf_publish *how)
{
	int r = roll_over(spool);

	return r < 0 ? r : tf_file_persist(spool->file, target, how);
}

void tf_spool_free(struct tf_spool *spool)
{
	if (!spool)
		return;
	tf_file_free(spool->file);
	tf__free(spool->data);
	tf__free(spool);
}

int tf_spool_collect(tf_next_fn next, void *arg, int64_t limit, void **ret_data, size_t *ret_len)
{
	struct tf_spool_options options = {.limit = limit};
	struct tf_spool *spool;
	const void *piece = NULL; /* while `next` is asked */
	size_t len;
	int64_t r = tf_spool_new(&options, &spool);

	if (r < 0)
		return (int)r;
	while ((r = next(arg, &piece, &len)) > 0 && (r = tf_spool_write(spool, piece, len)) >= 0)
		piece = NULL;
	if (r < 0 && !piece)
		(void)tf__fail((int)r, "collect", "what comes next");
	if (r == 0)
		r = tf_spool_seek(spool, 0, SEEK_SET);
	if (r == 0)
		r = tf_spool_read_all(spool, ret_data, ret_len);
	tf_spool_free(spool);
	return (int)r;
}
