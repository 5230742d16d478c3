/* escape.c: names of files and programs, which may hold any byte, made fit for people to see. */
#include <stdbool.h>
#include <string.h>

#include "escape.h"
#include "utf8.h"

/* What a terminal acts on, or what makes a line look like another one. */
static bool is_unfit(uint32_t c)
{
	return c < ' ' || (c >= 0x7f && c < 0xa0) ||        /* C0, DEL, C1 */
	       c == 0x061c || c == 0x200e || c == 0x200f || /* marks of direction */
	       (c >= 0x2028 && c <= 0x202e) ||              /* ends of line; embeddings */
	       (c >= 0x2066 && c <= 0x2069);                /* isolates */
}

static void print(FILE *out, const char *text, uint32_t unfit_too)
{
	size_t left = strlen(text);

	while (left > 0) {
		uint32_t c;
		size_t n = utf8_read(text, left, &c);
		bool is_fit = n > 0 && c != unfit_too && !is_unfit(c);

		n = n > 0 ? n : 1;
		if (is_fit)
			fwrite(text, 1, n, out);
		for (size_t i = 0; i < n && !is_fit; i++)
			fprintf(out, "\\%03o", (unsigned char)text[i]);
		text += n;
		left -= n;
	}
}

char *escape_copy(const char *text)
{
	char *copy = NULL;
	size_t len;
	FILE *out = open_memstream(&copy, &len);

	if (!out)
		return NULL;
	escape_print(out, text);
	return fclose(out) == 0 ? copy : NULL;
}

void escape_print(FILE *out, const char *text)
{
	print(out, text, '\\');
}

void escape_print_line(FILE *out, const char *text)
{
	print(out, text, '\n');
}
