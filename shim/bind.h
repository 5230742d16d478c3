/* bind.h: the definitions behind our wrappers.
 *
 *   NEXT(mkstemp)(template)   calls what would have been called without us
 *
 * That may be another preload (fakeroot, libfaketime, a sanitizer) or libc. It is looked up on
 * first use, in the objects after ours in the order of loading, as dlsym(RTLD_NEXT) would; but
 * without dlsym, which takes locks, may allocate, and is not there in programs older than glibc
 * 2.34 that were linked without libdl.
 */
#ifndef SHIM_BIND_H
#define SHIM_BIND_H

#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <termios.h>

/* musl before 1.2.4 has the 64 names as macros */
#undef mkstemp64
#undef mkostemp64
#undef mkstemps64
#undef mkostemps64
#undef tmpfile64
#undef open64
#undef openat64
#undef creat64

struct open_how;

struct shim_cleanup { /* glibc's struct _pthread_cleanup_buffer, and musl's __ptcb, which is shorter
		       */
	void *words[4];
};

#define W(type, name, parameters) SHIM_##name,
#define U(type, name, parameters) SHIM_##name,
enum shim_name {
#include "wrapped.h"
	SHIM_NAMES
};
#undef W
#undef U

#define W(type, name, parameters) __attribute__((visibility("default"))) type name parameters;
#define U(type, name, parameters)
#include "wrapped.h"
#undef W
#undef U

#define W(type, name, parameters) typedef type shim_fn_##name parameters;
#define U(type, name, parameters) typedef type shim_fn_##name parameters;
#include "wrapped.h"
#undef W
#undef U

#define NEXT(name) ((shim_fn_##name *)shim_next(SHIM_##name))

/* The next definition of a name of the table, or one that fails with ENOSYS. */
void *shim_next(enum shim_name which);

/* Is there one at all? */
bool shim_has_next(enum shim_name which);

/* The path that our own object was loaded from, as the loader has it. */
const char *shim_own_path(void);

const char *shim_name_text(enum shim_name which);

#endif
