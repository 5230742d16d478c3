/* shape_test.c: lib/shape.c and lib/written.c: names of real programs, and names that people give.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "shape.h"

enum { NOW = 1795271647 }; /* 2026-11-21 14:34:07 */

static struct tf_maker maker_of(const char *program)
{
	return (struct tf_maker){.user = "joanna",
		.logname = "joanna",
		.uid = 60123,
		.pid = 12345,
		.program = program};
}

static enum tf_shape shape_by(const char *program, const char *name)
{
	struct tf_maker maker = maker_of(program);

	return tf__shape(name, &maker, NOW);
}

static const struct {
	const char *program, *name;
	enum tf_shape shape;
} temporary[] = {
	/* coreutils and others with gnulib's gen_tempname */
	{"mktemp", "tmp.kQ3ZbWq9Ab", TF_SHAPE_GENERATED},
	{"mktemp", "tmp.abcdefghij", TF_SHAPE_GENERATED},
	{"mktemp", "build.report", TF_SHAPE_GENERATED},
	{"", "tmp.kQ3ZbWq9Ab", TF_SHAPE_GENERATED},
	{"sort", "sortAbCdEf", TF_SHAPE_GENERATED},
	{"sort", "sortreport", TF_SHAPE_GENERATED}, /* six small letters */
	{"patch", "poAbCdEf", TF_SHAPE_GENERATED},
	{"patch", "piabcdef", TF_SHAPE_GENERATED},
	{"", "poAbCdEf", TF_SHAPE_GENERATED},
	{"", "foo.XyZ123", TF_SHAPE_GENERATED},
	{"", "foo-AbC123", TF_SHAPE_GENERATED},
	{"", "fooAbCdEf", TF_SHAPE_GENERATED},
	{"", "fooAbC123", TF_SHAPE_GENERATED},
	{"", "foo.qX7kZw.tar.gz", TF_SHAPE_GENERATED},
	{"", "foo_qX7kZw.txt", TF_SHAPE_GENERATED},
	{"tac", "tacQ8vMxZ", TF_SHAPE_GENERATED},
	{"m4", "m4-w8XqVz", TF_SHAPE_GENERATED},
	{"zsh", "zshAbCdEf", TF_SHAPE_GENERATED},
	{"zsh-5.9", "zshabcdef", TF_SHAPE_GENERATED},
	{"bash", "sh-thd.pQ3vXz", TF_SHAPE_GENERATED},
	{"git", ".git_vtag_tmpXq7Zw2", TF_SHAPE_GENERATED},
	{"ld", "tmp.Zx8Qw1", TF_SHAPE_GENERATED},
	{"man", "zmanQx7ZwK", TF_SHAPE_GENERATED},
	{"apt-key", "apt-key-gpghome.Xq8ZvB2kLm", TF_SHAPE_GENERATED},
	{"dpkg-deb", "dpkg-deb.Zx8Qw1", TF_SHAPE_GENERATED},
	{"tcl", "tcl_jX3kQz", TF_SHAPE_GENERATED},
	{"R", "RtmpxZ8QkV", TF_SHAPE_GENERATED},
	{"", "qt_temp.XkQbZw", TF_SHAPE_GENERATED},
	{"chrome", ".org.chromium.Chromium.kZx4Qb", TF_SHAPE_GENERATED},
	/* compilers */
	{"gcc", "ccAbCdEf.s", TF_SHAPE_GENERATED},
	{"x86_64-linux-gnu-gcc-13", "ccabcdef.o", TF_SHAPE_GENERATED},
	{"g++", "ccABCDEF.ltrans0.ltrans.o", TF_SHAPE_GENERATED},
	{"cc1plus", "cc123456.s", TF_SHAPE_GENERATED},
	{"collect2", "ccommand.ld", TF_SHAPE_GENERATED},
	{"lto-wrapper", "ccQwErTy.ltrans.out", TF_SHAPE_GENERATED},
	{"", "ccQwErTy", TF_SHAPE_GENERATED},
	{"", "ccAbCdEf.s", TF_SHAPE_GENERATED},
	{"clang-17", "hello-3f9a2b.o", TF_SHAPE_GENERATED},
	{"clang++", "a-123456.s", TF_SHAPE_GENERATED},
	{"clang", "a-12ab56.ll", TF_SHAPE_GENERATED},
	{"clang", "symbolizer-output-234671", TF_SHAPE_GENERATED},
	{"ocamlopt.opt", "camlasm509d8f.s", TF_SHAPE_GENERATED},
	{"ocamlrun", "app0fadfa", TF_SHAPE_GENERATED},
	{"distccd", "distcc_bfbdf011.stdout", TF_SHAPE_GENERATED},
	{"brz", "brz-diff-qlm4u_tt", TF_SHAPE_GENERATED},
	{"rustc", "rustcXq8ZvB", TF_SHAPE_RUNTIME},
	{"rustc", "rmetaNx8368", TF_SHAPE_RUNTIME},
	{"rustdoc", "rustdoctestV8TL6J", TF_SHAPE_RUNTIME},
	{"rustdoc", ".tmpXq8ZvB", TF_SHAPE_RUNTIME},
	{"", "rustcXq8ZvB", TF_SHAPE_GENERATED},
	{"cargo", ".tmpAbC12d", TF_SHAPE_GENERATED},
	{"ripgrep", ".tmpXyZabQ", TF_SHAPE_GENERATED},
	{"", "upload.Xq8ZvB.part", TF_SHAPE_GENERATED},
	/* Python */
	{"python3.11", "tmpk3j_x9ab", TF_SHAPE_GENERATED},
	{"python3.11", "tmpvqjfwv7t.txt", TF_SHAPE_GENERATED},
	{"python3", "tmpabcdefgh", TF_SHAPE_GENERATED},
	{"python3", "tmp________", TF_SHAPE_GENERATED},
	{"python3", "tmp12345678.tar.gz", TF_SHAPE_GENERATED},
	{"python2.7", "tmpk3j_x9ab", TF_SHAPE_GENERATED},
	{"pypy3", "tmpuyld9viw", TF_SHAPE_GENERATED},
	{"python3.12", "pip-unpack-k3j_x9ab", TF_SHAPE_GENERATED},
	{"python3.12", "pip-build-env-abcdefgh", TF_SHAPE_GENERATED},
	{"python3.12", "pymp-qjzkwvbx", TF_SHAPE_GENERATED},
	{"python3.12", "upload_q7_z2kx9", TF_SHAPE_GENERATED},
	{"python3.12", "foo-q7xz2kx9.json", TF_SHAPE_GENERATED},
	{"gdb", "tmpq7xz2kx9", TF_SHAPE_GENERATED},
	/* Perl */
	{"perl", "mD2wwkyV2C", TF_SHAPE_GENERATED},
	{"perl", "mD2_wky_2C", TF_SHAPE_GENERATED},
	{"perl5.36.0", "report-i1e0_rHBh9", TF_SHAPE_GENERATED},
	{"perl", "reporti1e0_rHBhX.dat", TF_SHAPE_GENERATED},
	{"perl", "i1e0QhrHBh.txt", TF_SHAPE_GENERATED},
	/* Ruby, Node, sqlite, databases */
	{"ruby3.1", "20261121-12345-abc123", TF_SHAPE_GENERATED},
	{"ruby", "upload20261121-12345-x1.png", TF_SHAPE_GENERATED},
	{"node", "tmp-12345-Xq8ZvB2kLmQa", TF_SHAPE_GENERATED},
	{"sqlite3", "etilqs_4f3a90bc11d2e7a8", TF_SHAPE_GENERATED},
	{"firefox", "etilqs_1234567890123456", TF_SHAPE_GENERATED},
	{"mysqld", "ibXq8ZvB", TF_SHAPE_GENERATED},
	{"mutt", "mutt-host-0-12345-9812398123", TF_SHAPE_GENERATED},
	/* what DESIGN 2 promises: six letters and digits of two kinds */
	{"", "tmpabc123", TF_SHAPE_GENERATED},
	{"", "tmp9x4q1", TF_SHAPE_GENERATED}, /* with its tmp: five are not enough */
	{"", "tmp987654", TF_SHAPE_GENERATED},
	{"", "tmp123456.txt", TF_SHAPE_GENERATED},
	{"", "tmp-abcd1234", TF_SHAPE_GENERATED},
	{"", "job-12ab34", TF_SHAPE_GENERATED},
	{"", "job.1a2b3c4d.tmp", TF_SHAPE_GENERATED},
	{"", "sess_ABC123", TF_SHAPE_GENERATED},
	{"", "abc123", TF_SHAPE_GENERATED},
	{"", "Abc123", TF_SHAPE_GENERATED},
	{"", "data-abc123.txt", TF_SHAPE_GENERATED},
	{"", "cache-9f8e7d6c", TF_SHAPE_GENERATED},
	{"", "foo-tmpabc123", TF_SHAPE_GENERATED},
	{"", "zz99zz", TF_SHAPE_GENERATED},
	{"", "zzq123", TF_SHAPE_GENERATED},
	{"", "idiomAb3dEf", TF_SHAPE_GENERATED}, /* the draw outweighs the word */
	{"", "reportXq8ZvB", TF_SHAPE_GENERATED},
	{"", "q7xz2kx9",
		TF_SHAPE_GENERATED}, /* no capitals, and nobody says where they come from */
	{"", "upload-Q7XZ2KX9", TF_SHAPE_GENERATED},
	/* Node's crypto.randomBytes in hexadecimal */
	{"node", "build-a1b2c3d4e5f6", TF_SHAPE_GENERATED},
	{"node", "upload-3f9a2b", TF_SHAPE_GENERATED},
	{"node", "upload-3f9a2bc1", TF_SHAPE_GENERATED},
	{"node", "upload-3F9A2BC1.part", TF_SHAPE_GENERATED},
	{"node", "3f9a2bc10d", TF_SHAPE_GENERATED},
	{"node", "3f9a2bc10de45f67", TF_SHAPE_GENERATED},
	{"node", "3f9a2bc10de45f67a1b2", TF_SHAPE_GENERATED},
	{"node", "3f9a2bc10de45f67a1b2c3d4", TF_SHAPE_GENERATED},
	/* Python with a prefix */
	{"python3.12", "mine-v557il2p.txt", TF_SHAPE_GENERATED},
	{"python3.12", "mine-28b54v49", TF_SHAPE_GENERATED},
	{"python3.12", "mine-qjzkwv12", TF_SHAPE_GENERATED}, /* no counter after that */
	{"python3.12", "minev557il2p.txt", TF_SHAPE_GENERATED},
	{"python3.12", "mine-_q7xz2k_", TF_SHAPE_GENERATED},
	/* its own pid */
	{"", "foo.12345", TF_SHAPE_GENERATED},
	{"", "foo-12345.tmp", TF_SHAPE_GENERATED},
	{"", "12345", TF_SHAPE_GENERATED},
	{"", "12345-stage2", TF_SHAPE_GENERATED},
	{"", ".foo.12345.lock", TF_SHAPE_GENERATED},
	/* UUIDs */
	{"", "550e8400-e29b-41d4-a716-446655440000", TF_SHAPE_GENERATED},
	{"node", "upload-550E8400-E29B-41D4-A716-446655440000", TF_SHAPE_GENERATED},
	{"", "550e8400-e29b-41d4-a716-446655440000.tar.gz", TF_SHAPE_GENERATED},
	/* Java */
	{"java", "foo1234567890123456789.tmp", TF_SHAPE_RUNTIME},
	{"java", "foo18446744073709551615.tmp", TF_SHAPE_RUNTIME},
	{"java", "12345678901234567890", TF_SHAPE_RUNTIME},
	{"java", "hsqldb123456789012.tmp", TF_SHAPE_RUNTIME},
	{"javac", "foo9876543210987.jar", TF_SHAPE_RUNTIME},
	{"java", "libnetty_transport_native_epoll_x86_641234567890123456789.so", TF_SHAPE_RUNTIME},
	{"idea", "jna9187264518726451872.tmp", TF_SHAPE_RUNTIME},
	{"", "imageio98765432109876543.tmp", TF_SHAPE_RUNTIME},
	{"java", "q1856235107356214433r", TF_SHAPE_RUNTIME},
	{"java", "a6517395109113085066backup.d", TF_SHAPE_RUNTIME},
	{"java", "poi-sxssf-sheet4711471147114711471.xml", TF_SHAPE_RUNTIME},
};

static const struct {
	const char *program, *name;
} wanted[] = {
	/* what somebody has called so */
	{"rustc", "rustcoutput"},
	{"rustc", "rustcTarget"},
	{"rustdoc", "rustdoctests"},
	{"gcc", "ccQwErTy.out"},
	/* what clang leaves for a bug report */
	{"clang", "crash-9c9cfe.c"},
	{"clang-17", "crash-9c9cfe.sh"},
	{"clang++", "crash-9c9cfe.cpp"},
	{"clang", "linker-crash-9c9cfe.tar"},
	{"clang", "crash-9c9cfe"},
	/* dates, numbers, versions */
	{"", "backup20261121.tar"},
	{"", "backup20261121.tar.gz"},
	{"", "BACKUP20261121.tar.gz"},
	{"", "report2024"},
	{"", "Report2024.pdf"},
	{"", "v1.2.3final"},
	{"", "build-20261121"},
	{"", "20261121"},
	{"", "20261121a"},
	{"", "log20261121T142005"},
	{"", "Log20261121T142005Z.txt"},
	{"", "20261121T142005Z"},
	{"", "photo001234"},
	{"", "photo0012.jpg"},
	{"", "IMG20261121142005.jpg"},
	{"", "PXL20261121142005123.jpg"},
	{"", "PXL_20261121_142005123.jpg"},
	{"", "Screenshot20261121142005123456.png"},
	{"", "README2026"},
	{"", "README.md"},
	{"", "core.12346"},
	{"", "core.4711"},
	{"", "data1795271647.json"},
	{"", "data1795271647123.json"},
	{"", "trace1795271647123456789.json"},
	{"", "trace1780000000123456789.json"},
	{"java", "trace1795271647123.json"},
	{"java", "trace1795271647123456.json"},
	{"java", "trace20261121142005123456trace"},
	{"java", "key12345678901234567trace"},
	{"java", "key123456789012345678901trace"},
	{"java", "backup20261121.tar"},
	{"java", "backup202611211420.tar"},
	{"java", "order12345678.xml"},
	{"", "file1.txt"},
	{"", "libfoo1234"},
	{"", "invoice12345678.pdf"},
	{"", "linux-6.1.12"},
	{"", "node-v20.11.1-linux-x64"},
	{"", "python3.11"},
	{"", "jdk17u2"},
	{"", "v1beta1"},
	{"", "1.0.0rc1"},
	{"", "release2rc4"},
	{"", "cve-2026-12346"},
	{"", "session12"},
	{"", "IMG0001"},
	{"", "IMG1234"},
	{"", "DSCN1234.JPG"},
	{"", "README2"},
	{"", "data_v2"},
	{"", "ed25519"},
	{"", "report123"},
	{"", "version311"},
	{"", "python311"},
	{"", "Backup20261121"},
	{"", "foo20261121.bak"},
	{"", "qzx202611"},     /* year and month */
	{"", "qzx261121"},     /* a day */
	{"", "qzx142005"},     /* a time */
	{"", "qzx1795271647"}, /* seconds since 1970 */
	{"", "qzx0042"},
	{"", "qzxw12"},
	{"", "a12345"}, /* one letter is no word and no draw */
	{"", "tmp20261121"},
	{"", "tmp2026"},
	{"", "tmp1795271647"},
	{"", "tmp000123"},
	{"", "tmpfile12"},
	{"", "rfc2119"},
	{"", "cp1252"},
	{"", "photoIMG1"}, /* whose last six could be drawn */
	{"python3.12", "mine-session1"},
	{"python3.12", "mine-report12"},
	/* words */
	{"", "NetBSD"},
	{"", "OpenPGP"},
	{"", "PyYAML"},
	{"", "MySQLdb"},
	{"", "MD5SUMS"},
	{"", "md5sums"},
	{"", "Makefile"},
	{"", "Dockerfile"},
	{"", "MyDocument.odt"},
	{"", "MyProject"},
	{"", "JavaScript"},
	{"", "HelloWorld.java"},
	{"", "parseJSON.js"},
	{"", "HTMLElement.cpp"},
	{"", "PDFReader"},
	{"", "PowerPC"},
	{"", "iPhone12"},
	{"", "notes.txt"},
	{"", "secret"},
	{"", "configuration"},
	{"", "CHANGELOG"},
	{"", "Rechnung2026"},
	{"", "FacturaMayo"},
	{"", "id_ed25519"},
	{"", "id_rsa"},
	{"", "sha256sum.txt"},
	{"", "SHA256SUMS"},
	{"", "authorized_keys"},
	{"", "my-app.sock"},
	{"", "server.pid"},
	{"", ".lock"},
	{"", ".X0-lock"},
	{"", "x"},
	{"", ""},
	{"", "."},
	{"", "..."},
	{"", "tmp"},
	{"", "tmpdir"},
	{"", "tmp.report"},
	{"", ".tmpReport"},
	{"", ".tmpfiles"},
	{"", "a1b2c"},
	{"", "ccleaner.exe"},
	{"", "ccommand.c"},
	{"", "sortreport"},
	{"", "\303\234bersicht2026"},
	/* hashes */
	{"", "3f9a2bc"},
	{"", "v1.2-14-g3f9a2bc"},
	{"", "v6.1-14-g3f9a2bc10de4"},
	{"", "d41d8cd98f00b204e9800998ecf8427e"},
	{"", "da39a3ee5e6b4b0d3255bfef95601890afd80709.tar.gz"},
	{"", "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"},
	/* what people name through programs that copy */
	{"cp", "fooAbCdEf"},
	{"mv", "QnVhVh.txt"},
	{"tar", "k8scfg-x86v2Qz9"},
	{"gzip", "Xq8ZvB2kLm.gz"},
	{"mkdir", "550e8400-e29b-41d4-a716-446655440000"},
	{"vim.basic", ".qX7kZw.swp"},
	{"unzip", "imageio98765432109876543.tmp"},
	/* Python and Perl */
	{"python3.11", "settings"},
	{"python3.11", "requests"},
	{"python3.11", "my_database.sqlite"},
	{"python3.11", "report_2024"},
	{"python3.11", "report_20261121.csv"},
	{"python3.11", "numpy_2_1_0"},
	{"python3.11", "train_data_v2"},
	{"python3.11", "1234567890123456789.jpg"}, /* a key */
	{"python3.11", "tmp.lock"},
	{"perl", "my_report01"},
	{"perl", "my_report_v2"},
	{"perl", "Config_Heavy"},
	{"perl", "libwww_perl_6"},
	/* Ruby with another's pid */
	{"ruby3.1", "20261121-12346-report"},
	{"bash", "20261121-1-abc"},
	/* names with an owner */
	{"", "joanna-kQ3ZbWq9Ab"},
	{"", "foo.joanna.kQ3ZbWq9Ab"},
	{"mktemp", "joanna.kQ3ZbWq9Ab"},
	{"", "60123-kQ3ZbWq9Ab"},
	{"python3", "tmp-60123-q7xz2kx9"},
	{"", "mutt-host-60123-12345-123"},
	/* what other programs find */
	{"", "krb5cc_1000_AbC123"},
	{"mktemp", "ssh-Xq8ZvB2kLmQa"},
	{"java", ".java_pid12345"},
};

static void temporary_names(void)
{
	for (size_t i = 0; i < sizeof(temporary) / sizeof(temporary[0]); i++) {
		snprintf(check_note, sizeof(check_note), "%s by %s", temporary[i].name,
			temporary[i].program);
		CHECK_IS(temporary[i].shape, shape_by(temporary[i].program, temporary[i].name));
	}
}

static void wanted_names(void)
{
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		snprintf(check_note, sizeof(check_note), "%s by %s", wanted[i].name,
			wanted[i].program);
		CHECK_IS(TF_SHAPE_NONE, shape_by(wanted[i].program, wanted[i].name));
	}
}

/* What it does not know of its maker does not count. */
static void makers(void)
{
	struct tf_maker nobody = {0}, root = {.user = "root", .logname = "", .pid = 2026};
	struct tf_maker small = {.pid = 999}, dotted = {.user = "jo.doe"};

	CHECK_IS(TF_SHAPE_GENERATED, tf__shape("foo-0.kQ3ZbW", &nobody, NOW));
	CHECK_IS(TF_SHAPE_GENERATED, tf__shape("foo-0.kQ3ZbW", &root, NOW));
	CHECK_IS(TF_SHAPE_NONE, tf__shape("root.kQ3ZbW", &root, NOW));
	CHECK_IS(TF_SHAPE_NONE, tf__shape("foo-2026", &root, NOW)); /* a year, too */
	CHECK_IS(TF_SHAPE_NONE, tf__shape("foo-999", &small, NOW));
	CHECK_IS(TF_SHAPE_NONE, tf__shape("x-jo.doe.kQ3ZbW", &dotted, NOW));
	CHECK_IS(TF_SHAPE_GENERATED, tf__shape("x-jo.does.kQ3ZbW", &dotted, NOW));
	CHECK_IS(TF_SHAPE_NONE, tf__shape("foo-0", &nobody, NOW));
}

static void never_ours(void)
{
	static const char *const names[] = {".X11-unix", ".ICE-unix", "ssh-kQ3ZbW", "hsperfdata_jo",
		".java_pid1", "systemd-private-x", "dbus-kQ3ZbW", "tmux-0", "pytest-of-jo",
		"emacs1000", "krb5cc_1000", ".tmpguard-0", "ccQwErTy.out"};
	unsigned n = 0;

	while (tf__never_ours(n))
		n++;
	CHECK_IS(sizeof(names) / sizeof(names[0]), n);
	for (unsigned i = 0; i < n; i++)
		CHECK(tf__is_never_ours(names[i]));
	CHECK(!tf__is_never_ours("x-ssh-a") && !tf__is_never_ours("") &&
		!tf__is_never_ours(".X11"));
}

/* ---- drawn at random */

#define SMALL "abcdefghijklmnopqrstuvwxyz"
#define LARGE "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define HEX "0123456789abcdef"

enum { NAMES = 100000 };

static const struct draws {
	const char *what, *program, *before, *letters, *after;
	int n;
	double least;        /* per cent that have to be found */
	double least_of_two; /* of those of two kinds, others are not promised */
} draws[] = {
	{"mktemp", "mktemp", "tmp.", SMALL LARGE DIGITS, "", 10, 100, 100},
	{"mktemp, unknown", "", "tmp.", SMALL LARGE DIGITS, "", 10, 98.5, 98.5},
	{"Python", "python3.12", "tmp", SMALL DIGITS "_", "", 8, 100, 100},
	{"Python, suffix", "python3.12", "tmp", SMALL DIGITS "_", ".tar.gz", 8, 100, 100},
	{"Python, prefix", "python3.12", "mine-", SMALL DIGITS "_", "", 8, 89, 97},
	{"Python, both", "python3.12", "mine-", SMALL DIGITS "_", ".txt", 8, 89, 97},
	{"Python, glued", "python3.12", "mine", SMALL DIGITS "_", "", 8, 60, 65},
	{"pip", "python3.12", "pip-unpack-", SMALL DIGITS "_", "", 8, 100, 100},
	{"gcc", "gcc", "cc", SMALL LARGE DIGITS, ".s", 6, 100, 100},
	{"clang", "clang-17", "hello-", HEX, ".o", 6, 100, 100},
	{"zsh", "zsh", "zsh", SMALL LARGE DIGITS, "", 6, 100, 100},
	{"sqlite", "firefox", "etilqs_", HEX, "", 16, 100, 100},
	{"gnulib", "tool", "foo.", SMALL LARGE DIGITS, "", 6, 93, 94},
	{"gnulib, suffix", "tool", "foo-", SMALL LARGE DIGITS, ".txt", 6, 93, 94},
	{"gnulib, 8", "tool", "foo.", SMALL LARGE DIGITS, "", 8, 97, 97},
	{"gnulib, 10", "tool", "foo.", SMALL LARGE DIGITS, "", 10, 98.5, 98.5},
	{"gnulib, glued", "tool", "foo", SMALL LARGE DIGITS, "", 6, 87, 88},
	{"Rust", "cargo", ".tmp", SMALL LARGE DIGITS, "", 6, 93, 94},
	{"hexadecimal, 6", "tool", "foo.", HEX, "", 6, 86, 92},
	{"hexadecimal, 8", "tool", "foo.", HEX, "", 8, 94, 97},
	{"hexadecimal, 16", "tool", "foo.", HEX, "", 16, 99, 99},
	{"no capitals, 6", "tool", "foo.", SMALL DIGITS, "", 6, 67, 79},
	{"no capitals, 8", "tool", "foo.", SMALL DIGITS, "", 8, 78, 85},
	{"Perl", "perl", "", SMALL LARGE DIGITS "_", "", 10, 99, 99},
	{"Perl, glued", "perl", "foo", SMALL LARGE DIGITS "_", ".dat", 10, 97, 97},
};

static int kinds_in(const char *text)
{
	return (strpbrk(text, SMALL) != NULL) + (strpbrk(text, LARGE) != NULL) +
	       (strpbrk(text, DIGITS) != NULL);
}

static void find(const struct draws *how, double *ret_share, double *ret_share_of_two)
{
	int found = 0, of_two = 0, found_of_two = 0;

	for (int i = 0; i < NAMES; i++) {
		char draw[24] = "", name[64];
		int is_found, is_of_two;

		for (int k = 0; k < how->n; k++)
			draw[k] = how->letters[(size_t)random() % strlen(how->letters)];
		snprintf(name, sizeof(name), "%s%s%s", how->before, draw, how->after);
		is_found = shape_by(how->program, name) == TF_SHAPE_GENERATED;
		is_of_two = kinds_in(draw) > 1;
		found += is_found;
		of_two += is_of_two;
		found_of_two += is_found && is_of_two;
	}
	*ret_share = 100.0 * found / NAMES;
	*ret_share_of_two = 100.0 * found_of_two / of_two;
}

/* File.createTempFile: 64 random bits in decimal. */
static double found_of_java(const char *program)
{
	int n = 0;

	for (int i = 0; i < NAMES; i++) {
		uint64_t bits =
			(uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ (uint64_t)random();
		char name[64];

		snprintf(name, sizeof(name), "foo%llu.tmp", (unsigned long long)bits);
		n += shape_by(program, name) == TF_SHAPE_RUNTIME;
	}
	return 100.0 * n / NAMES;
}

static void drawn_names(void)
{
	srandom(1);
	for (size_t i = 0; i < sizeof(draws) / sizeof(draws[0]); i++) {
		double share, of_two;

		find(&draws[i], &share, &of_two);
		snprintf(check_note, sizeof(check_note), "%s: %.2f %%, of two kinds %.2f %%",
			draws[i].what, share, of_two);
		printf("%s\n", check_note);
		CHECK(share >= draws[i].least && of_two >= draws[i].least_of_two);
	}
	for (int i = 0; i < 2; i++) {
		double share = found_of_java(i ? "idea" : "java");

		printf("%-16s %6.2f %%\n", i ? "Java, unknown" : "Java", share);
		CHECK(share >= (i ? 99.5 : 99.9));
	}
}

/* Checksums stay whatever their digits are. */
static void checksums(void)
{
	static const int lengths[] = {7, 32, 40, 56, 64, 96, 128};

	srandom(1);
	for (int i = 0; i < NAMES; i++) {
		char name[160];
		int n = lengths[i % 7];

		for (int k = 0; k < n; k++)
			name[k] = "0123456789abcdef"[random() % 16];
		name[n] = '\0';
		strcat(name, i % 2 ? "" : ".tar.gz");
		snprintf(check_note, sizeof(check_note), "%.120s", name);
		CHECK_IS(TF_SHAPE_NONE, shape_by("node", name));
	}
}

/* Two words, a separator or none, a number or a date or none: what people make up. MyREADME is
 * known to be taken for a draw. */
static void made_up_names(void)
{
	static const char *const words[] = {"report", "Report", "backup", "Backup", "My", "my",
		"data", "Data", "invoice", "photo", "IMG", "test", "Test", "project", "Project",
		"final", "Final", "draft", "config", "server", "old", "new", "copy", "README",
		"notes", "Notes", "user", "User", "export", "dump", "log", "Manager"};
	static const char *const gaps[] = {"", "", "-", "_", "."};
	static const char *const ends[] = {"", "", "1", "2", "v2", "V2", "2026", "20261121", "0012",
		"123456", ".txt", ".tar.gz", "20261121.sql", "2026.pdf", "-2026-11-21",
		"_20261121_142005", "20261121142005.log"};
	static const char *const programs[] = {"", "bash", "python3.12", "perl", "java", "node"};
	int wrong = 0;

	srandom(1);
	for (int i = 0; i < NAMES; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s%s%s%s", words[random() % 32], gaps[random() % 5],
			words[random() % 32], ends[random() % 17]);
		if (shape_by(programs[random() % 6], name) != TF_SHAPE_NONE) {
			printf("taken: %s\n", name);
			wrong++;
		}
	}
	printf("%d of %d\n", wrong, NAMES);
	CHECK(wrong <= NAMES / 500);
}

/* Nothing is read outside a name, whatever bytes it has: the sanitizers look on. */
static void any_bytes(void)
{
	static const char *const programs[] = {"", "python3", "perl", "java", "ruby", "mktemp"};

	srandom(1);
	for (int i = 0; i < NAMES; i++) {
		size_t len = (size_t)random() % 40;
		char *name = malloc(len + 1);

		for (size_t k = 0; k < len; k++)
			name[k] = random() % 3 ? "aZ09_.-vgtmp"[random() % 12]
					       : (char)(1 + random() % 255);
		name[len] = '\0';
		for (int k = 0; k < 6; k++) {
			enum tf_shape shape = shape_by(programs[k], name);

			CHECK(shape == TF_SHAPE_NONE || shape == TF_SHAPE_GENERATED ||
				shape == TF_SHAPE_RUNTIME);
		}
		free(name);
	}
}

const struct test shape_tests[] = {
	{"shape-temporary", temporary_names},
	{"shape-wanted", wanted_names},
	{"shape-makers", makers},
	{"shape-never-ours", never_ours},
	{"shape-draws", drawn_names},
	{"shape-checksums", checksums},
	{"shape-made-up", made_up_names},
	{"shape-any-bytes", any_bytes},
	{0},
};
