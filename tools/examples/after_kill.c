/* after_kill.c: a file goes too when the process is killed by what it cannot catch. */
#include <err.h>
#include <signal.h>
#include <tempfile.h>

int main(int argc, char **argv)
{
	struct tf_file *file;

	/* The path of the janitor is for programs that bring their own; NULL: the installed one. */
	if (tf_cleanup_after_kill(argc > 1 ? argv[1] : NULL) < 0)
		warnx("%s", tf_error_text()); /* it works without, but for such a death */
	if (tf_file_new(NULL, &file) < 0)
		errx(1, "%s", tf_error_text());
	printf("%s\n", tf_file_path(file));
	fflush(stdout);
	raise(SIGKILL);
	return 0;
}
