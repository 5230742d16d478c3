# faults.mk: `make faults`, and what it and its suite run. Included by the Makefile.

BROKEN := $(TEST_DIR)/broken
UNMAPPED := $(TEST_DIR)/unmapped

.PHONY: faults
faults: all test-tools
	tests/faults/faults.sh "$(BUILD)"

test-tools: $(TEST_DIR)/failat $(BROKEN)/libtmpguard.so $(UNMAPPED)/libtmpguard.so

$(TEST_DIR)/failat: $(addprefix tests/faults/,failat.c calls.c calls.h) $(TRACER) | $(TEST_DIR)
	$(CC) $(TEST_CFLAGS) -o $@ $(filter %.c,$^)

# shim-variant DIRECTORY,FLAGS: another shim, beside the janitor.
define shim-variant
$1/libtmpguard.so: $(BUILD)/libtmpguard.so $(BUILD)/tmpguard-janitor tests/faults/broken.h
	@mkdir -p $1
	for file in $(SHIM:%=shim/%.c) $(FREE:%=lib/%.c); do \
		$(CC) -O1 $(FREE_FLAGS) -Wno-unused-function -Ishim \
			-DTMPGUARD_LIBEXECDIR='""' $2 -c $$$$file \
			-o $1/$$$$(basename $$$$file .c).$$$$(dirname $$$$file).o || exit; \
	done
	$(CC) -shared -nostdlib -Wl,-soname,libtmpguard.so -Wl,--version-script=$(BUILD)/shim.map \
		-Wl,--gc-sections -Wl,-z,noexecstack -Wl,--hash-style=gnu -Wl,-z,now -Wl,-Bsymbolic \
		-o $$@ $1/*.o
	cp $(BUILD)/tmpguard-janitor $1/
endef

# One with mistakes that have to be found, and one that maps no journal.
$(eval $(call shim-variant,$(BROKEN),-include tests/faults/broken.h))
$(eval $(call shim-variant,$(UNMAPPED),-DTMPGUARD_BREAK_MAPPING))
