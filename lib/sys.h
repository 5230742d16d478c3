/* sys.h: the one seam between lib/ and the kernel.
 *
 * Every system call of the core goes through the pointer tf__sys, which takes a number and six
 * words and returns a value or -errno. Nothing else in lib/ asks the kernel for anything, and
 * nothing in lib/ knows errno. Tests point tf__sys at a function that fails the Nth call; the
 * default is the bare instruction, so that no wrapper of ours or of anybody else is in between,
 * and the same code runs in the janitor, which has no libc.
 *
 * The functions below only give the calls their types. They are safe wherever the instruction is:
 * in signal handlers, in a vfork child, before libc is ready.
 *
 * What a program itself asked for (to create this file) must instead stay visible to other
 * preloads; for that the creation loop takes the creating call as a parameter (create.h).
 */
#ifndef TF_SYS_H
#define TF_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

typedef long tf_sys_fn(long nr, long a, long b, long c, long d, long e, long f);

extern tf_sys_fn *tf__sys;
tf_sys_fn tf__sys_raw;

/* Runs fn(arg) in a child on the stack that ends at `stack_end` (16-byte aligned), with clone
 * flags and exit signal as given, and returns its pid or -errno. fn's result is the child's status.
 * With CLONE_VM the child shares this memory: fn may only make system calls. */
long tf__sys_clone(unsigned long flags, void *stack_end, int (*fn)(void *), void *arg);

/* linux/stat.h's struct statx; here because musl's compiler wrapper sees no kernel headers. */
struct tf_stat {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, pad0;
	uint64_t ino, size, blocks, attributes_mask;
	struct tf_stat_time {
		int64_t sec;
		uint32_t nsec;
		int32_t pad;
	} atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t mnt_id, spare[13];
};

enum {
	TF_STAT_BASIC = 0x7ff,       /* STATX_BASIC_STATS */
	TF_STAT_BTIME = 0x800,       /* STATX_BTIME */
	TF_STAT_ATTR_MOUNT = 0x2000, /* STATX_ATTR_MOUNT_ROOT, since Linux 5.8 */
	TF_AT_EMPTY_PATH = 0x1000,
	TF_AT_SYMLINK_NOFOLLOW = 0x100,
	TF_AT_REMOVEDIR = 0x200,
	TF_AT_SYMLINK_FOLLOW = 0x400,
	TF_O_TMPFILE = 020000000 | O_DIRECTORY,
};

struct tf_time {
	int64_t sec, nsec;
};

static inline long tf__sys3(long nr, long a, long b, long c)
{
	return tf__sys(nr, a, b, c, 0, 0, 0);
}

static inline int sys_open_at(int dir, const char *path, int flags, unsigned mode)
{
	return (int)tf__sys(SYS_openat, dir, (long)path, flags | O_CLOEXEC, mode, 0, 0);
}

enum {
	TF_RESOLVE_NO_XDEV = 1,     /* no mount point on the way, bind mounts included */
	TF_RESOLVE_NO_MAGIC = 2,    /* no link of /proc */
	TF_RESOLVE_NO_SYMLINKS = 4, /* and not at the end either */
	TF_RESOLVE_BENEATH = 8,     /* not out of the directory */
};

/* openat2, since Linux 5.6: -ENOSYS before. */
static inline int sys_open_resolved(int dir, const char *path, int flags, uint64_t resolve)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = {.flags = (uint64_t)(flags | O_CLOEXEC), .resolve = resolve};

	return (int)tf__sys(SYS_openat2, dir, (long)path, (long)&how, sizeof(how), 0, 0);
}

/* -EXDEV: the path leads out of `dir`. -ENOSYS as above, -EPERM where a filter knows no openat2. */
static inline int sys_open_beneath(int dir, const char *path, int flags, unsigned mode)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = {
		.flags = (uint64_t)(uint32_t)(flags | O_CLOEXEC),
		.mode = mode,
		.resolve = TF_RESOLVE_BENEATH | TF_RESOLVE_NO_MAGIC,
	};

	return (int)tf__sys(SYS_openat2, dir, (long)path, (long)&how, sizeof(how), 0, 0);
}

static inline void sys_close(int fd)
{
	(void)tf__sys3(SYS_close, fd, 0, 0); /* the descriptor is gone whatever it says */
}

static inline int sys_mkdir_at(int dir, const char *path, unsigned mode)
{
	return (int)tf__sys3(SYS_mkdirat, dir, (long)path, mode);
}

static inline int sys_unlink_at(int dir, const char *path, int flags)
{
	return (int)tf__sys3(SYS_unlinkat, dir, (long)path, flags);
}

static inline int sys_link_at(int from_dir, const char *from, int dir, const char *to, int flags)
{
	return (int)tf__sys(SYS_linkat, from_dir, (long)from, dir, (long)to, flags, 0);
}

static inline int sys_symlink_at(const char *target, int dir, const char *path)
{
	return (int)tf__sys3(SYS_symlinkat, (long)target, dir, (long)path);
}

/* Can the kernel read this path? If not, it is the kernel's to refuse. Asked by a call that can do
 * nothing but look at its first argument. */
static inline bool sys_is_readable(const char *path)
{
	return path && sys_symlink_at(path, -1, "") != -EFAULT;
}

static inline int sys_readlink_at(int dir, const char *path, char *ret_text, size_t size)
{
	return (int)tf__sys(SYS_readlinkat, dir, (long)path, (long)ret_text, (long)size, 0, 0);
}

static inline int sys_stat_at(int dir, const char *path, int flags, struct tf_stat *ret_stat)
{
	return (int)tf__sys(SYS_statx, dir, (long)path, flags, TF_STAT_BASIC | TF_STAT_BTIME,
		(long)ret_stat, 0);
}

static inline int sys_stat_fd(int fd, struct tf_stat *ret_stat)
{
	return sys_stat_at(fd, "", TF_AT_EMPTY_PATH, ret_stat);
}

/* A path that ends in a symbolic link is one to what that leads to. */
static inline int sys_chmod_at(int dir, const char *path, unsigned mode)
{
	return (int)tf__sys3(SYS_fchmodat, dir, (long)path, mode);
}

enum { TF_RENAME_NOREPLACE = 1 };

/* -EINVAL where the filesystem does not know the flag. */
static inline int sys_rename_at(
	int from_dir, const char *from, int dir, const char *to, unsigned flags)
{
	return (int)tf__sys(SYS_renameat2, from_dir, (long)from, dir, (long)to, flags, 0);
}

static inline int sys_sync_fd(int fd)
{
	return (int)tf__sys3(SYS_fsync, fd, 0, 0);
}

static inline int sys_chown_fd(int fd, unsigned uid, unsigned gid)
{
	return (int)tf__sys3(SYS_fchown, fd, uid, gid);
}

/* Those of access and modification, from `stat`. */
static inline int sys_set_times_fd(int fd, const struct tf_stat *stat)
{
	struct tf_time times[2] = {
		{.sec = stat->atime.sec, .nsec = stat->atime.nsec},
		{.sec = stat->mtime.sec, .nsec = stat->mtime.nsec},
	};

	return (int)tf__sys(SYS_utimensat, fd, 0, (long)times, 0, 0, 0);
}

static inline int sys_chmod_fd(int fd, unsigned mode)
{
	return (int)tf__sys3(SYS_fchmod, fd, mode, 0);
}

/* A new file for its owner alone, whatever the umask takes: there is no asking for that without
 * setting it. `flags` make it (O_EXCL or O_TMPFILE). */
static inline int sys_make_own_at(int dir, const char *path, int flags)
{
	int fd = sys_open_at(dir, path, flags, 0600);

	if (fd >= 0)
		(void)sys_chmod_fd(fd, 0600); /* needed under few umasks only */
	return fd;
}

/* The same for a file that may be there. */
static inline int sys_open_own_at(int dir, const char *path, int flags)
{
	int fd = sys_open_at(dir, path, flags, 0);

	if (fd == -ENOENT)
		fd = sys_make_own_at(dir, path, flags | O_CREAT | O_EXCL);
	return fd == -EEXIST ? sys_open_at(dir, path, flags, 0) : fd;
}

static inline long sys_read(int fd, void *ret_data, size_t size)
{
	return tf__sys3(SYS_read, fd, (long)ret_data, (long)size);
}

static inline long sys_write(int fd, const void *data, size_t size)
{
	return tf__sys3(SYS_write, fd, (long)data, (long)size);
}

static inline long sys_pread(int fd, void *ret_data, size_t size, int64_t at)
{
	return tf__sys(SYS_pread64, fd, (long)ret_data, (long)size, at, 0, 0);
}

static inline long sys_pwrite(int fd, const void *data, size_t size, int64_t at)
{
	return tf__sys(SYS_pwrite64, fd, (long)data, (long)size, at, 0, 0);
}

struct tf_piece { /* the kernel's struct iovec */
	const void *at;
	size_t len;
};

static inline long sys_writev(int fd, const struct tf_piece *pieces, int n)
{
	return tf__sys3(SYS_writev, fd, (long)pieces, n);
}

static inline long sys_pwritev(int fd, const struct tf_piece *pieces, int n, int64_t at)
{
	return tf__sys(SYS_pwritev, fd, (long)pieces, n, at, 0, 0);
}

static inline int64_t sys_seek(int fd, int64_t at, int whence)
{
	return tf__sys3(SYS_lseek, fd, at, whence);
}

static inline int sys_allocate(int fd, int64_t at, int64_t len)
{
	return (int)tf__sys(SYS_fallocate, fd, 0, at, len, 0, 0);
}

/* The same, and the file stays as long as it is. */
static inline int sys_reserve(int fd, int64_t at, int64_t len)
{
	return (int)tf__sys(SYS_fallocate, fd, 1, at, len, 0, 0);
}

static inline int sys_truncate_fd(int fd, int64_t len)
{
	return (int)tf__sys3(SYS_ftruncate, fd, len, 0);
}

struct tf_entry { /* of a directory: the kernel's linux_dirent64 */
	uint64_t ino;
	int64_t next;
	unsigned short len; /* to the next one */
	unsigned char type; /* 4 is a directory, 0 unknown */
	char name[];
};

static inline long sys_list_dir(int fd, void *ret_entries, size_t size)
{
	return tf__sys3(SYS_getdents64, fd, (long)ret_entries, (long)size);
}

static inline int sys_lock(int fd, int how)
{
	return (int)tf__sys3(SYS_flock, fd, how, 0);
}

/* Below 0 and above -4096 means -errno, as with every call; use tf__is_error. */
static inline void *sys_map(void *at, size_t len, int prot, int flags, int fd, int64_t offset)
{
	return (void *)tf__sys(SYS_mmap, (long)at, (long)len, prot, flags, fd, offset);
}

static inline bool tf__is_error(const void *mapped)
{
	return (unsigned long)mapped > -4096UL;
}

static inline void sys_unmap(void *at, size_t len)
{
	(void)tf__sys3(SYS_munmap, (long)at, (long)len, 0);
}

static inline void *sys_remap(void *at, size_t len, size_t new_len)
{
	return (void *)tf__sys(SYS_mremap, (long)at, (long)len, (long)new_len, 1, 0, 0);
}

static inline int sys_advise(void *at, size_t len, int advice)
{
	return (int)tf__sys3(SYS_madvise, (long)at, (long)len, advice);
}

static inline long sys_random(void *ret_bytes, size_t len, unsigned flags)
{
	return tf__sys3(SYS_getrandom, (long)ret_bytes, (long)len, flags);
}

static inline int sys_pid(void)
{
	return (int)tf__sys3(SYS_getpid, 0, 0, 0);
}

static inline int sys_parent_pid(void)
{
	return (int)tf__sys3(SYS_getppid, 0, 0, 0);
}

static inline unsigned sys_euid(void)
{
	return (unsigned)tf__sys3(SYS_geteuid, 0, 0, 0);
}

static inline unsigned sys_uid(void)
{
	return (unsigned)tf__sys3(SYS_getuid, 0, 0, 0);
}

static inline unsigned sys_gid(void)
{
	return (unsigned)tf__sys3(SYS_getgid, 0, 0, 0);
}

static inline unsigned sys_egid(void)
{
	return (unsigned)tf__sys3(SYS_getegid, 0, 0, 0);
}

/* May this process, by its real ids, do with `path` what `how` (R_OK, ...) says? 0 or -errno. */
static inline int sys_access_at(int dir, const char *path, int how)
{
	return (int)tf__sys3(SYS_faccessat, dir, (long)path, how);
}

/* The value's length, or -errno: -ENODATA where there is none of this name. */
static inline long sys_xattr(const char *path, const char *name, void *ret_value, size_t size)
{
	return tf__sys(SYS_getxattr, (long)path, (long)name, (long)ret_value, (long)size, 0, 0);
}

static inline long sys_xattr_fd(int fd, const char *name, void *ret_value, size_t size)
{
	return tf__sys(SYS_fgetxattr, fd, (long)name, (long)ret_value, (long)size, 0, 0);
}

/* The ST_ flags of the mount that fd is on; 0 where they cannot be had. */
static inline long sys_mount_flags(int fd)
{
	long fs[16] = {0}; /* struct statfs of 64-bit machines, and one more */

	return tf__sys3(SYS_fstatfs, fd, (long)fs, 0) < 0 ? 0 : fs[10];
}

static inline int sys_cwd(char *ret_path, size_t size)
{
	return (int)tf__sys3(SYS_getcwd, (long)ret_path, (long)size, 0);
}

static inline void sys_clock(int clock, struct tf_time *ret_time)
{
	(void)tf__sys3(SYS_clock_gettime, clock, (long)ret_time, 0); /* fails for no valid clock */
}

static inline void sys_sleep(int64_t nsec)
{
	struct tf_time t = {.sec = nsec / 1000000000, .nsec = nsec % 1000000000};

	(void)tf__sys3(SYS_nanosleep, (long)&t, 0, 0); /* an early return is fine */
}

static inline int sys_pidfd(int pid)
{
	return (int)tf__sys3(SYS_pidfd_open, pid, 0, 0);
}

struct tf_poll {
	int fd;
	short events, revents;
};

/* Waits until fd is readable: 1, or 0 after msec (below 0: no limit), or -errno. */
static inline int sys_wait_fd(int fd, int64_t msec)
{
	struct tf_poll p = {.fd = fd, .events = 1};
	struct tf_time t = {.sec = msec / 1000, .nsec = msec % 1000 * 1000000};

	return (int)tf__sys(SYS_ppoll, (long)&p, 1, msec < 0 ? 0 : (long)&t, 0, 8, 0);
}

/* Blocks every signal and gives the mask that was, or puts such a mask back. */
static inline void sys_block_signals(uint64_t *ret_old)
{
	uint64_t all = ~0ULL;

	(void)tf__sys(SYS_rt_sigprocmask, 0, (long)&all, (long)ret_old, 8, 0, 0); /* cannot fail */
}

static inline void sys_restore_signals(const uint64_t *old)
{
	(void)tf__sys(SYS_rt_sigprocmask, 2, (long)old, 0, 8, 0, 0); /* cannot fail */
}

enum { TF_SIGNAL_IGNORED = 1 }; /* SIG_IGN, as a number */

struct tf_action { /* the kernel's struct sigaction */
	unsigned long handler, flags, restorer, mask;
};

static inline void sys_action(int signal, const struct tf_action *action, struct tf_action *ret_old)
{
	(void)tf__sys(SYS_rt_sigaction, signal, (long)action, (long)ret_old, 8, 0,
		0); /* cannot fail for signals that there are */
}

/* Can the word at p, aligned, be read? Asked by a call that looks at it and then refuses. */
static inline bool sys_is_word_readable(const void *p)
{
	return tf__sys(SYS_rt_sigprocmask, 77, (long)p, 0, 8, 0, 0) != -EFAULT;
}

/* The soft limit on a resource, or the largest number when there is none to be had. */
static inline uint64_t sys_limit(int resource)
{
	uint64_t pair[2];
	long r = tf__sys(SYS_prlimit64, 0, resource, 0, (long)pair, 0, 0);

	return r < 0 ? UINT64_MAX : pair[0];
}

#endif
