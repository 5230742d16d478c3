/* publisher.c: gives a file its final name, for those who kill it meanwhile.
 *
 *	publisher persist|atomic TARGET CONTENT [new] [after-kill JANITOR]
 *
 * What is in the file CONTENT becomes TARGET, in four writes. `persist` makes a file in TMPDIR
 * first; `new` replaces nothing.
 */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tempfile.h"

static char content[1 << 20];
static size_t content_len;

static void need(int r)
{
	if (r < 0)
		errx(1, "%s", tf_error_text());
}

static void read_content(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, content, sizeof(content));

	if (len < 0)
		err(1, "%s", path);
	close(fd);
	content_len = (size_t)len;
}

static void write_content(int fd)
{
	size_t quarter = content_len / 4;

	for (size_t i = 0; i < 4; i++) {
		size_t len = i < 3 ? quarter : content_len - 3 * quarter;

		if (write(fd, content + i * quarter, len) != (ssize_t)len)
			err(1, "write");
	}
}

static void persist(const char *target, const struct tf_publish *how)
{
	struct tf_file *file;

	need(tf_file_new(NULL, &file));
	write_content(tf_file_fd(file));
	need(tf_file_persist(file, target, how));
	tf_file_free(file);
}

static void atomic(const char *target, const struct tf_publish *how)
{
	struct tf_atomic *atomic;

	need(tf_atomic_open(target, how, &atomic));
	write_content(tf_atomic_fd(atomic));
	need(tf_atomic_commit(atomic));
	tf_atomic_free(atomic);
}

int main(int argc, char **argv)
{
	struct tf_publish how = {0};

	if (argc < 4)
		errx(2, "usage: publisher persist|atomic TARGET CONTENT [new] [after-kill "
			"JANITOR]");
	for (int i = 4; i < argc; i++)
		if (strcmp(argv[i], "new") == 0)
			how.flags = TF_NO_REPLACE;
		else if (strcmp(argv[i], "after-kill") == 0 && i + 1 < argc)
			need(tf_cleanup_after_kill(argv[++i]));
	read_content(argv[3]);
	if (strcmp(argv[1], "persist") == 0)
		persist(argv[2], &how);
	else
		atomic(argv[2], &how);
	return 0;
}
