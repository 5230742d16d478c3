/* file.c: files with a name. What it has of a stream owns the descriptor. */
#include "file.h"

#include "failure.h"
#include "host.h"
#include "publish.h"

static const char *where(const struct tf_options *options)
{
	const char *dir;

	if (options && options->dir)
		return options->dir;
	return tf__place_tempdir(&dir) == 0 ? dir : "a temporary directory";
}

int tf__fail_to_make(int error, const char *operation, const struct tf_options *options)
{
	return tf__fail(error, operation, where(options));
}

int tf_file_new(const struct tf_options *options, struct tf_file **ret_file)
{
	struct tf_file *file = tf__alloc(sizeof(*file));
	int r = file ? tf__owned_make(options, TF_OWNED_FILE, &file->owned) : -ENOMEM;

	if (r < 0) {
		tf__free(file);
		return tf__fail_to_make(r, "make a file in", options);
	}
	*ret_file = file;
	return 0;
}

const char *tf_file_path(const struct tf_file *file)
{
	return file->owned.path;
}

int tf_file_fd(const struct tf_file *file)
{
	return file->owned.fd >= 0 ? file->owned.fd : -EBADF;
}

int tf_file_stream(struct tf_file *file, const char *mode, FILE **ret_stream)
{
	int r = file->owned.fd >= 0 ? 0 : -EBADF;

	if (r == 0 && !file->stream)
		r = tf__stream_open(file->owned.fd, mode, &file->stream);
	if (r < 0)
		return tf__fail(r, "make a stream of", file->owned.path);
	*ret_stream = file->stream;
	return 0;
}

int tf_file_flush(struct tf_file *file)
{
	int r = file->stream ? tf__stream_flush(file->stream) : 0;

	return r < 0 ? tf__fail(r, "write to", file->owned.path) : 0;
}

int tf_file_close(struct tf_file *file)
{
	int r = 0;

	if (file->stream) {
		r = tf__stream_close(file->stream);
		file->stream = NULL;
		file->owned.fd = -1;
	}
	tf__owned_close(&file->owned);
	return r < 0 ? tf__fail(r, "write to", file->owned.path) : 0;
}

int tf_file_keep(struct tf_file *file)
{
	int r = tf__owned_keep(&file->owned);

	return r < 0 ? tf__fail(r, "keep", file->owned.path) : tf_file_flush(file);
}

int tf_file_persist(struct tf_file *file, const char *target, const struct tf_publish *how)
{
	const char *step;
	int r = tf_file_flush(file);

	if (r < 0)
		return r;
	r = tf__publish(&file->owned, target, how, &step);
	return r < 0 ? tf__fail(r, step, target) : 0;
}

int tf_file_discard(struct tf_file *file)
{
	int r = tf__owned_remove(&file->owned);

	return r < 0 ? tf__fail(r, "remove", file->owned.path) : 0;
}

void tf_file_free(struct tf_file *file)
{
	if (!file)
		return;
	(void)tf_file_close(file); /* who wants to know calls it before */
	tf__owned_free(&file->owned);
	tf__free(file);
}
