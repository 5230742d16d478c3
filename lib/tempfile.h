/* tempfile.h: the public face of libtempfile: temporary files and directories that remove
 * themselves, and files that are written whole or not at all.
 *
 *     struct tf_file *file;
 *
 *     if (tf_file_new(NULL, &file) < 0)
 *             errx(1, "%s", tf_error_text());
 *     ... write to tf_file_fd(file), hand tf_file_path(file) to others ...
 *     tf_file_free(file);                  // or tf_file_persist(file, "report.txt", NULL) first
 *
 * RESULTS  Functions that can fail return 0 or more for success and -errno for failure. ret_x is
 * written on success only. None prints, exits, or changes errno. What failed, on which path and why
 * is a text (tf_error_text), but for the signal-safe functions.
 *
 * OWNERSHIP  An object is given by its _new function and taken by its _free function, which takes
 * NULL too and removes what is neither kept nor persisted. Descriptors, streams and paths of an
 * object are borrowed from it until then, or until the function that says otherwise. Strings and
 * options that are handed in are borrowed during the call.
 *
 * OPTIONS  Pointers to options may be NULL; a structure of zeros means the same. Begin with
 * `struct tf_options options = {0};` so that members of later versions have their defaults.
 *
 * THREADS  Each function may be called from any thread; one object is for one thread at a time.
 *
 * SIGNALS  Functions marked "signal-safe" may be called from a signal handler and between fork and
 * exec of a program with threads; all others may not.
 *
 * CLEAN-UP  What an object stands for is removed when it is freed, and at exit (exit(3) or return
 * from main) of the process that made it, never by a forked child. On signals and after SIGKILL it
 * is removed when that was asked for: tf_cleanup_on_signals, tf_cleanup_after_kill. Nothing is ever
 * removed by its name alone: it must still be the file that was made (device, inode, birth time).
 */
#ifndef TEMPFILE_H
#define TEMPFILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* --- errors ------------------------------------------------------------------------------- */

/* The last failure of this thread in one line without a newline, as
 * "cannot make a file in /nowhere: No such file or directory". "" before the first one. Borrowed
 * until this thread's next failure in the library. */
const char *tf_error_text(void);

/* --- places ------------------------------------------------------------------------------- */

/* Writes the directory for temporary files to ret_path (with its NUL, at most `size` bytes): the
 * one that tf_set_tempdir has set, else the first of $TMPDIR, $TEMP, $TMP, /tmp, /var/tmp, /usr/tmp
 * and the current directory in which a file can be created and written to, which is tried once
 * for as long as the variables are what they are (a relative one is as of then). The order is that
 * of Python's tempfile. A set-user-ID program reads no variable. -ENOENT: none; -ERANGE: size is
 * too small. */
int tf_tempdir(char *ret_path, size_t size);

/* All that is made from now on without a directory of its own is made in `path` (copied), without
 * trying it; NULL: as in the beginning. For the whole process. -ENAMETOOLONG, -ENOMEM. */
int tf_set_tempdir(const char *path);

/* How names begin where nothing else is asked for: "tmp". Signal-safe. */
const char *tf_default_prefix(void);

enum tf_option_flags {
	TF_KEEP = 1,    /* it stays, as by _keep: to be removed by somebody else */
	TF_INHERIT = 2, /* descriptors without close-on-exec */
};

/* Where something is made, and how. */
struct tf_options {
	const char *dir;    /* NULL: tf_tempdir. Relative ones are as of the call */
	const char *prefix; /* NULL: tf_default_prefix. No slash, at most 200 bytes */
	const char *suffix; /* NULL: none. As prefix */
	unsigned mode;      /* 0: 0600 for files, 0700 for directories; less the umask */
	unsigned flags;     /* of enum tf_option_flags */
};

/* --- files with a name -------------------------------------------------------------------- */

/* How a file gets its final name. */
enum tf_publish_flags {
	TF_NO_REPLACE = 1,   /* -EEXIST where something has the name */
	TF_MAKE_PARENTS = 2, /* missing directories above it are made (0777 less the umask) */
	TF_NO_SYNC = 4,      /* return before it is on the disk: a power cut may lose old and new */
	TF_MODE_OF_OLD = 8, /* mode, and owner as far as we may, of the file that is replaced; where
			     * there is none, `mode` */
};

struct tf_publish {
	unsigned flags; /* of enum tf_publish_flags */
	unsigned mode;  /* 0: each function says. Less the umask, which is read, never set */
};

struct tf_file;

/* Makes a file that nobody else has, and gives it, open for reading and writing. -EINVAL: a prefix
 * or suffix that cannot be part of a name; else as open(2). */
int tf_file_new(const struct tf_options *options, struct tf_file **ret_file);

/* Borrowed. Absolute, even where options.dir was not; what tf_file_persist gave it, afterwards. */
const char *tf_file_path(const struct tf_file *file);

/* The descriptor, or -EBADF after tf_file_close. */
int tf_file_fd(const struct tf_file *file);

/* Gives a stream over the descriptor, which is the object's: do not fclose it. `mode` as for
 * fdopen(3); always the same stream. */
int tf_file_stream(struct tf_file *file, const char *mode, FILE **ret_stream);

/* Writes out what the stream holds back, so that others see it by the path. -EIO: an error of the
 * stream before this one (ferror) may have lost something; clearerr(3) where that does not matter.
 * tf_file_close and tf_file_persist say so, too. */
int tf_file_flush(struct tf_file *file);

/* Closes descriptor and stream. The file stays until it is discarded, kept or persisted. */
int tf_file_close(struct tf_file *file);

/* The file stays where it is, and is nobody's to remove any more. */
int tf_file_keep(struct tf_file *file);

/* The file becomes `target`, at once: whoever looks there finds the old one, whole, or this one.
 * Where `target` is on another filesystem a copy beside it does. File and directory are synced. It
 * has then left the object's care; on failure it has not, and the target is as it was (unless only
 * the last sync failed, which the text says).
 * how: NULL replaces what is there and keeps the mode that the file has. -ESTALE: something else
 * has the file's name by now. */
int tf_file_persist(struct tf_file *file, const char *target, const struct tf_publish *how);

/* Removes the file now. -ESTALE: something else has its name now, and stays. */
int tf_file_discard(struct tf_file *file);

/* Takes the object: closes all, and removes the file unless it was kept or persisted. What cannot
 * be removed now is tried once more at exit. */
void tf_file_free(struct tf_file *file);

/* --- files without a name ----------------------------------------------------------------- */

/* Gives a descriptor, open for reading and writing, of a file that no name leads to. It is gone
 * with the last descriptor, whatever the process dies of. prefix and suffix do not matter. */
int tf_anonymous(const struct tf_options *options);

/* The same as a stream (mode "w+"), to be closed with fclose. */
int tf_anonymous_stream(const struct tf_options *options, FILE **ret_stream);

/* --- directories -------------------------------------------------------------------------- */

struct tf_dir;

int tf_dir_new(const struct tf_options *options, struct tf_dir **ret_dir);

/* Borrowed. Absolute. */
const char *tf_dir_path(const struct tf_dir *dir);

/* Borrowed: a descriptor (O_PATH | O_DIRECTORY) for the *at functions. */
int tf_dir_fd(const struct tf_dir *dir);

/* Names inside are relative paths, and never lead outside of the directory: a `..` that would, an
 * absolute path and a symbolic link on the way are -EXDEV or -ELOOP. */

/* Makes a directory inside, with its parents; no error when it is there. */
int tf_dir_subdir(struct tf_dir *dir, const char *name);

/* Makes a file inside, with its parents, or empties one that is there, and writes `len` bytes to
 * it. */
int tf_dir_file(struct tf_dir *dir, const char *name, const void *data, size_t len);

/* Opens a file inside as open(2) does: gives a descriptor, close-on-exec. */
int tf_dir_open(struct tf_dir *dir, const char *name, int flags, unsigned mode);

/* Gives the path of a name inside; free(3) it. It is not looked at. */
int tf_dir_join(const struct tf_dir *dir, const char *name, char **ret_path);

/* The directory stays with all that is in it. */
int tf_dir_keep(struct tf_dir *dir);

/* Removes the whole tree now. What cannot be removed is left, the rest is removed, and the first
 * error returned, and tf_dir_free tries it once more. */
int tf_dir_discard(struct tf_dir *dir);

/* Takes the object: removes the tree unless it was kept. */
void tf_dir_free(struct tf_dir *dir);

/* --- spooled files ------------------------------------------------------------------------ */

/* A file that is in memory until it is larger than a limit, and then a file with a name. */
struct tf_spool;

enum { TF_SPOOL_DEFAULT = 65536 };   /* bytes */
#define TF_SPOOL_DISK ((int64_t)-1)  /* on disk from the beginning */
#define TF_SPOOL_UNLIMITED INT64_MAX /* in memory, whatever comes, until asked for path or fd */

struct tf_spool_options {
	struct tf_options file; /* what it becomes */
	int64_t limit;          /* bytes; 0: TF_SPOOL_DEFAULT. -EINVAL below TF_SPOOL_DISK */
};

int tf_spool_new(const struct tf_spool_options *options, struct tf_spool **ret_spool);

/* Read and write at the position, and move it. Writing beyond the end fills up with zeros. A write
 * after which position or size would be larger than the limit rolls the spool over first; if
 * that fails nothing is lost or written, the spool stays in memory, and a later write tries again.
 * How many bytes: tf_spool_write all of them, tf_spool_read 0 at the end. */
ssize_t tf_spool_read(struct tf_spool *spool, void *ret_data, size_t len);
ssize_t tf_spool_write(struct tf_spool *spool, const void *data, size_t len);

/* All from the position to the end: gives *ret_data (free(3) it), with a NUL behind it that does
 * not count. */
int tf_spool_read_all(struct tf_spool *spool, void **ret_data, size_t *ret_len);

/* The new position. whence: SEEK_SET, SEEK_CUR, SEEK_END. -EINVAL below 0. */
int64_t tf_spool_seek(struct tf_spool *spool, int64_t offset, int whence);
int64_t tf_spool_tell(const struct tf_spool *spool);
int64_t tf_spool_size(const struct tf_spool *spool);

/* Makes it shorter, or longer with zeros; the position stays. Rolls over like a write. */
int tf_spool_truncate(struct tf_spool *spool, int64_t size);

/* 1 once it is a file, else 0. */
int tf_spool_is_on_disk(const struct tf_spool *spool);

/* Makes it a file, if it is none, and gives its path (borrowed). */
int tf_spool_rollover(struct tf_spool *spool, const char **ret_path);

/* The path (borrowed); -ENOENT while it is in memory. */
int tf_spool_path(const struct tf_spool *spool, const char **ret_path);

/* Descriptor and stream, borrowed, at the spool's position; both roll over first. While one is used
 * the position is shared with it, as far as the stream holds nothing back. */
int tf_spool_fd(struct tf_spool *spool);
int tf_spool_stream(struct tf_spool *spool, const char *mode, FILE **ret_stream);

/* Rolls over, and the file stays where it is; gives its path (borrowed). */
int tf_spool_keep(struct tf_spool *spool, const char **ret_path);

/* Rolls over, and the file becomes `target`: tf_file_persist. */
int tf_spool_persist(struct tf_spool *spool, const char *target, const struct tf_publish *how);

void tf_spool_free(struct tf_spool *spool);

/* Takes all pieces that `next` gives into a spool with this limit, and gives them as one (free(3)
 * *ret_data). `next` returns 1 with a piece (borrowed until it is called again), 0 at the end, or
 * -errno, which ends it. */
typedef int (*tf_next_fn)(void *arg, const void **ret_data, size_t *ret_len);
int tf_spool_collect(tf_next_fn next, void *arg, int64_t limit, void **ret_data, size_t *ret_len);

/* --- files that are written whole or not at all ------------------------------------------- */

/* Writes `data` to a file beside `target`, syncs it, renames it to target and syncs the directory:
 * at any time, even after a power cut, target is the old or the new content.
 * how: NULL replaces what is there, with the old file's mode and owner, else 0666 less the umask;
 * `mode` is what a new one gets, or with TF_MODE_OF_OLD unset and mode set, any. A target that is a
 * symbolic link is replaced, not followed. */
int tf_atomic_write(const char *target, const void *data, size_t len, const struct tf_publish *how);

struct tf_atomic;

/* The same piece by piece: gives an object whose descriptor or stream is written to. */
int tf_atomic_open(const char *target, const struct tf_publish *how, struct tf_atomic **ret_atomic);
int tf_atomic_fd(const struct tf_atomic *atomic);
int tf_atomic_stream(struct tf_atomic *atomic, FILE **ret_stream);

/* What was written becomes the target. On failure the target is as it was, and so is what was
 * written: it may be tried again. */
int tf_atomic_commit(struct tf_atomic *atomic);

/* Takes the object. Without a commit the target is as it was. */
void tf_atomic_free(struct tf_atomic *atomic);

/* --- uploads ------------------------------------------------------------------------------ */

/* What comes in is staged, looked at, and moved to its place, or forgotten. */
struct tf_upload;

enum { TF_UPLOAD_DEFAULT = 100 << 20 }; /* bytes */

struct tf_upload_options {
	struct tf_options file;
	int64_t limit; /* bytes; 0: TF_UPLOAD_DEFAULT. -EINVAL below 0 */
};

int tf_upload_new(const struct tf_upload_options *options, struct tf_upload **ret_upload);

/* All of it, at the end of what was written, or -EFBIG when that would be more than the limit: then
 * nothing of it is written. -EBADF once it was committed. */
int tf_upload_write(struct tf_upload *upload, const void *data, size_t len);
int tf_upload_flush(struct tf_upload *upload);
int tf_upload_fd(const struct tf_upload *upload);
int64_t tf_upload_size(const struct tf_upload *upload);

/* Where it is staged, and where it was committed to (NULL before). Borrowed. */
const char *tf_upload_path(const struct tf_upload *upload);
const char *tf_upload_final_path(const struct tf_upload *upload);

/* tf_file_persist. how: NULL replaces, makes parents, and gives it 0666 less the umask. */
int tf_upload_commit(struct tf_upload *upload, const char *target, const struct tf_publish *how);

/* Takes the object. Without a commit nothing is left. */
void tf_upload_free(struct tf_upload *upload);

/* --- fixtures ----------------------------------------------------------------------------- */

/* A file with this content, closed, that goes with its object. Suffix ".txt" and ".bin" where
 * options have none. */
int tf_text_file(const char *text, const struct tf_options *options, struct tf_file **ret_file);
int tf_binary_file(
	const void *data, size_t len, const struct tf_options *options, struct tf_file **ret_file);

/* --- clean-up ----------------------------------------------------------------------------- */

/* From now on the files and directories of all objects are removed too when one of the `n` signals
 * arrives (NULL, 0: SIGHUP, SIGINT, SIGQUIT, SIGPIPE and SIGTERM). A signal that is ignored at the
 * time stays ignored. A handler that was there runs afterwards, with its siginfo, and decides; if
 * there was none the process dies of the signal. Call it after the program has set its own
 * handlers; it may be called again. -EINVAL: a signal that cannot be caught, or one by which no
 * process ends (SIGCHLD, SIGTSTP, ...). */
int tf_cleanup_on_signals(const int *signals, int n);

/* From now on what is made is removed too when the process dies of what it cannot catch: SIGKILL, a
 * stack overflow, _exit. A small process that waits for that, the janitor, is started, unseen by
 * wait(2), once. `janitor`: its path, NULL: where it was installed. -ENOENT: it is not there;
 * -ECHILD: this process adopts orphans and would see it. */
int tf_cleanup_after_kill(const char *janitor);

/* Removes now what all objects of this process stand for, as exit would; the objects have to be
 * freed all the same. Signal-safe. */
void tf_cleanup(void);

/* A daemon: what a forked child has inherited is its parent's to remove. In the child,
 * tf_take_over makes it the child's; in the parent, tf_hand_over makes it nobody's here. Call
 * tf_hand_over first, before the fork, so that no death in between removes what the child needs:
 * between the two calls nobody removes anything. Where the fork fails, tf_take_over takes all back.
 * -EBUSY: tf_take_over without tf_hand_over. */
void tf_hand_over(void);
int tf_take_over(void);

/* --- by template -------------------------------------------------------------------------- */

/* Creates a file by a template such as "/tmp/fooXXXXXX.txt", relative to directory descriptor `dir`
 * (or AT_FDCWD), and gives a descriptor open for reading and writing, close-on-exec, mode 0600. The
 * six X before the last suffix_len characters (0 to the template's length) are replaced by letters
 * and digits from getrandom(2); nothing that exists is opened (O_EXCL). `flags` may add O_APPEND,
 * O_SYNC and the like. The file is the caller's to remove. Signal-safe.
 * On failure the template is as it was. -EINVAL: no six X there; -EEXIST: no free name found; else
 * as open(2). */
int tf_create_file(int dir, char *template_path, int suffix_len, int flags);

/* Creates a directory in the same way, mode 0700; 0 on success. Errors as tf_create_file, mkdir(2).
 * Signal-safe. */
int tf_create_dir(int dir, char *template_path);

/* Removes the file or the whole directory tree `name` in directory `dir`. Follows no symlink, goes
 * through no mount point, and needs a bounded stack and a bounded number of descriptors however
 * deep the tree is. What cannot be removed is left, the rest is removed, and the first error
 * returned. Signal-safe. */
int tf_remove(int dir, const char *name);

#pragma GCC visibility pop

/* --- scopes ------------------------------------------------------------------------------- */

/* Variables that free what they hold at the end of their scope (GCC and clang):
 *
 *     TF_AUTO_FILE file = NULL;
 *     if (tf_file_new(NULL, &file) < 0) ...
 */
#ifdef __GNUC__
#	define TF_AUTO(type) __attribute__((cleanup(tf_##type##_auto))) struct tf_##type *
#	define TF_DEFINE_AUTO(type)                                                               \
		static inline                                                                      \
			__attribute__((unused)) void tf_##type##_auto(struct tf_##type **held)     \
		{                                                                                  \
			tf_##type##_free(*held);                                                   \
		}
TF_DEFINE_AUTO(file)
TF_DEFINE_AUTO(dir)
TF_DEFINE_AUTO(spool)
TF_DEFINE_AUTO(atomic)
TF_DEFINE_AUTO(upload)
#	define TF_AUTO_FILE TF_AUTO(file)
#	define TF_AUTO_DIR TF_AUTO(dir)
#	define TF_AUTO_SPOOL TF_AUTO(spool)
#	define TF_AUTO_ATOMIC TF_AUTO(atomic)
#	define TF_AUTO_UPLOAD TF_AUTO(upload)
#endif

#ifdef __cplusplus
}
#endif

#endif
