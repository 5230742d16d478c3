/* utf8.h: one character of UTF-8 (RFC 3629) at a time. */
#ifndef TOOLS_UTF8_H
#define TOOLS_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* How many bytes the character at text takes, of at most len: 1 to 4, or 0 where there is none
 * (an overlong form, a surrogate, what lies beyond U+10FFFF, a part of one, or len is 0). */
size_t utf8_read(const char *text, size_t len, uint32_t *ret_character);

/* Writes a character, U+0000 to U+10FFFF; how many bytes it took. */
size_t utf8_write(uint32_t character, char ret_text[4]);

#endif
