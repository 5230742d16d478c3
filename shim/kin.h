/* kin.h: this process's place in the family of its session (lib/family.h). */
#ifndef SHIM_KIN_H
#define SHIM_KIN_H

#include "family.h"
#include "session.h"

/* At the start of an image. */
void kin_begin(void);

/* F1: writes this process down in the session, once. */
void kin_record(const struct tf_session *session);

/* F2, in a forked child: at once, since it may never call us again. `begun`: by its parent, before
 * the fork. */
void kin_record_forked(const struct tf_session *session, uint64_t begun);

/* F2, in the parent of a spawned child. */
void kin_record_spawned(const struct tf_session *session, int pid, uint64_t begun);

/* F3: before an exec, which may be that of a vfork child: it is written down, too. */
void kin_record_exec(const struct tf_session *session);

/* When the process `pid`, this one, was written down; 0: it was not. */
uint64_t kin_when(int pid);

/* This process has another session now. */
void kin_forget(void);

#endif
