# lib.mk: what the suites on libtempfile (tests/lib-*.bats) run: the example programs, and the driver
# that is compared with Python. Built as a user would, from header and library.

LIB_TEST_CFLAGS := -O2 -g -Wall -Wextra -Werror -Ilib
EXAMPLES := $(patsubst tools/examples/%.c,$(TEST_DIR)/examples/%,$(wildcard tools/examples/*.c))

$(TEST_DIR)/examples/%: tools/examples/%.c lib/tempfile.h $(BUILD)/libtempfile.a tests/lib.mk
	@mkdir -p $(@D)
	$(CC) $(LIB_TEST_CFLAGS) $(addprefix -fsanitize=,$(SANITIZE)) -o $@ $< $(BUILD)/libtempfile.a

.PHONY: lib-test-programs
lib-test-programs: $(EXAMPLES) $(TEST_DIR)/beside $(BUILD)/bench/lib/sides

test: lib-test-programs

$(TEST_DIR)/beside: tests/beside/beside.c lib/tempfile.h $(BUILD)/libtempfile.a tests/lib.mk
	@mkdir -p $(@D)
	$(CC) $(LIB_TEST_CFLAGS) -D_GNU_SOURCE $(addprefix -fsanitize=,$(SANITIZE)) -o $@ $< $(BUILD)/libtempfile.a
