/* claim.h: may a session that is not our own be cleaned, and how is that to be found out?
 *
 * By where it began (origin.h). Its lock is believed under the kernel that keeps it, the numbers in
 * its table of members where those processes can be seen. A session of another boot of this machine
 * has neither a lock nor processes any more. Where the boot cannot be told, for want of procfs, on
 * a filesystem of this kernel's alone the lock is believed, but the table only if there is none.
 * One of another machine is never touched: the machine cannot be asked.
 */
#ifndef TF_CLAIM_H
#define TF_CLAIM_H

#include "sys.h"

struct tf_claim {
	bool is_past;    /* nobody of it lives; no need to ask, and nobody to ask */
	unsigned asking; /* enum tf_asking, for the others */
};

/* 0; -EXDEV: never; or what hindered, -ENOENT when it has no lock. */
int tf__claim(int session, struct tf_claim *ret_claim);

#endif
