/* upload.c: what comes in is staged, looked at, and moved to its place, or forgotten. */
#include "failure.h"
#include "file.h"
#include "host.h"
#include "publish.h"
#include "writing.h"

enum { NEW_MODE = 0666 };

struct tf_upload {
	struct tf_file *file;
	int64_t limit, size;
	bool is_final;
};

int tf_upload_new(const struct tf_upload_options *options, struct tf_upload **ret_upload)
{
	int64_t limit = options && options->limit != 0 ? options->limit : TF_UPLOAD_DEFAULT;
	struct tf_upload *upload;
	int r;

	if (limit < 0)
		return tf__fail(-EINVAL, "stage an upload", "of less than nothing");
	upload = tf__alloc(sizeof(*upload));
	if (!upload)
		return tf__fail(-ENOMEM, "stage an upload", NULL);
	r = tf_file_new(options ? &options->file : NULL, &upload->file);
	if (r < 0) {
		tf__free(upload);
		return r;
	}
	upload->limit = limit;
	*ret_upload = upload;
	return 0;
}

static int check_write(const struct tf_upload *upload, size_t len)
{
	if (tf_file_fd(upload->file) < 0 || upload->is_final)
		return -EBADF; /* it has been handed on */
	return len > INT64_MAX || upload->size > upload->limit - (int64_t)len ? -EFBIG : 0;
}

/* Whoever looked at it meanwhile may have moved the position. What was written in part is no part
 * of the upload. */
static int append(struct tf_upload *upload, const void *data, size_t len)
{
	int fd = tf_file_fd(upload->file);
	int64_t at = sys_seek(fd, upload->size, SEEK_SET);
	int r = at < 0 ? (int)at : tf__write_all(fd, data, len);

	if (r < 0)
		(void)sys_truncate_fd(fd, upload->size);
	else
		upload->size += (int64_t)len;
	return r;
}

int tf_upload_write(struct tf_upload *upload, const void *data, size_t len)
{
	int r = check_write(upload, len);

	if (r == 0)
		r = append(upload, data, len);
	return r < 0 ? tf__fail(r, "write to", tf_file_path(upload->file)) : 0;
}

int tf_upload_flush(struct tf_upload *upload)
{
	return tf_file_flush(upload->file);
}

int tf_upload_fd(const struct tf_upload *upload)
{
	return tf_file_fd(upload->file);
}

int64_t tf_upload_size(const struct tf_upload *upload)
{
	return upload->size;
}

const char *tf_upload_path(const struct tf_upload *upload)
{
	return tf_file_path(upload->file);
}

const char *tf_upload_final_path(const struct tf_upload *upload)
{
	return upload->is_final ? tf_file_path(upload->file) : NULL;
}

int tf_upload_commit(struct tf_upload *upload, const char *target, const struct tf_publish *how)
{
	static const struct tf_publish usual = {.flags = TF_MAKE_PARENTS, .mode = NEW_MODE};
	int r = tf_file_persist(upload->file, target, how ? how : &usual);

	if (r == 0)
		upload->is_final = true;
	return r;
}

void tf_upload_free(struct tf_upload *upload)
{
	if (!upload)
		return;
	tf_file_free(upload->file);
	tf__free(upload);
}
