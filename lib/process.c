/* process.c: which process this is, and whether one is alive. */
#include "process.h"
#include "text.h"

enum {
	CLOCK_REALTIME_COARSE_NR = 5,
	CLOCK_BOOTTIME_NR = 7,
	TICK_NSEC = 10000000, /* USER_HZ is 100 on x86 and Arm */
	PARENT_FIELD = 4,     /* of /proc/PID/stat, see proc(5) */
	START_FIELD = 22,
};

static uint64_t clock_nsec(int clock)
{
	struct tf_time t = {0};

	sys_clock(clock, &t);
	return (uint64_t)t.sec * 1000000000 + (uint64_t)t.nsec;
}

uint64_t tf__boot_time(void)
{
	return clock_nsec(CLOCK_BOOTTIME_NR);
}

uint64_t tf__file_time(void)
{
	return clock_nsec(CLOCK_REALTIME_COARSE_NR);
}

uint32_t tf__pid_namespace(void)
{
	struct tf_stat stat;

	return sys_stat_at(AT_FDCWD, "/proc/self/ns/pid", 0, &stat) < 0 ? 0 : (uint32_t)stat.ino;
}

/* A number of /proc/PID/stat, or -errno. */
static int64_t read_stat(int pid, int wanted)
{
	char buf[512];
	struct tf_text path = tf__text(buf, sizeof(buf));
	const char *p = buf, *close = NULL;
	uint64_t number;
	int r;

	tf__text_add(&path, "/proc/");
	tf__text_add_number(&path, (uint64_t)pid);
	tf__text_add(&path, "/stat");
	r = tf__read_file(AT_FDCWD, buf, buf, sizeof(buf));
	if (r < 0)
		return r;
	for (; *p != '\0'; p++) /* the name in parentheses may hold any character */
		if (*p == ')')
			close = p;
	if (!close)
		return -EIO;
	p = close;
	for (int field = 2; field < wanted && *p != '\0'; p++)
		if (*p == ' ')
			field++;
	r = tf__number(&p, &number);
	return r < 0 ? r : (int64_t)number;
}

int64_t tf__start_time(int pid)
{
	int64_t ticks = read_stat(pid, START_FIELD);

	return ticks < 0 ? ticks : ticks * TICK_NSEC;
}

int tf__parent(int pid)
{
	return (int)read_stat(pid, PARENT_FIELD);
}

/* The kernel adds to the end of the list. */
int tf__newest_child(void)
{
	int fd = sys_open_at(AT_FDCWD, "/proc/thread-self/children", O_RDONLY, 0), pid = 0;
	bool is_new = true;
	char buf[128];
	long len;

	if (fd < 0)
		return fd;
	while ((len = sys_read(fd, buf, sizeof(buf))) > 0)
		for (long i = 0; i < len; i++) {
			if (buf[i] >= '0' && buf[i] <= '9')
				pid = (is_new ? 0 : pid) * 10 + buf[i] - '0';
			is_new = buf[i] == ' ';
		}
	sys_close(fd);
	return pid > 0 ? pid : -ENOENT;
}

/* Has every thread of the process behind this pidfd ended? */
static bool has_ended(int pidfd)
{
	return sys_wait_fd(pidfd, 0) > 0;
}

/* A filter or a full table is in the way of a pidfd: a process that has ended is told from a live
 * one only once its parent has waited for it. */
static bool alive_without_pidfd(int pid, uint64_t since)
{
	int64_t start = tf__start_time(pid);

	if (start >= 0 && (uint64_t)start > since)
		return false;
	return tf__sys3(SYS_kill, pid, 0, 0) != -ESRCH;
}

bool tf__alive_since(int pid, uint64_t since)
{
	int pidfd = sys_pidfd(pid);
	int64_t start;
	bool ended;

	/* no such process; or the number is a mere thread's now (EINVAL) */
	if (pidfd == -ESRCH || pidfd == -EINVAL || pidfd == -ENOENT)
		return false;
	if (pidfd < 0)
		return alive_without_pidfd(pid, since);
	ended = has_ended(pidfd);
	start = ended ? 0 : tf__start_time(pid);
	sys_close(pidfd);
	return !ended && (start < 0 || (uint64_t)start <= since);
}
