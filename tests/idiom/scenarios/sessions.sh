#!/usr/bin/env bash
# sessions.sh: scenarios of terminals, agents and editors, for collect.sh.

# shellcheck disable=SC2016,SC2164,SC2186 # other languages' code; what fails is passed over

terminals() {
	tmux -f /dev/null new-session -d 'sleep 3'
	tmux capture-pane
	tmux save-buffer /tmp/buffer.txt
	tmux pipe-pane 'cat >/tmp/pipe.txt'
	EDITOR=true tmux choose-buffer
	tmux kill-server
	tmux -S /tmp/mysock -f /dev/null new-session -d 'sleep 1'
	TMUX_TMPDIR=/var/tmp tmux -f /dev/null new-session -d 'sleep 1'
	SCREENDIR=/tmp/screens screen -dmS x sleep 2
	mkdir -m 700 /tmp/screens
	SCREENDIR=/tmp/screens screen -dmS x sleep 3
	sleep 1
	SCREENDIR=/tmp/screens screen -S x -X hardcopy /tmp/hardcopy.0
	SCREENDIR=/tmp/screens screen -S x -X writebuf
	SCREENDIR=/tmp/screens screen -S x -X log on
	screen -dm sleep 1
	script -qc true /tmp/typescript; script -q -T /tmp/timing -c true /tmp/ts2
	small 5000 >s
	seq 5000 | less -o /tmp/less.log -E >/dev/null
	seq 50000 | stop_after 2 script -qc 'less -X' /dev/null
	stop_after 3 script -qc 'mc -u' /dev/null <<<$'\e0'
	stop_after 3 script -qc 'vifm' /dev/null <<<':q'
	stop_after 3 script -qc 'ranger --choosefile=/tmp/chosen --choosedir=/tmp/chosendir' /dev/null <<<q
	stop_after 3 script -qc 'mcedit /tmp/mcedited' /dev/null
	mc -P /tmp/mc.pwd -V >/dev/null
	stop_after 4 Xvfb :97 -screen 0 100x100x8 -ac -nolisten tcp & sleep 2
	stop_after 3 xvfb-run -a -e /tmp/xvfb.err true
	DISPLAY=:97 stop_after 2 xauth -f /tmp/xauth add :97 . 00112233445566778899aabbccddeeff
	wait
	eval "$(ssh-agent)"
	ssh-keygen -q -t ed25519 -N '' -f /tmp/id_ed25519
	ssh-keygen -q -t rsa -N '' -f "$HOME/k"
	ssh-add /tmp/id_ed25519
	ssh-add -k "$HOME/k"
	ssh-agent -k
	ssh-agent -a /tmp/agent.sock true
	ssh-keygen -H -f "$HOME/kh"
	echo 'h ssh-ed25519 AAAA' >/tmp/known_hosts
	ssh-keygen -H -f /tmp/known_hosts
	ssh-keygen -R h -f /tmp/known_hosts
	ssh-keygen -Y sign -n f -f "$HOME/k" s
	cp s /tmp/signed.txt
	ssh-keygen -Y sign -n f -f "$HOME/k" /tmp/signed.txt
	ssh-keygen -k -f /tmp/revoked
	ssh -o ControlMaster=yes -o ControlPath=/tmp/cm-%C -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/tmp/kh2 127.0.0.1 true
	dbus-daemon --session --fork --print-address --address=unix:tmpdir=/tmp --print-pid=3 3>pid
	kill "$(cat pid)"
	dbus-run-session -- true
	dbus-daemon --session --fork --address=unix:path=/tmp/bus.sock --print-pid=3 3>pid
	kill "$(cat pid)"
	dbus-uuidgen --ensure=/tmp/machine-id
	stop_after 2 socat UNIX-LISTEN:/tmp/socat.sock,fork CREATE:/tmp/socat.out & small | stop_after 2 socat -u - CREATE:/tmp/socat2.out
	small | stop_after 2 socat -u - OPEN:/tmp/socat3.out,creat,excl,mode=0600
	stop_after 1 socat -lf /tmp/socat.log -d -d PIPE PIPE
	wait
}

gnupg() {
	export GNUPGHOME=/tmp/gnupg-home
	gpg --batch --list-keys
	mkdir -m 700 /tmp/gnupg-home
	gpg --batch --passphrase '' --quick-gen-key a@b.cd default default never
	small >s
	gpg --batch -o /tmp/sig.asc -ab s
	gpg --batch -o /tmp/enc.gpg -c --passphrase x s
	gpg --batch -o /tmp/dec.txt -d --passphrase x /tmp/enc.gpg
	gpg --batch --export -o /tmp/pub.gpg
	gpg --batch --export-secret-keys -o /tmp/secret.gpg
	gpg --batch --gen-revoke a@b.cd
	gpg --batch --dearmor -o /tmp/key.gpg /dev/null
	gpg --homedir /tmp/other-home --batch -k
	gpgsm --batch --gen-key -o /tmp/csr.pem
	gpgconf --kill all
	gpg-agent --daemon --homedir /tmp/gnupg-home true
	gpgtar -c -o /tmp/out.gtar s
	gpgv s
	gpg-zip --help >/dev/null
	export PASSWORD_STORE_DIR=/tmp/password-store
	pass init a@b.cd
	echo x | pass insert -e site
	EDITOR=true pass edit site
	pass generate other 10
	pass git init
	openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout /tmp/key.pem -out /tmp/cert.pem
	openssl genpkey -algorithm ed25519 -out /tmp/ed.pem
	openssl genrsa -out /tmp/rsa.key 2048
	openssl rand -writerand /tmp/.rnd -out /tmp/rand.bin 32
	openssl pkcs12 -export -passout pass: -inkey /tmp/key.pem -in /tmp/cert.pem -out /tmp/p.p12
	openssl enc -aes-128-cbc -k x -in s -out /tmp/s.enc
	openssl dhparam -dsaparam -out /tmp/dh.pem 512
	keytool -genkeypair -keystore /tmp/keystore.jks -storepass changeit -dname CN=x -keyalg RSA
}

editors() {
	echo x >/tmp/notes.txt; echo y >note
	vim -es -u NONE -c 'set swapfile' -c 'e /tmp/notes.txt' -c 'normal ihello' -c 'w' -c 'preserve' -c 'sleep 1' -c 'qa!'
	vim -es -u NONE -c 'set backup backupdir=/tmp undofile undodir=/tmp directory=/tmp swapfile' -c 'e note' -c 'normal ihello' -c 'w' -c 'qa!'
	vim -es -u NONE -c 'call writefile(["x"], tempname())' -c '%!sort' -c 'r !date' -c 'let x = system("cat", "y")' -c 'call mkdir("/tmp/vimdir", "", 0700)' -c 'mksession /tmp/Session.vim' -c 'wviminfo /tmp/viminfo' -c 'w /tmp/out.txt' -c 'hardcopy > /tmp/out.ps' -c 'TOhtml' -c 'qa!'
	stop_after 3 script -qc 'vim -u NONE --startuptime /tmp/startup.log -c "set dir=/tmp//" /tmp/report2026.txt' /dev/null <<<':wq'
	vimdiff -es note /tmp/notes.txt -c qa
	vim -es -u NONE -c 'set patchmode=.orig dir=/tmp' -c 'e /tmp/notes.txt' -c 's/x/z/' -c 'wq'
	vim -es -u NONE -x note -c 'wq'
	nvim --headless -u NONE -c 'e /tmp/nv.txt' -c 'normal ihello' -c 'w' -c 'preserve' -c 'call writefile(["x"], tempname())' -c 'r !date' -c 'qa!'
	nvim --headless -u NONE --listen /tmp/nvim.sock -c 'qa!'
	nvim --headless -c 'qa!'
	ex -s -u NONE -c 'e /tmp/ex.txt' -c 'wq'
	printf 'a\nx\n.\nw /tmp/ed.txt\nq\n' | ed
	printf 'a\nx\n.\nw\nq\n' | ed /tmp/ed2.txt
	emacs -Q --batch --eval '(progn (make-temp-file "foo") (make-temp-file "dir" t) (make-temp-file "x" nil ".el") (find-file "/tmp/emacs.txt") (insert "x") (do-auto-save) (save-buffer) (insert "y") (save-buffer) (write-region "a" nil "/tmp/region.txt") (make-directory "/tmp/emacsdir") (call-process-region "a" nil "cat") (shell-command-on-region (point-min) (point-max) "cat"))'
	emacs -Q --batch --eval '(progn (require (quote server)) (server-start) (server-force-delete))'
	emacs -Q --batch --eval '(let ((backup-directory-alist (quote ((".*" . "/tmp")))) (auto-save-file-name-transforms (quote ((".*" "/tmp/" t))))) (find-file "note") (auto-save-mode 1) (insert "q") (do-auto-save) (save-buffer))'
	emacs -Q --batch -f batch-byte-compile /dev/null
	emacs -Q --batch --eval '(progn (with-temp-file "/tmp/x.el" (insert "(defun f ())")) (byte-compile-file "/tmp/x.el"))'
	stop_after 5 emacs -Q --daemon
	emacsclient -e '(kill-emacs)'
	XDG_RUNTIME_DIR='' stop_after 5 emacs -Q --daemon=foo
	emacsclient -s foo -e '(kill-emacs)'
	stop_after 3 script -qc 'nano -B -C /tmp -G /tmp/nano.txt' /dev/null < <(sleep 1; printf 'hello\x0f\n\x18'; sleep 1)
	stop_after 3 script -qc 'nano -G /tmp/killed.txt' /dev/null < <(sleep 1; printf 'hello'; sleep 9)
	stop_after 3 script -qc 'joe /tmp/joe.txt' /dev/null < <(sleep 1; printf 'hello\x0bx'; sleep 1; printf '\n\n')
	stop_after 3 script -qc 'jed /tmp/jed.txt' /dev/null < <(sleep 1; printf 'hello\x18\x13\x18\x03'; sleep 1)
	stop_after 3 script -qc 'kak -n /tmp/kak.txt' /dev/null < <(sleep 1; printf 'ihello\e:wq\n'; sleep 1)
	stop_after 2 kak -n -ui dummy -e 'edit /tmp/kak2.txt; write; quit'
	echo x | EDITOR=true vipe >/tmp/vipe.out
	seq 3 | sponge /tmp/sponge.out
	seq 300000 | sponge /tmp/sponge2
	EDITOR=true vidir /tmp
	EDITOR=true sudoedit note
	EDITOR=true crontab -e
	EDITOR=true bash -ic 'fc -e true'
	EDITOR=true visudo -cf /etc/hosts
	ifne true </dev/null
	echo x | pee 'cat >/tmp/pee1' cat
	chronic true
	zrun cat <(gzip -c note)
}
