/* program_test.c: lib/program.c: which programs load a preload, and where execvp finds them. */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "check.h"
#include "program.h"

#if defined(__x86_64__)
enum { OURS = EM_X86_64, OTHER = EM_AARCH64, OURS_32 = EM_386 };
#else
enum { OURS = EM_AARCH64, OTHER = EM_X86_64, OURS_32 = EM_ARM };
#endif

enum { MANY = 1170, NOBODY = 65534, SOMEBODY = 65533 }; /* so many headers the kernel takes */

/* A program as small as can be: headers, and for static-pie what they lead to. */
struct image {
	Elf64_Ehdr head;
	Elf64_Phdr segments[MANY];
	Elf64_Dyn dynamic[40];
};

static char name[PATH_MAX]; /* what tf__interposing gave last */

static int judged(const char *path)
{
	memset(name, 'x', sizeof(name));
	return tf__interposing(AT_FDCWD, path, name, sizeof(name));
}

static void put_program(const char *path, const void *data, size_t len)
{
	int fd;

	(void)unlink(path);
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0700);
	CHECK(fd >= 0);
	CHECK_IS(len, write(fd, data, len));
	CHECK(fchmod(fd, 0755) == 0);
	close(fd);
}

static void put_script(const char *path, const char *text)
{
	put_program(path, text, strlen(text));
}

static struct image *image_new(unsigned type, unsigned segments)
{
	struct image *image = calloc(1, sizeof(*image));

	CHECK(image);
	memcpy(image->head.e_ident, ELFMAG, SELFMAG);
	image->head.e_ident[EI_CLASS] = ELFCLASS64;
	image->head.e_ident[EI_DATA] = ELFDATA2LSB;
	image->head.e_type = (Elf64_Half)type;
	image->head.e_machine = OURS;
	image->head.e_phoff = offsetof(struct image, segments);
	image->head.e_phentsize = sizeof(Elf64_Phdr);
	image->head.e_phnum = (Elf64_Half)segments;
	for (unsigned i = 0; i < segments && i < MANY; i++)
		image->segments[i].p_type = PT_LOAD;
	return image;
}

static void set_dynamic(struct image *image, unsigned segment, unsigned flags)
{
	enum { AT = 36 };

	image->segments[segment] = (Elf64_Phdr){
		.p_type = PT_DYNAMIC,
		.p_offset = offsetof(struct image, dynamic),
		.p_filesz = sizeof(image->dynamic),
	};
	for (unsigned i = 0; i < AT; i++)
		image->dynamic[i].d_tag = DT_DEBUG;
	image->dynamic[AT].d_tag = DT_FLAGS_1;
	image->dynamic[AT].d_un.d_val = flags;
}

static int judged_image(const struct image *image)
{
	put_program("image", image, sizeof(*image));
	return judged("image");
}

/* ---- headers */

static void real_programs(void)
{
	static const int ways[] = {O_RDONLY | O_CLOEXEC, O_PATH | O_CLOEXEC};
	int bin = open("/bin", O_PATH | O_DIRECTORY | O_CLOEXEC);

	CHECK_IS(TF_INTERPOSED, judged("/bin/sh"));
	CHECK_TEXT("", name);
	CHECK_IS(TF_INTERPOSED, judged("/proc/self/exe"));
	CHECK_IS(TF_INTERPOSED, tf__interposing(bin, "sh", name, sizeof(name)));
	CHECK_IS(TF_UNKNOWN, tf__interposing(bin, "", name, sizeof(name))); /* a directory */
	for (int i = 0; i < 2; i++) {
		int fd = open("/bin/sh", ways[i]);

		CHECK_IS(TF_INTERPOSED, tf__interposing(fd, "", name, sizeof(name)));
		close(fd);
	}
	close(bin);
	CHECK_IS(TF_UNKNOWN, judged(""));
	CHECK_IS(TF_UNKNOWN, tf__interposing(-1, "", name, sizeof(name)));
}

static void interpreter_wherever(void)
{
	static const unsigned at[] = {0, 1, 8, 9, 17, 18, MANY - 1};

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		struct image *image = image_new(i % 2 ? ET_EXEC : ET_DYN, at[i] + 1);

		image->segments[at[i]].p_type = PT_INTERP;
		CHECK_IS(TF_INTERPOSED, judged_image(image));
		image->head.e_phnum--;
		CHECK(judged_image(image) != TF_INTERPOSED);
		free(image);
	}
}

static void static_programs(void)
{
	struct image *image = image_new(ET_EXEC, 3);

	CHECK_IS(TF_STATIC, judged_image(image));
	image->head.e_type = ET_DYN;
	CHECK_IS(TF_UNKNOWN, judged_image(image));
	set_dynamic(image, 1, DF_1_PIE | DF_1_NOW);
	CHECK_IS(TF_STATIC, judged_image(image));
	set_dynamic(image, 1, DF_1_NOW); /* as in the loader, which loads preloads */
	CHECK_IS(TF_UNKNOWN, judged_image(image));
	set_dynamic(image, 1, DF_1_PIE);
	image->dynamic[35].d_tag = DT_NULL; /* what comes after the end is nothing */
	CHECK_IS(TF_UNKNOWN, judged_image(image));
	free(image);
}

static void foreign_programs(void)
{
	struct image *image = image_new(ET_EXEC, 1);

	image->head.e_machine = OTHER;
	CHECK_IS(TF_FOREIGN, judged_image(image));
	image->head.e_ident[EI_CLASS] = ELFCLASS32;
	image->head.e_machine = OURS_32;
	CHECK_IS(TF_FOREIGN, judged_image(image));
	put_program("image", image, 60); /* a whole file of that word size is shorter */
	CHECK_IS(TF_FOREIGN, judged("image"));
	image->head.e_machine = OURS; /* x32, or ILP32 */
	CHECK_IS(TF_FOREIGN, judged_image(image));
	image->head.e_ident[EI_DATA] = ELFDATA2MSB;
	CHECK_IS(TF_UNKNOWN, judged_image(image));
	image->head.e_type = ET_EXEC << 8;
	CHECK_IS(TF_FOREIGN, judged_image(image));
	free(image);
}

/* Each is what the kernel would not run either. */
static void hostile_headers(void)
{
	static const struct {
		uint64_t offset;
		unsigned segments, size, type, class, data;
	} all[] = {
		{64, 65535, 56, ET_EXEC, 2, 1},
		{64, MANY + 1, 56, ET_EXEC, 2, 1},
		{64, 0, 56, ET_EXEC, 2, 1},
		{64, 3, 55, ET_EXEC, 2, 1},
		{64, 3, 0, ET_EXEC, 2, 1},
		{64, 3, 65535, ET_EXEC, 2, 1},
		{sizeof(struct image), 3, 56, ET_EXEC, 2, 1},
		{sizeof(struct image) - 56, 2, 56, ET_EXEC, 2, 1},
		{INT64_MAX, 3, 56, ET_EXEC, 2, 1},
		{INT64_MAX - 56, MANY, 56, ET_EXEC, 2, 1},
		{UINT64_MAX, 3, 56, ET_EXEC, 2, 1},
		{64, 3, 56, ET_REL, 2, 1},
		{64, 3, 56, ET_CORE, 2, 1},
		{64, 3, 56, 0xffff, 2, 1},
		{64, 3, 56, ET_EXEC, 0, 1},
		{64, 3, 56, ET_EXEC, 3, 1},
		{64, 3, 56, ET_EXEC, 2, 0},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct image *image = image_new(all[i].type, all[i].segments);

		snprintf(check_note, sizeof(check_note), "number %zu", i);
		image->head.e_phoff = all[i].offset;
		image->head.e_phentsize = (Elf64_Half)all[i].size;
		image->head.e_ident[EI_CLASS] = (unsigned char)all[i].class;
		image->head.e_ident[EI_DATA] = (unsigned char)all[i].data;
		CHECK_IS(TF_UNKNOWN, judged_image(image));
		free(image);
	}
}

static void hostile_dynamic(void)
{
	static const uint64_t all[][2] = {
		{0, 0}, {0, 15}, {0, UINT64_MAX}, /* the file has its end */
		{UINT64_MAX, 64}, {INT64_MAX, UINT64_MAX}, {sizeof(struct image) - 16, 32},
		{1ULL << 33, 1ULL << 39}, /* a hole of half a terabyte */
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct image *image = image_new(ET_DYN, 2);

		snprintf(check_note, sizeof(check_note), "number %zu", i);
		set_dynamic(image, 1, DF_1_PIE);
		image->segments[1].p_offset = all[i][0];
		image->segments[1].p_filesz = all[i][1];
		put_program("image", image, sizeof(*image));
		if (all[i][0] == 1ULL << 33)
			CHECK(truncate("image", 1LL << 40) == 0);
		CHECK_IS(TF_UNKNOWN, judged("image"));
		free(image);
	}
}

static void truncated(void)
{
	struct image *image = image_new(ET_EXEC, 3);
	const size_t whole = offsetof(struct image, segments) + 3 * sizeof(Elf64_Phdr);

	for (size_t len = 0; len <= whole; len++) {
		snprintf(check_note, sizeof(check_note), "%zu bytes", len);
		put_program("image", image, len);
		CHECK_IS(len < whole ? TF_UNKNOWN : TF_STATIC, judged("image"));
	}
	free(image);
}

/* Whatever the bytes, there is an answer. */
static void garbled(void)
{
	enum { ROUNDS = 4000 };
	struct image *image = image_new(ET_DYN, 12);
	unsigned char *bytes = (unsigned char *)image;
	const size_t len = offsetof(struct image, segments) + 12 * sizeof(Elf64_Phdr);
	int seen[TF_UNKNOWN + 1] = {0};

	set_dynamic(image, 3, DF_1_PIE);
	image->segments[3].p_offset = 0;
	for (int i = 0; i < ROUNDS; i++) {
		size_t at = (size_t)rand() % (i % 2 ? len : 64);
		unsigned char was = bytes[at];
		int r;

		bytes[at] = (unsigned char)rand();
		put_program("image", image, len);
		r = judged("image");
		CHECK(r >= 0 && r <= TF_UNKNOWN);
		seen[r]++;
		bytes[at] = was;
	}
	CHECK(seen[TF_UNKNOWN] > 0 && seen[TF_FOREIGN] > 0 && seen[TF_SET_ID] == 0);
	free(image);
}

/* ---- what is no program */

static void no_programs(void)
{
	put_dir("dir", 0755);
	CHECK(mkfifo("fifo", 0755) == 0);
	put("text", "words\n");
	put_script("none-such", "words\n");
	put_script("empty", "");
	CHECK(symlink("loop", "loop") == 0);
	CHECK(symlink("/bin/sh", "link") == 0);
	CHECK_IS(TF_UNKNOWN, judged("dir"));
	CHECK_IS(TF_UNKNOWN, judged("fifo")); /* and this did not wait for a writer */
	CHECK_IS(TF_UNKNOWN, judged("/dev/null"));
	CHECK_IS(TF_UNKNOWN, judged("text"));
	CHECK_IS(TF_UNKNOWN, judged("none-such"));
	CHECK_IS(TF_UNKNOWN, judged("empty"));
	CHECK_IS(TF_UNKNOWN, judged("missing"));
	CHECK_IS(TF_UNKNOWN, judged("empty/under"));
	CHECK_IS(TF_UNKNOWN, judged("loop"));
	CHECK_IS(TF_INTERPOSED, judged("link"));
}

static void not_to_be_run(void)
{
	struct image *image = image_new(ET_EXEC, 1);

	CHECK_IS(TF_STATIC, judged_image(image));
	CHECK(chmod("image", 0644) == 0);
	CHECK_IS(TF_UNKNOWN, judged("image"));
	free(image);
}

static void judge_unreadable(void *arg)
{
	(void)arg;
	become_nobody();
	CHECK_IS(TF_UNKNOWN, judged("image"));
}

static void unreadable(void)
{
	struct image *image = image_new(ET_EXEC, 1);

	CHECK_IS(TF_STATIC, judged_image(image));
	CHECK(chmod("image", 0111) == 0);
	in_child(judge_unreadable, NULL);
	free(image);
}

/* It has become a FIFO between the look and the open. */
static long swaps_fifo(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_openat && strcmp((const char *)b, "image") == 0) {
		CHECK(unlink("image") == 0);
		CHECK(mkfifo("image", 0755) == 0);
	}
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static void swapped(void)
{
	struct image *image = image_new(ET_EXEC, 1);

	put_program("image", image, sizeof(*image));
	tf__sys = swaps_fifo;
	CHECK_IS(TF_UNKNOWN, judged("image"));
	free(image);
}

static long failing, calls;

static long fails_nth(long nr, long a, long b, long c, long d, long e, long f)
{
	return ++calls == failing && nr != SYS_close ? -EIO : tf__sys_raw(nr, a, b, c, d, e, f);
}

/* The framework sees that no descriptor stays. */
static void every_call_fails(void)
{
	put_script("script", "#!/bin/sh\n");
	tf__sys = fails_nth;
	do {
		int r;

		calls = 0;
		failing++;
		r = judged("script");
		CHECK(r == TF_INTERPOSED || r == TF_UNKNOWN || r == TF_SET_ID); /* ids: -EIO */
	} while (calls >= failing);
	CHECK(failing > 8);
}

/* ---- scripts */

static void script_lines(void)
{
	static const struct {
		const char *text;
		int expected;
		const char *interpreter;
	} all[] = {
		{"#!/bin/sh\n", TF_INTERPOSED, "/bin/sh"},
		{"#!/bin/sh", TF_INTERPOSED, "/bin/sh"},
		{"#! \t /bin/sh -e\t -x \n:\n", TF_INTERPOSED, "/bin/sh"},
		{"#!/bin/sh\t-e", TF_INTERPOSED, "/bin/sh"},
		{"#!/bin/sh\r\n", TF_UNKNOWN, "/bin/sh\r"},
		{"#!/no/such\n", TF_UNKNOWN, "/no/such"},
		{"#!/bin\n", TF_UNKNOWN, "/bin"},
		{"#!static\n", TF_STATIC, "static"}, /* as busybox's sh is */
		{"#!./static x\n", TF_STATIC, "./static"},
		{"#!\n/bin/sh\n", TF_UNKNOWN, ""},
		{"#! \t \n", TF_UNKNOWN, ""},
		{"#!", TF_UNKNOWN, ""},
		{"#", TF_UNKNOWN, ""},
		{" #!/bin/sh\n", TF_UNKNOWN, ""},
		{"# !/bin/sh\n", TF_UNKNOWN, ""},
	};
	struct image *image = image_new(ET_EXEC, 1);

	put_program("static", image, sizeof(*image));
	free(image);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		snprintf(check_note, sizeof(check_note), "number %zu", i);
		put_script("script", all[i].text);
		CHECK_IS(all[i].expected, judged("script"));
		CHECK_TEXT(all[i].interpreter, name);
	}
}

/* Runs `path` with a preload that does not exist: does the loader complain of it? The exit status
 * of what could not be run is 127. */
static bool loads_preload(const char *path, int *ret_status)
{
	static const char preload[] = "/no/such/preload.so";
	char said[4096] = "";
	int out[2];
	pid_t pid;

	CHECK(pipe2(out, O_CLOEXEC) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		char text[sizeof("LD_PRELOAD=") + sizeof(preload)];
		char *argv[] = {(char *)(uintptr_t)path, NULL}, *envp[] = {text, NULL};

		sprintf(text, "LD_PRELOAD=%s", preload);
		dup2(out[1], 1);
		dup2(out[1], 2);
		execve(path, argv, envp);
		_exit(127);
	}
	close(out[1]);
	for (size_t n = 0; n < sizeof(said) - 1;) {
		ssize_t r = read(out[0], said + n, sizeof(said) - 1 - n);

		if (r <= 0)
			break;
		n += (size_t)r;
	}
	close(out[0]);
	CHECK_IS(pid, waitpid(pid, ret_status, 0));
	return strstr(said, preload) != NULL;
}

/* What is judged is what happens. */
static void check_as_run(const char *path, int expected)
{
	int status;

	snprintf(check_note, sizeof(check_note), "%s", path);
	CHECK_IS(expected, judged(path));
	CHECK_IS(expected == TF_INTERPOSED, loads_preload(path, &status));
	CHECK_IS(expected == TF_UNKNOWN, WIFEXITED(status) && WEXITSTATUS(status) == 127);
	check_note[0] = '\0';
}

static void copy_true(const char *path)
{
	static char bytes[4 << 20];
	char from[64];
	ssize_t len;
	int fd;

	CHECK_IS(0, tf__find_program("true", NULL, from, sizeof(from)));
	fd = open(from, O_RDONLY | O_CLOEXEC);
	len = read(fd, bytes, sizeof(bytes));
	CHECK(len > 0 && len < (ssize_t)sizeof(bytes));
	close(fd);
	put_program(path, bytes, (size_t)len);
}

static void scripts_nested(void)
{
	char path[] = "s0", text[] = "#!true";

	copy_true("true");
	put_script("s0", text);
	for (char i = '1'; i <= '6'; i++) {
		path[1] = i;
		sprintf(text, "#!s%c", i - 1);
		put_script(path, text);
	}
	check_as_run("s0", TF_INTERPOSED);
	check_as_run("s3", TF_INTERPOSED);
	CHECK_TEXT("true", name);
	check_as_run("s4", TF_INTERPOSED);
	check_as_run("s5", TF_UNKNOWN);
	check_as_run("s6", TF_UNKNOWN);
	put_script("s0", "#!s1"); /* round and round */
	check_as_run("s1", TF_UNKNOWN);
	put_script("s0", "#!s0");
	check_as_run("s0", TF_UNKNOWN);
}

/* The name has to end within the first 256 bytes, by whatever ends it. */
static void scripts_long(void)
{
	static const char *const ends[] = {"\n", " ", "\t", "\n\n", " x", ""};
	char text[300];

	copy_true("true");
	for (int len = 250; len <= 258; len++)
		for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
			memset(text, '/', sizeof(text));
			memcpy(text, "#!", 2);
			strcpy(text + len - 4, "true");
			text[2] = '.';
			strcpy(text + len, ends[i]);
			put_script("script", text);
			check_as_run("script", len <= 255 ? TF_INTERPOSED : TF_UNKNOWN);
		}
}

static void scripts_from_elsewhere(void)
{
	int dir;

	put_dir("d", 0755);
	put_script("d/script", "#!./true\n");
	copy_true("true"); /* beside us, not beside the script: that is what the kernel runs */
	check_as_run("d/script", TF_INTERPOSED);
	dir = open("d", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK_IS(TF_INTERPOSED, tf__interposing(dir, "script", name, sizeof(name)));
	close(dir);
	CHECK(rename("true", "d/true") == 0);
	check_as_run("d/script", TF_UNKNOWN);
}

static void script_names_fit(void)
{
	char exact[8], small[7], none[1];

	put_script("script", "#!/bin/sh\n");
	CHECK_IS(TF_INTERPOSED, tf__interposing(AT_FDCWD, "script", exact, sizeof(exact)));
	CHECK_TEXT("/bin/sh", exact);
	CHECK_IS(TF_UNKNOWN, tf__interposing(AT_FDCWD, "script", small, sizeof(small)));
	CHECK_IS(TF_UNKNOWN, tf__interposing(AT_FDCWD, "script", none, sizeof(none)));
}

/* ---- secure mode */

static void give(const char *path, unsigned mode, uid_t uid, gid_t gid)
{
	copy_true(path);
	CHECK(chown(path, uid, gid) == 0);
	CHECK(chmod(path, mode) == 0); /* chown takes such bits away */
}

static void own_set_id(void)
{
	give("own", 06755, getuid(), getgid());
	check_as_run("own", TF_INTERPOSED);
}

/* Where set-ID bits count, whatever TMPDIR is mounted with. */
static void to_memory(unsigned long flags)
{
	private_mounts();
	if (mount("none", here, "tmpfs", flags, NULL) < 0)
		skip("mounting tmpfs: %s", strerror(errno));
	CHECK(chdir(here) == 0);
}

static void put_set_ids(void)
{
	give("uid", 04755, SOMEBODY, 0);
	give("root", 04755, 0, 0);
	give("gid", 02755, 0, SOMEBODY);
	give("no-group-exec", 02745, 0, SOMEBODY);
	give("not-readable", 04711, SOMEBODY, 0);
	CHECK(symlink("uid", "link") == 0);
	put_script("script", "#!./uid\n");
	put_script("marked", "#!./true\n");
	copy_true("true");
	CHECK(chown("marked", SOMEBODY, SOMEBODY) == 0);
	CHECK(chmod("marked", 06755) == 0);
}

static void check_set_ids(int root, int others)
{
	check_as_run("root", root);
	check_as_run("uid", others);
	check_as_run("gid", others);
	check_as_run("link", others);
	check_as_run("script", others);
	check_as_run("no-group-exec", TF_INTERPOSED);
	check_as_run("marked", TF_INTERPOSED); /* such bits of a script are nothing */
}

static void set_ids_as_nobody(void *arg)
{
	(void)arg;
	become_nobody();
	check_set_ids(TF_SET_ID, TF_SET_ID);
	check_as_run("not-readable", TF_SET_ID);
}

static void without_new_privileges(void *arg)
{
	(void)arg;
	become_nobody();
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	check_set_ids(TF_INTERPOSED, TF_INTERPOSED);
}

static void set_ids(void)
{
	to_memory(0);
	put_set_ids();
	check_set_ids(TF_INTERPOSED, TF_SET_ID);
	in_child(set_ids_as_nobody, NULL);
	in_child(without_new_privileges, NULL);
}

static void set_ids_nosuid(void)
{
	to_memory(MS_NOSUID);
	put_set_ids();
	check_set_ids(TF_INTERPOSED, TF_INTERPOSED);
}

static void set_id_before_static(void)
{
	struct image *image = image_new(ET_EXEC, 1);

	to_memory(0);
	CHECK_IS(TF_STATIC, judged_image(image));
	CHECK(chown("image", SOMEBODY, 0) == 0);
	CHECK(chmod("image", 04755) == 0);
	CHECK_IS(TF_SET_ID, judged("image"));
	free(image);
}

static void with_other_effective_user(void *arg)
{
	(void)arg;
	CHECK(seteuid(NOBODY) == 0);
	check_as_run("true", TF_SET_ID);
}

static void with_other_effective_group(void *arg)
{
	(void)arg;
	CHECK(setegid(NOBODY) == 0);
	check_as_run("true", TF_SET_ID);
}

static void other_effective_ids(void)
{
	to_memory(0);
	CHECK(chmod(here, 0755) == 0);
	copy_true("true");
	in_child(with_other_effective_user, NULL);
	in_child(with_other_effective_group, NULL);
}

/* struct vfs_cap_data, revisions 2 and 3. */
static void put_capabilities(const char *path, uint32_t magic, uint32_t permitted, uint32_t owner)
{
	uint32_t caps[6] = {magic, permitted, 0, 0, 0, owner};
	size_t size = magic >> 24 == 3 ? 24 : 20;

	copy_true(path);
	if (setxattr(path, "security.capability", caps, size, 0) < 0)
		skip("capabilities of files: %s", strerror(errno));
}

static void capabilities_as_nobody(void *arg)
{
	int expected = *(int *)arg;

	become_nobody();
	check_as_run("effective", expected);
	check_as_run("permitted", expected);
	check_as_run("empty", TF_INTERPOSED);
	check_as_run("of-another-namespace", TF_INTERPOSED);
	if (expected == TF_SET_ID) /* else it cannot be told, and is not said */
		check_as_run("not-readable", TF_SET_ID);
}

static void check_capabilities(unsigned long mount_flags, int expected)
{
	enum { V2 = 0x02000000, V3 = 0x03000000, EFFECTIVE = 1, NET_RAW = 1 << 13 };

	to_memory(mount_flags);
	put_capabilities("effective", V2 | EFFECTIVE, NET_RAW, 0);
	put_capabilities("permitted", V2, NET_RAW, 0);
	put_capabilities("empty", V2, 0, 0);
	put_capabilities("not-readable", V2, NET_RAW, 0);
	put_capabilities("of-another-namespace", V3 | EFFECTIVE, NET_RAW, 100000);
	CHECK(chmod("not-readable", 0711) == 0);
	check_as_run("effective", TF_INTERPOSED); /* root has them anyway */
	in_child(capabilities_as_nobody, &expected);
}

static void capabilities(void)
{
	check_capabilities(0, TF_SET_ID);
}

static void capabilities_nosuid(void)
{
	check_capabilities(MS_NOSUID, TF_INTERPOSED);
}

/* ---- finding */

static int found(const char *file, const char *search_path)
{
	strcpy(name, "?");
	return tf__find_program(file, search_path, name, sizeof(name));
}

static void find(void)
{
	put_dir("a", 0755);
	put_dir("b", 0755);
	put_dir("a/dir", 0755);
	put("a/later", "");
	put("a/text", "");
	put_script("b/later", "");
	put_script("b/dir", "");
	put_script("b/both", "");
	put_script("a/both", "");
	put_script("here", "");
	CHECK(symlink("../b/both", "a/link") == 0);
	CHECK(symlink("nowhere", "a/dangling") == 0);
	CHECK(mkfifo("a/fifo", 0755) == 0);
	CHECK_IS(0, found("both", "a:b"));
	CHECK_TEXT("a/both", name);
	CHECK_IS(0, found("both", "none:b/both:b:a"));
	CHECK_TEXT("b/both", name);
	CHECK_IS(0, found("later", "a:b"));
	CHECK_TEXT("b/later", name);
	CHECK_IS(0, found("dir", "a:b"));
	CHECK_TEXT("b/dir", name);
	CHECK_IS(0, found("link", "a"));
	CHECK_TEXT("a/link", name);
	CHECK_IS(-EACCES, found("text", "a:b"));
	CHECK_IS(-EACCES, found("dir", "a"));
	CHECK_IS(-EACCES, found("fifo", "none:a:none"));
	CHECK_IS(-ENOENT, found("dangling", "a:b"));
	CHECK_IS(-ENOENT, found("none", "a:b"));
	CHECK_IS(-ENOENT, found("", "a:b"));
	CHECK_IS(-ENOENT, found("here", "a:b"));
}

static void find_empty_entries(void)
{
	static const char *const all[] = {"", ":", ":/none", "/none:", "/none::/none", "::::"};

	put_script("here", "");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		CHECK_IS(0, found("here", all[i]));
		CHECK_TEXT("here", name);
	}
	CHECK_IS(0, found("sh", NULL));
	CHECK_TEXT("/bin/sh", name);
	CHECK_IS(0, found("sh", "/bin/"));
	CHECK_TEXT("/bin//sh", name);
}

/* With a slash it is not looked for. */
static void find_with_slash(void)
{
	static const char *const all[] = {"./sh", "/no/such", "a/", "/"};
	char small[4] = "?";

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		CHECK_IS(0, found(all[i], "/bin"));
		CHECK_TEXT(all[i], name);
	}
	CHECK_IS(0, tf__find_program("/xy", "/bin", small, sizeof(small)));
	CHECK_IS(-ENAMETOOLONG, tf__find_program("/abc", "/bin", small, sizeof(small)));
	CHECK_TEXT("/xy", small);
}

static void find_long(void)
{
	char file[300], search[3 * PATH_MAX], small[8];

	memset(file, 'f', sizeof(file));
	file[255] = '\0';
	CHECK_IS(-ENOENT, found(file, "/bin"));
	put_script(file, "");
	CHECK_IS(0, found(file, ""));
	file[255] = 'f';
	file[256] = '\0';
	CHECK_IS(-ENAMETOOLONG, found(file, "/bin"));
	CHECK_IS(-ENAMETOOLONG, found(file, ""));
	/* an entry that no directory could have is passed over; one that just does not fit is not
	 */
	memset(search, '/', sizeof(search));
	strcpy(search + PATH_MAX, ":/bin");
	CHECK_IS(0, found("sh", search));
	CHECK_TEXT("/bin/sh", name);
	strcpy(search + PATH_MAX - 1, ":/bin");
	CHECK_IS(-ENAMETOOLONG, found("sh", search));
	CHECK_IS(0, tf__find_program("sh", "/bin", small, 8));
	CHECK_IS(-ENAMETOOLONG, tf__find_program("sh", "/bin", small, 7));
}

static void find_as_nobody(void *arg)
{
	(void)arg;
	become_nobody();
	CHECK_IS(-EACCES, found("x", "closed"));
	CHECK_IS(0, found("x", "closed:open"));
	CHECK_TEXT("open/x", name);
	CHECK_IS(-EACCES, found("mine", "open"));
}

static void find_closed(void)
{
	put_dir("closed", 0700);
	put_script("closed/x", "");
	put_dir("open", 0755);
	put_script("open/x", "");
	put_script("open/mine", "");
	CHECK(chmod("open/mine", 0600) == 0);
	CHECK(chmod("closed", 0) == 0);
	in_child(find_as_nobody, NULL);
	CHECK(chmod("closed", 0700) == 0);
}

static void texts(void)
{
	CHECK_TEXT("interposed", tf__interposing_text(TF_INTERPOSED));
	CHECK_TEXT("static", tf__interposing_text(TF_STATIC));
	CHECK_TEXT("set-user-id", tf__interposing_text(TF_SET_ID));
	CHECK_TEXT("foreign", tf__interposing_text(TF_FOREIGN));
	CHECK_TEXT("unknown", tf__interposing_text(TF_UNKNOWN));
	CHECK_TEXT("unknown", tf__interposing_text((enum tf_interposing)99));
}

const struct test program_tests[] = {
	{"program-real", real_programs},
	{"program-interpreter-wherever", interpreter_wherever},
	{"program-static", static_programs},
	{"program-foreign", foreign_programs},
	{"program-hostile-headers", hostile_headers},
	{"program-hostile-dynamic", hostile_dynamic},
	{"program-truncated", truncated},
	{"program-garbled", garbled},
	{"program-none", no_programs},
	{"program-not-to-be-run", not_to_be_run},
	{"program-unreadable", unreadable},
	{"program-swapped", swapped},
	{"program-every-call-fails", every_call_fails},
	{"program-script-lines", script_lines},
	{"program-scripts-nested", scripts_nested},
	{"program-scripts-long", scripts_long},
	{"program-scripts-from-elsewhere", scripts_from_elsewhere},
	{"program-script-names-fit", script_names_fit},
	{"program-own-set-id", own_set_id},
	{"program-set-ids", set_ids},
	{"program-set-ids-nosuid", set_ids_nosuid},
	{"program-set-id-before-static", set_id_before_static},
	{"program-other-effective-ids", other_effective_ids},
	{"program-capabilities", capabilities},
	{"program-capabilities-nosuid", capabilities_nosuid},
	{"program-find", find},
	{"program-find-empty-entries", find_empty_entries},
	{"program-find-with-slash", find_with_slash},
	{"program-find-long", find_long},
	{"program-find-closed", find_closed},
	{"program-texts", texts},
	{0},
};
