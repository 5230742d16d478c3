/* image.c: what this program is, as far as rules on names depend on it. */
#include "image.h"
#include "shape.h"
#include "text.h"

static const char *executable(void)
{
	static char text[64];
	char path[512];
	const char *slash;
	int len;

	if (text[0] != '\0')
		return text;
	len = sys_readlink_at(AT_FDCWD, "/proc/self/exe", path, sizeof(path) - 1);
	path[len < 0 ? 0 : len] = '\0';
	slash = tf__last_slash(path);
	if (!slash || tf__length(slash + 1) >= sizeof(text))
		return "";
	tf__copy(text, slash + 1, tf__length(slash + 1) + 1); /* all threads write the same */
	return text;
}

uint32_t image_traits(void)
{
	static uint32_t traits;
	uint32_t known = __atomic_load_n(&traits, __ATOMIC_RELAXED);

	if (known == 0) {
		known = tf__traits(executable());
		__atomic_store_n(&traits, known, __ATOMIC_RELAXED);
	}
	return known;
}
