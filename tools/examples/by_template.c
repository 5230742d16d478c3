/* by_template.c: mkstemp. A name of one's own making, and a file that is the caller's to remove. */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <tempfile.h>
#include <unistd.h>

int main(void)
{
	char file[] = "myapp_XXXXXX.db", dir[] = "myapp_XXXXXX";
	int fd = tf_create_file(AT_FDCWD, file, (int)strlen(".db"), 0);
	int r = tf_create_dir(AT_FDCWD, dir);

	if (fd < 0)
		errx(1, "%s: %s", file, strerror(-fd)); /* no tf_error_text here: signal-safe */
	if (r < 0)
		errx(1, "%s: %s", dir, strerror(-r));
	close(fd);
	printf("created: %s\n", access(file, F_OK) == 0 && access(dir, F_OK) == 0 ? "yes" : "no");
	if (tf_remove(AT_FDCWD, file) < 0 || tf_remove(AT_FDCWD, dir) < 0)
		errx(1, "not removed");
	printf("there afterwards: %s\n", access(file, F_OK) == 0 ? "yes" : "no");
	return 0;
}
