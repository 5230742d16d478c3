# aarch64.mk: everything built for 64-bit Arm, and its suites run under an emulator. Included by the
# Makefile; uses its PRODUCTS and tests.mk's TEST_PROGRAMS.

ARM := aarch64-linux-gnu
ARM_BUILD := build/aarch64
EMULATED := $(BUILD)/emulated

# A directory that the suites take for BUILD: each program in it starts the emulator with the one
# beside it. What is static is not started as another program's child is: no preload is in it.
EMULATED_PROGRAMS := tmpguard $(addprefix tests/,probe probe-lfs probe-fortify probe-ctor)
EMULATED_FILES := libtmpguard.so tmpguard-janitor libtempfile.so $(addprefix tests/,libotherpreload.so \
	libwrongpreload.so libctorlib.so)

$(EMULATED)/emulate: tests/aarch64/emulate.c
	@mkdir -p $(@D)
	cc $(TEST_CFLAGS) -DEMULATOR='"qemu-aarch64"' -DSYSROOT='"/usr/$(ARM)"' -static -o $@ $<

$(EMULATED_PROGRAMS:%=$(EMULATED)/%): $(EMULATED)/%: $(BUILD)/% $(EMULATED)/emulate
	@mkdir -p $(@D)
	cp $(BUILD)/$* $@.emulated
	cp $(EMULATED)/emulate $@

$(EMULATED_FILES:%=$(EMULATED)/%): $(EMULATED)/%: $(BUILD)/%
	@mkdir -p $(@D)
	cp $< $@

.PHONY: emulated
emulated: all $(addprefix $(EMULATED)/,$(EMULATED_PROGRAMS) $(EMULATED_FILES))

# Left out are tests of what the emulator has not: janitors, a vfork that shares memory, a clone with
# a stack of 8 KB, limits that do not count for itself, a program that works from another place.
test-aarch64:
	tests/aarch64/install.sh
	+$(MAKE) CC=$(ARM)-gcc AR=$(ARM)-ar BUILD=$(ARM_BUILD) emulated
	ARM_BUILD=$(ARM_BUILD) EMULATED=1 TEST_TIMEOUT=600 TEST_TAGS='!native' tests/run-tests.sh \
		$(ARM_BUILD)/emulated tests/aarch64/aarch64.bats tests/contract.bats tests/contract-open.bats
