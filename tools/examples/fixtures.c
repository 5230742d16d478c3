/* fixtures.c: temp_text_file, temp_binary_file. Files with a content, for a test of something that
 * wants paths. */
#include <err.h>
#include <sys/stat.h>
#include <tempfile.h>

static int count_lines(const char *path)
{
	FILE *in = fopen(path, "r");
	int lines = 0;

	if (!in)
		err(1, "%s", path);
	for (int c; (c = getc(in)) != EOF;)
		lines += c == '\n';
	fclose(in);
	return lines;
}

int main(void)
{
	static const unsigned char png[] = {0x89, 'P', 'N', 'G', 0, 0xff};
	const struct tf_options csv = {.suffix = ".csv"};
	TF_AUTO_FILE text = NULL;
	TF_AUTO_FILE binary = NULL;
	struct stat stat_of;

	if (tf_text_file("name,age\nAlice,30\nBob,25\n", &csv, &text) < 0 ||
		tf_binary_file(png, sizeof(png), NULL, &binary) < 0)
		errx(1, "%s", tf_error_text());
	printf("text: %d lines\n", count_lines(tf_file_path(text)));
	if (stat(tf_file_path(binary), &stat_of) < 0)
		err(1, "%s", tf_file_path(binary));
	printf("binary: %lld bytes\n", (long long)stat_of.st_size);
	return 0;
}
