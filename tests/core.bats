#!/usr/bin/env bats
# core.bats: lib/, function by function, by tests/unit/ (DESIGN 14). Each test runs in four builds:
# with the product's constants and with small ones that make rare paths common, both plain and
# under the address and undefined-behaviour sanitizers. `core` alone lists the tests.

# shellcheck disable=SC2030,SC2031 # bats' own variables
load helper

UNIT=$PROBES/unit

setup() {
	begin_test
	export ASAN_OPTIONS=abort_on_error=0:exitcode=9 UBSAN_OPTIONS=print_stacktrace=1
}

BUILDS='core core-small core-san core-small-san'
TWO_BUILDS='core core-small-san' # for what takes long

# core NAME...: in each of BUILDS, all at once. What was skipped skips this test, after the rest has
# passed.
core() {
	local build result failed='' skipped='' pids=() builds

	read -ra builds <<<"$BUILDS"
	for build in "${builds[@]}"; do
		mkdir "$TMPDIR/$build"
		TMPDIR=$TMPDIR/$build "$UNIT/$build" "$@" >"$WORK/$build" 2>&1 3>&- &
		pids+=("$!")
	done
	for build in "${builds[@]}"; do
		result=0
		wait "${pids[0]}" || result=$?
		pids=("${pids[@]:1}")
		rmdir "$TMPDIR/$build"
		case $result in
		0) ;;
		77) skipped=$(grep -v '^ok ' "$WORK/$build") ;;
		*) failed+="$build: status $result"$'\n'$(cat "$WORK/$build")$'\n' ;;
		esac
	done
	[ -z "$failed" ] || fail "$failed" || return
	[ -z "$skipped" ] || skip "${skipped%%$'\n'*}"
}

@test "every test of lib/ is run by this suite" {
	local name

	while read -r name; do
		grep -qw -- "$name" "$BATS_TEST_FILENAME" || fail "no test here runs $name" || return
	done < <("$UNIT/core")
}

@test "a test of lib/ that does not exist is an error" {
	run -2 "$UNIT/core" there-is-none
}

# ---- patterns and shapes

# bats test_tags=glibc
@test "globs match what fnmatch matches, and never take long" {
	core glob-as-fnmatch glob-as-fnmatch-random glob-in-bounded-time glob-ends-at-its-length
}

@test "one glob of a list is enough, and an empty one matches nothing" {
	core glob-lists
}

@test "names that programs draw are told from those that people give" {
	core shape-temporary shape-wanted shape-makers shape-never-ours shape-checksums
}

@test "of names drawn at random as programs draw them few are missed" {
	BUILDS=core core shape-draws # shares of many names, the same in every build
}

@test "of names made up at random as people do hardly any is taken" {
	BUILDS=core core shape-made-up
}

@test "a name may have any bytes" {
	core shape-any-bytes
}

# ---- names

@test "a template has six X before its suffix, or is refused" {
	core name-slot
}

@test "names are letters and digits, each as likely as another, and differ between calls and forks" {
	core name-fill-and-clear name-distribution name-after-fork
}

@test "names differ when the kernel has no randomness to give" {
	core name-without-random
}

@test "only a name that is taken is tried again, and not for ever" {
	core create-only-eexist-is-retried create-tries-are-bounded
}

@test "texts never run over their buffers" {
	core text-building text-numbers text-small-files
}

# ---- the public functions

@test "the library creates and removes as its header says" {
	core public-create-file public-create-fails public-create-dir public-names-run-out \
		public-remove public-keeps-errno
}

@test "the directory for temporary files is the first that can be written to" {
	core tmpdir-tried tmpdir-tried-without-tmpfile tmpdir-full-and-read-only tmpdir-chosen \
		tmpdir-public
}

# ---- places

@test "temp roots are known by what they lead to" {
	core roots-standard roots-given roots-plain roots-real-dir
}

@test "neither / nor the home directory is ever a temp root" {
	core roots-never
}

@test "the home directory is no temp root however HOME is written" {
	core roots-never-home-otherwise-written
}

@test "a tree where somebody works is exempt, and a root inside it counts" {
	core roots-exempt
}

@test "roots that do not fit are none, and exemptions that do not fit leave no root" {
	core roots-overflow
}

# ---- removal

@test "what is removed is counted, and only what is gone" {
	core remove-file remove-counts
}

@test "a file that has another's name is not removed" {
	core remove-identity remove-born-later
}

@test "removal follows no symlink" {
	core remove-symlinks
}

@test "removal works on kernels that know no openat2" {
	core remove-symlinks-old-kernel remove-mounts-old-kernel
}

@test "directories that their owner may not read or write are removed" {
	core remove-closed-dirs
}

@test "directories that their owner may not search are removed" {
	core remove-unsearchable-dirs
}

@test "what cannot be removed is named, and the rest goes" {
	core remove-what-cannot-go
}

@test "removal needs few descriptors however deep or wide the tree is" {
	core remove-deep remove-wide remove-bushy remove-few-descriptors remove-no-descriptors
}

@test "what is mounted inside a tree survives and is reported" {
	core remove-mounts
}

@test "removal ends while others go on making and moving entries" {
	core remove-while-entries-appear remove-while-symlinks-swap remove-moved-levels
}

@test "a directory that is refilled each time leaves no descriptor open" {
	core remove-refilled-each-time
}

# ---- what is only measured, and what stays

@test "measuring counts what du and find would, and changes nothing" {
	core measure-tree measure-links measure-single
}

@test "what cannot be measured counts as one file and is reported, and is not opened up" {
	core measure-closed-dirs measure-mounts
}

@test "measuring needs few descriptors however deep the tree is" {
	core measure-deep
}

@test "what is to stay stays, and all beside it goes" {
	core stay-file stay-top stay-dir stay-empty-dir stay-links stay-symlinks
}

@test "when nothing is to stay all goes" {
	core stay-nothing
}

@test "every entry is asked about once, and none inside what stays" {
	core stay-asked-once
}

@test "what would stay is told without a removal" {
	core measure-but
}

@test "what is to stay stays however deep it lies" {
	core stay-deep
}

@test "what has too long a path, or none, to be asked about stays" {
	core stay-too-deep stay-unknown-path
}

@test "closed directories that do not go, because of what stays or fails, are as closed as before" {
	core stay-closed-dirs stay-closed-again
}

@test "what cannot be removed is reported beside what stays" {
	core stay-and-fail
}

@test "what is mounted inside what stays is neither counted nor an error" {
	core stay-mounts
}

@test "a directory that something stays in is not read again, nor removed in vain" {
	core stay-read-once
}

# ---- the lock

@test "a lock is held without a descriptor, by forks too, until exec or death" {
	core lock-held-without-descriptor lock-held-by-forked-child lock-freed-on-kill \
		lock-freed-on-exec
}

@test "a lock can be joined while it has its name, and taken while nobody holds it" {
	core lock-join lock-removed lock-removed-meanwhile lock-make-twice
}

@test "what is not our lock is refused" {
	core lock-not-a-lock
}

@test "a lock works without unnamed files, and on an overlay by its stand-in" {
	core lock-named-from-the-first lock-overlay lock-overlay-rest lock-nowhere
}

# ---- the table of members

@test "a member is alive from its entry to its death, and a later process of its number is not it" {
	core members-alive-until-death members-number-given-again members-processes
}

@test "the table of members is sparse, and its last entry may be cut short" {
	core members-last-entry members-far-apart
}

@test "children that nobody wrote down are found by their environment" {
	core members-spawned-unseen members-own-mark members-environment-of-others
}

@test "when processes cannot be listed or read, that is not taken for nobody" {
	core members-unlisted-processes members-no-descriptor-for-environment
}

@test "a member written down without a procfs may be alive" {
	core members-written-without-procfs
}

@test "a table that cannot be read or written is an error and never a signal" {
	core members-unreadable-table members-file-size-limit members-other-namespace
}

# ---- who lingers

@test "whose child a process was is known, unless its number was given again" {
	core linger-parents linger-number-given-again linger-only-the-living linger-forged-parents
	core linger-file-size-limit
}

@test "what those may need who linger: by relation, by use, and whatever is in doubt" {
	core linger-hashes linger-relations linger-order-of-birth linger-strangers
	core linger-files-in-doubt linger-files-in-use linger-named-by-arguments
}

@test "who lingers is found by the lock, and where nobody is nothing is known" {
	core linger-nobody linger-members-by-their-lock
}

# ---- programs

@test "whether a program loads a preload is read from its headers" {
	core program-real program-interpreter-wherever program-static program-foreign \
		program-texts
}

@test "of what is cut off, forged or no program nothing is claimed, and nothing waits" {
	core program-hostile-headers program-hostile-dynamic program-truncated program-garbled \
		program-none program-not-to-be-run program-unreadable program-swapped \
		program-every-call-fails
}

@test "a script is judged by the interpreter that the kernel runs" {
	core program-script-lines program-scripts-nested program-scripts-long \
		program-scripts-from-elsewhere program-script-names-fit
}

@test "set-ID programs and those with capabilities are known, where such bits count" {
	core program-own-set-id program-set-ids program-set-ids-nosuid \
		program-set-id-before-static program-other-effective-ids program-capabilities \
		program-capabilities-nosuid
}

@test "a program is found where execvp finds it" {
	core program-find program-find-empty-entries program-find-with-slash program-find-long \
		program-find-closed
}

# ---- the journal

@test "a record is read as it was written, at each step of its life" {
	core journal-life journal-second-view
}

@test "paths of every length are read back" {
	core journal-paths-of-every-length journal-longest-path
}

@test "a record whose text ends with a slot keeps the slot after it" {
	core journal-text-ends-with-slot
}

@test "a program that makes and removes files needs no more slots than files" {
	core journal-slots-are-given-again
}

@test "a sweep frees what is done and nothing else, whoever died sweeping" {
	core journal-sweep-keeps-what-is-there journal-dead-sweeper journal-living-sweeper
}

@test "the journal grows, and every record is read back once" {
	core journal-grows reader-two
}

@test "where a mapping cannot be trusted, each record is written by calls, and read like others" {
	core append-life append-second-view append-paths-of-every-length append-longest-path \
		append-text-ends-with-slot append-slots-are-given-again append-sweep-keeps-what-is-there \
		append-many-processes append-many-processes-sweep append-many-processes-shrink \
		append-file-size-limit append-file-size-limit-later append-full-disk \
		append-full-disk-later append-two-readers
}

@test "a record that is appended is whole, whoever was killed, stopped or short of descriptors" {
	core append-little-room append-cut-short append-no-header append-lock-is-held append-no-descriptor
}

@test "a journal that is no longer needed whole gets smaller, and larger again, whoever else writes" {
	core journal-shrinks journal-does-not-shrink journal-many-processes-shrink \
		journal-settled-is-not-touched
}

@test "processes that write at once lose no record" {
	core journal-many-processes
}

@test "processes that write, remove and sweep at once lose no record" {
	core journal-many-processes-sweep
}

@test "without a session, without room or beyond a limit the journal is private memory" {
	core journal-no-session journal-file-size-limit journal-file-size-limit-later \
		journal-full-disk journal-full-disk-later
}

@test "a cut off, forged or garbled journal gives well-formed records or none" {
	core reader-truncated reader-truncated-long-record reader-forged-records reader-garbage \
		reader-not-a-journal
}

@test "a bad record costs no good one" {
	core reader-bad-among-good
}

@test "what is left alone is told, once it is gone no longer, and vouches for no other file" {
	core tell-left-alone tell-left-alone-is-swept tell-left-alone-is-not-known \
		tell-left-alone-means-no-other
}

@test "a program is told once for each path, with how often it was run" {
	core tell-programs tell-programs-are-not-swept tell-untold
}

@test "an insecure use is told once for each program and place, and so are many of them, not all" {
	core hazard-told-once hazard-told-once-by-caller hazard-no-more-than-the-most \
		hazard-not-swept hazard-appended
}

@test "flags and times are there from the intent on, for every process" {
	core tell-flags-to-stay tell-reported tell-when
}

# ---- settings and notes

@test "what users may set is known by name and by value" {
	core settings-names settings-complaints settings-track settings-persist
}

@test "notes are read as they were written, and one that was cut off harms no other" {
	core notes-read-back notes-nothing-there notes-torn notes-many-writers
}

@test "notes that are too large or not ours are refused, and none is waited for" {
	core notes-too-large notes-not-ours notes-fifo
}

@test "a note that finds no room is an error and never a signal" {
	core notes-file-size-limit notes-full-disk
}

@test "what stays is what was asked for, by value, glob, path and end" {
	core keeping-values-and-ends keeping-globs keeping-listed-paths
}

@test "what cannot be read is not taken for nothing to keep" {
	core keeping-unreadable
}

# ---- reports

@test "whatever a text is, a strict reader of JSON gets it back" {
	core json-every-byte json-escapes json-utf8-borders json-utf8-at-random json-nesting
}

@test "numbers and times are written as they are, and nothing behind the end of the line" {
	core json-numbers json-times json-limits
}

# bats test_tags=glibc
@test "every line of a report is as its manual has it" {
	core report-session-line report-file-statuses report-file-ends report-kinds \
		report-reasons report-programs-and-processes report-hazards report-summary \
		report-ends
}

@test "long paths, long commands and many files cost no line" {
	core report-longest-paths report-long-commands report-many-lines
}

@test "sessions that report to one file at once have their lines whole" {
	core report-many-writers report-short-writes
}

@test "a report that cannot be written is an error, and never a signal or a wait" {
	core report-failing-write report-file-size-limit report-without-memory report-opened
}

# ---- sessions

@test "a session is drawn, made, joined, kept and removed" {
	core session-draw session-parse session-life session-shared session-kept \
		session-removal-leaves-others session-without-lock
}

@test "where somebody else has our directory a session is made beside it" {
	core session-squatted session-open-refuses session-check-first
}

@test "sessions are made while others remove the directories" {
	core session-makers-and-removers
}

@test "the removal of a session's directory between any two steps does not stop its making" {
	core session-removed-at-every-step
}

# ---- the end of a session

@test "what the session made goes by identity, and what was published stays" {
	core clean-by-identity clean-published clean-private-journal
}

@test "a file of the session that was moved onto another's name goes" {
	core clean-renamed-onto clean-renamed-onto-among-many
}

@test "an intent removes only what is younger, ours and of its kind" {
	core clean-intents clean-intent-and-file-at-once clean-intent-of-another-user
}

@test "nothing outside the roots or behind a symlink is removed" {
	core clean-outside-the-roots clean-parent-is-symlink clean-parent-is-symlink-old-kernel \
		clean-parent-gone clean-two-dirs-in-turn
}

@test "the private TMPDIR goes with all that is in it" {
	core clean-private-tmp clean-private-tmp-is-symlink
}

@test "nothing goes while a member lives, the lock is held, or the session is kept" {
	core clean-kept clean-only-told clean-members-alive clean-lock-held clean-no-session
}

@test "of cleaners that come at once one cleans" {
	core clean-two-cleaners
}

@test "a journal that cannot be read is not taken for its end" {
	core clean-unreadable-journal
}

@test "a cleaner removes, or leaves all and marks it, or looks and changes nothing" {
	core terms-remove terms-leave terms-leave-nothing terms-look terms-look-at-closed-dirs \
		terms-look-at-what-stays terms-look-at-the-living
}

@test "what stays is told once and stays until somebody asks for what was kept" {
	core terms-stay terms-told-once terms-flagged-in-a-directory terms-in-doubt \
		terms-sums
}

@test "a session of which something stays is marked before its lock is free, whoever is killed" {
	core terms-marked-before-the-lock-is-free terms-killed-at-every-call
}

@test "a directory that is only there for a name counts when there is something in it" {
	core terms-places
}

@test "the report that a session asks for is written by whoever cleans it" {
	core terms-report terms-report-and-tell terms-no-report
}

@test "what was only seen is told and not touched" {
	core terms-seen-and-programs
}

# ---- directories that redirected files share

@test "what lies in a shared directory is told for itself, and the directory goes last" {
	core shared-files-are-told-and-the-place-is-not shared-others-in-it-are-told shared-left-to-be-seen \
		shared-what-is-kept-keeps-the-place
}

@test "a shared directory that was only meant to be made goes, and one that was replaced stays" {
	core shared-intents shared-replaced
}

@test "a journal is asked for the shared directories of its session" {
	core shared-found shared-found-by-a-long-path
}

# ---- every call fails

@test "whichever call fails, a session is made and cleaned or says why not" {
	BUILDS=$TWO_BUILDS core fault-session
}

@test "whichever call fails, a cleaner leaves what a later one can finish" {
	core fault-cleaning
}

@test "whichever call fails, what lingering processes need stays" {
	BUILDS='core core-small' core fault-lingering # with a /proc of its own, in which LSan is lost
}

@test "whichever call fails, the removal of a tree ends and touches nothing else" {
	core fault-tree fault-deep-tree
}

@test "whichever call fails, what is to stay stays, and measuring says so or is right" {
	core fault-tree-stays fault-measuring
}

@test "whichever call fails, what is to stay stays, whoever comes later" {
	core fault-kept
}

@test "whichever call fails, a report has whole lines, and keeps no file from being removed" {
	core fault-reported
}

@test "whichever call fails, a journal that grows keeps its records" {
	core fault-growth
}

# ---- tempfile.h's objects

@test "a file has the place, the name and the mode that were asked for, and goes with its object" {
	core file-made-and-gone file-modes file-names file-places file-flags file-removed-by-what-it-is
}

@test "what a stream holds back is written, or it is said that it was not" {
	core file-streams file-streams-that-fail
}

@test "what failed, where and why is said, in each thread its own" {
	core file-error-texts file-without-memory
}

@test "the directory for temporary files is the one that was set, or that the variables say" {
	core file-tempdirs file-fixtures
}

@test "a file gets its final name, mode and owner, at once or not at all" {
	core publish-replaces publish-replaces-nothing publish-targets-that-cannot-be publish-modes \
		publish-owners publish-owners-without-rights publish-parents
}

@test "a file gets its name on another filesystem, and is in one place in the end" {
	core publish-is-copied publish-is-moved-when-kept \
		publish-is-not-copied-to-where-there-is-no-room \
		publish-renames-that-turn-out-to-be-elsewhere
}

@test "what gets the name is the file that was made, not another one that has its name by now" {
	core publish-never-another-file
}

@test "written, mode, sync, name, sync of the directory: in this order" {
	core publish-order publish-order-with-links publish-two-names-for-a-while \
		publish-directories-that-know-no-sync atomic-order
}

@test "a spool is in memory until it is larger than its limit, and then a file" {
	core spool-limits spool-limits-with-a-name spool-options-are-of-the-call spool-seeks \
		spool-far-away spool-paths-and-descriptors spool-keeps-and-persists spool-collects
}

@test "a spool that cannot become a file loses nothing, and may try again" {
	core spool-failed-rollover-loses-nothing spool-full-disk-loses-nothing \
		spool-failed-read-is-not-the-end spool-without-memory
}

@test "a spool answers as a plain file does, whatever is asked of it" {
	BUILDS=$TWO_BUILDS core spool-as-a-plain-file
}

@test "a directory goes with all that is in it, and nothing in it leads outside" {
	core dir-goes-with-all-in-it dir-stays-when-kept dir-leads-nowhere-else dir-opens \
		dir-opens-while-others-rename dir-is-tried-again-at-the-end dir-without-memory
}

@test "a file without a name has none, on filesystems that know no such files neither" {
	core anonymous
}

@test "a file is written whole or not at all" {
	core atomic-writes atomic-writes-as-asked atomic-targets-that-cannot-be atomic-piece-by-piece \
		atomic-commits-again-after-a-failure atomic-never-half-of-it
}

@test "an upload has no more than its limit, and is committed or forgotten" {
	core upload-staged-and-committed upload-refused upload-written-in-part
}

@test "what is owed is removed at exit, in any thread, and never by a forked child" {
	core cleanup-at-exit cleanup-in-forked-children cleanup-hand-to-children
}

@test "a signal removes what is owed, and then does what it did before" {
	core cleanup-by-signals cleanup-refused-signals cleanup-earlier-handlers \
		cleanup-handlers-that-go-on cleanup-signals-in-forked-children
}

@test "a signal at any system call leaves nothing" {
	core cleanup-signals-at-every-call
}

@test "who cleans while other threads make and free loses nothing of theirs" {
	core cleanup-by-another-thread
}

@test "whatever call fails, what the objects stand for is whole, and nothing else is left" {
	BUILDS=$TWO_BUILDS core fault-persist fault-persist-new fault-persist-elsewhere fault-atomic \
		fault-spool fault-directory fault-upload fault-anonymous fault-tempdir
}

# ---- valgrind

# What valgrind calls an error begins with ==. Its complaint that it does not know openat2 is none.
clean_in_valgrind() {
	need valgrind
	run valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
		"$@"
	[ "$status" -eq 0 ] || fail "status $status: $output" || return
	assert_output_lacks "=="
}

# bats test_tags=glibc
@test "valgrind finds nothing wrong with the core" {
	clean_in_valgrind "$UNIT/core-small" name-fill-and-clear text-building remove-counts \
		lock-join journal-life journal-sweep-keeps-what-is-there reader-two \
		session-life clean-by-identity clean-published clean-private-tmp public-create-file
	assert_empty "$TMPDIR"
}

@test "valgrind finds nothing wrong with a program under the shim" {
	need valgrind
	run env LD_PRELOAD="$SHIM" valgrind --quiet --error-exitcode=9 --leak-check=full \
		--errors-for-leak-kinds=definite --trace-children=no "$PROBE" mkstemp "$T" write hello
	[ "$status" -eq 0 ] || fail "status $status: $output" || return
	assert_output_lacks "=="
}
