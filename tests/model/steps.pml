/* steps.pml: what the models have in common: a step of the protocol, which may be somebody's last.
 *
 * Each model says before it includes this which STEPS it has, which process is never killed (LAST),
 * and, if there is FREEZE, who then stops for good (CLEANERS).
 */

#define bit(p)	(1 << (p))
#define up(p)	(alive & bit(p))

short alive;			/* processes */

/* Which steps were made at all, for check.sh. This is no part of the state. */
c_decl {
#define STEP_NAME(s) s##_STEP,
#define STEP_TEXT(s) #s,
	enum step { STEPS(STEP_NAME) STEP_COUNT };
	static char made[STEP_COUNT];
	static void __attribute__((destructor)) tell(void)
	{
		static const char *const text[] = { STEPS(STEP_TEXT) };

		for (int i = 0; i < STEP_COUNT; i++)
			printf("step %s: %s\n", text[i], made[i] ? "made" : "missed");
	}
}
#define made(s)	c_code { made[s##_STEP] = 1; }

/* A step of `me`: killed, or made as soon as the guard allows it. A thread whose process is gone
 * goes with it. */
#ifdef FREEZE
#define FREEZING	:: CLEANERS(me) -> goto frozen
#else
#define FREEZING
#endif
#define WHEN(guard, ...) \
	atomic { \
		if \
		:: up(me) && (guard) -> __VA_ARGS__ \
		:: up(me) && !peace && me != LAST -> goto killed \
		:: !up(me) -> goto ended \
		FREEZING \
		fi \
	}
#define STEP(...)	WHEN(true, __VA_ARGS__)
