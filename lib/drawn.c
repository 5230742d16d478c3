/* drawn.c: did a program draw this run of letters and digits, or did a person write it?
 *
 * Rule R8 of shape.c, by the letters it has there.
 */
#include "drawn.h"
#include "dated.h"
#include "glob.h"
#include "text.h"

enum {
	DRAW = 6,       /* the fewest characters that count as drawn */
	COUNTER = 2,    /* digits of a number that needs no word before it */
	COMMIT = 7,     /* digits, as git abbreviates commits */
	DESCRIBED = 12, /* digits, at most, as git describe does after a 'g' */
	WORD = 3,       /* letters */
	NAME = 64,      /* bytes, for R8d */
};

/* Digits of whole checksums: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512. */
static const unsigned char checksums[] = {32, 40, 56, 64, 96, 128};

/* R8d: what pairs of letters do not know. Spelled exactly, which costs the fewest draws. */
static const char abbreviations[] =
	"*BSD*:*SQL*:*PGP*:*YAML*:*XML*:*JSON*:*LLVM*:*X11*:*x11*:*Utf8*:*UTF8*:*Utf16*:*utf[81]*:"
	"*IPv[46]*:*md5*:*MD5*:*sha[125]*:*SHA[125]*:*crc32*:*bzip2*:*ed25519*:*x86*:*i[36]86*:"
	"*amd64*:*arm64*:*win32*:*win64*:*jdk[1-9]*:*k8s*:*h26[45]*:*i18n*:*l10n*:*mp[34]";
static const char numbered[] = "IMG[0-9]*:DSC[0-9]*:DSC[FN][0-9]*:PXL[0-9]*:VID[0-9]*:MVI[0-9]*:"
			       "rfc[0-9]*:RFC[0-9]*:cp[0-9]*:CP[0-9]*:ISO[0-9]*:IBM[0-9]*";

/* Longer ones are judged without. */
static bool is_in(const char *globs, struct tf_part part)
{
	char text[NAME];

	if (part.len >= sizeof(text))
		return false;
	tf__copy(text, part.at, part.len);
	text[part.len] = '\0';
	return tf__glob_list(globs, text);
}

/* R8a */
static bool reads_as_number(struct tf_part number)
{
	return number.len <= COUNTER || number.at[0] == '0' || tf__reads_as_time(number);
}

/* R8a: letters of one kind, and the number after them */
static bool is_numbered(
	struct tf_part part, struct tf_part *ret_letters, struct tf_part *ret_number)
{
	struct tf_part number = tf__end_of(part, TF_DIGIT), letters = part, rest;

	letters.len -= number.len;
	rest = letters;
	if (rest.len > 1 && tf__kind(rest.at[0]) == TF_UPPER && tf__kind(rest.at[1]) == TF_LOWER)
		rest = tf__without(rest, 1);
	if (number.len == 0 || letters.len == 0 || tf__has_two(tf__kinds(rest)))
		return false;
	*ret_letters = letters;
	*ret_number = number;
	return true;
}

/* R8b */
static bool is_hash(struct tf_part part)
{
	bool is_described = part.len > COMMIT && part.at[0] == 'g';
	size_t digits = 0;

	if (is_described)
		part = tf__without(part, 1);
	while (digits < part.len && tf__is_hex(part.at[digits]))
		digits++;
	if (digits < part.len || (tf__kinds(part) & (TF_LOWER | TF_UPPER)) == (TF_LOWER | TF_UPPER))
		return false;
	for (size_t i = 0; i < sizeof(checksums); i++)
		if (digits == checksums[i])
			return true;
	return digits == COMMIT || (is_described && digits > COMMIT && digits <= DESCRIBED);
}

/* R8c: log20261121T142005 */
static bool has_date(struct tf_part part)
{
	for (size_t i = 0; i < part.len;) {
		size_t from = i;

		while (i < part.len && tf__kind(part.at[i]) == TF_DIGIT)
			i++;
		if (tf__begins_with_date((struct tf_part){part.at + from, i - from}))
			return true;
		i += i == from;
	}
	return false;
}

/* R8c */
static bool is_written(struct tf_part part, enum tf_leaning leaning)
{
	size_t len = part.len - tf__end_of(part, TF_DIGIT).len;

	if (len > 1 && len < part.len && (part.at[len - 1] | 0x20) == 'v')
		len--;
	return has_date(part) || tf__written(part.at, part.len, leaning) ||
	       tf__written(part.at, len, leaning);
}

/* R8a: nobody chooses tmp987654; but somebody may keep tmp20261121. */
static bool is_drawn_number(struct tf_part letters, struct tf_part number)
{
	bool is_tmp = letters.len == 3 && tf__after(letters.at, "tmp");

	if (is_tmp && number.len == DRAW && number.at[0] != '0')
		return true;
	return !reads_as_number(number) && (is_tmp || !tf__word(letters.at, letters.len));
}

static bool is_drawn_alone(struct tf_part part, enum tf_leaning leaning)
{
	struct tf_part letters, number;

	if (part.len < DRAW || !tf__has_two(tf__kinds(part)) || is_hash(part) ||
		is_in(abbreviations, part))
		return false;
	if (is_numbered(part, &letters, &number) &&
		!(leaning == TF_LEANS_TO_DRAWN && number.len <= COUNTER))
		return is_drawn_number(letters, number) && !is_in(numbered, part);
	return !is_written(part, leaning);
}

/* R8e: the last six after a word, where a number that could be counted to does not end them */
static bool is_glued(struct tf_part part)
{
	struct tf_part word = part, draw, stem;

	if (part.len < WORD + DRAW)
		return false;
	word.len -= DRAW;
	draw = tf__without(part, word.len);
	stem = draw;
	stem.len -= tf__end_of(draw, TF_DIGIT).len;
	return tf__kinds(word) == TF_LOWER && tf__kinds(stem) == (TF_LOWER | TF_UPPER | TF_DIGIT) &&
	       is_drawn_alone(draw, TF_LEANS_TO_WRITTEN);
}

bool tf__is_drawn(struct tf_part part, enum tf_leaning leaning)
{
	return is_drawn_alone(part, leaning) || is_glued(part);
}
