#!/usr/bin/env bats
# archives.bats: packers, sorters and copiers. See harness.bash.

# shellcheck disable=SC2034 # the harness's variables
load harness

setup() {
	begin_scenario
}

teardown() {
	end_scenario
}

@test "tar: packs, compresses and unpacks a tree" {
	uses tar gzip bzip2 xz:xz-utils zstd
	SAYS='tree/one/file'
	compare <<-'END'
		mkdir -p tree/one && seq 500 >tree/one/file && ln -s one/file tree/link && chmod 640 tree/one/file
		for how in gzip bzip2 xz zstd; do
			tar -c --sort=name --mtime=@0 --owner=0 --group=0 --"$how" -f "tree.$how" tree
			mkdir "from-$how" && tar -x -C "from-$how" -f "tree.$how" && tar -tvf "tree.$how"
		done
	END
}

@test "zip and unzip: an archive that is made, added to and tested" {
	uses zip unzip
	SAYS='No errors detected'
	VARIES='\.zip$'
	compare <<-'END'
		seq 3000 >numbers; echo two >two
		TZ=UTC touch -d @1000000000 numbers two
		zip -X all.zip numbers; zip -X all.zip two; zip -d all.zip numbers; zip -X all.zip numbers
		unzip -t all.zip; mkdir out; unzip -d out all.zip; zip -b "$TMPDIR" -X all.zip numbers
	END
}

@test "xz, zstd, bzip2, gzip: files are replaced by packed ones and back" {
	uses xz:xz-utils zstd bzip2 gzip
	SAYS='all the same'
	compare <<-'END'
		seq 20000 >file; sum=$(sha256sum <file); chmod 600 file
		for how in "xz xz -T2" "zst zstd -q --rm" "bz2 bzip2" "gz gzip -n"; do
			set -- $how; suffix=$1; shift
			"$@" file; ls; test ! -e file
			case $suffix in zst) zstd -q -d --rm file.zst ;; *) "$1" -d "file.$suffix" ;; esac
			test "$sum" = "$(sha256sum <file)"
		done
		echo all the same
	END
}

@test "sort: what does not fit into memory is sorted in TMPDIR" {
	uses sort:coreutils awk:mawk
	SAYS='60000 sorted' MAKES=1
	compare <<-'END'
		seq 60000 | awk '{ print ($1 * 7919) % 60013, $1 }' >input
		sort -n -S 32k --parallel=2 --compress-program=gzip -o output input
		sort -c -n output && echo "$(wc -l <output) sorted"
	END
}

@test "rsync: a tree is copied, changed and brought up to date" {
	uses rsync
	SAYS='Number of regular files transferred: 1'
	FILTERS=('s/[0-9,.]+ bytes.sec/N bytes\/sec/' '/^(File list|Total bytes|sent|total size)/d')
	compare <<-'END'
		mkdir -p from/below && seq 5000 >from/below/numbers && seq 100 >from/small && ln -s small from/link
		rsync -a --out-format='%i %n' from/ to/
		sed -i s/2500/changed/ from/below/numbers
		rsync -a --checksum --no-whole-file --stats from/ to/
		rsync -a --delete --temp-dir="$TMPDIR" --out-format='%i %n' --exclude=small --delete-excluded from/ to/
		diff -r from to || true
	END
}
