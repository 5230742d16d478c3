/* write_report.c: write_report. A file that stays where it was made, once it is complete. */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <tempfile.h>

/* Gives *ret_path; free(3) it. */
static int write_report(const char *text, char **ret_path)
{
	const struct tf_options options = {.prefix = "report-", .suffix = ".txt"};
	TF_AUTO_FILE file = NULL;
	FILE *out;
	int r = tf_file_new(&options, &file);

	if (r == 0)
		r = tf_file_stream(file, "w", &out);
	if (r < 0)
		return r;
	fputs(text, out);
	r = tf_file_close(file); /* tells what fputs could not write */
	if (r == 0)
		r = tf_file_keep(file);
	if (r == 0)
		*ret_path = strdup(tf_file_path(file));
	return r;
}

int main(void)
{
	char *path = NULL;

	if (write_report("all is well\n", &path) < 0)
		errx(1, "%s", tf_error_text());
	printf("%s\n", path);
	free(path);
	return 0;
}
