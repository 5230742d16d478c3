/* wrapped.h: the one table of names.
 *
 *   W(return type, name, parameters)   wrapped: exported by the shim
 *   U(return type, name, parameters)   used: only looked up
 *
 * Prototypes, the binding to the next definition, the export map and the symbol test come from
 * here. To wrap another function: add its line, write its wrapper, add a row to the contract test.
 *
 * Included several times, with W and U defined to what is wanted.
 */

/* files.c: temporary files */
W(int, mkstemp, (char *))
W(int, mkstemp64, (char *))
W(int, mkostemp, (char *, int))
W(int, mkostemp64, (char *, int))
W(int, mkstemps, (char *, int))
W(int, mkstemps64, (char *, int))
W(int, mkostemps, (char *, int, int))
W(int, mkostemps64, (char *, int, int))
W(char *, mkdtemp, (char *))
W(FILE *, tmpfile, (void))
W(FILE *, tmpfile64, (void))

/* insecure.c: the functions that only draw a name */
W(char *, mktemp, (char *))
W(char *, tmpnam, (char *))
W(char *, tmpnam_r, (char *))
W(char *, tempnam, (const char *, const char *))

/* open.c: programs that bring their own */
W(int, open, (const char *, int, ...))
W(int, open64, (const char *, int, ...))
W(int, __open, (const char *, int, ...))   /* glibc */
W(int, __open64, (const char *, int, ...)) /* glibc */
W(int, openat, (int, const char *, int, ...))
W(int, openat64, (int, const char *, int, ...))
W(int, creat, (const char *, mode_t))
W(int, creat64, (const char *, mode_t))
W(int, __open_2, (const char *, int))                                 /* glibc */
W(int, __open64_2, (const char *, int))                               /* glibc */
W(int, __openat_2, (int, const char *, int))                          /* glibc */
W(int, __openat64_2, (int, const char *, int))                        /* glibc */
W(int, openat2, (int, const char *, const struct open_how *, size_t)) /* glibc 2.43 */
W(int, mkdir, (const char *, mode_t))
W(int, mkdirat, (int, const char *, mode_t))
W(int, shm_open, (const char *, int, mode_t))

/* ends.c: the ends that run no exit handlers, and the statuses of the others */
W(void, exit, (int))
W(void, quick_exit, (int))
W(void, _exit, (int))
W(void, _Exit, (int))

/* children.c: what makes another process, or another program of this one */
W(pid_t, fork, (void))
W(int, daemon, (int, int))
W(int, forkpty, (int *, char *, const struct termios *, const struct winsize *))
W(int, execve, (const char *, char *const *, char *const *))
W(int, execv, (const char *, char *const *))
W(int, execvp, (const char *, char *const *))
W(int, execvpe, (const char *, char *const *, char *const *))
W(int, execl, (const char *, const char *, ...))
W(int, execlp, (const char *, const char *, ...))
W(int, execle, (const char *, const char *, ...))
W(int, fexecve, (int, char *const *, char *const *))
W(int, execveat, (int, const char *, char *const *, char *const *, int))
W(int, posix_spawn,
	(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
		char *const *, char *const *))
W(int, posix_spawnp,
	(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
		char *const *, char *const *))
W(int, system, (const char *))
W(FILE *, popen, (const char *, const char *))

/* sandbox.c: only to see a process put a filter on itself */
W(int, prctl, (int, ...))
W(long, syscall, (long, ...))

/* rights.c: only to see a process give up its rights, or its root directory */
W(int, chroot, (const char *))
W(int, unshare, (int))
W(int, setns, (int, int))
W(int, setuid, (uid_t))
W(int, seteuid, (uid_t))
W(int, setreuid, (uid_t, uid_t))
W(int, setresuid, (uid_t, uid_t, uid_t))

U(FILE *, fdopen, (int, const char *))

/* shell.c */
U(int, posix_spawnattr_init, (posix_spawnattr_t *))
U(int, posix_spawnattr_destroy, (posix_spawnattr_t *))
U(int, posix_spawnattr_setflags, (posix_spawnattr_t *, short))
U(int, posix_spawnattr_setsigmask, (posix_spawnattr_t *, const sigset_t *))
U(int, posix_spawnattr_setsigdefault, (posix_spawnattr_t *, const sigset_t *))
U(pid_t, waitpid, (pid_t, int *, int))
U(void, _pthread_cleanup_push, (struct shim_cleanup *, void (*)(void *), void *))
U(void, _pthread_cleanup_pop, (struct shim_cleanup *, int))
