#!/usr/bin/env bats
# report.bats: `tmpguard report`: JSON Lines in, text or JSON Lines out. The lines here are written by
# hand; that `tmpguard run` writes such lines is told by its own tests. DESIGN 7 and 8.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # JSON; bats' variables
load helper

setup() {
	begin_test
	REPORT=$WORK/report.jsonl
	KEY='"session":"r7lUFh","root":5120'
}

# line TYPE MEMBERS: one line of the session
line() {
	printf '{"type":"%s",%s,%s}\n' "$1" "$KEY" "$2"
}

head_line() {
	line session "\"schema\":1,\"tmpguard\":\"0.1.0\",\"mode\":\"run\",\"command\":[\"${1:-sh}\"]"
}

file_line() { # STATUS PATH BYTES [MEMBERS]
	line file "\"status\":\"$1\",\"path\":\"$2\",\"kind\":\"file\",\"bytes\":$3,\"inodes\":1${4:+,$4}"
}

totals() { # COUNT BYTES INODES
	printf '{"count":%s,"bytes":%s,"inodes":%s}' "${1:-0}" "${2:-0}" "${3:-0}"
}

# summary_line LEAKED KEPT LINGERING SEEN [MEMBERS]; each "COUNT BYTES INODES"
summary_line() {
	local members

	# shellcheck disable=SC2086 # three words each
	members="\"leaked\":$(totals $1),\"kept\":$(totals $2),\"lingering\":$(totals $3),\"seen\":$(totals $4)"
	line summary "\"created\":12,\"gone\":9,$members,\"complete\":true,\"exit\":0${5:+,$5}"
}

MADE='"function":"mkstemp","program":"sort","pid":77'

report() {
	timeout -k 1 "$BOUND" "$TMPGUARD" report "$@"
}

# expect_text [OPTION...] <TEXT: what is printed of REPORT, all of it, with nothing said and status 0
expect_text() {
	local expected

	expected=$(cat)
	run -0 --separate-stderr report "$@" "$REPORT"
	assert_equal "what is printed" "$expected" "$output"
	assert_equal "standard error" "" "$stderr"
}

# expect_refused WORDS: the second of three lines is REPORT's only fault, and is named
expect_refused() {
	run -1 --separate-stderr report "$REPORT"
	[[ $stderr == "tmpguard: $REPORT:2: $1; this line is not used" ]] || fail "not: $1" "$stderr"
}

# ---- text

@test "what leaked is told: path, kind, size, who made it, and what became of it" {
	{
		head_line
		file_line leaked /tmp/one 29 "$MADE,\"removed\":true"
		line file '"status":"leaked","path":"/tmp/two","kind":"directory","bytes":4096,"inodes":3,"function":"mkdtemp","program":"x","pid":78,"removed":true'
		file_line leaked /tmp/three 1 '"removed":true'
		file_line leaked /tmp/four 0 "$MADE,\"removed\":false,\"error\":\"Operation not permitted\""
		summary_line "4 4126 6" "0 0 0" "0 0 0" "0 0 0" '"not_removed":1'
	} >"$REPORT"
	expect_text <<-'END'
		==5120== tmpguard: temporary files left behind by sh:
		==5120==   /tmp/one: file, 29 bytes; mkstemp by sort (pid 77)
		==5120==   /tmp/two/: directory, 4096 bytes in 3 inodes; mkdtemp by x (pid 78)
		==5120==   /tmp/three: file, 1 byte; found in TMPDIR, made by other means
		==5120==   /tmp/four: file, 0 bytes; mkstemp by sort (pid 77); NOT REMOVED: Operation not permitted
		==5120== SUMMARY: 4 left behind (4126 bytes, 6 inodes), 3 removed now, 1 could not be removed; 9 registered and already gone
	END
}

@test "nothing leaked, kept or lingering: nothing is printed, or with -v the totals" {
	{
		head_line
		file_line seen /srv/x 5 "$MADE,\"reason\":\"outside\""
		summary_line "0 0 0" "0 0 0" "0 0 0" "1 5 1" '"not_interposed":1'
	} >"$REPORT"
	expect_text </dev/null
	expect_text -v <<-'END'
		==5120== tmpguard: seen and left alone:
		==5120==   /srv/x: file, 5 bytes; mkstemp by sort (pid 77); outside the temporary directories
		==5120== SUMMARY: 0 left behind (0 bytes, 0 inodes); 9 registered and already gone
	END
}

@test "what was kept, and what is left to lingering processes, has a block and a sum of its own" {
	{
		head_line
		file_line lingering /tmp/needed 10 "$MADE"
		file_line kept /tmp/kept 20000 "$MADE"
		file_line leaked /tmp/leaked 1 "$MADE,\"removed\":true"
		line process '"status":"lingering","pid":99,"program":"sleep"'
		line process '"status":"lingering","pid":101,"program":"cat"'
		summary_line "1 1 1" "1 20000 1" "1 10 1" "0 0 0" '"lingering_processes":2'
	} >"$REPORT"
	expect_text <<-'END'
		==5120== tmpguard: temporary files left behind by sh:
		==5120==   /tmp/leaked: file, 1 byte; mkstemp by sort (pid 77)
		==5120== tmpguard: temporary files kept:
		==5120==   /tmp/kept: file, 20000 bytes; mkstemp by sort (pid 77)
		==5120== tmpguard: 2 processes linger; the temporary files go when the last of them ends:
		==5120==   sleep (pid 99)
		==5120==   cat (pid 101)
		==5120==   /tmp/needed: file, 10 bytes; mkstemp by sort (pid 77)
		==5120== SUMMARY: 1 left behind (1 byte, 1 inode), 1 removed now; 1 kept (19.5 KiB, 1 inode); 1 lingering (10 bytes, 1 inode); 9 registered and already gone
	END
}

@test "with nothing but kept files, the summary is about those" {
	{
		head_line
		file_line kept /tmp/kept 3 "$MADE"
		summary_line "0 0 0" "1 3 1" "0 0 0" "0 0 0"
	} >"$REPORT"
	expect_text <<-'END'
		==5120== tmpguard: temporary files kept:
		==5120==   /tmp/kept: file, 3 bytes; mkstemp by sort (pid 77)
		==5120== SUMMARY: 1 kept (3 bytes, 1 inode); 9 registered and already gone
	END
}

@test "a lingering process without files is told" {
	{
		head_line
		line process '"status":"lingering","pid":99,"program":"sleep"'
		summary_line "0 0 0" "0 0 0" "0 0 0" "0 0 0" '"lingering_processes":1'
	} >"$REPORT"
	expect_text <<-'END'
		==5120== tmpguard: 1 process lingers; the temporary files go when the last of them ends:
		==5120==   sleep (pid 99)
		==5120== SUMMARY: 0 left behind (0 bytes, 0 inodes); 9 registered and already gone
	END
}

@test "seen and not interposed: a mention beside other things, and with -v all of it" {
	local reason

	{
		head_line
		file_line leaked /tmp/x 1 '"removed":true'
		for reason in outside name mode never excluded off later; do
			file_line seen "/$reason" 0 "$MADE,\"reason\":\"$reason\""
		done
		line program '"status":"not-interposed","path":"/usr/bin/go","reason":"static","pid":81,"count":3'
		line program '"status":"not-interposed","path":"/usr/bin/sudo","reason":"set-user-id","pid":82,"count":1'
		line program '"status":"not-interposed","path":"/opt/old","reason":"foreign","count":1'
		summary_line "1 1 1" "0 0 0" "0 0 0" "7 0 7" '"not_interposed":3'
	} >"$REPORT"
	expect_text <<-'END'
		==5120== tmpguard: temporary files left behind by sh:
		==5120==   /tmp/x: file, 1 byte; found in TMPDIR, made by other means
		==5120== tmpguard: 7 more seen and left alone, 3 programs not interposed; -v lists them
		==5120== SUMMARY: 1 left behind (1 byte, 1 inode), 1 removed now; 9 registered and already gone
	END
	expect_text --verbose <<-'END'
		==5120== tmpguard: temporary files left behind by sh:
		==5120==   /tmp/x: file, 1 byte; found in TMPDIR, made by other means
		==5120== tmpguard: seen and left alone:
		==5120==   /outside: file, 0 bytes; mkstemp by sort (pid 77); outside the temporary directories
		==5120==   /name: file, 0 bytes; mkstemp by sort (pid 77); its name does not look generated
		==5120==   /mode: file, 0 bytes; mkstemp by sort (pid 77); its mode is neither 0600 nor 0700
		==5120==   /never: file, 0 bytes; mkstemp by sort (pid 77); others must find it by this name
		==5120==   /excluded: file, 0 bytes; mkstemp by sort (pid 77); TMPGUARD_EXCLUDE names its program
		==5120==   /off: file, 0 bytes; mkstemp by sort (pid 77); tracking is off
		==5120==   /later: file, 0 bytes; mkstemp by sort (pid 77); later
		==5120== tmpguard: programs not interposed:
		==5120==   /usr/bin/go: statically linked (pid 81), 3 times
		==5120==   /usr/bin/sudo: set-user-ID (pid 82)
		==5120==   /opt/old: of another word size or machine
		==5120== SUMMARY: 1 left behind (1 byte, 1 inode), 1 removed now; 9 registered and already gone
	END
}

@test "what was insecure: a mention beside other things, and with -v all of it, by CWE and caller" {
	local hazard='"function":"open","program":"sh","pid":81,"caller":"0x5512"' reason

	{
		head_line
		line hazard "\"cwe\":377,\"reason\":\"name\",\"private\":true,\"path\":\"/tmp/aB/cD\",$hazard"
		line hazard "\"cwe\":377,\"reason\":\"name\",\"private\":false,\"path\":\"/tmp/x\",$hazard"
		for reason in predictable taken symlink own-symlink mode directory-mode later; do
			line hazard "\"cwe\":59,\"reason\":\"$reason\",\"path\":\"/tmp/$reason\",\"function\":\"open\""
		done
		line hazard '"reason":"later","path":"/tmp/\u001b","program":"\u001b","caller":"\u001b"'
		summary_line "0 0 0" "0 0 0" "0 0 0" "0 0 0" '"hazards":10'
	} >"$REPORT"
	expect_text </dev/null # it is no leak
	expect_text -v <<-'END'
		==5120== tmpguard: insecure uses of temporary files:
		==5120==   /tmp/aB/cD: CWE-377: the function gives a name and makes no file, here in a private directory; open by sh (pid 81), called from 0x5512
		==5120==   /tmp/x: CWE-377: the function gives a name and makes no file; open by sh (pid 81), called from 0x5512
		==5120==   /tmp/predictable: CWE-59: a predictable name, and no O_EXCL; open
		==5120==   /tmp/taken: CWE-59: somebody else's file was there, and no O_EXCL; open
		==5120==   /tmp/symlink: CWE-59: followed somebody else's symbolic link; open
		==5120==   /tmp/own-symlink: CWE-59: followed a symbolic link of the user's own; open
		==5120==   /tmp/mode: CWE-59: others may read or write it; open
		==5120==   /tmp/directory-mode: CWE-59: others may write to the directory; open
		==5120==   /tmp/later: CWE-59: later; open
		==5120==   /tmp/\033: later; ? by \033, called from \033
		==5120== SUMMARY: 0 left behind (0 bytes, 0 inodes); 9 registered and already gone
	END
	file_line leaked /tmp/x 1 '"removed":true' >>"$REPORT"
	run -0 report "$REPORT"
	assert_output_has "tmpguard: 10 insecure uses of temporary files; -v lists them"
	sed -i '/"summary"/d' "$REPORT" # then they are counted
	run -0 report "$REPORT"
	assert_output_has "tmpguard: 10 insecure uses of temporary files; -v lists them"
}

@test "one is one: a mention of one file, or one program" {
	{
		head_line
		file_line leaked /tmp/x 1 '"removed":true'
		summary_line "1 1 1" "0 0 0" "0 0 0" "1 0 1"
	} >"$REPORT"
	run -0 report "$REPORT"
	assert_output_has "tmpguard: 1 more seen and left alone; -v lists it"
	{
		head_line
		file_line leaked /tmp/x 1 '"removed":true'
		summary_line "1 1 1" "0 0 0" "0 0 0" "0 0 0" '"not_interposed":1'
	} >"$REPORT"
	run -0 report "$REPORT"
	assert_output_has "tmpguard: 1 program not interposed; -v lists it"
}

@test "a dry run says what would be removed" {
	{
		head_line
		file_line leaked /tmp/x 7 "$MADE,\"removed\":false"
		file_line leaked /tmp/y 7 "$MADE,\"removed\":false"
		summary_line "2 14 2" "0 0 0" "0 0 0" "0 0 0" '"dry_run":true'
	} >"$REPORT"
	run -0 report "$REPORT"
	assert_output_has "SUMMARY: 2 left behind (14 bytes, 2 inodes), 2 would be removed; 9 registered"
	assert_output_lacks "removed now"
	assert_output_lacks "NOT REMOVED"
}

@test "kinds: each has its word, one of a later version too" {
	local kind word

	while read -r kind word; do
		{
			head_line
			line file "\"status\":\"leaked\",\"path\":\"/tmp/x\",\"kind\":\"$kind\",\"bytes\":0,\"inodes\":1"
		} >"$REPORT"
		run -0 report "$REPORT"
		assert_output_has "  /tmp/x: $word, 0 bytes;" || return
	done <<-'END'
		symlink symbolic link
		fifo FIFO
		socket socket
		device device
		whiteout whiteout
	END
}

@test "sizes: bytes while there are few, then the unit that fits" {
	local bytes size

	while read -r bytes size; do
		{
			head_line
			file_line leaked /tmp/x 1
			summary_line "1 $bytes 1" "0 0 0" "0 0 0" "0 0 0"
		} >"$REPORT"
		run -0 report "$REPORT"
		assert_output_has "1 left behind ($size, 1 inode)" || return
	done <<-'END'
		0 0 bytes
		1 1 byte
		9999 9999 bytes
		10000 9.8 KiB
		1048576 1.0 MiB
		5368709120 5.0 GiB
		18446744073709551615 16.0 EiB
	END
}

# ---- names

@test "no byte of a name that a terminal would act on is printed as it is" {
	local raw

	{
		head_line '\u001b]0;title\u0007'
		file_line leaked '/tmp/a\nb\\c\u001b[31m\u007f\u009b\u202e\u2028' 1 \
			'"function":"open\r","program":"\t\u001b","pid":1,"error":"\u0000x"'
		file_line leaked '/tmp/\u001b[2J\u0085' 1 '"function":"o\r","program":"\u001bp","error":"\bx"'
		file_line seen '/tmp/z' 1 '"reason":"\u001bc"'
		line program '"status":"not-interposed","path":"/\u001b","reason":"\u001b"'
		line process '"status":"lingering","program":"\u001b"'
	} >"$REPORT"
	run -1 --separate-stderr report -v "$REPORT" # the first file's error holds a NUL
	raw=$(LC_ALL=C tr -d ' -~\n' <<<"$output$stderr" | od -An -tx1)
	assert_equal "bytes other than printable ASCII" "" "${raw//[[:space:]]/}"
	assert_output_has '/tmp/\033[2J\302\205: file'
	assert_output_has 'left behind by \033]0;title\007:'
	sed -i 's/,"error":"\\u0000x"//' "$REPORT"
	run -0 report -v "$REPORT"
	assert_output_has '/tmp/a\012b\134c\033[31m\177\302\233\342\200\256\342\200\250: file'
}

@test "other characters are printed as they are, however they are written" {
	{
		head_line
		file_line leaked '/tmp/Grüße-\u65e5\u672c-\ud83d\ude00 \"q\" \/s' 1
	} >"$REPORT"
	run -0 report "$REPORT"
	assert_output_has '  /tmp/Grüße-日本-😀 "q" /s: file, 1 byte'
}

@test "a path that is not UTF-8 is shown by its own bytes" {
	{
		head_line
		file_line leaked '/tmp/\ufffdx\ufffd' 1 '"path_hex":"2f746d702fFf78c3"'
	} >"$REPORT"
	run -0 report "$REPORT"
	assert_output_has '  /tmp/\377x\303: file, 1 byte'
}

@test "colour is never printed, with or without NO_COLOR" {
	need script
	head_line >"$REPORT"
	file_line leaked /tmp/x 1 >>"$REPORT"
	run -0 env -u NO_COLOR TERM=xterm script -qec "'$TMPGUARD' report '$REPORT'" /dev/null
	assert_output_has /tmp/x
	assert_output_lacks $'\033'
	run -0 env NO_COLOR=1 "$TMPGUARD" report "$REPORT"
	assert_output_lacks $'\033'
}

# ---- several sessions

@test "lines of several sessions may be mixed, and files may be several" {
	{
		head_line one
		KEY='"session":"r7lUFh","root":7' head_line two
		KEY='"session":"other1","root":5120' head_line three
		file_line leaked /tmp/one 1
		KEY='"session":"other1","root":5120' file_line leaked /tmp/three 1
		KEY='"session":"r7lUFh","root":7' file_line leaked /tmp/two 1
	} >"$REPORT"
	KEY='"session":"r7lUFh","root":7' summary_line "1 1 1" "0 0 0" "0 0 0" "0 0 0" >"$WORK/second"
	run -0 report "$REPORT" "$WORK/second"
	assert_equal "what is printed" "$(
		cat <<-'END'
			==5120== tmpguard: temporary files left behind by one:
			==5120==   /tmp/one: file, 1 byte; found in TMPDIR, made by other means
			==5120== SUMMARY: 1 left behind (1 byte, 1 inode), 1 would be removed; incomplete, some may be missing
			==7== tmpguard: temporary files left behind by two:
			==7==   /tmp/two: file, 1 byte; found in TMPDIR, made by other means
			==7== SUMMARY: 1 left behind (1 byte, 1 inode), 1 removed now; 9 registered and already gone
			==5120== tmpguard: temporary files left behind by three:
			==5120==   /tmp/three: file, 1 byte; found in TMPDIR, made by other means
			==5120== SUMMARY: 1 left behind (1 byte, 1 inode), 1 would be removed; incomplete, some may be missing
		END
	)" "$output"
}

@test "a session that begins once more is a report of its own" {
	{
		head_line
		file_line leaked /tmp/x 1 '"removed":true'
		summary_line "1 1 1" "0 0 0" "0 0 0" "0 0 0"
	} >"$REPORT"
	run -0 report "$REPORT" "$REPORT"
	assert_equal "what is printed of it twice" "$(report "$REPORT" && report "$REPORT")" "$output"
}

@test "--format=jsonl puts files together, line by line as they are" {
	head_line >"$REPORT"
	file_line leaked /tmp/x 1 >>"$REPORT"
	line later '"what":[1, 2.50,"\u00e9"]' >>"$REPORT"
	KEY='"session":"second","root":1' head_line >"$WORK/second"
	run -0 --separate-stderr report --format=jsonl "$REPORT" "$WORK/second"
	assert_equal "what is merged" "$(cat "$REPORT" "$WORK/second")" "$output"
	assert_equal "standard error" "" "$stderr"
	report --format=jsonl - - <"$REPORT" >"$WORK/merged"
	cmp "$REPORT" "$WORK/merged"
}

@test "--format=jsonl lets through what is valid, and nothing else" {
	{
		head_line
		echo 'no JSON'
		KEY='"session":"second","root":1' line session '"schema":2'
		KEY='"session":"second","root":1' file_line leaked /tmp/y 1
		echo
		file_line leaked /tmp/x many
		file_line leaked /tmp/x 1
		printf '{"type":"summ'
	} >"$REPORT"
	run -1 --separate-stderr report --format=jsonl "$REPORT"
	assert_equal "what is merged" "$(head_line && file_line leaked /tmp/x 1)" "$output"
	assert_equal "the number of complaints" 4 "${#stderr_lines[@]}"
}

# ---- growth of the schema

@test "types, members, statuses and minor versions not known yet are passed over" {
	{
		line session '"schema":1.7,"command":["sh"],"host":{"name":"x","cpus":[1,2,{"a":null}]}'
		file_line leaked /tmp/x 1 '"removed":true,"stack":[["main","x.c",3]],"owner":null,"pid":null'
		file_line published /tmp/y 1
		line stack '"frames":[]'
		echo '{"type":"comment","text":"of no session"}'
		summary_line "1 1 1" "0 0 0" "0 0 0" "0 0 0" '"published":{"count":1}'
	} >"$REPORT"
	expect_text <<-'END'
		==5120== tmpguard: temporary files left behind by sh:
		==5120==   /tmp/x: file, 1 byte; found in TMPDIR, made by other means
		==5120== SUMMARY: 1 left behind (1 byte, 1 inode), 1 removed now; 9 registered and already gone
	END
}

@test "a report of another schema is refused by name, with all its lines, and the rest is done" {
	{
		line session '"schema":2,"command":["sh"]'
		line file '"status":["other"],"path":7'
		KEY='"session":"second","root":1' head_line
		KEY='"session":"second","root":1' file_line leaked /tmp/y 1
		summary_line "1 1 1" "0 0 0" "0 0 0" "0 0 0"
	} >"$REPORT"
	run -1 --separate-stderr report "$REPORT"
	assert_equal "standard error" \
		"tmpguard: $REPORT:1: schema 2, and $("$TMPGUARD" --version) reads schema 1; this line is not used" "$stderr"
	assert_output_has "==1==   /tmp/y:"
	assert_output_lacks "==5120=="
	line session '"schema":"1"' >"$REPORT"
	run -1 report "$REPORT"
	assert_output_has ':1: "schema": not a number'
	line session '"command":["sh"]' >"$REPORT"
	run -1 report "$REPORT"
	assert_output_has ':1: "schema": missing'
}

# ---- what is broken

@test "no lines at all: nothing to say" {
	: >"$REPORT"
	expect_text -v </dev/null
	printf '\n \n\n' >"$REPORT"
	expect_text -v </dev/null
}

@test "a report that is cut off is used as far as it goes, and called incomplete" {
	local whole size

	{
		head_line
		file_line leaked /tmp/one 1 '"removed":true'
		file_line leaked /tmp/two 1 '"removed":true'
	} >"$REPORT"
	whole=$(stat -c %s "$REPORT")
	for size in 2 30 90; do
		truncate -s $((whole - size)) "$REPORT"
		run -1 --separate-stderr report "$REPORT"
		assert_equal "standard error" \
			"tmpguard: $REPORT:3: the last line is cut off; this line is not used" "$stderr"
		assert_output_has "  /tmp/one: file"
		assert_output_lacks /tmp/two
		assert_output_has "1 left behind (1 byte, 1 inode), 1 removed now; incomplete"
	done
	# Only the newline is missing: nothing is.
	head_line >"$REPORT"
	printf %s "$(summary_line "0 0 0" "0 0 0" "0 0 0" "0 0 0")" >>"$REPORT"
	expect_text </dev/null
}

@test "a report without a summary is called incomplete, even if nothing is in it" {
	head_line >"$REPORT"
	expect_text <<-'END'
		==5120== SUMMARY: 0 left behind (0 bytes, 0 inodes); incomplete, some may be missing
	END
	summary_line "0 0 0" "0 0 0" "0 0 0" "0 0 0" '"complete":false' >>"$REPORT"
	run -0 report "$REPORT"
	assert_output_has "; 9 registered and already gone; incomplete"
}

@test "huge numbers neither overflow nor stop anything" {
	{
		head_line
		file_line leaked /tmp/a 18446744073709551615 '"removed":true'
		file_line leaked /tmp/b 1e300 '"removed":true,"pid":99999999999999999999'
		file_line leaked /tmp/c 9223372036854775808 '"removed":true'
		file_line leaked /tmp/d 2.0e1 '"removed":true'
		file_line leaked /tmp/e 9223372036854775807 '"removed":true'
	} >"$REPORT"
	expect_text <<-'END'
		==5120== tmpguard: temporary files left behind by sh:
		==5120==   /tmp/a: file, 18446744073709551615 bytes; found in TMPDIR, made by other means
		==5120==   /tmp/b: file, 18446744073709551615 bytes; found in TMPDIR, made by other means
		==5120==   /tmp/c: file, 9223372036854775808 bytes; found in TMPDIR, made by other means
		==5120==   /tmp/d: file, 20 bytes; found in TMPDIR, made by other means
		==5120==   /tmp/e: file, 9223372036854775807 bytes; found in TMPDIR, made by other means
		==5120== SUMMARY: 5 left behind (16.0 EiB, 5 inodes), 5 removed now; incomplete, some may be missing
	END
	# More could not be removed than there are: still no wrap.
	summary_line "1 1 1" "0 0 0" "0 0 0" "0 0 0" '"not_removed":7' >>"$REPORT"
	run -0 report "$REPORT"
	assert_output_has "1 left behind (1 byte, 1 inode), 0 removed now, 1 could not be removed"
}

@test "a line that is no JSON is named with the byte, and the rest is used" {
	local text why

	while IFS=$'\t' read -r why text; do
		{
			head_line
			printf "${text//%/%%}\n"
			file_line leaked /tmp/after 1
		} >"$REPORT"
		expect_refused "$why" || return
		assert_output_has /tmp/after || return
	done <<-'END'
		byte 1: not a JSON value	<xml>
		byte 2: a value is missing	[
		byte 2: a string is missing	{
		byte 2: a string is missing	{a:1}
		byte 5: ':' is missing	{"a"}
		byte 8: ',' or '}' is missing	{"a":1 "b":2}
		byte 8: a string is missing	{"a":1,}
		byte 4: not a JSON value	[1,]
		byte 3: ',' or ']' is missing	[1}
		byte 4: something behind the value	{} x
		byte 3: something behind the value	{}{}
		byte 2: not a JSON value	[nul]
		byte 2: not a JSON value	[True]
		byte 2: not a JSON value	[NaN]
		byte 3: ',' or ']' is missing	[01]
		byte 4: a digit is missing	[1.]
		byte 3: a digit is missing	[-]
		byte 2: not a JSON value	[+1]
		byte 2: not a JSON value	[.5]
		byte 4: a digit is missing	[1e]
		byte 3: ',' or ']' is missing	[0x10]
		byte 2: a number too large	[1e999]
		byte 2: a string without an end	["abc]
		byte 2: a string without an end	["abc\\"]
		byte 3: no such escape	["\\x41"]
		byte 6: not one of the four hexadecimal digits of \u	["\\u1"]
		byte 3: half of a surrogate pair	["\\ud800"]
		byte 3: half of a surrogate pair	["\\udc00"]
		byte 3: half of a surrogate pair	["\\ud800\\u0041"]
		byte 4: a control character in a string	["a\tb"]
		byte 3: a control character in a string	["\000"]
		byte 3: not UTF-8	["\377"]
		byte 3: not UTF-8	["\300\257"]
		byte 3: not UTF-8	["\340\200\257"]
		byte 3: not UTF-8	["\355\240\200"]
		byte 3: not UTF-8	["\364\220\200\200"]
		byte 1: not a JSON value	\357\273\277{}
		not a JSON object	[1]
		not a JSON object	"x"
		not a JSON object	null
	END
}

@test "JSON is nested 32 deep, and no deeper" {
	local deep

	deep=$(printf '%*s' 31 '' | tr ' ' '[')1$(printf '%*s' 31 '' | tr ' ' ']')
	echo "{\"type\":\"later\",\"x\":$deep}" >"$REPORT"
	expect_text </dev/null
	{
		head_line
		echo "{\"type\":\"later\",\"x\":[$deep]}"
	} >"$REPORT"
	expect_refused "byte 52: nested too deeply"
	printf '%*s\n' 1000000 '' | tr ' ' '[' >"$REPORT"
	run -1 report "$REPORT"
	assert_output_has ":1: byte 33: nested too deeply"
}

@test "a line whose members are of another kind is named, and not used" {
	local why members

	while IFS=$'\t' read -r why members; do
		{
			head_line
			echo "${members//KEY/$KEY}"
			file_line leaked /tmp/after 1
		} >"$REPORT"
		expect_refused "$why" || return
		assert_output_has /tmp/after || return
		assert_output_lacks /tmp/bad || return
	done <<-'END'
		"type": missing	{KEY}
		"type": not a string	{"type":7,KEY}
		"session": missing	{"type":"file","root":5120,"status":"leaked","path":"/tmp/bad"}
		"root": missing	{"type":"file","session":"r7lUFh","status":"leaked","path":"/tmp/bad"}
		"root": not a whole number from 0 up	{"type":"file","session":"r7lUFh","root":-1,"status":"leaked","path":"/tmp/bad"}
		"root": not a whole number from 0 up	{"type":"file","session":"r7lUFh","root":"5120","status":"leaked","path":"/tmp/bad"}
		"status": missing	{"type":"file",KEY,"path":"/tmp/bad"}
		"path": missing	{"type":"file",KEY,"status":"leaked"}
		"path": not a string	{"type":"file",KEY,"status":"leaked","path":["/tmp/bad"]}
		"path": holds a NUL	{"type":"file",KEY,"status":"leaked","path":"/tmp/bad\u0000"}
		"path_hex": not pairs of hexadecimal digits other than 00	{"type":"file",KEY,"status":"leaked","path":"/tmp/bad","path_hex":"2f7"}
		"path_hex": not pairs of hexadecimal digits other than 00	{"type":"file",KEY,"status":"leaked","path":"/tmp/bad","path_hex":"2f00"}
		"path_hex": not pairs of hexadecimal digits other than 00	{"type":"file",KEY,"status":"leaked","path":"/tmp/bad","path_hex":"2fxx"}
		"bytes": not a whole number from 0 up	{"type":"file",KEY,"status":"leaked","path":"/tmp/bad","bytes":1.5}
		"bytes": not a whole number from 0 up	{"type":"file",KEY,"status":"leaked","path":"/tmp/bad","bytes":true}
		"removed": neither true nor false	{"type":"file",KEY,"status":"leaked","path":"/tmp/bad","removed":"yes"}
		"command": not an array	{"type":"session",KEY,"schema":1,"command":"sh"}
		"command": not a string	{"type":"session",KEY,"schema":1,"command":["sh",1]}
		"leaked": not an object	{"type":"summary",KEY,"leaked":3}
		"leaked": holds what is not a whole number from 0 up	{"type":"summary",KEY,"leaked":{"count":-3}}
	END
}

@test "where a name is there twice, the last counts" {
	{
		head_line
		file_line leaked /tmp/x 1 '"bytes":"x","bytes":2,"removed":true'
	} >"$REPORT"
	run -0 report "$REPORT"
	assert_output_has "/tmp/x: file, 2 bytes"
}

@test "a file of many bad lines gets a few complaints, not many" {
	seq -f 'line %g' 1000 >"$REPORT"
	file_line leaked /tmp/x 1 >>"$REPORT"
	run -1 --separate-stderr report "$REPORT"
	assert_equal "the number of complaints" 9 "${#stderr_lines[@]}"
	[[ ${stderr_lines[8]} == "tmpguard: $REPORT: 992 more lines are not used" ]] || fail "$stderr"
	assert_output_has /tmp/x
}

@test "a line without end is not read into memory whole" {
	{
		head_line
		head -c 40000000 /dev/zero | tr '\0' ' '
		echo
		file_line leaked /tmp/after 1
	} >"$REPORT"
	run -1 --separate-stderr bash -c 'ulimit -v 60000; exec "$@"' - \
		timeout "$BOUND" "$TMPGUARD" report "$REPORT"
	assert_equal "standard error" \
		"tmpguard: $REPORT:2: longer than 16777216 bytes; this line is not used" "$stderr"
	assert_output_has /tmp/after
}

# ---- the command

@test "a file that cannot be read is named with the reason, and the rest is done" {
	head_line >"$REPORT"
	file_line leaked /tmp/x 1 >>"$REPORT"
	run -1 --separate-stderr report "$WORK/none" "$WORK" "$REPORT"
	assert_equal "standard error" "tmpguard: report: $WORK/none: No such file or directory
tmpguard: report: $WORK: Is a directory" "$stderr"
	assert_output_has /tmp/x
	run -1 report $'no\nsuch'
	assert_equal "the complaint" 'tmpguard: report: no\012such: No such file or directory' "$output"
}

@test "a full disk under standard output is an error" {
	head_line >"$REPORT"
	run -1 bash -c '"$@" >/dev/full' - "$TMPGUARD" report "$REPORT"
	[[ $output == "tmpguard: report: standard output: "* ]] || fail "$output"
}

@test "- is standard input, and options may follow files" {
	head_line >"$REPORT"
	run -0 report - --verbose <"$REPORT"
	assert_output_has "==5120== SUMMARY"
}

@test "usage errors of report end with 2 and say what was wrong" {
	local words why

	head_line >"$REPORT"
	while IFS=$'\t' read -r words why; do
		# shellcheck disable=SC2086 # words are several
		run -2 --separate-stderr report $words </dev/null
		[[ $stderr == "tmpguard: report: $why"* ]] || fail "$words:" "$stderr" || return
		assert_equal "standard output" "" "$output" || return
	done <<-'END'
		--format=html -	--format=html: no such format; use text or jsonl
		--format= -	--format=: no such format; use text or jsonl
		--nope -	--nope: no such option
		-x -	-x: no such option
		-vx -	-x: no such option
		-xv -	-x: no such option
		--verbose=1 -	--verbose=1: takes no value
		- --format	--format: needs a value
		-v	no FILE
	END
	run -2 report
	assert_output_has "no FILE"
}

@test "report is in the help, and has its own" {
	run -0 "$TMPGUARD" --help
	assert_output_has "tmpguard report"
	run -0 report --help
	assert_output_has "usage: tmpguard report"
	run -0 report --version
	assert_equal "the version" "$("$TMPGUARD" --version)" "$output"
}

# ---- the manual page

# The lines in the page between `.\" WORD`, .nf and .fi.
of_page() {
	sed -n "/^\.\\\\\" $1\$/,/^\.fi/p" "$REPO/tools/doc/tmpguard-report.5" |
		grep -v '^\.' | sed 's/\\-/-/g'
}

@test "the example of tmpguard-report(5) is printed as it says" {
	of_page example >"$REPORT"
	assert_equal "the number of lines of the example" 6 "$(wc -l <"$REPORT")"
	of_page text >"$WORK/text"
	expect_text <"$WORK/text"
}
