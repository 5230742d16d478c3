/* named_file.c: NamedTemporaryFile. A file that others find by its path, while it is there. */
#include <err.h>
#include <tempfile.h>
#include <unistd.h>

static void copy_to_stdout(const char *path)
{
	char line[80];
	FILE *in = fopen(path, "r");

	if (!in)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), in))
		printf("by its path: %s", line);
	fclose(in);
}

int main(void)
{
	const struct tf_options options = {.prefix = "data-", .suffix = ".txt"};
	TF_AUTO_FILE file = NULL;
	FILE *out;

	if (tf_file_new(&options, &file) < 0 || tf_file_stream(file, "w+", &out) < 0)
		errx(1, "%s", tf_error_text());
	fprintf(out, "temporary data\n");
	if (tf_file_flush(file) < 0) /* else the line is still in this process */
		errx(1, "%s", tf_error_text());
	copy_to_stdout(tf_file_path(file));
	if (tf_file_discard(file) < 0) /* or leave it to the end of the scope */
		errx(1, "%s", tf_error_text());
	printf("there after discard: %s\n", access(tf_file_path(file), F_OK) == 0 ? "yes" : "no");
	return 0;
}
