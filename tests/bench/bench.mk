# bench.mk: what the benchmark measures with. Built like any program, without tmpguard's own flags.

BENCH_CFLAGS := -std=gnu11 -O2 -Wall -Wextra -Werror
BENCH_PROGRAMS := $(addprefix $(BUILD)/bench/,bench tiny empty.so)

$(BUILD)/bench/bench: tests/bench/bench.c tests/bench/bench.mk
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -o $@ $<

$(BUILD)/bench/tiny: tests/bench/tiny.c tests/bench/bench.mk
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -o $@ $<

$(BUILD)/bench/empty.so: tests/bench/bench.mk
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -shared -nostdlib -fPIC -x c -o $@ /dev/null

bench: $(BENCH_PROGRAMS) $(TEST_DIR)/latency $(TEST_DIR)/guest
