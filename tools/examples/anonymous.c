/* anonymous.c: TemporaryFile. Room on the disk that no name leads to, and that nothing has to
 * remove: it is gone with its last descriptor, whatever the process dies of. */
#include <err.h>
#include <tempfile.h>

int main(void)
{
	char line[80];
	FILE *scratch;

	if (tf_anonymous_stream(NULL, &scratch) < 0)
		errx(1, "%s", tf_error_text());
	for (int i = 1; i <= 3; i++)
		fprintf(scratch, "line %d\n", i);
	rewind(scratch);
	while (fgets(line, sizeof(line), scratch))
		printf("%s", line);
	fclose(scratch); /* a stream of the caller's own, unlike those of objects */
	return 0;
}
