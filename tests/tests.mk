# tests.mk: what the bats suites run, built beside the rest. Included by the Makefile; uses its BUILD
# and CC. The sanitizers stay out of here: a preload comes before their runtime.

TEST_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror
TEST_DIR := $(BUILD)/tests
TRACER := tests/tracer/tracer.c tests/tracer/tracer.h
# A product of musl's compiler wrapper is tried on programs of the machine's own libc, too, as that of
# any other; and the wrapper sees no kernel headers.
TEST_CC := $(if $(findstring musl-gcc,$(CC)),cc,$(CC))
# It is for this machine; CC need not be.
ifeq ($(MACHINE),$(shell musl-gcc -dumpmachine 2>/dev/null))
MUSL_CC := $(shell command -v musl-gcc)
endif
PROBE_SOURCES := $(addprefix tests/probe/,probe.c tell.c temporary.c opens.c names.c processes.c \
	surroundings.c)
# What the probe does with old functions is what it is for: the linker need not warn of it.
PROBE_CFLAGS := $(TEST_CFLAGS) -fexceptions $(shell printf 'int main(void) { return 0; }' | \
	$(TEST_CC) -Wl,--no-warnings -o /dev/null -x c - 2>/dev/null && echo -Wl,--no-warnings)
# openat2 is in glibc since a version that few have.
PROBE_CFLAGS += $(shell printf 'int openat2(void); int main(void) { return openat2(); }' | \
	$(TEST_CC) -o /dev/null -x c - 2>/dev/null && echo -DPROBE_OPENAT2)

TEST_PROGRAMS := $(addprefix $(TEST_DIR)/,probe probe-lfs probe-fortify probe-ctor probe-static \
	view killat libotherpreload.so libwrongpreload.so libctorlib.so relatives shells \
	chain siblings chain-static filtered guest latency victim replay doctor-fuzz)
ifneq ($(MUSL_CC),)
TEST_PROGRAMS += $(addprefix $(TEST_DIR)/,probe-musl relatives-musl shells-musl)
endif

.PHONY: test-tools
test-tools: $(TEST_PROGRAMS)

$(TEST_DIR):
	mkdir -p $@

$(TEST_DIR)/probe: $(PROBE_SOURCES) tests/probe/probe.h | $(TEST_DIR)
	$(TEST_CC) $(PROBE_CFLAGS) -DPROBE_DLSYM -o $@ $(PROBE_SOURCES) -pthread -ldl

$(TEST_DIR)/probe-lfs: $(PROBE_SOURCES) tests/probe/probe.h | $(TEST_DIR)
	$(TEST_CC) $(PROBE_CFLAGS) -DPROBE_DLSYM -D_FILE_OFFSET_BITS=64 -o $@ $(PROBE_SOURCES) -pthread -ldl

$(TEST_DIR)/probe-fortify: $(PROBE_SOURCES) tests/probe/probe.h | $(TEST_DIR)
	$(TEST_CC) $(PROBE_CFLAGS) -DPROBE_DLSYM -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -o $@ \
		$(PROBE_SOURCES) -pthread -ldl

# Linked against the library whose constructor makes a file before main.
$(TEST_DIR)/probe-ctor: $(PROBE_SOURCES) tests/probe/probe.h $(TEST_DIR)/libctorlib.so | $(TEST_DIR)
	$(TEST_CC) $(PROBE_CFLAGS) -DPROBE_DLSYM -o $@ $(PROBE_SOURCES) -pthread -ldl -Wl,--no-as-needed \
		-L$(TEST_DIR) -lctorlib '-Wl,-rpath,$$ORIGIN'

# No preload ever gets into this one.
$(TEST_DIR)/probe-static: $(PROBE_SOURCES) tests/probe/probe.h | $(TEST_DIR)
	$(TEST_CC) $(PROBE_CFLAGS) -static -o $@ $(PROBE_SOURCES) -pthread

$(TEST_DIR)/probe-musl: $(PROBE_SOURCES) tests/probe/probe.h | $(TEST_DIR)
	$(MUSL_CC) $(TEST_CFLAGS) -o $@ $(PROBE_SOURCES) -pthread

$(TEST_DIR)/view: tests/probe/view.c | $(TEST_DIR)
	$(TEST_CC) $(TEST_CFLAGS) -o $@ $<

$(TEST_DIR)/killat: tests/killat/killat.c tests/killat/calls.h $(TRACER) | $(TEST_DIR)
	$(TEST_CC) $(TEST_CFLAGS) -o $@ $(filter %.c,$^)

$(TEST_DIR)/replay: tests/idiom/replay.c | $(TEST_DIR)
	$(CC) $(TEST_CFLAGS) -o $@ $<

$(addprefix $(TEST_DIR)/,relatives shells chain siblings): $(TEST_DIR)/%: tests/follow/%.c | $(TEST_DIR)
	$(TEST_CC) $(TEST_CFLAGS) -o $@ $< -pthread

$(addprefix $(TEST_DIR)/,relatives-musl shells-musl): $(TEST_DIR)/%-musl: tests/follow/%.c | $(TEST_DIR)
	$(MUSL_CC) $(TEST_CFLAGS) -o $@ $< -pthread

$(addprefix $(TEST_DIR)/,guest latency): $(TEST_DIR)/%: tests/janitor/%.c | $(TEST_DIR)
	$(TEST_CC) $(TEST_CFLAGS) -o $@ $<

$(TEST_DIR)/filtered: tests/follow/filtered.c | $(TEST_DIR)
	$(TEST_CC) $(TEST_CFLAGS) -o $@ $<

$(TEST_DIR)/victim: tests/hardened/victim.c | $(TEST_DIR)
	$(TEST_CC) $(PROBE_CFLAGS) -o $@ $<

$(TEST_DIR)/chain-static: tests/follow/chain.c | $(TEST_DIR)
	$(TEST_CC) $(TEST_CFLAGS) -static -o $@ $<

# With sanitizers: it is there to find what is read that is not there.
DOCTOR_SOURCES := $(addprefix tools/,doctor_libraries.c doctor_search.c doctor_cache.c doctor_elf.c \
	doctor_symbols.c)
$(TEST_DIR)/doctor-fuzz: tests/doctor/fuzz.c $(DOCTOR_SOURCES) $(wildcard tools/doctor_*.h) | $(TEST_DIR)
	$(TEST_CC) $(TEST_CFLAGS) $(UNIT_SAN) -D_GNU_SOURCE -Itools -Ishim -o $@ $(filter %.c,$^)

$(TEST_DIR)/libotherpreload.so: tests/probe/otherpreload.c | $(TEST_DIR)
	$(TEST_CC) $(TEST_CFLAGS) -fPIC -shared -o $@ $< -ldl

$(TEST_DIR)/libwrongpreload.so: tests/probe/wrongpreload.c | $(TEST_DIR)
	$(TEST_CC) $(TEST_CFLAGS) -fPIC -shared -o $@ $< -ldl

$(TEST_DIR)/libctorlib.so: tests/probe/ctorlib.c | $(TEST_DIR)
	$(TEST_CC) $(TEST_CFLAGS) -fPIC -shared -o $@ $<

test test-programs: test-tools
