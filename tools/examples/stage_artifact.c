/* stage_artifact.c: stage_artifact. A directory that stays, once all that belongs in it is there.
 */
#include <err.h>
#include <stdlib.h>
#include <tempfile.h>

/* Gives the artifact's path; free(3) it. */
static int stage_artifact(const char *name, const void *data, size_t len, char **ret_path)
{
	const struct tf_options options = {.prefix = "stage-"};
	TF_AUTO_DIR dir = NULL;
	int r = tf_dir_new(&options, &dir);

	if (r == 0)
		r = tf_dir_file(dir, name, data, len);
	if (r == 0)
		r = tf_dir_keep(dir);
	return r < 0 ? r : tf_dir_join(dir, name, ret_path);
}

int main(void)
{
	char *path = NULL;

	if (stage_artifact("../evil", "x", 1, &path) == 0)
		errx(1, "it was written outside");
	if (stage_artifact("bin/tool", "#!/bin/sh\n", 10, &path) < 0)
		errx(1, "%s", tf_error_text());
	printf("%s\n", path);
	free(path);
	return 0;
}
