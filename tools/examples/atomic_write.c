/* atomic_write.c: the settings of a program, which are the old or the new ones, and never half of
 * them, even after a power cut. */
#include <err.h>
#include <string.h>
#include <tempfile.h>

static void save(const char *path, const char *settings)
{
	const struct tf_publish how = {.flags = TF_MAKE_PARENTS | TF_MODE_OF_OLD, .mode = 0600};

	if (tf_atomic_write(path, settings, strlen(settings), &how) < 0)
		errx(1, "%s", tf_error_text());
}

int main(void)
{
	save("etc/app/config.json", "{\"version\": 1}\n");
	save("etc/app/config.json", "{\"version\": 2}\n");
	printf("saved twice\n");
	return 0;
}
