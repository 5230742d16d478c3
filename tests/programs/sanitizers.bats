#!/usr/bin/env bats
# sanitizers.bats: those that friends.bats leaves out: clang's, whose runtime is part of the program,
# and LeakSanitizer alone. DESIGN 12.
# needs: clang libclang-rt-dev llvm gcc

# shellcheck disable=SC2034 # variables of the helpers
load ../helper
load ../friends/friends

setup() {
	begin_with_friends
	# It turns addresses into names as well as it can, which takes seconds and is not ours.
	export ASAN_OPTIONS=$ASAN_OPTIONS:symbolize=0 TSAN_OPTIONS=symbolize=0 MSAN_OPTIONS=symbolize=0
}

sanitized() { # NAME CC FLAG
	need "$2"
	build_friend "$1" "$2" -O1 "-fsanitize=$3"
	ends_alike "$FRIEND"
}

@test "AddressSanitizer of clang: every end, and what it finds" {
	sanitized clang-address clang address
	finds heap "heap-buffer-overflow" "$FRIEND"
	finds freed "heap-use-after-free" "$FRIEND"
	finds leak "detected memory leaks" "$FRIEND"
}

@test "ThreadSanitizer of clang: every end, and what it finds" {
	sanitized clang-thread clang thread
	finds race "data race" "$FRIEND"
}

@test "MemorySanitizer of clang: every end, and what it finds" {
	sanitized clang-memory clang memory
	finds unset "use-of-uninitialized-value" "$FRIEND"
}

@test "UndefinedBehaviorSanitizer of clang: every end, and what it finds" {
	sanitized clang-undefined clang undefined
	finds shift "shift exponent" "$FRIEND"
}

@test "AddressSanitizer of clang, its runtime a library: every end, and what it finds" {
	need clang
	build_friend clang-shared clang -O1 -fsanitize=address -shared-libsan \
		"-Wl,-rpath,$(dirname "$(clang -print-file-name=libclang_rt.asan-x86_64.so)")"
	ends_alike "$FRIEND"
	finds heap "heap-buffer-overflow" "$FRIEND"
}

@test "LeakSanitizer of gcc: every end, and what it finds" {
	sanitized gcc-leak gcc leak
	finds leak "detected memory leaks" "$FRIEND"
}
