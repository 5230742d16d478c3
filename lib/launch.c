/* launch.c: starting the janitor, unseen by the program that it is started in. */
#include "launch.h"
#include "text.h"

enum {
	/* CLONE_VM | CLONE_VFORK | CLONE_UNTRACED (a debugger's child it is not); no exit signal */
	VM_AND_VFORK = 0x100 | 0x4000 | 0x800000,
	WCLONE = (int)0x80000000, /* __WCLONE */
	GET_CHILD_SUBREAPER = 37,
};

static int run_janitor(void *arg)
{
	struct tf_launch *launch = arg;
	const char *argv[] = {"tmpguard-janitor", launch->session, launch->pidfd_text, NULL};
	const char *envp[] = {NULL};

	launch->error = (int)tf__sys3(SYS_execve, (long)launch->program, (long)argv, (long)envp);
	return 127;
}

/* The root is stopped in its clone, so its pid is its own; a descriptor keeps it so. */
static void open_root(struct tf_launch *launch)
{
	struct tf_text text = tf__text(launch->pidfd_text, sizeof(launch->pidfd_text));
	int fd = sys_pidfd(launch->root);

	if (fd >= 0 && tf__sys3(SYS_fcntl, fd, F_SETFD, 0) == 0)
		tf__text_add_number(&text, (uint64_t)fd);
	else
		tf__text_add(&text, "-");
}

static int run_between(void *arg)
{
	struct tf_launch *launch = arg;
	long r;

	open_root(launch);
	r = tf__sys_clone(VM_AND_VFORK, launch->stack[1] + TF_LAUNCH_STACK, run_janitor, launch);
	if (r < 0)
		launch->error = (int)r;
	else
		launch->pid = (int)r;
	return 0;
}

static bool adopts_orphans(void)
{
	int is_subreaper = 0;

	(void)tf__sys3(SYS_prctl, GET_CHILD_SUBREAPER, (long)&is_subreaper, 0); /* cannot fail */
	return is_subreaper || sys_pid() == 1;
}

int tf__launch_janitor(struct tf_launch *launch)
{
	uint64_t mask;
	long pid;

	if (adopts_orphans())
		return -ECHILD;
	launch->error = 0;
	sys_block_signals(&mask); /* a handler of the program must not run on these stacks */
	pid = tf__sys_clone(VM_AND_VFORK, launch->stack[0] + TF_LAUNCH_STACK, run_between, launch);
	if (pid > 0) /* it has ended, or we would not run */
		(void)tf__sys(SYS_wait4, pid, 0, WCLONE, 0, 0, 0);
	sys_restore_signals(&mask);
	return pid < 0 ? (int)pid : launch->error;
}
