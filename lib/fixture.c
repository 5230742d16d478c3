/* fixture.c: files with a given content, that go with their object. */
#include "failure.h"
#include "file.h"
#include "text.h"
#include "writing.h"

static int make(const void *data, size_t len, const struct tf_options *given, const char *suffix,
	struct tf_file **ret_file)
{
	struct tf_options options = given ? *given : (struct tf_options){0};
	struct tf_file *file;
	int r;

	if (!options.suffix)
		options.suffix = suffix;
	r = tf_file_new(&options, &file);
	if (r < 0)
		return r;
	r = tf__write_all(tf_file_fd(file), data, len);
	if (r < 0) {
		(void)tf__fail(r, "write to", tf_file_path(file));
		tf_file_free(file);
		return r;
	}
	(void)tf_file_close(file); /* without a stream it cannot fail */
	*ret_file = file;
	return 0;
}

int tf_text_file(const char *text, const struct tf_options *options, struct tf_file **ret_file)
{
	return make(text, tf__length(text), options, ".txt", ret_file);
}

int tf_binary_file(
	const void *data, size_t len, const struct tf_options *options, struct tf_file **ret_file)
{
	return make(data, len, options, ".bin", ret_file);
}
