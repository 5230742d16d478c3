/* scratch_under.c: scratch_under. A file below a directory of one's choice; what fails names it. */
#include <err.h>
#include <string.h>
#include <sys/stat.h>
#include <tempfile.h>
#include <unistd.h>

static int scratch_under(const char *root)
{
	const struct tf_options options = {.prefix = "scratch-", .suffix = ".bin", .dir = root};
	TF_AUTO_FILE file = NULL;
	int r = tf_file_new(&options, &file);

	if (r < 0)
		return r;
	if (write(tf_file_fd(file), "scratch", 7) != 7)
		err(1, "%s", tf_file_path(file));
	return tf_file_keep(file);
}

int main(void)
{
	if (mkdir("root", 0700) < 0)
		err(1, "root");
	if (scratch_under("root") < 0)
		errx(1, "%s", tf_error_text());
	if (scratch_under("nowhere") < 0)
		printf("%s\n", tf_error_text());
	return 0;
}
