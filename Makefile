# tmpguard: `make` builds into build/, `make test` runs everything, `make demo` shows it.
#
#   make SANITIZE=address,undefined BUILD=build/asan     sanitized
#   make CC=musl-gcc BUILD=build/musl
#   make install DESTDIR= PREFIX=/usr/local

BUILD ?= build
CC ?= cc
# What CC compiles for, which need not be this machine.
MACHINE := $(shell $(CC) -dumpmachine)
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
LIBEXECDIR ?= $(PREFIX)/libexec/tmpguard
BINDIR ?= $(PREFIX)/bin
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
VERSION := 0.1.0

# Modules of lib/ from the bottom to the top: each uses only those before it.
LAYERS := sys text glob part written dated drawn shape name create identity generation opendir links count walk remove tmpdir process census script program roots origin lock_content lock members claim journal_segments journal_length journal_file hazard journal_slots journal_append journal reader settings notes keeping jsonline errortext report session reach inside hashes family inuse linger shared clean_one clean_place clean launch host failure writing parents beneath place registry afterkill owned publish file anonymous directory spool atomic upload fixture signals cleanup public

SHIM := bind start warning gate kin janitor guard guard_place guard_session guard_end guard_terms guard_told guard_children environment making image redirect hazards own_dir files insecure open programs sandbox rights ends shell children
TOOL := tmpguard subcommand run share notinterposed options outcome chain keepto own_limits parts supervise report_command \
	report_text records record_types line json utf8 arena escape sessions session_look processes \
	list reap persist doctor doctor_text doctor_functions doctor_steps doctor_libraries doctor_search doctor_cache \
	doctor_elf doctor_symbols
PAGES := tmpguard tmpguard-run tmpguard-ls tmpguard-reap tmpguard-persist tmpguard-doctor
# The public objects, which stand on libc by way of host; the rest is also built without it, for shim
# and janitor.
HOSTED := tmpdir host failure writing parents beneath place registry afterkill owned publish file anonymous directory \
	spool atomic upload fixture signals cleanup public
FREE := freestanding $(filter-out $(HOSTED),$(LAYERS))
JANITOR := freestanding sys text glob name identity generation opendir links count walk remove process census script program roots origin lock_content lock members claim journal_segments journal_length journal_file hazard journal_slots journal_append journal reader settings notes keeping jsonline errortext report session reach inside hashes family inuse linger shared clean_one clean_place clean

BASE_FLAGS := -std=gnu11 -D_GNU_SOURCE -DTMPGUARD_VERSION='"$(VERSION)"' -Wall -Wextra -Werror \
	-Wshadow -Wstrict-prototypes -Wmissing-prototypes -Ilib -MMD -MP
# A build that is broken on purpose, so that `make torture` can be seen to fail (tests/torture.bats):
# JOURNAL drops a record, IDENTITY takes every file for the one that was made.
ifdef BREAK
BASE_FLAGS += -DTMPGUARD_BREAK_$(BREAK)
endif
# gcc would make loops into calls of strlen and memset; clang has no such option, nor the habit.
NO_LIBC_LOOPS := $(shell $(CC) -Werror -fno-tree-loop-distribute-patterns -E -x c /dev/null \
	>/dev/null 2>&1 && echo -fno-tree-loop-distribute-patterns)
# libcs differ in how they declare tmpnam's argument; clang does not look.
ARRAYS := $(shell $(CC) -Werror -Wno-array-parameter -E -x c /dev/null >/dev/null 2>&1 && \
	echo -Wno-array-parameter)
# A processor's newer atomic instructions are chosen at run time by functions of libgcc, which is not
# linked.
OWN_ATOMICS := $(shell $(CC) -Werror -mno-outline-atomics -E -x c /dev/null >/dev/null 2>&1 && \
	echo -mno-outline-atomics)
LIB_FLAGS := $(BASE_FLAGS) -DTMPGUARD_LIBEXECDIR='"$(LIBEXECDIR)"' -fPIC -fvisibility=hidden $(NO_LIBC_LOOPS)
# No stack protector (its guard lies in thread-local storage) and no unwinding tables to page in.
FREE_FLAGS := $(BASE_FLAGS) -fPIC -fvisibility=hidden -ffreestanding -fno-stack-protector \
	$(NO_LIBC_LOOPS) $(ARRAYS) $(OWN_ATOMICS) -fno-asynchronous-unwind-tables -fstack-usage \
	-U_FORTIFY_SOURCE
ifneq ($(filter x86_64%,$(MACHINE)),)
FREE_FLAGS += -fcf-protection=none
endif

# It waits in every session that there is: small, at fixed addresses, and in few pages. What it does
# in a hurry is done by the kernel.
JANITOR_FLAGS := $(filter-out -fPIC,$(FREE_FLAGS)) -Os -fno-pic -ffunction-sections \
	-DTF_WAITING='".text.unlikely.await"'

# A thread may be cancelled in the libc function that a wrapper has called: it is unwound through it.
SHIM_FLAGS = $(filter-out -fno-asynchronous-unwind-tables,$(FREE_FLAGS)) \
	-fasynchronous-unwind-tables

comma := ,
ifdef SANITIZE
LIB_FLAGS += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
TOOL_FLAGS += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
LDFLAGS += -fsanitize=$(SANITIZE)
# Without libc there is no runtime to report to: undefined behaviour traps.
ifneq ($(filter undefined,$(subst $(comma), ,$(SANITIZE))),)
FREE_FLAGS += -fsanitize=undefined -fsanitize-undefined-trap-on-error
JANITOR_FLAGS += -fsanitize=undefined -fsanitize-undefined-trap-on-error
endif
endif

LIB_OBJECTS := $(LAYERS:%=$(BUILD)/lib/%.o)
FREE_OBJECTS := $(FREE:%=$(BUILD)/free/%.o)
JANITOR_OBJECTS := $(JANITOR:%=$(BUILD)/janitor/%.o) $(BUILD)/janitor/janitor.o
SHIM_OBJECTS := $(SHIM:%=$(BUILD)/shim/%.o)
TOOL_OBJECTS := $(TOOL:%=$(BUILD)/tools/%.o)
PRODUCTS := $(BUILD)/libtmpguard.so $(BUILD)/tmpguard $(BUILD)/tmpguard-janitor \
	$(BUILD)/libtempfile.a $(BUILD)/libtempfile.so

.PHONY: all test test-programs test-aarch64 test-musl demo bench torture model model-large install uninstall clean format
.DELETE_ON_ERROR:
all: $(PRODUCTS)

# Objects depend on a file that changes when the command line does.
$(BUILD)/flags: FORCE
	@mkdir -p $(BUILD)
	@echo '$(CC) $(CFLAGS) $(LIB_FLAGS) $(SHIM_FLAGS) $(JANITOR_FLAGS) $(LIBEXECDIR) $(LIBDIR)' | cmp -s - $@ || \
		echo '$(CC) $(CFLAGS) $(LIB_FLAGS) $(SHIM_FLAGS) $(JANITOR_FLAGS) $(LIBEXECDIR) $(LIBDIR)' >$@
.PHONY: FORCE

$(BUILD)/lib/%.o: lib/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LIB_FLAGS) -c $< -o $@

$(BUILD)/free/%.o: lib/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(FREE_FLAGS) -c $< -o $@

$(BUILD)/janitor/janitor.o: tools/janitor.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(JANITOR_FLAGS) -Ishim -c $< -o $@

$(BUILD)/janitor/%.o: lib/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(JANITOR_FLAGS) -c $< -o $@

$(BUILD)/shim/%.o: shim/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SHIM_FLAGS) -Ishim -DTMPGUARD_LIBEXECDIR='"$(LIBEXECDIR)"' -c $< -o $@

$(BUILD)/tools/%.o: tools/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(BASE_FLAGS) $(TOOL_FLAGS) -Ishim -DTMPGUARD_LIBEXECDIR='"$(LIBEXECDIR)"' \
		-DTMPGUARD_LIBDIR='"$(LIBDIR)"' -c $< -o $@

$(BUILD)/libtempfile.a: $(LIB_OBJECTS)
	rm -f $@
	$(AR) rcs $@ $^

# It stays where it was loaded (nodelete): its signal handlers do.
$(BUILD)/libtempfile.so: $(LIB_OBJECTS) lib/tempfile.map
	$(CC) $(LDFLAGS) -shared -Wl,-soname,libtempfile.so.0 -Wl,--version-script=lib/tempfile.map \
		-Wl,-z,relro,-z,now -Wl,-z,nodelete -o $@ $(LIB_OBJECTS)

# The export map comes from the table of wrapped names.
$(BUILD)/shim.map: shim/wrapped.h
	@mkdir -p $(@D)
	{ echo '{ global:'; sed -n 's/^W([^,]*, \([a-zA-Z0-9_]*\),.*/\1;/p' $<; echo 'local: *; };'; } >$@

# No libc on the command line: nothing needed, nothing versioned. What it uses of libc it finds in
# the running process.
$(BUILD)/libtmpguard.so: $(SHIM_OBJECTS) $(FREE_OBJECTS) $(BUILD)/shim.map
	$(CC) $(CFLAGS) -shared -nostdlib -Wl,-soname,libtmpguard.so -Wl,--version-script=$(BUILD)/shim.map \
		-Wl,--gc-sections -Wl,-z,noexecstack -Wl,--hash-style=gnu -Wl,-z,now -Wl,-Bsymbolic -o $@ \
		$(SHIM_OBJECTS) $(FREE_OBJECTS)

$(BUILD)/tmpguard-janitor: $(JANITOR_OBJECTS)
	$(CC) $(CFLAGS) -static -no-pie -nostdlib -nostartfiles -Wl,--gc-sections -Wl,-z,noexecstack \
		-Wl,--build-id=none -Wl,-z,norelro -Wl,-z,noseparate-code -Wl,-Ttext-segment=0x40f000 \
		-o $@ $(JANITOR_OBJECTS)

$(BUILD)/tmpguard: $(TOOL_OBJECTS) $(BUILD)/libtempfile.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

-include lib/tempfile.mk tests/tests.mk tests/aarch64/aarch64.mk tests/torture/torture.mk tests/faults/faults.mk tests/soak/soak.mk tests/bench/bench.mk tests/unit/unit.mk tests/lib.mk tests/lib/lib.mk

test: all
	tests/run-tests.sh "$(BUILD)"

# With real programs, which it installs. PROGRAMS_TABLE=1: tools/doc/programs.md is what happened.
test-programs: all
	PROGRAMS_TABLE=$(PROGRAMS_TABLE) tests/programs/run.sh "$(BUILD)"

# The tool linked to musl, and the shim and the core as its compiler wrapper makes them. Left out are
# tests of what glibc is compared with: its fnmatch, its error texts, its streams under valgrind.
test-musl:
	+$(MAKE) CC=musl-gcc BUILD=build/musl all test-tools unit-programs
	TEST_TAGS='!glibc' tests/run-tests.sh build/musl $(addprefix tests/,core.bats contract.bats \
		run.bats report.bats manage.bats ends.bats linger.bats)

demo: all
	tests/demo/demo.sh "$(BUILD)"

bench: all
	tests/bench/bench.sh "$(BUILD)"

# Everything that can be killed is killed at each of its system calls; TORTURE_STEP=10: each tenth.
torture: all
	tests/torture/torture.sh "$(BUILD)" $(TORTURE_STEP)
	KILLSWEEP_STEP=1 tests/run-tests.sh "$(BUILD)" tests/killsweep.bats

model:
	tests/model/check.sh

# With more in it: takes half an hour and some gigabytes.
model-large:
	tests/model/check.sh --large

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR) $(DESTDIR)$(LIBEXECDIR) \
		$(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5
	install -m 755 $(BUILD)/tmpguard $(DESTDIR)$(BINDIR)/tmpguard
	install -m 755 $(BUILD)/libtmpguard.so $(DESTDIR)$(LIBDIR)/libtmpguard.so
	install -m 755 $(BUILD)/tmpguard-janitor $(DESTDIR)$(LIBEXECDIR)/tmpguard-janitor
	install -m 644 $(PAGES:%=tools/doc/%.1) $(DESTDIR)$(MANDIR)/man1
	install -m 644 tools/doc/tmpguard-report.5 $(DESTDIR)$(MANDIR)/man5/tmpguard-report.5

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/tmpguard $(DESTDIR)$(LIBDIR)/libtmpguard.so \
		$(DESTDIR)$(LIBEXECDIR)/tmpguard-janitor \
		$(PAGES:%=$(DESTDIR)$(MANDIR)/man1/%.1) \
		$(DESTDIR)$(MANDIR)/man5/tmpguard-report.5
	-rmdir $(DESTDIR)$(LIBEXECDIR) 2>/dev/null || true

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD)

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/tests/unit/*/*.d $(BUILD)/tests/unit/*/lib/*.d)
