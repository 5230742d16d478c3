/* daemon.c: what was made before the fork goes when the daemon ends, not when its parent does. */
#include <err.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <tempfile.h>
#include <unistd.h>

static void serve(struct tf_file *file)
{
	if (tf_take_over() < 0)
		errx(1, "%s", tf_error_text());
	setsid();
	printf("the daemon has it: %s\n", access(tf_file_path(file), F_OK) == 0 ? "yes" : "no");
	exit(0); /* here it is removed */
}

int main(void)
{
	struct tf_file *file;
	pid_t child;

	if (tf_file_new(NULL, &file) < 0)
		errx(1, "%s", tf_error_text());
	tf_hand_over(); /* before the fork: no death in between removes it */
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (child == 0)
		serve(file);
	waitpid(child, NULL, 0); /* a real one would end here without it */
	printf("there afterwards: %s\n", access(tf_file_path(file), F_OK) == 0 ? "yes" : "no");
	tf_file_free(file);
	return 0;
}
