/* shape.c: does a name look like one that a program drew for a temporary file?
 *
 * The first rule that applies decides. A *word* is a stretch of letters and digits with something
 * else, or nothing, on either side. The *tail* is the word at the end of the name, or before its
 * extension (up to eight letters and digits after a '.'), or before `.tar` and an extension.
 *
 * R1  Names that other programs must find are not generated.
 * R2  Nor is one with a user's name or number in it: those are found again. The number 0 is in too
 *     many names to count.
 * R3  Nor is any name that copiers, packers and editors make: people choose those. Several of them
 *     make their files with O_EXCL and 0600 (cp -p, tar as root, gzip, vim's swap files).
 * R4  Known shapes of known programs are generated (the table `known`), and so is a UUID.
 * R5  A tail that ends in 17 to 20 digits, with Java in 12 or more, is a language runtime's, unless
 *     it is a time: Java draws 64 bits and creates with 0666. Languages that are known to draw
 *     otherwise are not meant: there it is a key of somebody's.
 * R6  The maker's own pid as a word is generated, from four digits on and if it is no year; with
 *     Ruby's YYYYMMDD-PID-DRAW a shorter one, too.
 * R7  Perl draws 10 characters out of letters, digits and '_', Python 8 without capitals. Such an
 *     end, back to the beginning of its first word, is judged as R8 judges a word.
 * R8  A tail of at least six characters of at least two kinds (small, capital, digit) is generated,
 *     unless it is
 *     a  letters of one kind with a number after them: report2024, IMG0001, Backup20261121; one
 *        capital may begin small letters;
 *     b  seven or more digits of a hexadecimal number, perhaps after a 'g': commits and checksums;
 *     c  written: MyReport, log20261121T142005, ed25519; or would be without a 2 or v2 at
 *        its end.
 *     A `tmp` at the very beginning does not belong to the draw.
 * R9  Everything else is not.
 */
#include "shape.h"
#include "glob.h"
#include "text.h"
#include "written.h"

enum {
	DRAW = 6,              /* the fewest characters that count as drawn */
	EXTENSION = 8,         /* the longest */
	PID_MIN = 1000,        /* smaller numbers are in many names */
	JAVA_DIGITS = 12,      /* one of 2,000,000 draws of 64 bits has less */
	OTHER_DIGITS = 17,     /* one of 2,000 has less */
	OTHER_DIGITS_MAX = 20, /* 64 bits have no more; Java's may follow a 64 of the caller's */
	HASH = 7,              /* digits, as git abbreviates commits */
	PERL_DRAW = 10,
	PYTHON_DRAW = 8,
	DAY = 24 * 60 * 60,
	YEAR = 366 * DAY,
};

/* Arrays, not pointers: nothing to relocate when the shim is loaded. */
static const char never[][20] = {
	".X11-unix",
	".ICE-unix",
	"ssh-*",
	"hsperfdata_*",
	".java_pid*",
	"systemd-private-*",
	"dbus-*",
	"tmux-*",
	"pytest-of-*",
	"emacs*",
	"krb5cc_*",
	".tmpguard-*",
};

/* R3 */
static const char told[] =
	"cp:mv:install:mkdir:touch:coreutils:busybox*:toybox:"
	"tar:bsdtar:cpio:bsdcpio:pax:zip:unzip:7z*:rar:unrar:rsync:scp:sftp*:curl:wget*:"
	"gzip:pigz:bzip2:pbzip2:lbzip2:xz:lzma:zstd:lz4:lzip:lzop:brotli:compress:"
	"gpg*:openssl:age:ssh-keygen:vi:vim*:nvim:view:ex:nano:emacs*:micro:joe:mcedit:ed";

static const char java[] = "*java*", perl[] = "perl*", python[] = "python*:pypy*", ruby[] = "ruby*";

/* Languages that draw otherwise; in them 17 digits are a key of somebody's. */
static const char not_java[] = "python*:pypy*:perl*:ruby*:node*:php*";

#define HEX4 "[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]"
#define HEX6 "[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]"
#define ALNUM3 "[a-zA-Z0-9][a-zA-Z0-9][a-zA-Z0-9]"
#define ALNUM6 ALNUM3 ALNUM3
#define WORD4 "[a-z0-9_][a-z0-9_][a-z0-9_][a-z0-9_]"
#define PYTHON8 WORD4 WORD4

/* Whole lists of globs. Those that know no mktemp of their own but libc's need no line here. */
static const struct {
	char program[40], name[104];
} known[] = {
	{"mktemp", "*"}, /* its names are temporary by what it is */
	{"python*:pypy*", "tmp" PYTHON8}, {"python*:pypy*", "tmp" PYTHON8 ".*"},
	{"python*:pypy*", "pymp-" PYTHON8}, /* multiprocessing */
	{"python*:pypy*", "pip-*-" PYTHON8}, {"*gcc*:*g++*:cc:c++:cc1*:collect2", "cc" ALNUM6 ".*"},
	{"*gfortran*:lto-wrapper:lto1", "cc" ALNUM6 ".*"}, {"*clang*:*lld", "*-" HEX6 ".*"},
	{"patch", "p[a-z]" ALNUM6}, {"sort", "sort" ALNUM6}, {"zsh*", "zsh" ALNUM6},
	{"*", "etilqs_[0-9a-f]*"}, /* sqlite */
};

#define UUID "*" HEX4 HEX4 "-" HEX4 "-" HEX4 "-" HEX4 "-" HEX4 HEX4 HEX4

static const char uuid[] = UUID ":" UUID ".*";

/* Part of a name, borrowed. */
struct part {
	const char *at;
	size_t len;
};

enum { LOWER = 1, UPPER = 2, DIGIT = 4, LOW_LINE = 8 };

enum { NEVER = sizeof(never) / sizeof(never[0]) };

static unsigned kind_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return LOWER;
	if (c >= 'A' && c <= 'Z')
		return UPPER;
	return c >= '0' && c <= '9' ? DIGIT : 0;
}

static unsigned kinds_of(struct part part)
{
	unsigned kinds = 0;

	for (size_t i = 0; i < part.len; i++)
		kinds |= kind_of(part.at[i]);
	return kinds;
}

static bool is_of(char c, unsigned kinds)
{
	return (kind_of(c) & kinds) != 0 || (c == '_' && (kinds & LOW_LINE) != 0);
}

static bool is_hex(char c)
{
	return kind_of(c) == DIGIT || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool has_two(unsigned kinds)
{
	return (kinds & (kinds - 1)) != 0;
}

/* The longest end of the part that consists of these kinds. */
static struct part end_of(struct part part, unsigned kinds)
{
	size_t from = part.len;

	while (from > 0 && (kind_of(part.at[from - 1]) & kinds) != 0)
		from--;
	return (struct part){part.at + from, part.len - from};
}

static struct part word_at_end(struct part part)
{
	return end_of(part, LOWER | UPPER | DIGIT);
}

static bool has_word(const char *name, const char *word)
{
	if (!word || word[0] == '\0')
		return false;
	for (const char *p = name; *p != '\0'; p++) {
		const char *rest = tf__after(p, word);

		if (rest && kind_of(*rest) == 0 && (p == name || kind_of(p[-1]) == 0))
			return true;
	}
	return false;
}

struct decimal {
	char digits[24];
};

static struct decimal decimal(uint64_t number)
{
	struct decimal decimal;
	struct tf_text text = tf__text(decimal.digits, sizeof(decimal.digits));

	tf__text_add_number(&text, number);
	return decimal;
}

static bool is_somebodys(const char *name, const struct tf_maker *maker)
{
	return has_word(name, maker->user) || has_word(name, maker->logname) ||
	       (maker->uid != 0 && has_word(name, decimal(maker->uid).digits));
}

/* ---- times */

static uint64_t value(struct part digits)
{
	uint64_t n = 0;

	for (size_t i = 0; i < digits.len; i++)
		n = n * 10 + (uint64_t)(digits.at[i] - '0');
	return n;
}

/* The number that `len` digits from `from` on are. */
static uint64_t value_at(struct part digits, size_t from, size_t len)
{
	return value((struct part){digits.at + from, len});
}

/* YYYYMMDD, with anything after it */
static bool begins_with_date(struct part digits)
{
	uint64_t year, month, day;

	if (digits.len < 8)
		return false;
	year = value_at(digits, 0, 4);
	month = value_at(digits, 4, 2);
	day = value_at(digits, 6, 2);
	return year >= 1970 && year < 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* YYYYMMDDHHMM and perhaps more */
static bool begins_with_minute(struct part digits)
{
	return digits.len >= 12 && begins_with_date(digits) && value_at(digits, 8, 2) < 24 &&
	       value_at(digits, 10, 2) < 60;
}

/* Milliseconds, microseconds or nanoseconds since 1970, `slack` seconds around now. */
static bool is_clock(struct part digits, uint64_t now_sec, uint64_t slack)
{
	uint64_t sec;

	if (digits.len != 13 && digits.len != 16 && digits.len != 19)
		return false;
	sec = value_at(digits, 0, 10);
	return sec + slack >= now_sec && sec <= now_sec + slack;
}

static bool is_time(struct part digits, uint64_t now_sec, uint64_t slack)
{
	return begins_with_minute(digits) || is_clock(digits, now_sec, slack);
}

/* ---- the rules */

static bool is_known(const char *name, const char *program)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (tf__glob_list(known[i].program, program) && tf__glob_list(known[i].name, name))
			return true;
	return false;
}

/* R5 */
static bool is_runtime(struct part tail, const char *program, uint64_t now_sec)
{
	struct part digits = end_of(tail, DIGIT);

	/* A year either way costs Java 0.3 % of its draws: there only what is of today. */
	if (tf__glob_list(java, program))
		return digits.len >= JAVA_DIGITS && !is_time(digits, now_sec, DAY);
	return digits.len >= OTHER_DIGITS && digits.len <= OTHER_DIGITS_MAX &&
	       !tf__glob_list(not_java, program) && !is_time(digits, now_sec, YEAR);
}

/* R6 */
static bool has_pid(const char *name, int pid)
{
	bool is_year = pid >= 1900 && pid < 2100;

	return pid >= PID_MIN && !is_year && has_word(name, decimal((uint64_t)pid).digits);
}

static bool is_rubys(const char *name, int pid, const char *program)
{
	char glob[80];
	struct tf_text text = tf__text(glob, sizeof(glob));

	if (pid <= 0 || !tf__glob_list(ruby, program))
		return false;
	tf__text_add(&text, "*[12][0-9][0-9][0-9][01][0-9][0-3][0-9]-");
	tf__text_add_number(&text, (uint64_t)pid);
	tf__text_add(&text, "-[0-9a-z]*");
	return tf__glob(glob, text.len, name);
}

/* R8a: with or without '_', for R7 */
static bool is_numbered(struct part part)
{
	struct part number = end_of(part, DIGIT);

	part.len -= number.len;
	if (part.len > 1 && kind_of(part.at[0]) == UPPER && kind_of(part.at[1]) == LOWER)
		part = (struct part){part.at + 1, part.len - 1};
	return number.len > 0 && !has_two(kinds_of(part));
}

/* R8b */
static bool is_hash(struct part part)
{
	size_t digits = 0;

	if (part.len > HASH && part.at[0] == 'g')
		part = (struct part){part.at + 1, part.len - 1};
	while (digits < part.len && is_hex(part.at[digits]))
		digits++;
	return digits == part.len && digits >= HASH &&
	       (kinds_of(part) & (LOWER | UPPER)) != (LOWER | UPPER);
}

/* R8c */
static bool is_written(struct part part)
{
	size_t len = part.len - end_of(part, DIGIT).len;

	if (len > 1 && len < part.len && (part.at[len - 1] | 0x20) == 'v')
		len--;
	return tf__written(part.at, part.len) || tf__written(part.at, len);
}

static bool is_drawn(struct part part)
{
	return part.len >= DRAW && has_two(kinds_of(part)) && !is_numbered(part) &&
	       !is_hash(part) && !is_written(part);
}

/* R7: the last n characters, or the whole word that they end where it is longer */
static bool ends_in_draw(struct part name, size_t n, unsigned kinds)
{
	size_t from = name.len;

	while (from > 0 && name.len - from < n && is_of(name.at[from - 1], kinds))
		from--;
	if (name.len - from < n)
		return false;
	while (from > 0 && kind_of(name.at[from]) != 0 && kind_of(name.at[from - 1]) != 0)
		from--;
	return is_drawn((struct part){name.at + from, name.len - from});
}

/* R8 */
static bool is_drawn_word(struct part name)
{
	struct part tail = word_at_end(name);
	bool is_first = tail.at == name.at || (tail.at == name.at + 1 && name.at[0] == '.');

	if (is_first && tail.len >= 3 + DRAW && tf__after(tail.at, "tmp"))
		tail = (struct part){tail.at + 3, tail.len - 3};
	return is_drawn(tail);
}

/* R5, R7, R8, for a name without its extension or with it */
static enum tf_shape shape_of_end(struct part name, const char *program, uint64_t now_sec)
{
	if (is_runtime(word_at_end(name), program, now_sec))
		return TF_SHAPE_RUNTIME;
	if (tf__glob_list(perl, program) &&
		ends_in_draw(name, PERL_DRAW, LOWER | UPPER | DIGIT | LOW_LINE))
		return TF_SHAPE_GENERATED;
	if (tf__glob_list(python, program) &&
		ends_in_draw(name, PYTHON_DRAW, LOWER | DIGIT | LOW_LINE))
		return TF_SHAPE_GENERATED;
	return is_drawn_word(name) ? TF_SHAPE_GENERATED : TF_SHAPE_NONE;
}

/* A dot at the very beginning starts no extension. */
static bool drop_extension(struct part *name)
{
	size_t len = word_at_end(*name).len;

	if (len == 0 || len > EXTENSION || name->len < len + 2 ||
		name->at[name->len - len - 1] != '.')
		return false;
	name->len -= len + 1;
	return true;
}

static bool ends_in_tar(struct part name)
{
	struct part word = word_at_end(name);

	return word.len == 3 && tf__after(word.at, "tar");
}

static enum tf_shape shape_of_ends(const char *name, const char *program, uint64_t now_sec)
{
	struct part part = {name, tf__length(name)};
	enum tf_shape shape = shape_of_end(part, program, now_sec);

	if (shape == TF_SHAPE_NONE && drop_extension(&part))
		shape = shape_of_end(part, program, now_sec);
	if (shape == TF_SHAPE_NONE && ends_in_tar(part) && drop_extension(&part))
		shape = shape_of_end(part, program, now_sec);
	return shape;
}

enum tf_shape tf__shape(const char *name, const struct tf_maker *maker, uint64_t now_sec)
{
	const char *program = maker->program ? maker->program : "";

	if (tf__is_never_ours(name) || is_somebodys(name, maker) || tf__glob_list(told, program))
		return TF_SHAPE_NONE;
	if (is_known(name, program) || tf__glob_list(uuid, name) || has_pid(name, maker->pid) ||
		is_rubys(name, maker->pid, program))
		return TF_SHAPE_GENERATED;
	return shape_of_ends(name, program, now_sec);
}

bool tf__is_never_ours(const char *name)
{
	for (unsigned i = 0; i < NEVER; i++)
		if (tf__glob(never[i], tf__length(never[i]), name))
			return true;
	return false;
}

const char *tf__never_ours(unsigned i)
{
	return i < NEVER ? never[i] : NULL;
}
