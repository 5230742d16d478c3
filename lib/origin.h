/* origin.h: where a session began: which machine, which boot of it, which pid namespace.
 *
 * A free lock proves that a session is dead only for who shares the kernel that the lock is in. So
 * each session says where that is, in one line that is written before anybody can see it:
 *
 *     BOOT MACHINE NAMESPACE INIT
 *
 * BOOT is the kernel's boot_id, the same in all containers; MACHINE a number made of machine id and
 * host name; NAMESPACE the inode of the pid namespace, INIT when its process 1 started. What cannot
 * be told (no procfs) is 0.
 */
#ifndef TF_ORIGIN_H
#define TF_ORIGIN_H

#include "sys.h"

enum { TF_ORIGIN_SIZE = 128 };

enum tf_origin {
	TF_ORIGIN_HERE,      /* the same pid namespace: its processes can be seen */
	TF_ORIGIN_ELSEWHERE, /* another one under this kernel */
	TF_ORIGIN_PAST,      /* another boot of this machine: all its processes are dead */
	TF_ORIGIN_UNKNOWN,   /* this machine; it or we are without procfs */
	TF_ORIGIN_FOREIGN,   /* another machine, or not to be told */
};

/* Writes this process's line, without a newline. Its length. */
size_t tf__origin_write(char ret_line[TF_ORIGIN_SIZE]);

/* Judges a line as this process sees it. */
enum tf_origin tf__origin_judge(const char *line);

/* Are all processes of this kernel to be seen from here? */
bool tf__sees_all(void);

#endif
