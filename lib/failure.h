/* failure.h: what failed last, in words, for each thread. */
#ifndef TF_FAILURE_H
#define TF_FAILURE_H

/* Notes "cannot OPERATION PATH: REASON" for tf_error_text; path may be NULL. Answers `error`, so
 * that it can stand in a return. Not for signal handlers. */
int tf__fail(int error, const char *operation, const char *path);

#endif
