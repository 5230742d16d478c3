/* lock_content.c: what the file `lock` says. */
#include <sys/resource.h>

#include "lock_content.h"
#include "identity.h"
#include "text.h"

/* By which a copy of the session is told from the session. */
static void write_self(int fd, char ret_line[TF_IDENTITY_SIZE])
{
	struct tf_stat stat = {0};
	struct tf_identity id;

	(void)sys_stat_fd(fd, &stat); /* zeros are nobody */
	id = tf__identity(&stat);
	tf__identity_write(&id, ret_line);
}

/* Beyond the file-size limit a write would kill us. */
int tf__lock_content_write(int fd, const struct tf_lock_about *about)
{
	char text[TF_LOCK_CONTENT_SIZE], origin[TF_ORIGIN_SIZE], self[TF_IDENTITY_SIZE];
	struct tf_text content = tf__text(text, sizeof(text));

	(void)tf__origin_write(origin);
	tf__text_add(&content, about->stand_in);
	tf__text_add(&content, "\n");
	tf__text_add(&content, origin);
	tf__text_add(&content, "\n");
	write_self(fd, self);
	tf__text_add(&content, self);
	tf__text_add(&content, "\n");
	tf__text_add(&content, about->path);
	tf__text_add(&content, "\n");
	if (content.full || sys_limit(RLIMIT_FSIZE) < content.len)
		return -EFBIG;
	return (int)sys_write(fd, text, content.len);
}

/* Ends the line at p; the next one is given. */
static char *end_line(char *p)
{
	while (*p != '\0' && *p != '\n')
		p++;
	if (*p == '\n')
		*p++ = '\0';
	return p;
}

int tf__lock_content_read(int fd, struct tf_lock_content *ret_content)
{
	int r = (int)sys_pread(fd, ret_content->text, sizeof(ret_content->text) - 1, 0);
	char *p = ret_content->text;

	ret_content->text[r < 0 ? 0 : r] = '\0';
	ret_content->origin = p = end_line(p);
	ret_content->self = p = end_line(p);
	ret_content->path = end_line(p);
	if (r > 0 && ret_content->text[r - 1] == '\n')
		ret_content->text[r - 1] = '\0';
	return r < 0 ? r : 0;
}

/* A copy of the session's directory has a lock that nobody ever held, while the session may be
 * alive where it is. Where a stand-in is the lock, a copy names the same one. */
bool tf__lock_content_is_copy(int fd, const struct tf_lock_content *content)
{
	char self[TF_IDENTITY_SIZE];

	write_self(fd, self);
	return content->text[0] == '\0' && !tf__equal(self, content->self);
}
