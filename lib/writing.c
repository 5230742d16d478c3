/* writing.c: all of it. */
#include "writing.h"

int tf__write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		long r = sys_write(fd, at, len);

		if (r == -EINTR)
			continue;
		if (r <= 0)
			return r < 0 ? (int)r : -EIO; /* a write of nothing is no progress */
		at += r;
		len -= (size_t)r;
	}
	return 0;
}
