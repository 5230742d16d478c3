/* calls.h: names of system calls, for what killat is told and says. */
#ifndef KILLAT_CALLS_H
#define KILLAT_CALLS_H

#include <sys/syscall.h>

#define CALL(call)                                                                                 \
	{                                                                                          \
		.name = #call, .number = SYS_##call                                                \
	}

static const struct call_name {
	const char *name;
	long number;
} call_names[] = {
#ifdef SYS_open
	CALL(open),
	CALL(unlink),
	CALL(mkdir),
	CALL(rmdir),
	CALL(rename),
	CALL(link),
	CALL(fork),
	CALL(vfork),
	CALL(pipe),
	CALL(access),
	CALL(readlink),
	CALL(stat),
	CALL(lstat),
	CALL(poll),
	CALL(dup2),
	CALL(chmod),
	CALL(symlink),
	CALL(getpgrp),
#endif
#ifdef SYS_renameat2
	CALL(renameat2),
#endif
#ifdef SYS_clone3
	CALL(clone3),
#endif
#ifdef SYS_close_range
	CALL(close_range),
#endif
#ifdef SYS_openat2
	CALL(openat2),
#endif
#ifdef SYS_pidfd_open
	CALL(pidfd_open),
#endif
#ifdef SYS_faccessat2
	CALL(faccessat2),
#endif
	CALL(openat),
	CALL(unlinkat),
	CALL(mkdirat),
	CALL(renameat),
	CALL(linkat),
	CALL(clone),
	CALL(execve),
	CALL(execveat),
	CALL(exit),
	CALL(exit_group),
	CALL(flock),
	CALL(mmap),
	CALL(munmap),
	CALL(mprotect),
	CALL(madvise),
	CALL(close),
	CALL(fallocate),
	CALL(ftruncate),
	CALL(write),
	CALL(pwrite64),
	CALL(read),
	CALL(pread64),
	CALL(getrandom),
	CALL(fstat),
	CALL(newfstatat),
	CALL(statx),
	CALL(wait4),
	CALL(waitid),
	CALL(getdents64),
	CALL(fcntl),
	CALL(kill),
	CALL(getpid),
	CALL(gettid),
	CALL(getppid),
	CALL(pipe2),
	CALL(dup),
	CALL(dup3),
	CALL(prctl),
	CALL(ioctl),
	CALL(faccessat),
	CALL(readlinkat),
	CALL(fchmod),
	CALL(fchmodat),
	CALL(fchown),
	CALL(fsync),
	CALL(lseek),
	CALL(ppoll),
	CALL(brk),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigsuspend),
	CALL(rt_sigtimedwait),
	CALL(sched_yield),
	CALL(set_robust_list),
	CALL(setsid),
	CALL(chdir),
	CALL(geteuid),
	CALL(getuid),
	CALL(clock_nanosleep),
	CALL(nanosleep),
	CALL(set_tid_address),
	CALL(prlimit64),
	CALL(futex),
	CALL(statfs),
	CALL(fstatfs),
	CALL(symlinkat),
};

#undef CALL

#endif
