/* roots.h: the places where temporary files live.
 *
 * A temp root is a directory such as /tmp; what a program makes there with the functions for
 * temporary files is taken for temporary. A tree inside a root may be exempt: where a program was
 * started in /tmp/build, or has its home there, that tree is somebody's work.
 */
#ifndef TF_ROOTS_H
#define TF_ROOTS_H

#include "sys.h"

enum {
	TF_PATH_MAX = 4096, /* with its NUL, as the kernel counts */
	TF_ROOTS_SIZE = 2048,
};

/* Canonical paths, each with its NUL: "+/tmp", "-/tmp/build". Ends with an empty one. What does not
 * fit is not a root, and a tree to be exempted that does not fit removes all roots. A root is
 * followed by which directory it is, as "=MAJOR:MINOR:INODE": a path may lead elsewhere in another
 * mount namespace. */
struct tf_roots {
	char text[TF_ROOTS_SIZE];
};

/* What a process sees at its start; each may be NULL. Borrowed. */
struct tf_places {
	const char *cwd, *home, *tmpdir, *dir;
};

/* Works the roots out: tmpdir, dir, /tmp, /var/tmp and /dev/shm, without cwd's and home's trees.
 * `scratch` has TF_PATH_MAX bytes. */
void tf__roots_init(struct tf_roots *ret_roots, const struct tf_places *places, char *scratch);

/* One more temp root, canonical; others may be reading. False: there is no room. */
bool tf__roots_add(struct tf_roots *roots, const char *dir);

/* True when tf__roots_init would say no more than for a process in /. Cheap, by text alone. */
bool tf__places_are_plain(const struct tf_places *places);

/* Is this directory (canonical) a temp root, or below one and not exempt? */
bool tf__roots_hold(const struct tf_roots *roots, const char *dir);

/* Does the root that holds `dir` (tf__roots_hold) have the same path here as where the roots were
 * worked out, in this boot? So it is taken to have if `place`, which is known to have, lies in the
 * same root, or it in `place`, and if nothing is known. */
bool tf__roots_reach(const struct tf_roots *roots, const char *dir, const char *place);

/* Is this directory, `len` bytes as written, exactly one of the roots? */
bool tf__roots_name(const struct tf_roots *roots, const char *dir, size_t len);

/* Is this directory, `len` bytes as written, one of the places that are roots for everybody? */
bool tf__is_standard_root(const char *dir, size_t len);

/* The canonical path of the directory `path`, by way of procfs. Its length or -errno: -ENOSYS where
 * there is none, -ENOENT for what has no path from here. */
int tf__real_dir(const char *path, char *ret_path, size_t size);
int tf__real_dir_at(int dir, const char *path, char *ret_path, size_t size);

#endif
