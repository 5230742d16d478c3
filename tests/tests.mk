# tests.mk: what the bats suites run, built beside the rest. Included by the Makefile; uses its BUILD
# and CC. The sanitizers stay out of here: a preload comes before their runtime.

TEST_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror
TEST_DIR := $(BUILD)/tests
MUSL_CC := $(shell command -v musl-gcc 2>/dev/null)

TEST_PROGRAMS := $(addprefix $(TEST_DIR)/,probe probe-lfs probe-fortify probe-ctor probe-static \
	view killat libotherpreload.so libctorlib.so)
ifneq ($(MUSL_CC),)
TEST_PROGRAMS += $(TEST_DIR)/probe-musl
endif

.PHONY: test-programs-build
test-programs-build: $(TEST_PROGRAMS)

$(TEST_DIR):
	mkdir -p $@

$(TEST_DIR)/probe: tests/probe/probe.c | $(TEST_DIR)
	$(CC) $(TEST_CFLAGS) -DPROBE_DLSYM -o $@ $< -pthread -ldl

$(TEST_DIR)/probe-lfs: tests/probe/probe.c | $(TEST_DIR)
	$(CC) $(TEST_CFLAGS) -DPROBE_DLSYM -D_FILE_OFFSET_BITS=64 -o $@ $< -pthread -ldl

$(TEST_DIR)/probe-fortify: tests/probe/probe.c | $(TEST_DIR)
	$(CC) $(TEST_CFLAGS) -DPROBE_DLSYM -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -o $@ $< \
		-pthread -ldl

# Linked against the library whose constructor makes a file before main.
$(TEST_DIR)/probe-ctor: tests/probe/probe.c $(TEST_DIR)/libctorlib.so | $(TEST_DIR)
	$(CC) $(TEST_CFLAGS) -DPROBE_DLSYM -o $@ $< -pthread -ldl -Wl,--no-as-needed \
		-L$(TEST_DIR) -lctorlib '-Wl,-rpath,$$ORIGIN'

# No preload ever gets into this one.
$(TEST_DIR)/probe-static: tests/probe/probe.c | $(TEST_DIR)
	$(CC) $(TEST_CFLAGS) -static -o $@ $< -pthread

$(TEST_DIR)/probe-musl: tests/probe/probe.c | $(TEST_DIR)
	$(MUSL_CC) $(TEST_CFLAGS) -o $@ $< -pthread

$(TEST_DIR)/view: tests/probe/view.c | $(TEST_DIR)
	$(CC) $(TEST_CFLAGS) -o $@ $<

$(TEST_DIR)/killat: tests/killat/killat.c | $(TEST_DIR)
	$(CC) $(TEST_CFLAGS) -o $@ $<

$(TEST_DIR)/libotherpreload.so: tests/probe/otherpreload.c | $(TEST_DIR)
	$(CC) $(TEST_CFLAGS) -fPIC -shared -o $@ $< -ldl

$(TEST_DIR)/libctorlib.so: tests/probe/ctorlib.c | $(TEST_DIR)
	$(CC) $(TEST_CFLAGS) -fPIC -shared -o $@ $<

test: test-programs-build
