/* leaky.c: knows where temporary files go better than $TMPDIR does, and forgets its own. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	char path[] = "/tmp/leaky-XXXXXX";
	char page[4096];
	int fd = mkstemp(path);

	if (fd < 0) {
		perror(path);
		return 1;
	}
	memset(page, 'x', sizeof page);
	for (int i = 0; i < 8; i++)
		if (write(fd, page, sizeof page) < 0)
			perror(path);
	return 0;
}
