/* program.c: whether a program will load a preload, from its file; and where execvp finds it.
 *
 * The order is the kernel's: a script's own mode says nothing, so the interpreter is found first.
 * Whoever runs in secure mode ignores preloads whatever else the file is. Then the headers tell.
 */
#include <elf.h>
#include <unistd.h>

#include "identity.h"
#include "program.h"
#include "script.h"
#include "text.h"

enum {
	INTERPRETERS = 5,
	HEADERS = 9,      /* read at once: under 512 bytes */
	ENTRIES = 16,     /* likewise: 256 bytes */
	DYNAMIC_MAX = 32, /* times ENTRIES; programs have some 30 entries */
	MAX_PATH = 4096,  /* with its NUL, as the kernel counts */
	MAX_NAME = 255,
	NO_SET_ID = 2, /* ST_NOSUID */
	GET_NO_NEW_PRIVS = 39,
};

#if defined(__x86_64__)
enum { OUR_MACHINE = EM_X86_64 };
#else
enum { OUR_MACHINE = EM_AARCH64 };
#endif

struct program {
	int fd; /* O_PATH if we may not read it */
	struct tf_stat stat;
	char head[TF_SCRIPT_HEAD]; /* zeros after what there is */
};

/* ---- the file */

struct fd_path {
	char text[40];
};

static struct fd_path path_of_fd(int fd)
{
	struct fd_path path;
	struct tf_text text = tf__text(path.text, sizeof(path.text));

	tf__text_add(&text, "/proc/self/fd/");
	tf__text_add_number(&text, (uint64_t)fd);
	return path;
}

/* Gives an open program (close its fd), or -errno. */
static int open_program(int dir, const char *path, struct program *ret_program)
{
	struct tf_stat *stat = &ret_program->stat;
	int fd, r = sys_stat_at(dir, path, 0, stat);

	if (r < 0)
		return r;
	if (!tf__is_file(stat) || !(stat->mode & 0111))
		return -EACCES;
	/* not blocking: it may have become a FIFO by now, or be leased */
	fd = sys_open_at(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd == -EACCES)
		fd = sys_open_at(dir, path, O_PATH, 0);
	if (fd < 0)
		return fd;
	__builtin_memset(ret_program->head, 0, TF_SCRIPT_HEAD);
	(void)sys_pread(fd, ret_program->head, TF_SCRIPT_HEAD, 0); /* zeros are no program */
	ret_program->fd = fd;
	return 0;
}

static bool read_whole(const struct program *program, void *ret_data, size_t size, uint64_t at)
{
	return sys_pread(program->fd, ret_data, size, (int64_t)at) == (long)size;
}

/* ---- scripts */

static bool read_interpreter(const struct program *program, char *ret_path, size_t size)
{
	struct tf_text text = tf__text(ret_path, size);
	struct tf_script script;

	if (!tf__script(program->head, &script))
		return false;
	tf__text_add_bytes(&text, script.interpreter.at, script.interpreter.len);
	return !text.full;
}

/* ---- secure mode */

/* Revisions 1 and 2 of struct vfs_cap_data: what goes for this user namespace. The third comes to
 * us only where it goes for another one. */
static bool has_capabilities(const struct program *program)
{
	static const char name[] = "security.capability";
	uint32_t caps[6] = {0}; /* flags, then twice: permitted, inheritable */
	long len = sys_xattr_fd(program->fd, name, caps, sizeof(caps));

	if (len == -EBADF) /* O_PATH */
		len = sys_xattr(path_of_fd(program->fd).text, name, caps, sizeof(caps));
	return (len == 12 || len == 20) && ((caps[0] & 1) || caps[1] || caps[3]);
}

/* Set-ID bits count for nothing on some mounts and for processes that gave up new privileges. */
static bool is_set_id_allowed(const struct program *program)
{
	return !(sys_mount_flags(program->fd) & NO_SET_ID) &&
	       tf__sys(SYS_prctl, GET_NO_NEW_PRIVS, 0, 0, 0, 0, 0) != 1;
}

/* The loader is in secure mode where effective and real ids will differ, those that a program set
 * itself included, and where whoever is not root gains capabilities. */
static bool runs_secure(const struct program *program)
{
	const struct tf_stat *stat = &program->stat;
	bool sets_uid = stat->mode & 04000;
	bool sets_gid = (stat->mode & 02010) == 02010; /* else a mark of mandatory locks, once */
	unsigned uid = sys_uid();

	if ((sets_uid || sets_gid) && !is_set_id_allowed(program))
		sets_uid = sets_gid = false;
	if ((sets_uid ? stat->uid : sys_euid()) != uid)
		return true;
	if ((sets_gid ? stat->gid : sys_egid()) != sys_gid())
		return true;
	return uid != 0 && has_capabilities(program) && !(sys_mount_flags(program->fd) & NO_SET_ID);
}

/* ---- headers */

/* Is there a segment of this type: 1, 0 or -errno. */
static int find_segment(const struct program *program, const Elf64_Ehdr *header, unsigned type,
	Elf64_Phdr *ret_segment)
{
	Elf64_Phdr some[HEADERS];
	unsigned n;

	for (unsigned i = 0; i < header->e_phnum; i += n) {
		n = header->e_phnum - i < HEADERS ? header->e_phnum - i : HEADERS;
		if (!read_whole(program, some, n * sizeof(some[0]),
			    header->e_phoff + i * sizeof(some[0])))
			return -ENOEXEC;
		for (unsigned k = 0; k < n; k++)
			if (some[k].p_type == type) {
				*ret_segment = some[k];
				return 1;
			}
	}
	return 0;
}

/* A position-independent program says so of itself. What does not, and wants no interpreter, is a
 * library, or the loader, which loads preloads too when it is run: as `ld.so PROGRAM`. */
static bool says_it_is_program(const struct program *program, const Elf64_Phdr *dynamic)
{
	Elf64_Dyn some[ENTRIES];
	uint64_t left = dynamic->p_filesz / sizeof(some[0]);

	for (unsigned i = 0; i < DYNAMIC_MAX && left > 0; i++) {
		unsigned n = left < ENTRIES ? (unsigned)left : ENTRIES;

		if (!read_whole(program, some, n * sizeof(some[0]),
			    dynamic->p_offset + i * sizeof(some)))
			return false;
		for (unsigned k = 0; k < n && some[k].d_tag != DT_NULL; k++)
			if (some[k].d_tag == DT_FLAGS_1 && (some[k].d_un.d_val & DF_1_PIE))
				return true;
		left -= n;
	}
	return false;
}

static enum tf_interposing judge_segments(const struct program *program, const Elf64_Ehdr *header)
{
	Elf64_Phdr segment;
	int r;

	if (header->e_phentsize != sizeof(segment) || header->e_phnum == 0 ||
		header->e_phnum * sizeof(segment) > 65536) /* none is run */
		return TF_UNKNOWN;
	r = find_segment(program, header, PT_INTERP, &segment);
	if (r != 0)
		return r < 0 ? TF_UNKNOWN : TF_INTERPOSED;
	if (header->e_type == ET_EXEC)
		return TF_STATIC;
	r = find_segment(program, header, PT_DYNAMIC, &segment);
	return r > 0 && says_it_is_program(program, &segment) ? TF_STATIC : TF_UNKNOWN;
}

/* A header that says that this is a program, of whatever machine. */
static bool is_elf(const Elf64_Ehdr *header)
{
	const unsigned char *id = header->e_ident;
	unsigned type = header->e_type;

	if (id[EI_DATA] == ELFDATA2MSB)
		type = __builtin_bswap16(header->e_type);
	return id[0] == ELFMAG0 && id[1] == ELFMAG1 && id[2] == ELFMAG2 && id[3] == ELFMAG3 &&
	       (id[EI_CLASS] == ELFCLASS32 || id[EI_CLASS] == ELFCLASS64) &&
	       (id[EI_DATA] == ELFDATA2LSB || id[EI_DATA] == ELFDATA2MSB) &&
	       (type == ET_EXEC || type == ET_DYN) && header->e_machine != EM_NONE;
}

static bool is_of_our_kind(const Elf64_Ehdr *header)
{
	return header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_ident[EI_DATA] == ELFDATA2LSB &&
	       header->e_machine == OUR_MACHINE;
}

static enum tf_interposing judge(const struct program *program)
{
	bool is_readable = program->head[0] != '\0';
	Elf64_Ehdr header;

	tf__copy(&header, program->head, sizeof(header));
	if (is_readable && !is_elf(&header))
		return TF_UNKNOWN;
	if (runs_secure(program))
		return TF_SET_ID;
	if (!is_readable)
		return TF_UNKNOWN;
	return is_of_our_kind(&header) ? judge_segments(program, &header) : TF_FOREIGN;
}

enum tf_interposing tf__interposing(int dir, const char *path, char *ret_path, size_t size)
{
	struct fd_path own = path_of_fd(dir < 0 ? 0 : dir);
	enum tf_interposing answer;
	struct program program;
	int r;

	ret_path[0] = '\0';
	if (*path == '\0' && dir < 0)
		return TF_UNKNOWN;
	r = open_program(dir, *path == '\0' ? own.text : path, &program);
	for (int left = INTERPRETERS; r == 0 && tf__is_script(program.head); left--) {
		sys_close(program.fd);
		if (left == 0 || !read_interpreter(&program, ret_path, size))
			return TF_UNKNOWN;
		r = open_program(AT_FDCWD, ret_path, &program);
	}
	if (r < 0)
		return TF_UNKNOWN;
	answer = judge(&program);
	sys_close(program.fd);
	return answer;
}

/* ---- finding it */

static bool has_slash(const char *s)
{
	return tf__last_slash(s) != NULL;
}

/* By the real ids. Where those are not the effective ones, no preload is loaded anyway. */
static int check_program(const char *path)
{
	struct tf_stat stat;
	int r = sys_stat_at(AT_FDCWD, path, 0, &stat);

	if (r < 0)
		return r;
	return tf__is_file(&stat) && sys_access_at(AT_FDCWD, path, X_OK) == 0 ? 0 : -EACCES;
}

static int copy_path(const char *file, char *ret_path, size_t size)
{
	size_t len = tf__length(file);

	if (len >= size)
		return -ENAMETOOLONG;
	tf__copy(ret_path, file, len + 1);
	return 0;
}

/* entry/file, or file if the entry is empty; 0 if it may be run. */
static int try_entry(const char *entry, size_t len, const char *file, char *ret_path, size_t size)
{
	struct tf_text text = tf__text(ret_path, size);

	if (len >= MAX_PATH) /* libcs pass over it */
		return -ENOENT;
	tf__text_add_bytes(&text, entry, len);
	if (len > 0)
		tf__text_add(&text, "/");
	tf__text_add(&text, file);
	return text.full ? -ENAMETOOLONG : check_program(ret_path);
}

int tf__find_program(const char *file, const char *search_path, char *ret_path, size_t size)
{
	const char *entry = search_path ? search_path : "/bin:/usr/bin", *end;
	int r, worst = -ENOENT;

	if (*file == '\0')
		return -ENOENT;
	if (has_slash(file))
		return copy_path(file, ret_path, size);
	if (tf__length(file) > MAX_NAME)
		return -ENAMETOOLONG;
	for (;; entry = end + 1) {
		for (end = entry; *end != '\0' && *end != ':';)
			end++;
		r = try_entry(entry, (size_t)(end - entry), file, ret_path, size);
		if (r == 0 || r == -ENAMETOOLONG)
			return r;
		if (r == -EACCES)
			worst = r;
		if (*end == '\0')
			return worst;
	}
}

const char *tf__interposing_text(enum tf_interposing why)
{
	static const char *const texts[] = {
		[TF_INTERPOSED] = "interposed",
		[TF_STATIC] = "static",
		[TF_SET_ID] = "set-user-id",
		[TF_FOREIGN] = "foreign",
		[TF_UNKNOWN] = "unknown",
	};

	return (unsigned)why < sizeof(texts) / sizeof(texts[0]) ? texts[why] : "unknown";
}
