#!/usr/bin/env bats
# redirect.bats: templates directly in a temp root end in a private directory: in TMPGUARD_DIR or
# the private TMPDIR if the name fits, else in a short directory beside, else in place. DESIGN 3.
# What TMPGUARD_DIR and TMPGUARD_PREFIX do where the name fits is in settings.bats, how it all ends
# in redirect-end.bats.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2153,SC2154 # the probe's braces; scripts; variables
load helper
load redirect

# ---- where

@test "a template in a temp root ends in a private directory beside, whatever the function" {
	local way function template

	for way in "${WAYS[@]}"; do
		for function in mkstemp mkstemp64 "mkostemp @ append" "mkostemp64 @ cloexec" "mkstemps @ 0" \
			"mkstemps64 @ 0" "mkostemps @ 0 append" "mkostemps64 @ 0 append" mkdtemp; do
			[[ $function == *@* ]] || function+=" @"
			# shellcheck disable=SC2086 # words
			said in_way "$way" "$PROBE" quiet ${function//@/$F} place "$TMPDIR"
			assert_equal "$way $function" "$PRIVATE" "$SAID"
			# shellcheck disable=SC2086 # words
			said in_way "$way" "$PROBE" quiet ${function//@/$F} print
			assert_was "$way $function" "$F" "$TMPDIR/$A{3}/$A{5}"
		done
	done
	assert_only_bystanders
}

@test "in each of the usual temp roots, for glibc and musl" {
	local way root probe

	for probe in "$PROBE" "$PROBES"/probe-{lfs,fortify,musl}; do
		[ -e "$probe" ] || continue
		for way in "${WAYS[@]}"; do
			for root in /tmp /var/tmp /dev/shm; do
				said in_way "$way" "$probe" quiet mkstemp "$root/fooXXXXXX" print
				assert_was "$way" "$root/fooXXXXXX" "$root/$A{3}/$A{5}"
			done
		done
	done
}

@test "the caller sees a file like libc's, and errno is left alone" {
	local function way

	for function in "mkstemp $F" "mkstemp64 $F" "mkdtemp $F" "mkostemp $F append" "mkstemps ${F}.c 2"; do
		# shellcheck disable=SC2086 # words
		said plain "$PROBE" $function
		for way in "${WAYS[@]}"; do
			# The mask is for the caller's template: the letters are elsewhere here.
			# shellcheck disable=SC2001,SC2086 # no pattern of bash says it; words
			assert_equal "$way $function" "$(sed 's/template=[^ ]*//' <<<"$SAID")" \
				"$(in_way "$way" "$PROBE" $function | sed 's/template=[^ ]*//')"
		done
		remove_left
	done
	assert_only_bystanders
}

@test "suffixes stay, and so does the caller's prefix as far as there is room for six letters" {
	local way

	for way in "${WAYS[@]}"; do
		while read -r template suffix regex; do
			said in_way "$way" "$PROBE" quiet mkstemps "$TMPDIR/$template" "$suffix" print
			assert_was "$way $template" "$TMPDIR/$template" "$TMPDIR/$regex"
		done <<-END
			XXXXXX 0 $A{2}/$A{3}
			XXXXXX.txt 4 $A{2}/$A{3}\.txt
			aXXXXXX 0 $A{2}/$A{4}
			ccXXXXXX.s 2 $A{3}/$A{4}\.s
			fooXXXXXX 0 $A{3}/$A{5}
			foobarXXXXXX 0 $A{3}/fo$A{6}
			foobarXXXXXX.c++ 4 $A{3}/fo$A{6}\.c\+\+
			foobarbazqXXXXXX 0 $A{3}/foobar$A{6}
		END
	done
}

@test "fewer than six X are an error as ever, and more belong to the prefix" {
	local way template

	for way in "${WAYS[@]}"; do
		for template in foo fooX fooXXXXX fooXXXXXXa XXXXX ''; do
			said plain "$PROBE" mkstemp "$TMPDIR/$template" mkdtemp "$TMPDIR/$template"
			assert_equal "$way $template" "$SAID" \
				"$(in_way "$way" "$PROBE" mkstemp "$TMPDIR/$template" mkdtemp "$TMPDIR/$template")"
		done
		said in_way "$way" "$PROBE" quiet mkstemp "$TMPDIR/fooXXXXXXXXXXXX" print
		assert_was "$way" "$TMPDIR/fooXXXXXXXXXXXX" "$TMPDIR/$A{3}/fooXX$A{6}"
	done
	assert_only_bystanders
}

@test "the longest name there is, and those that are too long, in every temp root" {
	local way long root

	for way in "${WAYS[@]}"; do
		for root in /tmp /var/tmp "$TMPDIR"; do
			long=$(printf 'p%.0s' {1..249})
			said in_way "$way" "$PROBE" quiet mkstemp "$root/${long}XXXXXX" print
			assert_missing "$SAID"
			assert_equal "$way, length" $((${#root} + 256)) "${#SAID}"
			[[ $SAID =~ ^("$root"/$A{3}|"$TMPDIR/$BASE"/$A{6}/tmp|"$LONG")/p+$A{6}$ ]] || fail "$way: $SAID"
			said in_way "$way" "$PROBE" mkstemp "$root/p${long}XXXXXX"
			[[ $SAID == *"failed errno=ENAMETOOLONG"* ]] || fail "$way: $SAID"
		done
		long=$TMPDIR/$(printf './%.0s' {1..2000})
		said in_way "$way" "$PROBE" quiet mkstemp "${long}fooXXXXXX" print
		[[ $SAID == "${long}foo"?????? ]] || fail "$way: $SAID"
		assert_missing "$SAID"
		said in_way "$way" "$PROBE" mkstemp "$long$(printf './%.0s' {1..45})fooXXXXXX"
		[[ $SAID == *"failed errno=ENAMETOOLONG"* ]] || fail "$way: $SAID"
	done
	assert_only_bystanders
}

@test "however the temp root is spelled: relative, with dots and slashes, through a symbolic link" {
	local way prefix

	ln -s "$TMPDIR" "$WORK/link"
	for way in "${WAYS[@]}"; do
		for prefix in "" ./ "../${TMPDIR##*/}/" "$TMPDIR//" "/$TMPDIR/" "$TMPDIR/aQwErTy/../" "$TMPDIR/./" \
			"$WORK/link/" "/proc/self/cwd/"; do
			said in_way "$way" "$PROBE" quiet chdir "$TMPDIR" mkstemp "${prefix}fooXXXXXX" print \
				print-to "$WORK/path" place "$TMPDIR"
			assert_equal "$way $prefix: length" $((${#prefix} + 9)) "$(stat -c %s "$WORK/path")"
			[[ $SAID =~ ^"$prefix"$A{3}/$A{5}$'\n'"$PRIVATE"$ ]] || fail "$way $prefix: $SAID"
		done
		assert_only_bystanders
	done
}

@test "a relative template never becomes an absolute path" {
	mkdir "$TMPDIR/d"
	declare_left d
	said env TMPGUARD_DIR="$TMPDIR/d" LD_PRELOAD="$SHIM" "$PROBE" quiet chdir "$TMPDIR" \
		mkstemp a-template-that-would-fit-there-if-it-were-not-relative-XXXXXX print
	[[ $SAID =~ ^$A{3}/a-template-that-.*$ ]] || fail "$SAID"
	assert_empty "$TMPDIR/d"
}

@test "only what is directly in a temp root: not below, not outside, not where others must find it" {
	local way outside name

	outside=$(make_outside)
	mkdir "$TMPDIR/sub"
	declare_left sub
	for way in "${WAYS[@]}"; do
		said in_way "$way" "$PROBE" quiet mkstemp "$TMPDIR/sub/fooXXXXXX" print
		[[ $SAID == "$TMPDIR/sub/foo"?????? ]] || fail "$way, below: $SAID"
		said in_way "$way" "$PROBE" quiet mkstemp "$outside/fooXXXXXX" print
		[[ $SAID == "$outside/foo"?????? ]] || fail "$way, outside: $SAID"
		rm "$SAID"
		for name in ssh- tmux- krb5cc_; do
			said in_way "$way" "$PROBE" quiet mkstemp "$TMPDIR/${name}XXXXXX" print
			[[ $SAID == "$TMPDIR/$name"?????? ]] || fail "$way, others': $SAID"
			rm "$SAID"
		done
	done
	rmdir "$outside" "$TMPDIR/sub"
}

@test "a tree in which the command was started is no temp root, and what is made there stays" {
	local way

	mkdir /tmp/tgt-work.$$
	cd /tmp/tgt-work.$$
	for way in "${WAYS[@]}"; do
		said in_way "$way" "$PROBE" quiet mkstemp /tmp/tgt-work.$$/fooXXXXXX print
		[[ $SAID == /tmp/tgt-work.$$/foo?????? ]] || fail "$way: $SAID"
		rm "$SAID"
	done
	cd /
	rmdir /tmp/tgt-work.$$
}

@test "the private TMPDIR of run comes first, if the name fits with four letters at least" {
	local way base prefix

	base=$TMPDIR/$BASE/123456/tmp/ # as long as it will be
	for way in run run-variable; do
		prefix=$(printf 'p%.0s' $(seq $((${#base} - ${#TMPDIR} - 1))))
		prefix=${prefix%??}
		said in_way "$way" "$PROBE" quiet mkstemp "$TMPDIR/${prefix}XXXXXX" print
		assert_was "$way, fits" "$TMPDIR/${prefix}XXXXXX" "$TMPDIR/$BASE/$A{6}/tmp/$A{4}"
		prefix=${prefix%?}
		said in_way "$way" "$PROBE" quiet mkstemp "$TMPDIR/${prefix}XXXXXX" print
		assert_was "$way, does not" "$TMPDIR/${prefix}XXXXXX" "$TMPDIR/$A{3}/p+$A{6}"
		prefix=${prefix}pppppp
		said in_way "$way" "$PROBE" quiet mkstemps "$TMPDIR/${prefix}XXXXXX.c" 2 print
		assert_was "$way, with a prefix" "$TMPDIR/${prefix}XXXXXX.c" "$TMPDIR/$BASE/$A{6}/tmp/p{3}$A{6}\.c"
	done
}

@test "not to another filesystem, unless TMPGUARD_DIR names it" {
	local way name=a-name-that-has-more-than-room-enough-for-any-directory-of-the-session dir

	[ "$(stat -c %d /dev/shm)" != "$(stat -c %d "$TMPDIR")" ] || skip "one filesystem is all there is"
	for way in run run-variable; do
		said in_way "$way" "$PROBE" quiet mkstemp "/dev/shm/${name}XXXXXX" print
		assert_was "$way" "/dev/shm/${name}XXXXXX" "/dev/shm/$A{3}/a-name-.*"
		said in_way "$way" "$PROBE" quiet mkstemp "$TMPDIR/${name}XXXXXX" print
		assert_was "$way" "$TMPDIR/${name}XXXXXX" "$TMPDIR/$BASE/$A{6}/tmp/a-name-.*"
	done
	dir=$(mktemp -d /dev/shm/XXXX)
	RUN_OPTIONS=(-q --redirect --dir="$dir")
	said guarded "$PROBE" quiet mkstemp "$TMPDIR/${name}XXXXXX" print
	assert_was "--dir" "$TMPDIR/${name}XXXXXX" "$dir/a-name-.*" || true
	[[ $SAID == "$dir"/a-name-* ]] || fail "$SAID"
	rmdir "$dir"
}

@test "what is asked for in the private TMPDIR already stays there" {
	local way made

	for way in run run-variable run-dir; do
		said in_way "$way" sh -c '"$PROBE" quiet mkstemp "$TMPDIR/fooXXXXXX" print
			cd "$TMPDIR" && "$PROBE" quiet mkstemp fooXXXXXX print && echo "$TMPDIR"'
		mapfile -t made <<<"$SAID"
		[[ ${made[0]} == "${made[2]}/foo"?????? && ${made[1]} == foo?????? ]] || fail "$way: $SAID"
	done
}

@test "PREFIX: comes first there, whole or not at all" {
	local way

	export TMPGUARD_PREFIX=pre-
	for way in "${WAYS[@]}"; do
		said in_way "$way" "$PROBE" quiet mkstemp "$TMPDIR/foobarXXXXXX" print
		assert_was "$way, no room" "$TMPDIR/foobarXXXXXX" "$TMPDIR/$A{3}/fo$A{6}"
		said in_way "$way" "$PROBE" quiet mkstemps "$TMPDIR/foobarbazXXXXXX.c" 2 print
		assert_was "$way, room" "$TMPDIR/foobarbazXXXXXX.c" "$TMPDIR/$A{3}/pre-f$A{6}\.c"
	done
}

@test "not asked for, names and places are libc's" {
	local value

	RUN_OPTIONS=(-q)
	for value in unset '' 0; do
		(
			[ "$value" = unset ] || export TMPGUARD_REDIRECT=$value
			for way in shimmed guarded; do
				said "$way" "$PROBE" quiet mkstemp "$F" print
				[[ $SAID == "$TMPDIR/foo"?????? ]] || fail "$way '$value': $SAID" || return
			done
		)
	done
	said env TMPGUARD_REDIRECT=1 "$TMPGUARD" run -q --redirect=0 -- "$PROBE" quiet mkstemp "$F" print
	[[ $SAID == "$TMPDIR/foo"?????? ]] || fail "--redirect=0: $SAID"
}

@test "TMPGUARD_EXCLUDE and TMPGUARD_TRACK=off: nobody would remove a directory, so there is none" {
	local way setting name

	for setting in TMPGUARD_EXCLUDE=probe TMPGUARD_TRACK=off; do
		export "${setting?}"
		for way in "${WAYS[@]}"; do
			for name in foo a-name-that-has-room-in-the-private-TMPDIR-; do
				said in_way "$way" "$PROBE" quiet mkstemp "$TMPDIR/${name}XXXXXX" print
				[[ $SAID == "$TMPDIR/$name"?????? ]] || fail "$way $setting: $SAID"
				rm "$SAID"
			done
		done
		unset "${setting%=*}"
	done
	assert_only_bystanders
}

# ---- the directory

@test "processes of a session share one directory for each temp root" {
	local way

	for way in "${WAYS[@]}"; do
		said in_way "$way" bash -c 'for i in {1..5}; do "$PROBE" quiet mkstemp "$F" print; done
			"$PROBE" quiet mkstemp "$F" print fork { mkstemp "$F" print fork { mkdtemp "$F" print } wait } \
				wait execv { quiet mkstemp "${F%/*}/long-as-it-is-XXXXXX" print }
			find "${F%/*}" -mindepth 1 -maxdepth 1 -type d -name "???" | wc -l'
		assert_equal "$way: made in" 1 "$(grep / <<<"$SAID" | xargs -n 1 dirname | sort -u | wc -l)"
		assert_equal "$way: made" 9 "$(grep / <<<"$SAID" | sort -u | wc -l)"
		assert_equal "$way: directories" 1 "$(tail -n 1 <<<"$SAID")"
		assert_only_bystanders
	done
}

@test "sessions have directories of their own" {
	local i paths=() pids=()

	for i in {1..6}; do
		start in_way bare "$PROBE" quiet mkstemp "$F" print-to "$WORK/path$i" wait-for "$WORK/go"
		pids+=("$PID")
	done
	for i in {1..6}; do
		wait_until_there "$WORK/path$i"
		paths+=("$(dirname "$(cat "$WORK/path$i")")")
	done
	assert_equal "directories" 6 "$(printf '%s\n' "${paths[@]}" | sort -u | wc -l)"
	touch "$WORK/go"
	wait "${pids[@]}"
	wait_until_only_bystanders
}

@test "64 processes make 50 files each, and no two are the same" {
	local way probes

	probes='for i in {1..64}; do "$PROBE" quiet threads 1 50 "$TEMPLATE" & done; wait
		find "${F%/*}"/??? -type f | wc -l'
	for way in bare run; do
		for template in "$F" "$TMPDIR/ccXXXXXX"; do
			said env TEMPLATE="$template" bash -c "$(declare -f in_way shimmed guarded)
				TMPGUARD=$TMPGUARD BOUND=60 LONG=$LONG; in_way $way bash -c '$probes'"
			assert_equal "$way: on the disk" $((64 * 50)) "$(tail -n 1 <<<"$SAID")"
			assert_equal "$way: made" 64 "$(grep -c 'threads: 50 made' <<<"$SAID")"
			wait_until_only_bystanders 10
		done
	done
}

@test "threads share a directory, and nothing is left of them" {
	local way

	for way in "${WAYS[@]}"; do
		said in_way "$way" "$PROBE" threads 8 100 "$F"
		assert_equal "$way" "threads: 800 made" "$SAID"
		assert_only_bystanders
	done
}

@test "whatever the umask, the directory can be used, and by nobody else" {
	local way mask

	for way in "${WAYS[@]}"; do
		for mask in 000 022 077 0277 0777; do
			said in_way "$way" "$PROBE" quiet umask "$mask" mkstemp "$F" place "$TMPDIR" mkstemp "$F" place "$TMPDIR"
			assert_equal "$way $mask" "$PRIVATE"$'\n'"$PRIVATE" "$SAID"
			assert_only_bystanders
		done
	done
}

@test "another user cannot enter it; root can, whatever the kernel protects in sticky directories" {
	local path probe=$WORK/bin/probe shim=$WORK/bin/libtmpguard.so

	[ "$(id -u)" = 0 ] || skip "only root can act as another user"
	chmod 1777 "$TMPDIR"
	mkdir -m 755 "$WORK/bin"
	chmod 755 "$WORK" "$WORK"/../.. "$WORK/.." 2>/dev/null
	mkdir -m 777 "$WORK/open"
	start in_way bare "$PROBE" quiet mkstemp "$F" write secret print-to "$WORK/path" wait-for "$WORK/go"
	wait_until_there "$WORK/path"
	path=$(cat "$WORK/path")
	run ! unprivileged cat "$path" 2>/dev/null
	run ! unprivileged ls "${path%/*}" 2>/dev/null
	run ! unprivileged sh -c ': >"$1/x"' - "${path%/*}" 2>/dev/null
	touch "$WORK/go"
	wait "$PID"
	cp "$PROBE" "$probe" && cp "$SHIM" "$shim" && cp "$BUILD/tmpguard-janitor" "$WORK/bin"
	start unprivileged env TMPGUARD_REDIRECT=1 LD_PRELOAD="$shim" "$probe" quiet mkstemp "$F" write secret \
		print-to "$WORK/open/path" wait-for "$WORK/open/go"
	wait_until_there "$WORK/open/path"
	path=$(cat "$WORK/open/path")
	assert_equal "its owner" 65534 "$(stat -c %u "${path%/*}")"
	assert_content "$path" secret
	echo more >>"$path" # O_CREAT, which fs.protected_regular refuses in the sticky directory itself
	assert_content "$path" secretmore
	touch "$WORK/open/go"
	wait "$PID"
	wait_until_gone "${path%/*}"
	rmdir "$TMPDIR/.tmpguard-65534" 2>/dev/null || true
}

@test "gone under a program's hands, or replaced by a directory of somebody's, it is made again" {
	local way after first

	for way in "${WAYS[@]}"; do
		for after in true "mkdir -m 700"; do
			said in_way "$way" env THEN="$after" bash -c '"$PROBE" quiet mkstemp "$F" print-to "$WORK/first" \
					touch "$WORK/ready" wait-for "$WORK/next" mkstemp "$F" place "${F%/*}" print &
				until [ -e "$WORK/ready" ]; do sleep 0.01; done
				first=$(dirname "$(cat "$WORK/first")"); rm -r "$first"; $THEN "$first"
				touch "$WORK/next"; wait'
			[[ $SAID =~ ^"$PRIVATE"$'\n'"$TMPDIR"/$A{3}/$A{5}$ ]] || fail "$way: $SAID"
			first=$(dirname "$(cat "$WORK/first")")
			[ "$(dirname "${SAID##*$'\n'}")" != "$first" ]
			[ "$after" = true ] || rmdir "$first"
			rm "$WORK"/{ready,next,first}
			assert_only_bystanders
		done
	done
}

@test "every short name is taken: in place" {
	printf "$TMPDIR/%s\0" {a..z}{{a..z},{A..Z},{0..9}} {A..Z}{{a..z},{A..Z},{0..9}} \
		{0..9}{{a..z},{A..Z},{0..9}} | xargs -0 mkdir
	said in_way bare "$PROBE" quiet mkstemp "$TMPDIR/XXXXXX" print mkstemp "$F" print
	[[ $SAID =~ ^"$TMPDIR"/$A{6}$'\n'"$TMPDIR"/$A{3}/$A{5}$ ]] || fail "$SAID"
	assert_missing "${SAID%$'\n'*}" "${SAID#*$'\n'}"
	rmdir "$TMPDIR"/??
	assert_only_bystanders
}

@test "where nothing can be made beside, the error is libc's" {
	[ "$(id -u)" != 0 ] || {
		chmod 755 "$TMPDIR"
		said unprivileged env TMPGUARD_REDIRECT=1 "$PROBE" mkstemp "$F"
		[[ $SAID == *"failed errno=EACCES"* ]] || fail "$SAID"
		return 0
	}
	chmod 555 "$TMPDIR"
	said in_way bare "$PROBE" mkstemp "$F"
	chmod 755 "$TMPDIR"
	[[ $SAID == *"failed errno=EACCES"* ]] || fail "$SAID"
}

@test "no descriptor is left: the error is libc's, and nothing is left behind" {
	said in_way bare "$PROBE" quiet mkstemp "$F" closefrom 3 limit nofile 3 mkstemp "$F"
	said plain "$PROBE" closefrom 3 limit nofile 3 mkstemp "$F"
	[[ $SAID == *"errno=EMFILE"* ]] || fail "$SAID"
	wait_until_gone "$TMPDIR/$BASE"
	wait_until_only_bystanders
}

@test "from a signal handler, a vfork child, and a stack of 8 KB" {
	local way place path

	for way in "${WAYS[@]}"; do
		for place in main handler vfork small-stack; do
			said in_way "$way" "$PROBE" quiet in "$place" template "$F" print in "$place" template "$F" print
			[[ $SAID =~ ^"$TMPDIR"/$A{3}/$A{5}$'\n'"$TMPDIR"/$A{3}/$A{5}$ ]] || fail "$way $place: $SAID"
			for path in $SAID; do assert_missing "$path" "${path%/*}"; done
		done
	done
	wait_until_only_bystanders
}

# ---- what cannot be

@test "--redirect with nowhere to put files is refused; by variable there are short directories" {
	run -125 "$TMPGUARD" run --redirect --no-private -- touch "$WORK/was-run"
	assert_equal output "tmpguard: --redirect: with --no-private there is nowhere to put files; use --dir=DIR" "$output"
	run -125 "$TMPGUARD" run --redirect=2 -- touch "$WORK/was-run"
	assert_equal output "tmpguard: --redirect=2: not allowed; use 0 or 1" "$output"
	run -125 env TMPGUARD_REDIRECT=yes "$TMPGUARD" run -- touch "$WORK/was-run"
	assert_equal output "tmpguard: TMPGUARD_REDIRECT=yes: not allowed; use 0 or 1" "$output"
	assert_missing "$WORK/was-run"
	said "$TMPGUARD" run -q --redirect --no-private --dir="$LONG" -- "$PROBE" quiet mkstemp "$F" print
	assert_was "with --dir" "$F" "$TMPDIR/$A{3}/$A{5}"
	said "$TMPGUARD" run -q --redirect -- "$TMPGUARD" run -q --no-private -- \
		"$PROBE" quiet mkstemp /tmp/fooXXXXXX print
	assert_was "an inner run" /tmp/fooXXXXXX "/tmp/$A{3}/$A{5}"
}

@test "a malformed TMPGUARD_REDIRECT is told once, and is not used" {
	said env TMPGUARD_REDIRECT=yes LD_PRELOAD="$SHIM" "$PROBE" quiet mkstemp "$F" print execv { quiet mkstemp "$F" print }
	[[ $SAID =~ ^"tmpguard: TMPGUARD_REDIRECT=yes: not allowed; use 0 or 1"$'\n'"$TMPDIR"/foo$A{6}$'\n'"$TMPDIR"/foo$A{6}$ ]] ||
		fail "$SAID"
}
