/* temporary_directory.c: TemporaryDirectory. Everything in it goes with it. */
#include <err.h>
#include <fcntl.h>
#include <tempfile.h>
#include <unistd.h>

int main(void)
{
	const struct tf_options options = {.prefix = "demo_"};
	TF_AUTO_DIR dir = NULL;
	int fd;

	if (tf_dir_new(&options, &dir) < 0 || tf_dir_file(dir, "data.txt", "hello", 5) < 0)
		errx(1, "%s", tf_error_text());
	/* Any other call works in it, too: by its path, or by its descriptor. */
	fd = openat(tf_dir_fd(dir), "config.txt", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, "setting=1", 9) != 9)
		err(1, "config.txt");
	close(fd);
	printf("both there: %s\n",
		faccessat(tf_dir_fd(dir), "data.txt", R_OK, 0) == 0 &&
				faccessat(tf_dir_fd(dir), "config.txt", R_OK, 0) == 0
			? "yes"
			: "no");
	if (tf_dir_discard(dir) < 0)
		errx(1, "%s", tf_error_text());
	printf("there after discard: %s\n", access(tf_dir_path(dir), F_OK) == 0 ? "yes" : "no");
	return 0;
}
