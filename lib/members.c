/* members.c: processes that are alive although they hold no lock. */
#include <sys/resource.h>

#include "census.h"
#include "identity.h"
#include "members.h"
#include "process.h"
#include "text.h"

struct member {
	uint64_t since;         /* tf__boot_time */
	uint32_t pid_namespace; /* in which the number means something */
	uint16_t is_strange;    /* an image that has not joined (yet) */
	uint16_t spawns;
};

enum {
	WITHOUT_MARK = 2, /* bytes that an entry may lack at the end of the file */
	MANY = 32,        /* members read at once */
	DATA = 3,         /* SEEK_DATA, since Linux 3.1 */
	CHUNK = 768,      /* of an environment or a directory read at once */
};

static const char file_name[] = "members";

/* The mark is a permission of the lock, the one file that every session has. */
static const char marked_name[] = "lock";

enum { MARK = 0100, MARKED_MODE = 0600 | MARK, PATH_ROOM = 300 };

int tf__members_add(int session, int pid, bool spawns)
{
	struct member member = {
		.since = tf__boot_time(),
		.pid_namespace = tf__pid_namespace(),
		.is_strange = !spawns,
		.spawns = spawns,
	};
	int64_t at = (int64_t)pid * (int64_t)sizeof(member);
	long r;
	int fd;

	if (sys_limit(RLIMIT_FSIZE) < (uint64_t)at + sizeof(member))
		return -EFBIG; /* the kernel would kill us with SIGXFSZ */
	fd = sys_open_own_at(session, file_name, O_WRONLY | O_NOFOLLOW);
	if (fd < 0)
		return fd;
	/* the mark of one that spawns outlasts its exec */
	r = sys_pwrite(fd, &member, sizeof(member) - (spawns ? 0 : WITHOUT_MARK), at);
	sys_close(fd);
	return r < 0 ? (int)r : 0;
}

void tf__members_mark_unwritten(const char *path)
{
	char buf[PATH_ROOM];
	struct tf_text text = tf__text(buf, sizeof(buf));

	tf__text_add(&text, path);
	tf__text_add(&text, "/");
	tf__text_add(&text, marked_name);
	if (!text.full)
		(void)sys_chmod_at(AT_FDCWD, buf, MARKED_MODE); /* nothing else is left to try */
}

static bool is_marked(int session)
{
	struct tf_stat stat;

	return sys_stat_at(session, marked_name, TF_AT_SYMLINK_NOFOLLOW, &stat) == 0 &&
	       stat.mode & MARK;
}

void tf__members_greet(int session, int pid)
{
	static const uint16_t known = 0;
	int64_t at = (int64_t)pid * (int64_t)sizeof(struct member);
	int fd;

	if (sys_limit(RLIMIT_FSIZE) < (uint64_t)at + sizeof(struct member))
		return;
	fd = sys_open_at(session, file_name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd < 0)
		return;
	(void)sys_pwrite(fd, &known, sizeof(known), at + offsetof(struct member, is_strange));
	sys_close(fd);
}

bool tf__members_has(int session, int pid)
{
	struct member member = {0};
	long len;
	int fd = sys_open_at(session, file_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

	if (fd < 0)
		return false;
	len = sys_pread(fd, &member, sizeof(member), (int64_t)pid * (int64_t)sizeof(member));
	sys_close(fd);
	return len >= (long)sizeof(member) - WITHOUT_MARK && member.since != 0 &&
	       member.pid_namespace == tf__pid_namespace() && tf__alive_since(pid, member.since);
}

enum answer { NO, YES, LATER, GONE };

/* Does this text of NUL-ended strings, read piece by piece, hold TMPGUARD_SESSION=...:path?
 * A line that does not fit into the piece is passed over. LATER: there is no text. */
static __attribute__((noinline)) enum answer names_session(int environ_fd, const char *path)
{
	char buf[CHUNK + 1];
	size_t kept = 0, total = 0;
	long len;

	while ((len = sys_read(environ_fd, buf + kept, CHUNK - kept)) > 0) {
		size_t from = 0, end = kept + (size_t)len;

		total += (size_t)len;
		for (size_t i = 0; i < end; i++) {
			const char *value, *colon;

			if (buf[i] != '\0')
				continue;
			value = tf__after(buf + from, "TMPGUARD_SESSION=");
			for (colon = value; colon && *colon != '\0' && *colon != ':'; colon++)
				;
			if (colon && *colon == ':' && tf__equal(colon + 1, path))
				return YES;
			from = i + 1;
		}
		kept = end - from == CHUNK ? 0 : end - from;
		for (size_t i = 0; i < kept; i++)
			buf[i] = buf[from + i];
	}
	return total == 0 ? LATER : NO;
}

/* What a living process is asked: was it started with this session in its environment, or (path is
 * NULL) is it in this pid namespace? */
struct question {
	const char *path;
	uint32_t pid_namespace;
};

/* "PID/name" below /proc. */
static int open_of(int proc, uint64_t pid, const char *name)
{
	char buf[40];
	struct tf_text text = tf__text(buf, sizeof(buf));

	tf__text_add_number(&text, pid);
	tf__text_add(&text, name);
	return sys_open_at(proc, buf, O_RDONLY, 0);
}

/* A process without environment: in the middle of its exec it has no arguments either, and unlike a
 * kernel thread it has a program. */
static enum answer ask_later(int proc, uint64_t pid)
{
	char byte;
	long len = -1;
	int program = open_of(proc, pid, "/exe");
	int fd = program < 0 ? -1 : open_of(proc, pid, "/cmdline");

	if (fd >= 0) {
		len = sys_read(fd, &byte, 1);
		sys_close(fd);
	}
	if (program >= 0)
		sys_close(program);
	if (!tf__alive_since((int)pid, UINT64_MAX))
		return GONE;
	return len == 0 ? LATER : NO;
}

static enum answer ask_namespace(int fd, uint32_t pid_namespace)
{
	struct tf_stat stat;

	return sys_stat_fd(fd, &stat) == 0 && (uint32_t)stat.ino == pid_namespace ? YES : NO;
}

static enum answer ask(int proc, uint64_t pid, const struct question *question)
{
	int fd = open_of(proc, pid, question->path ? "/environ" : "/ns/pid");
	enum answer answer;

	if (fd == -ENOENT || fd == -ESRCH)
		return GONE;
	if (fd < 0) /* if not refused, it is we who cannot ask */
		return fd == -EACCES || fd == -EPERM || !question->path ? NO : LATER;
	if (question->path)
		answer = names_session(fd, question->path);
	else
		answer = ask_namespace(fd, question->pid_namespace);
	if (answer == LATER)
		answer = ask_later(proc, pid);
	sys_close(fd);
	return answer == YES && !tf__alive_since((int)pid, UINT64_MAX) ? GONE : answer;
}

/* Asks until there is an answer; an exec takes less than a millisecond. */
static enum answer ask_patiently(int proc, uint64_t pid, const struct question *question)
{
	enum { TRIES = 50, PAUSE = 200000 };
	enum answer answer = ask(proc, pid, question);

	for (int left = TRIES; answer == LATER && left > 0; left--) {
		sys_sleep(PAUSE);
		answer = ask(proc, pid, question);
	}
	return answer;
}

int tf__members_ask(int pid, const char *path)
{
	const struct question question = {.path = path};
	enum answer answer = LATER;
	int proc = sys_open_at(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY, 0);

	if (proc < 0)
		return proc;
	answer = ask_patiently(proc, (uint64_t)pid, &question);
	sys_close(proc);
	return answer == LATER ? -EAGAIN : answer == YES;
}

static int ask_one(void *arg, int proc, int pid)
{
	switch (ask_patiently(proc, (uint64_t)pid, arg)) {
	case YES:
		return pid == sys_pid() ? 0 : pid;
	case LATER:
		return -EAGAIN;
	case GONE:
		return TF_CENSUS_GONE;
	default:
		return 0;
	}
}

/* A living process other than this one that answers yes; 0; or -errno: -EAGAIN when one could not
 * answer yet. */
static int find_process(const struct question *question)
{
	return tf__census(ask_one, (void *)question);
}

/* One reading of the table. */
struct reading {
	unsigned asking;
	bool elsewhere;         /* only those in other pid namespaces */
	uint32_t pid_namespace; /* ours */
	uint64_t sum;           /* of what was read: two that are the same read the same */
	bool spawns;            /* somebody was marked so, or may have children unknown to us */
};

/* The pid to wait for while this member lives, 0 when it is dead, or -errno. The number of a member
 * in another pid namespace says nothing here, but a namespace below ours shows all its processes.
 */
static int living(const struct reading *reading, const struct member *member, int pid)
{
	struct question question = {.pid_namespace = member->pid_namespace};

	/* 0: it was or we are without procfs, so that the numbers are all there is to go by */
	if (member->pid_namespace == reading->pid_namespace || member->pid_namespace == 0 ||
		reading->pid_namespace == 0)
		return !reading->elsewhere && pid != sys_pid() &&
				       tf__alive_since(pid, member->since)
			       ? pid
			       : 0;
	return reading->asking & TF_MEMBERS_HOME ? find_process(&question) : -EXDEV;
}

static int look_at(struct reading *reading, const struct member *member, int pid)
{
	bool is_me = pid == sys_pid() && member->pid_namespace == reading->pid_namespace;

	if (member->since == 0)
		return 0;
	reading->sum = (reading->sum ^ member->since ^ (uint64_t)pid << 40) * 0x100000001b3U;
	if (member->spawns && !(is_me && reading->asking & TF_MEMBERS_GATE))
		reading->spawns = true;
	if (member->is_strange && !is_me)
		reading->spawns = true;
	return living(reading, member, pid);
}

/* The pid of a living member, 0, or -errno. */
static __attribute__((noinline)) int read_table(int fd, struct reading *reading)
{
	struct member members[MANY];
	int64_t at = sys_seek(fd, 0, DATA);
	long len;

	at = at < 0 ? 0 : at;
	while ((len = sys_pread(fd, members, sizeof(members), at)) > 0) {
		long n = (len + WITHOUT_MARK) / (long)sizeof(members[0]);

		if (n * (long)sizeof(members[0]) > len)
			members[n - 1].spawns = 0; /* the last one was written without */
		for (long i = 0; i < n; i++) {
			int pid = (int)(at / (int64_t)sizeof(members[0]) + i);
			int r = look_at(reading, &members[i], pid);

			if (r != 0)
				return r;
		}
		if (n == 0)
			break;
		at += n * (int64_t)sizeof(members[0]);
		if (sys_seek(fd, at, DATA) > at)
			at = sys_seek(fd, at, DATA); /* a hole; its end is a whole block */
	}
	return (int)(len < 0 ? len : 0);
}

/* Nobody is in the table, and there may be members all the same. */
static int ask_everybody(const char *path)
{
	struct question question = {.path = path};

	return find_process(&question);
}

/* Reads the table until two readings in a row are the same; between them asks processes. */
static int read_steady(int fd, const char *path, unsigned asking)
{
	enum { TRIES = 100 };
	struct question question = {.path = path};
	uint64_t sum = 0;

	for (int i = 0; i < TRIES; i++) {
		struct reading reading = {.asking = asking, .pid_namespace = tf__pid_namespace()};
		int r = read_table(fd, &reading);

		if (r != 0 || (i > 0 && reading.sum == sum))
			return r;
		if (reading.spawns || asking & TF_MEMBERS_SCAN)
			r = find_process(&question);
		if (r != 0)
			return r;
		sum = reading.sum;
	}
	return -EAGAIN;
}

/* The table, which must be ours. */
static int open_table(int session)
{
	struct tf_stat stat;
	int r;
	int fd = sys_open_at(session, file_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

	if (fd < 0)
		return fd;
	r = sys_stat_fd(fd, &stat);
	if (r == 0 && (!tf__is_file(&stat) || stat.uid != sys_euid()))
		r = -EPERM;
	if (r < 0)
		sys_close(fd);
	return r < 0 ? r : fd;
}

int tf__members_elsewhere(int session)
{
	struct reading reading = {
		.asking = TF_MEMBERS_HOME,
		.elsewhere = true,
		.pid_namespace = tf__pid_namespace(),
	};
	int r;
	int fd = open_table(session);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = read_table(fd, &reading);
	sys_close(fd);
	return r;
}

int tf__members_alive(int session, const char *path, unsigned asking)
{
	bool marked = is_marked(session);
	int r;
	int fd = open_table(session);

	if (fd == -ENOENT)
		return marked ? ask_everybody(path) : 0;
	if (fd < 0)
		return fd;
	r = read_steady(fd, path, asking | (marked ? TF_MEMBERS_SCAN : 0));
	sys_close(fd);
	return r;
}
