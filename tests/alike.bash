# alike.bash: one command in all three ways, compared. `load alike` after `load helper`.
#
# `alike CMD...` starts the command in a fresh WORKPLACE without tmpguard, with the shim alone and
# under run. It has to say and return the same and to make the same files in WORKPLACE, which is not
# a temp root. What of TMPDIR it leaves is looked at after each way. The suite says before:
#
#	WANT    a text that has to be in what it says, so that three failures are not a success
#	DRAWN   an expression for names drawn at random; TMPDIR is replaced before, and by that word
#	EXCEPT  an expression for lines of the result that may differ
#	LEAVES  how many entries it leaves in TMPDIR without tmpguard
#	STAY    those that have to stay with the shim alone, as they were without it; they must not
#	        need more than their names: run removes them
#	BY_NAME 1 for a program with a mkstemp of its own, whose files are known by their names: names
#	        that do not look generated may stay with the shim alone. Else nothing else may.
#	OURS    with BY_NAME an expression for names that are ours all the same: with their creator's
#	        pid, or of a known shape
#	UNSURE  an expression for names that may stay with the shim alone, whatever they look like

# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables for the suites, and the helper's

# Seconds until everything is gone: what lingers for a moment, like multiprocessing's helpers,
# needs its files for that moment.
LATER=5

begin_alike() {
	begin_test
	make_bystanders
	RUN_OPTIONS=(-q)
	WANT='' DRAWN='' EXCEPT='' LEAVES='' STAY=() BY_NAME='' OURS='' UNSURE=''
	WORKPLACE=$WORK/place # of the same name in every way
	export WORKPLACE PROBES TMPGUARD
	export LC_ALL=C TZ=UTC
}

# What DESIGN 2 takes for a generated name: at its end or before its extension at least 6 letters
# and digits, of two classes.
looks_generated() {
	local name run

	for name in "$1" "${1%.*}"; do
		run=${name##*[!A-Za-z0-9]}
		[ "${#run}" -lt 6 ] || [[ $run =~ ^([a-z]+|[A-Z]+|[0-9]+)$ ]] || return 0
	done
	return 1
}

is_ours() {
	[[ " ${STAY[*]} " != *" $1 "* ]] || return 1
	[[ -z $UNSURE || ! $1 =~ $UNSURE ]] || return 1
	[[ -z $BY_NAME || $1 == "$BASE" || (-n $OURS && $1 =~ $OURS) ]] || looks_generated "$1"
}

ours_left() {
	local name

	while read -r name; do
		! is_ours "$name" || echo "$name"
	done < <(undeclared)
}

none_of_ours_left() {
	[ -z "$(ours_left)" ]
}

# The same text for the same thing in every way.
leveled() {
	sed -E -e "s|$TMPDIR(/\.tmpguard-[0-9]+/[^/ ]+/tmp)?|TMPDIR|g" ${DRAWN:+-e "s@$DRAWN@DRAWN@g"} |
		grep -vE "${EXCEPT:-^$}"
}

# What is in DIR below PATH...: names, kinds, modes, contents.
tree_of() {
	(
		cd "$1" || exit
		shift
		find "$@" -printf '%p %y %m %l\n' | leveled | sort
		find "$@" -type f -print0 | sort -z | xargs -0r sha256sum | leveled | sort
	)
}

result() {
	tree_of "$WORKPLACE" .
}

stayed() {
	[ "${#STAY[@]}" = 0 ] || tree_of "$TMPDIR" "${STAY[@]}"
}

# After the command without tmpguard: what it left, so that what follows can fail.
check_plain() {
	[[ $SAID == *"$WANT"* ]] || fail "without tmpguard: $SAID" || return
	[ -z "$LEAVES" ] || assert_left "$LEAVES" || return
	[ "$(count_left)" -le "${#STAY[@]}" ] || [ -n "$UNSURE" ] || ! none_of_ours_left ||
		fail "nothing that is left without tmpguard would have to go: $(undeclared)" || return
	remove_left
}

# With the shim alone what is ours is gone, and what has to stay is there. A program that leaves
# nothing without it leaves nothing, whatever the names.
check_shimmed() {
	[ "$LEAVES" != 0 ] || BY_NAME=''
	wait_until "$LATER" none_of_ours_left || fail "left with the shim alone: $(ours_left)" || return
	assert_equal "shimmed: what has to stay" "$PLAIN_STAYED" "$(stayed)" || return
	remove_left
	assert_only_bystanders
}

check_guarded() {
	wait_until_only_bystanders "$LATER"
}

alike() {
	local way plainly plain_result

	for way in plain shimmed guarded; do
		chmod -R u+rwX "$WORKPLACE" 2>/dev/null || true
		rm -rf "$WORKPLACE"
		mkdir "$WORKPLACE"
		cd "$WORKPLACE" || return
		hear "$way" "$@"
		cd /
		SAID=$(leveled <<<"$SAID")
		if [ "$way" = plain ]; then
			plainly=$SAID
			plain_result=$(result)
			PLAIN_STAYED=$(stayed) || fail "without tmpguard: $SAID" || return
		else
			assert_equal "$way: output and status" "$plainly" "$SAID" || return
			assert_equal "$way: files" "$plain_result" "$(result)" || return
		fi
		"check_$way" || return
	done
}
