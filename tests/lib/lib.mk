# lib.mk: programs that use libtempfile, for lib.bats. Included by the Makefile; uses its BUILD, CC,
# LAYERS, BASE_FLAGS and NO_LIBC_LOOPS.

LIB_TESTS := $(TEST_DIR)/lib

# Static: few system calls before main, and all of them may be the one at which it is killed.
$(LIB_TESTS)/publisher: tests/lib/publisher.c $(BUILD)/libtempfile.a
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -Ilib -static -o $@ $^ -pthread

$(LIB_TESTS)/subject: tests/lib/subject.c $(BUILD)/libtempfile.a
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -Wno-infinite-recursion -Ilib -o $@ $^ -pthread

$(LIB_TESTS)/unloaded: tests/lib/unloaded.c
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -Ilib -o $@ $^ -ldl

# The library itself under ThreadSanitizer, to which fences mean nothing: -w is for that warning.
# By a compiler that has one (tests.mk): musl's has none.
$(LIB_TESTS)/tsan/%.o: lib/%.c tests/lib/lib.mk
	@mkdir -p $(@D)
	$(or $(TEST_CC),$(CC)) -O1 -g $(BASE_FLAGS) $(NO_LIBC_LOOPS) -DTMPGUARD_LIBEXECDIR='"$(BUILD)"' -fsanitize=thread -w -c $< -o $@

$(LIB_TESTS)/threads: tests/lib/threads.c $(LAYERS:%=$(LIB_TESTS)/tsan/%.o)
	@mkdir -p $(@D)
	$(or $(TEST_CC),$(CC)) $(TEST_CFLAGS) -Ilib -fsanitize=thread -o $@ $^ -pthread

.PHONY: lib-programs lib-soak
lib-programs: $(addprefix $(LIB_TESTS)/,publisher subject threads unloaded)

test-tools: lib-programs

# The long forms of what `make test` does in short: each call is killed at, a million operations on a
# spool, eight threads with a hundred thousand files each.
lib-soak: all unit-programs test-tools
	LIB_STEP=1 LIB_FILES=100000 BATS_TEST_TIMEOUT=3600 TEST_SECONDS=14400 \
		tests/run-tests.sh "$(BUILD)" tests/lib.bats
	SPOOL_OPERATIONS=1000000 $(UNIT_DIR)/core spool-as-a-plain-file
	SPOOL_OPERATIONS=1000000 $(UNIT_DIR)/core-small-san spool-as-a-plain-file

-include $(wildcard $(LIB_TESTS)/tsan/*.d)
