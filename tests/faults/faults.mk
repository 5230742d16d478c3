# faults.mk: `make faults`, and what it and its suite run. Included by the Makefile.

BROKEN := $(TEST_DIR)/broken

.PHONY: faults
faults: all test-programs-build
	tests/faults/faults.sh "$(BUILD)"

test-programs-build: $(TEST_DIR)/failat $(BROKEN)/libtmpguard.so

$(TEST_DIR)/failat: $(addprefix tests/faults/,failat.c calls.c calls.h) $(TRACER) | $(TEST_DIR)
	$(CC) $(TEST_CFLAGS) -o $@ $(filter %.c,$^)

# A shim with mistakes that have to be found, beside a janitor that has none.
$(BROKEN)/libtmpguard.so: $(BUILD)/libtmpguard.so $(BUILD)/tmpguard-janitor tests/faults/broken.h
	@mkdir -p $(BROKEN)
	for file in $(SHIM:%=shim/%.c) $(FREE:%=lib/%.c); do \
		$(CC) -O1 $(FREE_FLAGS) -Wno-unused-function -Ishim \
			-DTMPGUARD_LIBEXECDIR='""' -include tests/faults/broken.h -c $$file \
			-o $(BROKEN)/$$(basename $$file .c).$$(dirname $$file).o || exit; \
	done
	$(CC) -shared -nostdlib -Wl,-soname,libtmpguard.so -Wl,--version-script=$(BUILD)/shim.map \
		-Wl,--gc-sections -Wl,-z,noexecstack -Wl,--hash-style=gnu -Wl,-z,now -Wl,-Bsymbolic \
		-o $@ $(BROKEN)/*.o
	cp $(BUILD)/tmpguard-janitor $(BROKEN)/
