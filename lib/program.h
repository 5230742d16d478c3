/* program.h: will a program that is about to be run load a preload?
 *
 * Safe wherever system calls are: in signal handlers, in a vfork child, before libc is ready. What
 * is read is not trusted, and nothing waits: no FIFO, no device is ever opened. No descriptor is
 * kept. Where a set-user-ID program comes from a module of the kernel (SELinux, AppArmor) that has
 * the loader run in secure mode, this is not seen; nor is what binfmt_misc runs.
 */
#ifndef TF_PROGRAM_H
#define TF_PROGRAM_H

#include "sys.h"

enum tf_interposing {
	TF_INTERPOSED,
	TF_STATIC,  /* no program interpreter, hence no loader: static-pie and most of Go, too */
	TF_SET_ID,  /* set-user-ID, set-group-ID, file capabilities: the loader's secure mode */
	TF_FOREIGN, /* of another word size or machine */
	TF_UNKNOWN, /* cannot be read or is no program: nothing is claimed */
};

/* Judges the file `path` relative to dir (which may be AT_FDCWD) as the kernel would run it for
 * this process, as it is now. "" stands for what dir itself is open on, as for fexecve; that and
 * the capabilities of a program that cannot be read need a procfs.
 *
 * A script is judged by its interpreter, that one by its own if it is a script, and so on as far as
 * the kernel goes. The name of the last one is then in ret_path, otherwise "" is; it must not be
 * `path`. 256 bytes hold any such name. */
enum tf_interposing tf__interposing(int dir, const char *path, char *ret_path, size_t size);

/* Finds `file` as execvp does: as it is if it has a slash, else in the first entry of search_path
 * (the value of PATH; NULL is "/bin:/usr/bin") where it is a regular file that may be run. An empty
 * entry is the current directory. 0, or
 *
 *     -ENOENT        it is nowhere
 *     -EACCES        it is somewhere, but nowhere a file that may be run
 *     -ENAMETOOLONG  the name, or an entry with it, does not fit; PATH_MAX bytes are enough for
 *                    all that could be run
 */
int tf__find_program(const char *file, const char *search_path, char *ret_path, size_t size);

/* One word, as reports have it. */
const char *tf__interposing_text(enum tf_interposing why);

#endif
