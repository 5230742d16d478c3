/* atomic_stream.c: atomic_open. A file that is written piece by piece, and is there at the end or
 * not at all. */
#include <err.h>
#include <tempfile.h>

static void write_table(const char *path, int rows, int enough)
{
	TF_AUTO_ATOMIC atomic = NULL;
	FILE *out;

	if (tf_atomic_open(path, NULL, &atomic) < 0 || tf_atomic_stream(atomic, &out) < 0)
		errx(1, "%s", tf_error_text());
	for (int i = 0; i < rows; i++)
		fprintf(out, "row %d\n", i);
	if (rows < enough) {
		printf("%d rows are not enough: %s stays as it was\n", rows, path);
		return; /* freed without a commit */
	}
	if (tf_atomic_commit(atomic) < 0)
		errx(1, "%s", tf_error_text());
	printf("%d rows are in %s\n", rows, path);
}

int main(void)
{
	write_table("table.txt", 3, 2);
	write_table("table.txt", 1, 2);
	return 0;
}
