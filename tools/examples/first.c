/* first.c: a file of one's own, that goes by itself unless it is finished. */
#include <err.h>
#include <tempfile.h>

int main(void)
{
	struct tf_file *file;
	FILE *out;

	if (tf_file_new(NULL, &file) < 0 || tf_file_stream(file, "w+", &out) < 0)
		errx(1, "%s", tf_error_text());
	fprintf(out, "all is well\n");
	if (tf_file_persist(file, "report.txt", NULL) < 0)
		errx(1, "%s", tf_error_text());
	printf("report.txt is there, and whole\n");
	tf_file_free(file);
	return 0;
}
