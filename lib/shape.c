/* shape.c: does a name look like one that a program drew for a temporary file?
 *
 * The first rule that applies decides. A *word* is a stretch of letters and digits with something
 * else, or nothing, on either side. The *tail* is the word at the end of the name, or before its
 * extension (up to eight letters and digits after a '.'), or before `.tar` and an extension.
 *
 * R1  Names that other programs, or people, must find are not generated.
 * R2  Nor is one with a user's name or number in it: those are found again. The number 0 is in too
 *     many names to count.
 * R3  Nor is any name that copiers, packers and editors make: people choose those. Several of them
 *     make their files with O_EXCL and 0600 (cp -p, tar as root, gzip, vim's swap files).
 * R4  Known shapes of known programs are generated (the table `known`), and so is a UUID. Of
 * clang's nothing else is: what it leaves for a bug report, a source and a script, is drawn alike.
 * R5  A tail that ends in 17 to 20 digits, with Java in 12 or more, is a language runtime's, unless
 *     it is a time: Java draws 64 bits and creates with 0666. With Java 18 to 20 are enough
 *     anywhere: a suffix need not begin with a dot. Languages that are known to draw otherwise are
 *     not meant: there it is a key of somebody's.
 *     rustc and rustdoc make directories of six drawn characters with 0777.
 * R6  The maker's own pid as a word is generated, from four digits on and if it is no year; with
 *     Ruby's YYYYMMDD-PID-DRAW a shorter one, too.
 * R7  Perl draws 10 characters out of letters, digits and '_', Python 8 without capitals. Such an
 *     end after anything but a letter or digit is judged as R8 judges a run, but leaning to drawn;
 *     one glued to a word with all of the word, or alone and leaning to written.
 * R8  A tail of at least six characters of at least two kinds (small, capital, digit) is generated,
 *     unless it is
 *     a  letters of one kind with a number after them (one capital may begin small letters), where
 *        the number reads as one: a year, date, time or epoch, with zeros before it, or of one or
 *        two digits; or the letters as a word or syllable: report123, IMG0001, Backup20261121;
 *     b  a hexadecimal number of as many digits as a whole checksum has, or as a commit: 7, and up
 *        to 12 after a 'g';
 *     c  written, MyReport, log20261121T142005, sha256sum, or would be without a 2 or v2 at its
 *        end;
 *     d  one of a few abbreviations with something, which do not read as written: NetBSD, IMG1234.
 *     e  Six characters of all three kinds after small letters count all the same, where they are
 *        very unlikely to be written: idiomAb3dEf.
 *     A `tmp` before it does not belong to the draw, if enough is left without.
 * R9  Everything else is not.
 *
 * Rule 8 is in drawn.c. Of names drawn at random, out of 100,000 each, it and R7 find, in per cent,
 * and of those with two kinds, which are all that are promised:
 *
 *     letters and digits, 6, 8, 10                   93.9 (95.0), 97.8 (98.0), 99.1 (99.1)
 *     the same, 6 glued to a word                    88.1 (88.7)
 *     hexadecimal, 6, 8, 16                          87.4 (93.2), 95.3 (97.6), 99.9 (99.9)
 *     small letters and digits, 6, 8                 69.0 (80.5), 79.5 (85.9)
 *     Python's 8 after "mine-", after "mine"         90.0 (98.0), 64.4 (70.0)
 *     Perl's 10, the same glued to a word            99.5 (99.5), 97.6 (97.7)
 *
 * Of 14,951 file names of a Debian system with a tail of six characters and two kinds, hashes left
 * out, 4.6 % are taken for drawn, 6.0 % if Python makes them; most are of devices and of machine
 * instructions (tek4014, mk20d7, VhVubRb). The abbreviations were chosen with a look at these.
 */
#include "shape.h"
#include "dated.h"
#include "drawn.h"
#include "glob.h"
#include "text.h"

enum {
	DRAW = 6,              /* the fewest that R8 takes for drawn */
	TMP = 3,               /* letters of a prefix that nobody chose */
	EXTENSION = 8,         /* the longest */
	PID_MIN = 1000,        /* smaller numbers are in many names */
	JAVA_INSIDE = 18,      /* 98 % of the draws have as many */
	JAVA_DIGITS = 12,      /* one of 2,000,000 draws of 64 bits has less */
	OTHER_DIGITS = 17,     /* one of 2,000 has less */
	OTHER_DIGITS_MAX = 20, /* 64 bits have no more; Java's may follow a 64 of the caller's */
	PERL_DRAW = 10,
	PYTHON_DRAW = 8,
	UUID_LENGTH = 36, /* spares others the long globs */
	DAY = 24 * 60 * 60,
	YEAR = 366 * DAY,
};

/* Arrays, not pointers: nothing to relocate when the shim is loaded. */
static const char never[][20] = {
	".X11-unix", ".ICE-unix", "ssh-*", "hsperfdata_*", ".java_pid*", "systemd-private-*",
	"dbus-*", "tmux-*", "pytest-of-*", "emacs*", "krb5cc_*", ".tmpguard-*",
	"cc??????.out", /* gcc has crashed, and says to attach this to the report */
};

/* R3 */
static const char told[] =
	"cp:mv:install:mkdir:touch:coreutils:busybox*:toybox:"
	"tar:bsdtar:cpio:bsdcpio:pax:zip:unzip:7z*:rar:unrar:rsync:scp:sftp*:curl:wget*:"
	"gzip:pigz:bzip2:pbzip2:lbzip2:xz:lzma:zstd:lz4:lzip:lzop:brotli:compress:"
	"gpg*:openssl:age:ssh-keygen:vi:vim*:nvim:view:ex:nano:emacs*:micro:joe:mcedit:ed";

enum trait {
	ASKED = 1,
	TOLD = 2,
	JAVA = 4,
	PERL = 8,
	PYTHON = 16,
	RUBY = 32,
	NOT_JAVA = 64, /* languages that draw otherwise: 17 digits are a key of somebody's */
	CLANG = 128,
	RUST = 256,
	KNOWN = 512, /* and the next bits: this line of `known`, and the next ones */
};

static const struct {
	enum trait trait;
	char programs[40];
} languages[] = {
	{JAVA, "*java*"},
	{PERL, "perl*"},
	{PYTHON, "python*:pypy*:brz"},
	{RUBY, "ruby*"},
	{NOT_JAVA, "python*:pypy*:perl*:ruby*:node*:php*"},
	{CLANG, "*clang*"},
	{RUST, "rustc:rustdoc"},
};

#define HEX4 "[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]"
#define HEX6 "[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]"
#define HEX2 "[0-9a-f][0-9a-f]"
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
	{"*gfortran*:lto-wrapper:lto1", "cc" ALNUM6 ".*"}, {"*lld", "*-" HEX6 ".*"},
	{"*clang*", "*-" HEX6 ".[ois]"}, {"*clang*", "*-" HEX6 ".[bil][cil]"},
	{"*clang*", "symbolizer-*-" HEX6}, {"ocaml*", "*" HEX6 ".*"}, {"ocaml*", "*" HEX6},
	{"distcc*", "distcc*_" HEX6 HEX2 ".*"}, {"patch", "p[a-z]" ALNUM6}, {"sort", "sort" ALNUM6},
	{"zsh*", "zsh" ALNUM6}, {"*", "etilqs_[0-9a-f]*"}, /* sqlite */
};

#define UUID "*" HEX4 HEX4 "-" HEX4 "-" HEX4 "-" HEX4 "-" HEX4 HEX4 HEX4

/* R5 */
static const char rusts[][12] = {".tmp", "rustc", "rmeta", "rustdoctest"};

static const char uuid[] = UUID ":" UUID ".*";

enum { NEVER = sizeof(never) / sizeof(never[0]) };

static bool is_of(char c, unsigned kinds)
{
	return (tf__kind(c) & kinds) != 0 || (c == '_' && (kinds & TF_LOW_LINE) != 0);
}

static struct tf_part word_at_end(struct tf_part part)
{
	return tf__end_of(part, TF_LOWER | TF_UPPER | TF_DIGIT);
}

static bool has_word(const char *name, const char *word)
{
	if (!word || word[0] == '\0')
		return false;
	for (const char *p = name; *p != '\0'; p++) {
		const char *rest = tf__after(p, word);

		if (rest && tf__kind(*rest) == 0 && (p == name || tf__kind(p[-1]) == 0))
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

/* ---- the rules */

uint32_t tf__traits(const char *program)
{
	uint32_t traits = ASKED;

	if (tf__glob_list(told, program))
		traits |= TOLD;
	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
		if (tf__glob_list(languages[i].programs, program))
			traits |= languages[i].trait;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (tf__glob_list(known[i].program, program))
			traits |= (uint32_t)KNOWN << i;
	return traits;
}

static bool is_known(const char *name, uint32_t traits)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (traits & (uint32_t)KNOWN << i && tf__glob_list(known[i].name, name))
			return true;
	return false;
}

static bool is_uuid(const char *name)
{
	return tf__length(name) >= UUID_LENGTH && tf__glob_list(uuid, name);
}

/* R5 */
static bool is_runtime(struct tf_part tail, uint32_t traits, uint64_t now_sec)
{
	struct tf_part digits = tf__end_of(tail, TF_DIGIT);

	/* A year either way costs Java 0.3 % of its draws: there only what is of today. */
	if (traits & JAVA)
		return digits.len >= JAVA_DIGITS && !tf__is_time(digits, now_sec, DAY);
	return digits.len >= OTHER_DIGITS && digits.len <= OTHER_DIGITS_MAX &&
	       !(traits & NOT_JAVA) && !tf__is_time(digits, now_sec, YEAR);
}

/* R5: a suffix of Java's need not begin with a dot */
static bool holds_javas(const char *name, uint64_t now_sec)
{
	struct tf_part digits = {name, 0};

	for (;; name++) {
		if (tf__kind(*name) == TF_DIGIT) {
			digits.len++;
			continue;
		}
		if (digits.len >= JAVA_INSIDE && digits.len <= OTHER_DIGITS_MAX &&
			!tf__is_time(digits, now_sec, DAY))
			return true;
		if (*name == '\0')
			return false;
		digits = (struct tf_part){name + 1, 0};
	}
}

/* R5: an --out-dir may be called rustcoutput */
static bool is_rusts(const char *name)
{
	for (size_t i = 0; i < sizeof(rusts) / sizeof(rusts[0]); i++) {
		const char *draw = tf__after(name, rusts[i]);

		if (draw && tf__length(draw) == DRAW &&
			tf__is_drawn((struct tf_part){draw, DRAW}, TF_LEANS_LITTLE))
			return true;
	}
	return false;
}

/* R6 */
static bool has_pid(const char *name, int pid)
{
	bool is_year = pid >= 1900 && pid < 2100;

	return pid >= PID_MIN && !is_year && has_word(name, decimal((uint64_t)pid).digits);
}

static bool is_rubys(const char *name, int pid, uint32_t traits)
{
	char glob[80];
	struct tf_text text = tf__text(glob, sizeof(glob));

	if (pid <= 0 || !(traits & RUBY))
		return false;
	tf__text_add(&text, "*[12][0-9][0-9][0-9][01][0-9][0-3][0-9]-");
	tf__text_add_number(&text, (uint64_t)pid);
	tf__text_add(&text, "-[0-9a-z]*");
	return tf__glob(glob, text.len, name);
}

/* R7: the last n characters; where they are glued to a word, with all of it, or very likely */
static bool ends_in_draw(struct tf_part name, size_t n, unsigned kinds)
{
	size_t from = name.len, word;

	while (from > 0 && name.len - from < n && is_of(name.at[from - 1], kinds))
		from--;
	if (name.len - from < n)
		return false;
	word = from;
	while (word > 0 && tf__kind(name.at[word]) != 0 && tf__kind(name.at[word - 1]) != 0)
		word--;
	if (word == from)
		return tf__is_drawn(tf__without(name, from), TF_LEANS_TO_DRAWN);
	return tf__is_drawn(tf__without(name, word), TF_LEANS_LITTLE) ||
	       tf__is_drawn(tf__without(name, from), TF_LEANS_TO_WRITTEN);
}

/* R8: with its `tmp` only where nothing that could be drawn would be left */
static bool is_drawn_word(struct tf_part name)
{
	struct tf_part tail = word_at_end(name), rest = tail;

	if (tail.len >= TMP && tf__after(tail.at, "tmp"))
		rest = tf__without(tail, TMP);
	if (rest.len < DRAW || !tf__has_two(tf__kinds(rest)))
		rest = tail;
	return tf__is_drawn(rest, TF_LEANS_LITTLE);
}

/* R5, R7, R8, for a name without its extension or with it */
static enum tf_shape shape_of_end(struct tf_part name, uint32_t traits, uint64_t now_sec)
{
	if (is_runtime(word_at_end(name), traits, now_sec))
		return TF_SHAPE_RUNTIME;
	if ((traits & PERL) &&
		ends_in_draw(name, PERL_DRAW, TF_LOWER | TF_UPPER | TF_DIGIT | TF_LOW_LINE))
		return TF_SHAPE_GENERATED;
	if ((traits & PYTHON) && ends_in_draw(name, PYTHON_DRAW, TF_LOWER | TF_DIGIT | TF_LOW_LINE))
		return TF_SHAPE_GENERATED;
	return is_drawn_word(name) ? TF_SHAPE_GENERATED : TF_SHAPE_NONE;
}

/* A dot at the very beginning starts no extension. */
static bool drop_extension(struct tf_part *name)
{
	size_t len = word_at_end(*name).len;

	if (len == 0 || len > EXTENSION || name->len < len + 2 ||
		name->at[name->len - len - 1] != '.')
		return false;
	name->len -= len + 1;
	return true;
}

static bool ends_in_tar(struct tf_part name)
{
	struct tf_part word = word_at_end(name);

	return word.len == 3 && tf__after(word.at, "tar");
}

static enum tf_shape shape_of_ends(const char *name, uint32_t traits, uint64_t now_sec)
{
	struct tf_part part = {name, tf__length(name)};
	enum tf_shape shape = shape_of_end(part, traits, now_sec);

	if (shape == TF_SHAPE_NONE && drop_extension(&part))
		shape = shape_of_end(part, traits, now_sec);
	if (shape == TF_SHAPE_NONE && ends_in_tar(part) && drop_extension(&part))
		shape = shape_of_end(part, traits, now_sec);
	return shape;
}

enum tf_shape tf__shape(const char *name, const struct tf_maker *maker, uint64_t now_sec)
{
	uint32_t traits = maker->traits;

	if (traits == 0)
		traits = tf__traits(maker->program ? maker->program : "");
	if (traits & TOLD || tf__is_never_ours(name) || is_somebodys(name, maker))
		return TF_SHAPE_NONE;
	if (traits & RUST && is_rusts(name))
		return TF_SHAPE_RUNTIME;
	if (is_known(name, traits) || is_uuid(name) || has_pid(name, maker->pid) ||
		is_rubys(name, maker->pid, traits))
		return TF_SHAPE_GENERATED;
	if (traits & CLANG)
		return TF_SHAPE_NONE;
	if (traits & JAVA && holds_javas(name, now_sec))
		return TF_SHAPE_RUNTIME;
	return shape_of_ends(name, traits, now_sec);
}

bool tf__makes_open_dirs(uint32_t traits)
{
	return traits & RUST;
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
