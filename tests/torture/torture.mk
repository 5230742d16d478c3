# torture.mk: what is killed at each of its system calls, and who does it. Included by the Makefile;
# uses TEST_DIR and TEST_CFLAGS.

TORTURE_PROGRAMS := $(TEST_DIR)/scenario $(TEST_DIR)/torture

$(TEST_DIR)/scenario: tests/torture/scenario.c | $(TEST_DIR)
	$(CC) $(TEST_CFLAGS) -o $@ $< -pthread

TORTURE_SOURCES := $(addprefix tests/torture/,torture.c sweeps.c place.c started.c)
$(TEST_DIR)/torture: $(TORTURE_SOURCES) tests/torture/torture.h | $(TEST_DIR)
	$(CC) $(TEST_CFLAGS) -o $@ $(TORTURE_SOURCES)

test-tools: $(TORTURE_PROGRAMS)
torture: test-tools
