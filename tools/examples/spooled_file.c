/* spooled_file.c: SpooledTemporaryFile. In memory while it is small, on disk when it is not. */
#include <err.h>
#include <tempfile.h>

static void write_all(struct tf_spool *spool, const char *text, size_t len)
{
	if (tf_spool_write(spool, text, len) < 0)
		errx(1, "%s", tf_error_text());
	printf("%zu bytes more: %s\n", len, tf_spool_is_on_disk(spool) ? "on disk" : "in memory");
}

int main(void)
{
	const struct tf_spool_options options = {.limit = 1024};
	static const char zeros[1012];
	TF_AUTO_SPOOL spool = NULL;
	char line[13] = "";

	if (tf_spool_new(&options, &spool) < 0)
		errx(1, "%s", tf_error_text());
	write_all(spool, "Hello World\n", 12);
	write_all(spool, zeros, sizeof(zeros)); /* 1024 in all: not more than the limit */
	write_all(spool, "!", 1);
	if (tf_spool_seek(spool, 0, SEEK_SET) < 0 || tf_spool_read(spool, line, 12) != 12)
		errx(1, "%s", tf_error_text());
	printf("it begins with: %s", line);
	return 0;
}
