/* work_dir.c: WorkDir. A tree to build in. Names that come from outside cannot lead out of it. */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <tempfile.h>

int main(void)
{
	const struct tf_options options = {.prefix = "build_"};
	TF_AUTO_DIR work = NULL;
	char *path = NULL;
	int r;

	if (tf_dir_new(&options, &work) < 0 || tf_dir_subdir(work, "results") < 0 ||
		tf_dir_file(work, "results/out.txt", "hello tempfile", 14) < 0 ||
		tf_dir_file(work, "deep/er/empty", NULL, 0) < 0)
		errx(1, "%s", tf_error_text());
	r = tf_dir_file(work, "../../outside", "x", 1);
	printf("../../outside: %s\n", r == -EXDEV ? "refused" : "written");
	fflush(stdout);
	if (tf_dir_join(work, "results/out.txt", &path) < 0)
		errx(1, "%s", tf_error_text());
	if (setenv("OUT", path, 1) < 0 || system("cat \"$OUT\"; echo") != 0)
		errx(1, "cat failed");
	free(path);
	return 0;
}
