/* written.c: is a run of letters and digits written or drawn?
 *
 * Two questions to each character: how much likelier is it in a written name than in one drawn
 * from 62 letters and digits, by its kind after the kinds of the two before it, and, between two
 * letters, by which pair they are? The logarithms are added up; well below 0 the run is drawn.
 *
 * Not all draw from 62: what has no capitals would seem written for that alone. So it is compared
 * with a draw from the smallest alphabet that the run could be drawn from, in which each character
 * is likelier by the ratio of the sizes. How far below 0 is well below was chosen by alphabet:
 * where draws and short names with digits in them differ little, a name that stays is the lesser
 * harm. Called drawn, leaning little, in per cent of the runs of two kinds:
 *
 *     smallest alphabet       written             drawn, of 6, 8 and 10 characters
 *     hexadecimal             all 13              100, 100, 100
 *     one case and digits     7.5 of 3,463        87.2, 90.1, 92.8
 *     letters                 2.2 of 7,218        92.1, 96.1, 98.1
 *     letters and digits      21.8 of 262         99.0, 99.2, 99.5
 *
 * The tables count the names of 193,000 different files of a Debian system with compilers,
 * language runtimes and their libraries, each run of 3 to 29 letters and digits once, what looks
 * like a hash left out. They are in half units of the natural logarithm, rounded. The written runs
 * above are of the same names.
 */
#include "written.h"

enum kind { START, LOWER, UPPER, DIGIT };

enum {
	LETTERS = 26,
	TENTHS = 10,
	EVEN = '6', /* in `pairs`: as likely written as drawn */
};

/* [kind two before][kind before][kind - LOWER] */
static const signed char steps[][4][3] = {
	{{1, -1, -4}, {2, -9, -4}, {1, 0, -2}, {-3, -7, 3}},
	{{0}, {2, -5, -4}, {2, -3, -7}, {-1, -8, 3}}, /* l */
	{{0}, {2, -5, -9}, {-2, 1, -3}, {-9, -5, 4}}, /* u */
	{{0}, {1, -8, 1}, {1, 0, -1}, {-1, -7, 3}},   /* d */
};

/* [first letter][second letter], capital or not */
static const char pairs[LETTERS][LETTERS + 1] = {
	"26872360504868070889553340", /* a */
	"84657453862964751675842442", /* b */
	"83648448507763950668641240", /* c */
	"86679543813654753664634130", /* d */
	"64775552402668353987354630", /* e */
	"73657731901753870667622240", /* f */
	"74559445803756651877622121", /* g */
	"93549522802553851758643043", /* h */
	"57765560101769860578050404", /* i */
	"82769321702243752383659000", /* j */
	"75669654800554561586633010", /* k */
	"83469322902732840376652041", /* l */
	"96559343703662781364623230", /* m */
	"72788682714445640389552120", /* n */
	"45761461413779660966745300", /* o */
	"92658335704742871867613160", /* p */
	"62563512400946331867952202", /* q */
	"83659442804465840677551050", /* r */
	"63749446804553764479653150", /* s */
	"83649436904552750876523261", /* t */
	"57567554601778270889202201", /* u */
	"85639535800583555677514401", /* v */
	"93658326904455750775555140", /* w */
	"63757723602573482479373541", /* x */
	"65656454510687592596334013", /* y */
	"82559625800553763576502345", /* z */
};

/* In tenths of half units: how much likelier each character is drawn than from 62, and the sum from
 * which on a run is written. */
static const struct alphabet {
	signed char likelier, doubt;
} hex = {27, -40}, one_case = {11, -40}, no_digits = {4, -35}, all = {0, 0};

/* The sum where more is known of it. */
static const signed char leanings[] = {[TF_LEANS_TO_WRITTEN] = -80, [TF_LEANS_TO_DRAWN] = 20};

static enum kind kind_of(char c)
{
	if (c >= '0' && c <= '9')
		return DIGIT;
	if (c >= 'a' && c <= 'z')
		return LOWER;
	return c >= 'A' && c <= 'Z' ? UPPER : START;
}

static bool is_letter(enum kind kind)
{
	return kind == LOWER || kind == UPPER;
}

static unsigned letter(char c)
{
	return (unsigned)(c | 0x20) - 'a';
}

static bool is_hex(char c)
{
	return kind_of(c) == DIGIT || letter(c) < 6;
}

/* The smallest that the run could be drawn from. */
static const struct alphabet *alphabet_of(const char *s, size_t len)
{
	bool has[4] = {false}, only_hex = true;

	for (size_t i = 0; i < len; i++) {
		has[kind_of(s[i])] = true;
		only_hex = only_hex && (kind_of(s[i]) == START || is_hex(s[i]));
	}
	if (has[LOWER] && has[UPPER])
		return has[DIGIT] ? &all : &no_digits;
	return only_hex && has[DIGIT] ? &hex : &one_case;
}

static long pair(const char *s)
{
	return is_letter(kind_of(s[0])) && is_letter(kind_of(s[1]))
		       ? pairs[letter(s[0])][letter(s[1])] - EVEN
		       : 0;
}

bool tf__word(const char *s, size_t len)
{
	long sum = 0;

	for (size_t i = 0; i + 1 < len; i++)
		sum += pair(s + i);
	return len < 2 || sum > 0;
}

bool tf__written(const char *s, size_t len, enum tf_leaning leaning)
{
	const struct alphabet *alphabet = alphabet_of(s, len);
	enum kind earlier = START, last = START;
	long sum = 0;

	for (size_t i = 0; i < len; i++) {
		enum kind kind = kind_of(s[i]);

		if (kind != START && (last != START || i == 0))
			sum += TENTHS * steps[earlier][last][kind - LOWER] - alphabet->likelier;
		if (i > 0)
			sum += TENTHS * pair(s + i - 1);
		earlier = kind == START ? START : last;
		last = kind;
	}
	return sum >= (leaning == TF_LEANS_LITTLE ? alphabet->doubt : leanings[leaning]);
}
