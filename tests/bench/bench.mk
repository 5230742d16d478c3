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

# What libtempfile costs beside others: tests/bench/lib/lib_bench.py. Rust's side is built of Debian's
# crates (librust-tempfile-dev), offline, where they and cargo are.
LIB_BENCH := $(BUILD)/bench/lib
CRATES := /usr/share/cargo/registry

$(LIB_BENCH)/sides: tests/bench/lib/sides.c lib/tempfile.h $(BUILD)/libtempfile.a tests/bench/bench.mk
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -Ilib -o $@ $< $(BUILD)/libtempfile.a

$(LIB_BENCH)/rust/release/side: tests/bench/lib/side.rs tests/bench/lib/Cargo.toml
	@mkdir -p $(LIB_BENCH)/crate
	cp $^ $(LIB_BENCH)/crate
	cd $(LIB_BENCH)/crate && cargo build --quiet --release --offline --target-dir ../rust \
		--config 'source.crates-io.replace-with="debian"' \
		--config 'source.debian.directory="$(CRATES)"'

# There may be a cargo that has no compiler to run.
RUST_SIDE := $(and $(wildcard $(CRATES)/tempfile-*),$(shell cargo --version 2>/dev/null),$(LIB_BENCH)/rust/release/side)

.PHONY: bench-lib
bench-lib: $(LIB_BENCH)/sides $(RUST_SIDE)
	python3 tests/bench/lib/lib_bench.py $(LIB_BENCH)/sides "$(RUST_SIDE)"
