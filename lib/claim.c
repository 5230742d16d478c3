/* claim.c: may a session that is not our own be cleaned? */
#include "claim.h"
#include "lock.h"
#include "members.h"
#include "origin.h"

int tf__claim(int session, struct tf_claim *ret_claim)
{
	struct tf_stat stat;
	int origin = tf__lock_origin(session);

	if (origin < 0)
		return origin;
	if (origin == TF_ORIGIN_FOREIGN)
		return -EXDEV;
	if (origin == TF_ORIGIN_UNKNOWN) { /* whose numbers are in its table nobody can tell */
		*ret_claim = (struct tf_claim){0};
		return sys_stat_at(session, "members", TF_AT_SYMLINK_NOFOLLOW, &stat) == -ENOENT
			       ? 0
			       : -EXDEV;
	}
	*ret_claim = (struct tf_claim){
		.is_past = origin == TF_ORIGIN_PAST,
		.asking = TF_MEMBERS_SCAN,
	};
	/* A member elsewhere is then -EXDEV, unless all processes can be seen from here. */
	if (origin == TF_ORIGIN_HERE || tf__sees_all())
		ret_claim->asking |= TF_MEMBERS_HOME;
	return 0;
}
