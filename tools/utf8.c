/* utf8.c: one character of UTF-8 (RFC 3629) at a time. */
#include "utf8.h"

/* How long the first byte says the character is; 0: no character begins so. */
static size_t announced(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2) /* the middle of one, or an overlong form */
		return 0;
	if (first < 0xe0)
		return 2;
	if (first < 0xf0)
		return 3;
	return first < 0xf5 ? 4 : 0;
}

size_t utf8_read(const char *text, size_t len, uint32_t *ret_character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = len > 0 ? announced((unsigned char)text[0]) : 0;
	uint32_t c;

	if (n == 0 || n > len)
		return 0;
	c = (unsigned char)text[0] & (n == 1 ? 0x7f : 0x7f >> n);
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*ret_character = c;
	return n;
}

size_t utf8_write(uint32_t character, char ret_text[4])
{
	static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t n = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--) {
		ret_text[i] = (char)(0x80 | (character & 0x3f));
		character >>= 6;
	}
	ret_text[0] = (char)(first[n] | character);
	return n;
}
