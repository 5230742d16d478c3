/* on_signals.c: a file goes too when a signal ends the process. */
#include <err.h>
#include <signal.h>
#include <tempfile.h>

int main(void)
{
	struct tf_file *file;

	/* After the program has set its own handlers: they are called as before. */
	if (tf_cleanup_on_signals(NULL, 0) < 0 || tf_file_new(NULL, &file) < 0)
		errx(1, "%s", tf_error_text());
	printf("%s\n", tf_file_path(file));
	fflush(stdout);
	raise(SIGTERM); /* as `kill` would send it */
	return 0;       /* not reached: it dies of SIGTERM */
}
