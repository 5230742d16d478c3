/* text.c: building and reading short texts without libc. */
#include "text.h"

struct tf_text tf__text(char *buf, size_t size)
{
	buf[0] = '\0';
	return (struct tf_text){.at = buf, .size = size};
}

struct tf_text tf__text_from(char *buf, size_t size, size_t len)
{
	return (struct tf_text){.at = buf, .len = len, .size = size};
}

void tf__text_add_bytes(struct tf_text *text, const char *s, size_t len)
{
	if (text->full || len >= text->size - text->len) {
		text->full = true;
		return;
	}
	tf__copy(text->at + text->len, s, len);
	text->len += len;
	text->at[text->len] = '\0';
}

void tf__text_add(struct tf_text *text, const char *s)
{
	tf__text_add_bytes(text, s, tf__length(s));
}

void tf__text_add_shown(struct tf_text *text, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool is_control = (unsigned char)s[i] < ' ' || s[i] == 0x7f;

		tf__text_add_bytes(text, is_control ? "?" : s + i, 1);
	}
}

void tf__text_add_number(struct tf_text *text, uint64_t n)
{
	char digits[20];
	size_t i = sizeof(digits);

	do
		digits[--i] = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	tf__text_add_bytes(text, digits + i, sizeof(digits) - i);
}

size_t tf__length(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0')
		n++;
	return n;
}

bool tf__equal(const char *a, const char *b)
{
	const char *rest = tf__after(a, b);

	return rest && *rest == '\0';
}

void tf__copy(void *to, const void *from, size_t len)
{
	__builtin_memcpy(to, from, len);
}

const char *tf__after(const char *s, const char *prefix)
{
	while (*prefix != '\0' && *s == *prefix) {
		s++;
		prefix++;
	}
	return *prefix == '\0' ? s : NULL;
}

const char *tf__last_slash(const char *s)
{
	const char *last = NULL;

	for (; *s != '\0'; s++)
		if (*s == '/')
			last = s;
	return last;
}

int tf__number(const char **s, uint64_t *ret_n)
{
	const char *p = *s;
	uint64_t n = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (n > (UINT64_MAX - 9) / 10)
			return -EINVAL;
		n = n * 10 + (uint64_t)(*p - '0');
	}
	if (p == *s)
		return -EINVAL;
	*s = p;
	*ret_n = n;
	return 0;
}

int tf__read_file(int dir, const char *path, char *ret_text, size_t size)
{
	size_t len = 0;
	long r = 0;
	int fd = sys_open_at(dir, path, O_RDONLY | O_NOFOLLOW, 0);

	if (fd < 0)
		return fd;
	while (len < size - 1 && (r = sys_read(fd, ret_text + len, size - 1 - len)) > 0)
		len += (size_t)r;
	sys_close(fd);
	ret_text[r < 0 ? 0 : len] = '\0';
	return r < 0 ? (int)r : (int)len;
}
