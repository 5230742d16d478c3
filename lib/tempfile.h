/* tempfile.h: the public face of libtempfile.
 *
 * All functions return 0 or more for success and -errno for failure; none prints, exits, or changes
 * errno. Nothing is kept between calls: each may be called from any thread, and from a signal
 * handler unless it says otherwise.
 */
#ifndef TEMPFILE_H
#define TEMPFILE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Writes the directory for temporary files to ret_path (with its NUL, at most `size` bytes): the
 * first of $TMPDIR, $TEMP, $TMP, /tmp, /var/tmp, /usr/tmp and the current directory in which a file
 * can be created and written to, which is tried. The order is that of Python's tempfile.
 * -ENOENT: none; -ERANGE: size is too small. Not for signal handlers (it reads the environment). */
int tf_tempdir(char *ret_path, size_t size);

/* Creates a file by a template such as "/tmp/fooXXXXXX.txt", relative to directory descriptor `dir`
 * (or AT_FDCWD), and gives a descriptor open for reading and writing, close-on-exec, mode 0600. The
 * six X before the last suffix_len characters (0 to the template's length) are replaced by letters
 * and digits from getrandom(2); nothing that exists is opened (O_EXCL). `flags` may add O_APPEND,
 * O_SYNC and the like.
 * On failure the template is as it was. -EINVAL: no six X there; -EEXIST: no free name found; else
 * as open(2). */
int tf_create_file(int dir, char *template_path, int suffix_len, int flags);

/* Creates a directory in the same way, mode 0700; 0 on success. Errors as tf_create_file, mkdir(2).
 */
int tf_create_dir(int dir, char *template_path);

/* Removes the file or the whole directory tree `name` in directory `dir`. Follows no symlink, goes
 * through no mount point, and needs a bounded stack and a bounded number of descriptors however
 * deep the tree is. What cannot be removed is left, the rest is removed, and the first error
 * returned. */
int tf_remove(int dir, const char *name);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
