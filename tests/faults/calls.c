/* calls.c: what calls.h declares. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "calls.h"

/* clang-format off */
#define E(error) {error, #error}
#define TABLES E(EMFILE), E(ENFILE), E(ENOMEM)
#define FULL E(ENOSPC), E(EDQUOT), E(EROFS)

static const struct call_kind
	open_kind = {"open", false, {TABLES, E(EACCES), E(EIO), E(ELOOP), E(EINTR)}},
	create_kind = {"open (create)", false,
		{TABLES, FULL, E(EACCES), E(EIO), E(ELOOP), E(EINTR), E(ENOENT)}},
	system_open_kind = {"open (system)", false, {TABLES, E(EACCES), E(EIO), E(ENOENT)}},
	readlink_kind = {"readlink", false, {E(ENOENT), E(EACCES), E(EIO), E(ENOMEM)}},
	stat_kind = {"stat", false, {E(EACCES), E(EIO), E(ENOMEM), E(ELOOP)}},
	stat_fd_kind = {"stat (descriptor)", false, {E(EIO), E(ENOMEM)}},
	output_kind = {"write (standard output)", false, {E(EPIPE), E(ENOSPC), E(EIO), E(EINTR)}},
	write_kind = {"write", false, {E(ENOSPC), E(EDQUOT), E(EIO), E(EINTR), E(EFBIG)}},
	anonymous_kind = {"mmap", false, {E(ENOMEM)}},
	map_kind = {"mmap (file)", false, {E(ENOMEM), E(ENODEV), E(EACCES), E(EAGAIN)}},
	advise_kind = {"madvise", false, {E(ENOMEM), E(EINVAL), E(EAGAIN)}},
	duplicate_kind = {"dup", false, {E(EMFILE), E(EINTR)}},
	mkdir_kind = {"mkdir", false, {FULL, E(EACCES), E(EIO), E(ENOMEM), E(EMLINK), E(ENOENT)}},
	unlink_kind = {"unlink", false, {E(EACCES), E(EIO), E(EROFS), E(ENOMEM), E(EBUSY)}},
	link_kind = {"link", false,
		{FULL, E(EACCES), E(EPERM), E(EIO), E(EMLINK), E(ENOMEM), E(ENOENT)}},
	rename_kind = {"rename", false, {FULL, E(EACCES), E(EIO), E(ENOMEM), E(EXDEV), E(EBUSY)}},
	symlink_kind = {"symlink", false, {FULL, E(EACCES), E(EIO), E(ENOMEM)}},
	fork_kind = {"fork", false, {E(EAGAIN), E(ENOMEM), E(EPERM)}},
	exec_kind = {"exec", false,
		{E(EACCES), E(ENOENT), E(ENOMEM), E(E2BIG), E(ETXTBSY), E(EMFILE)}},
	access_kind = {"access", false, {E(EACCES), E(EIO), E(EROFS), E(ENOMEM)}},
	lock_kind = {"flock", false, {E(EINTR), E(ENOLCK)}},
	try_lock_kind = {"flock (at once)", false, {E(EAGAIN), E(EINTR), E(ENOLCK)}},
	kill_kind = {"kill", false, {E(EPERM)}},
	chmod_kind = {"chmod", false, {E(EPERM), E(EIO), E(EROFS)}};

/* Calls whose arguments make no difference. */
static const struct numbered {
	long number;
	struct call_kind kind;
} plain_kinds[] = {
	{SYS_openat2, {"openat2", false,
		{TABLES, E(ENOSYS), E(EACCES), E(EIO), E(ELOOP), E(EINTR)}}},
	{SYS_pidfd_open, {"pidfd_open", false, {TABLES, E(ENOSYS), E(EPERM)}}},
	{SYS_close, {"close", true, {E(EIO), E(EINTR)}}},
	{SYS_statfs, {"statfs", false, {E(EACCES), E(EIO), E(ENOMEM), E(ENOSYS), E(EINTR)}}},
	{SYS_fstatfs, {"fstatfs", false, {E(EIO), E(ENOMEM), E(ENOSYS), E(EINTR)}}},
	{SYS_mremap, {"mremap", false, {E(ENOMEM), E(EAGAIN)}}},
	{SYS_mprotect, {"mprotect", false, {E(ENOMEM), E(EACCES)}}},
	{SYS_fallocate, {"fallocate", false,
		{E(ENOSPC), E(EDQUOT), E(EOPNOTSUPP), E(EFBIG), E(EINTR), E(EIO)}}},
	{SYS_ftruncate, {"ftruncate", false, {E(EIO), E(EINTR), E(EFBIG), E(ENOSPC)}}},
	{SYS_pwrite64, {"pwrite", false, {E(ENOSPC), E(EDQUOT), E(EIO), E(EINTR), E(EFBIG)}}},
	{SYS_writev, {"writev", false, {E(ENOSPC), E(EDQUOT), E(EIO), E(EINTR), E(EFBIG)}}},
	{SYS_pwritev, {"pwritev", false, {E(ENOSPC), E(EDQUOT), E(EIO), E(EINTR), E(EFBIG)}}},
	{SYS_read, {"read", false, {E(EIO), E(EINTR)}}},
	{SYS_pread64, {"pread", false, {E(EIO), E(EINTR)}}},
	{SYS_getdents64, {"getdents", false, {E(EIO), E(ENOMEM)}}},
	{SYS_getrandom, {"getrandom", false, {E(ENOSYS), E(EINTR), E(EAGAIN)}}},
	{SYS_getcwd, {"getcwd", false, {E(ENOENT), E(ERANGE), E(ENOMEM)}}},
	{SYS_prlimit64, {"prlimit", false, {E(EPERM), E(ENOSYS)}}},
	{SYS_pipe2, {"pipe", false, {TABLES}}},
	{SYS_ppoll, {"ppoll", false, {E(EINTR), E(ENOMEM)}}},
	{SYS_getxattr, {"getxattr", false, {E(EOPNOTSUPP), E(EACCES), E(EIO), E(ENOMEM)}}},
	{SYS_fgetxattr, {"fgetxattr", false, {E(EOPNOTSUPP), E(EIO), E(ENOMEM)}}},
	{SYS_name_to_handle_at, {"name_to_handle_at", false,
		{E(EOPNOTSUPP), E(EPERM), E(ENOSYS), E(EACCES), E(EIO)}}},
	{SYS_ioctl, {"ioctl", false, {E(ENOTTY), E(EIO)}}},
	{SYS_wait4, {"wait", false, {E(EINTR), E(ECHILD)}}},
	{SYS_chdir, {"chdir", false, {E(EACCES), E(ENOMEM)}}},
	{SYS_setsid, {"setsid", false, {E(EPERM)}}},
	{SYS_close_range, {"close_range", false, {E(ENOSYS), E(ENOMEM), E(EMFILE)}}},
	{SYS_nanosleep, {"nanosleep", false, {E(EINTR)}}},
	{SYS_clock_nanosleep, {"clock_nanosleep", false, {E(EINTR)}}},
	{SYS_rt_sigtimedwait, {"sigtimedwait", false, {E(EINTR)}}},
	{SYS_prctl, {"prctl", false, {E(EINVAL), E(EPERM)}}},
	{SYS_fsync, {"fsync", false, {E(EIO), E(ENOSPC), E(EINTR)}}},
	{SYS_chroot, {"chroot", false, {E(EPERM)}}},
};
/* clang-format on */

/* The calls of which there is an old form and one with a directory before the other arguments. */
static const struct {
	long at_number, old_number;
	const struct call_kind *kind;
} paired_kinds[] = {
#ifdef SYS_open
#	define OLD(name) SYS_##name
#else
#	define OLD(name) (-1)
#endif
	{SYS_mkdirat, OLD(mkdir), &mkdir_kind},
	{SYS_unlinkat, OLD(unlink), &unlink_kind},
	{-1, OLD(rmdir), &unlink_kind},
	{SYS_linkat, OLD(link), &link_kind},
	{SYS_renameat, OLD(rename), &rename_kind},
	{SYS_renameat2, -1, &rename_kind},
	{SYS_symlinkat, OLD(symlink), &symlink_kind},
	{SYS_readlinkat, OLD(readlink), &readlink_kind},
	{SYS_faccessat, OLD(access), &access_kind},
	{SYS_faccessat2, -1, &access_kind},
	{SYS_fchmodat, OLD(chmod), &chmod_kind},
	{SYS_fchmod, -1, &chmod_kind},
	{SYS_clone, OLD(fork), &fork_kind},
	{SYS_clone3, OLD(vfork), &fork_kind},
	{SYS_execve, -1, &exec_kind},
	{SYS_execveat, -1, &exec_kind},
	{SYS_dup, OLD(dup2), &duplicate_kind},
	{SYS_dup3, -1, &duplicate_kind},
	{SYS_fstat, OLD(stat), &stat_kind},
	{-1, OLD(lstat), &stat_kind},
	{SYS_madvise, -1, &advise_kind},
};

static void read_path(pid_t tid, uint64_t at, char *ret_path, size_t size)
{
	struct iovec here = {ret_path, size - 1};
	struct iovec there = {(void *)(uintptr_t)at, size - 1}; /* NOLINT: another process's */
	ssize_t len;

	/* Near the end of a page it may be that only the first of it can be read. */
	do
		len = process_vm_readv(tid, &here, 1, &there, 1, 0);
	while (len < 0 && (here.iov_len /= 2, there.iov_len /= 2) > 0);
	ret_path[len < 0 ? 0 : len] = '\0';
}

static bool is_of_the_system(const char *path)
{
	static const char *const places[] = {"/proc/", "/dev/", "/etc/", "/sys/"};

	if (strncmp(path, "/dev/shm/", 9) == 0) /* there are files of ours */
		return false;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (strncmp(path, places[i], strlen(places[i])) == 0)
			return true;
	return false;
}

static const struct call_kind *kind_of_open(pid_t tid, uint64_t path_at, uint64_t flags)
{
	char path[64];

	if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE)
		return &create_kind;
	read_path(tid, path_at, path, sizeof(path));
	return is_of_the_system(path) ? &system_open_kind : &open_kind;
}

/* Whoever cannot look at standard error cannot tell anybody, as below. */
static const struct call_kind *kind_of_stat(pid_t tid, uint64_t fd, uint64_t path_at)
{
	char path[64];

	read_path(tid, path_at, path, sizeof(path));
	if (path[0])
		return &stat_kind;
	return fd == 2 ? NULL : &stat_fd_kind;
}

/* What is mapped over something that is mapped takes no more memory than it gives back. */
static const struct call_kind *kind_of_map(uint64_t flags)
{
	if (flags & MAP_FIXED)
		return NULL;
	return flags & MAP_ANONYMOUS ? &anonymous_kind : &map_kind;
}

/* If standard error does not take a line, nobody can be told. */
static const struct call_kind *kind_of_write(uint64_t fd)
{
	return fd == 2 ? NULL : fd == 1 ? &output_kind : &write_kind;
}

const struct call_kind *kind_of_call(pid_t tid, uint64_t number, const uint64_t *arguments)
{
	switch (number) {
	case SYS_openat:
		return kind_of_open(tid, arguments[1], arguments[2]);
#ifdef SYS_open
	case SYS_open:
		return kind_of_open(tid, arguments[0], arguments[1]);
#endif
	case SYS_statx:
	case SYS_newfstatat:
		return kind_of_stat(tid, arguments[0], arguments[1]);
	case SYS_mmap:
		return kind_of_map(arguments[3]);
	case SYS_write:
		return kind_of_write(arguments[0]);
	case SYS_kill: /* by 0 it only asks */
		return arguments[1] ? &kill_kind : NULL;
	case SYS_flock:
		return arguments[1] & LOCK_NB ? &try_lock_kind : &lock_kind;
	case SYS_fcntl:
		return arguments[1] == F_DUPFD_CLOEXEC || arguments[1] == F_DUPFD ? &duplicate_kind
										  : NULL;
	}
	for (size_t i = 0; i < sizeof(plain_kinds) / sizeof(*plain_kinds); i++)
		if ((uint64_t)plain_kinds[i].number == number)
			return &plain_kinds[i].kind;
	for (size_t i = 0; i < sizeof(paired_kinds) / sizeof(*paired_kinds); i++)
		if ((uint64_t)paired_kinds[i].at_number == number ||
			(uint64_t)paired_kinds[i].old_number == number)
			return paired_kinds[i].kind;
	return NULL;
}

int error_count(const struct call_kind *kind)
{
	int n = 0;

	while (kind->errors[n].number)
		n++;
	return n;
}

bool has_error(const struct call_kind *kind, int error)
{
	for (int i = 0; kind->errors[i].number; i++)
		if (kind->errors[i].number == error)
			return true;
	return false;
}
