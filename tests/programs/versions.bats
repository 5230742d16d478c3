#!/usr/bin/env bats
# versions.bats: version control, keys and checksums. See harness.bash.

# shellcheck disable=SC2016,SC2034 # the harness's variables
load harness

setup() {
	begin_scenario
}

teardown() {
	end_scenario
}

GIT=(GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_AUTHOR_DATE='2020-01-01T00:00:00Z'
	GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@example.org GIT_COMMITTER_DATE='2020-01-01T00:00:00Z')

@test "git: commits, a rebase with a conflict, gc" {
	uses git
	ENVIRON=("${GIT[@]}")
	SAYS='rebased: one two three'
	VARIES='\.git/(index|.*\.(pack|idx|rev)|logs/.*)$'
	compare <<-'END'
		git init -q -b main . && git config gc.auto 0 && git config pack.threads 1
		for i in one two; do echo "$i" >file; git add file; git commit -q -m "$i"; done
		git checkout -q -b other HEAD~1 && echo other >file && git commit -q -a -m three
		git rebase main 2>&1 || echo "conflict: $?"
		echo both >file && git add file && GIT_EDITOR=true git rebase --continue 2>&1 | tail -n 1
		echo "rebased: $(git log --reverse --format=%s | paste -sd' ')"
		git gc -q --prune=now && git fsck --full --strict 2>&1 && git count-objects -v | grep -v size
		GIT_EDITOR='sed -i s/three/four/' git commit -q --amend && git log --format='%H %s' && git status --short
	END
}

@test "git: stash, worktree, patches by mail, an external diff, a clone" {
	uses git
	ENVIRON=("${GIT[@]}")
	SAYS='cloned'
	FILTERS=('s/git-blob-[A-Za-z0-9]{6}/BLOB/')
	VARIES='\.git/(.*/)?(index|logs/.*|.*\.(pack|idx|rev)|ORIG_HEAD|gitdir)$|/\.git$'
	compare <<-'END'
		git init -q -b main a && cd a && git config gc.auto 0
		seq 50 >file && git add file && git commit -q -m one && seq 60 >file
		git stash -q && git stash list && git stash pop -q && git commit -q -a -m two
		git format-patch -1 && git reset -q --hard HEAD~1 && git am -q 0001-two.patch && git log --format=%s
		seq 70 >file; printf '#!/bin/sh\nhead -n 1 "$2" "$5"; echo compared\n' >differ && chmod +x differ
		GIT_EXTERNAL_DIFF=./differ git diff --ext-diff | grep -v ==; GIT_PAGER=cat git difftool --no-prompt -x cmp HEAD | sed 's|/[^ ]* ||' || true
		git worktree add -q ../tree HEAD~1 && ls ../tree && git bundle create -q ../all.bundle main && rm ../all.bundle
		cd .. && git clone -q a b && git -C b log --oneline | wc -l && echo cloned
	END
}

@test "gpg and gpg-agent: a key is made, signs and encrypts" {
	uses gpg gpg-agent gpgconf
	SAYS='Good signature from "a <a@example.org>"'
	FILTERS=('s/[0-9A-F]{16,40}/KEY/g' 's/(made|created|Signature made) .*/\1 TIME/' "s/'[^']*\.rev'/FILE/" 's/[0-9]{4}-[0-9]{2}-[0-9]{2}/DATE/g' 's/ID [0-9A-F]+/ID KEY/')
	VARIES='home/|\.(sig|gpg)$'
	compare <<-'END'
		export GNUPGHOME=$HOME/.gnupg && mkdir -m 700 "$GNUPGHOME"
		gpg --batch --passphrase '' --quick-gen-key 'a <a@example.org>' ed25519 default never 2>&1
		seq 100 >file
		gpg --batch --passphrase '' --detach-sign -o file.sig file && gpg --verify file.sig file 2>&1
		gpg --batch --passphrase x --pinentry-mode loopback -c -o file.gpg file
		gpg --batch -q --passphrase x --pinentry-mode loopback -d file.gpg | cmp - file && echo decrypted
		gpgconf --kill gpg-agent; mv "$GNUPGHOME" gone && find gone -type f | wc -l
		rm -rf gone
	END
}

@test "ssh-keygen and ssh-agent: keys are made, listed and forgotten" {
	uses ssh-agent:openssh-client ssh-keygen:openssh-client
	SAYS='The agent has no identities.'
	FILTERS=('s/SHA256:[^ ]+/HASH/' 's/gent pid [0-9]+/gent pid N/')
	VARIES='key'
	compare <<-'END'
		ssh-keygen -q -t ed25519 -N '' -C c -f key && ssh-keygen -l -f key
		eval "$(ssh-agent -s)"
		ssh-add -q key 2>&1 && ssh-add -l
		ssh-add -q -D 2>&1; ssh-add -l || true
		echo "data" >data && ssh-keygen -q -Y sign -f key -n file data 2>&1 && ls data.sig && rm data.sig
		ssh-keygen -R nobody -f hosts 2>&1 || true
		test -S "$SSH_AUTH_SOCK" && ssh-agent -k
	END
}

@test "ssh-agent in front of a command: its directory is there as long as the command" {
	uses ssh-agent:openssh-client
	SAYS='a socket'
	compare <<-'END'
		ssh-agent sh -c 'test -S "$SSH_AUTH_SOCK" && echo "a socket"; ssh-add -l || exit 5' || echo "status $?"
	END
}

@test "openssl: keys, a certificate, encryption, random data" {
	uses openssl
	SAYS='cert.pem: OK'
	VARIES='\.(key|pem|enc|csr)$|\.rnd'
	compare <<-'END'
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout a.key -out cert.pem -subj /CN=a -days 2 2>/dev/null
		openssl verify -CAfile cert.pem cert.pem
		seq 1000 >file && openssl enc -aes-256-cbc -pbkdf2 -k x -in file -out file.enc
		openssl enc -d -aes-256-cbc -pbkdf2 -k x -in file.enc | cmp - file
		openssl dgst -sha256 file; openssl rand -out random.key 32; wc -c random.key; ls -l a.key | cut -c1-10
	END
}

@test "sha256sum, split, csplit, join, shuf, tac: text is cut and put together" {
	uses split:coreutils
	SAYS='the same again'
	compare <<-'END'
		seq 3000 >all && split -l 700 all part. && csplit -s all 100 2000 && cat part.* | cmp - all
		cat xx0? | cmp - all && echo the same again; sha256sum part.* >sums && sha256sum -c sums
		seq 30 | tac | tac | tail -n 2; cat all | tac - | tac | cmp - all
		split -n l/3 --filter='wc -l' all; join <(seq 10 | sort) <(seq 5 15 | sort); shuf -n 2 --random-source=all all
		install -m 750 all installed && mktemp -u XXXXXX | wc -c; truncate -s 1M hole && cp --sparse=always hole copy
	END
}
