# soak.mk: `make soak`: ten million files, or SOAK=NUMBER. Included by the Makefile.

$(TEST_DIR)/soak: tests/soak/soak.c | $(TEST_DIR)
	$(CC) $(TEST_CFLAGS) -o $@ $< -pthread

.PHONY: soak
soak: all $(TEST_DIR)/soak
	tests/soak/soak.sh "$(BUILD)" $(SOAK)

test-tools: $(TEST_DIR)/soak
