/* safe_write.c: safe_write. Where there must not be a file yet, a lost race is an error. */
#include <err.h>
#include <errno.h>
#include <string.h>
#include <tempfile.h>

static int safe_write(const char *path, const char *text)
{
	const struct tf_publish how = {.flags = TF_NO_REPLACE | TF_MAKE_PARENTS};

	return tf_atomic_write(path, text, strlen(text), &how);
}

int main(void)
{
	int r = safe_write("important.txt", "critical information\n");

	if (r < 0)
		errx(1, "%s", tf_error_text());
	r = safe_write("important.txt", "something else\n");
	printf("the second time: %s\n", r == -EEXIST ? tf_error_text() : "written");
	return 0;
}
