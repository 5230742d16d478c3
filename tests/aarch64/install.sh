#!/usr/bin/env bash
# install.sh: the cross compiler, its libc and the emulator for `make test-aarch64`, where missing.
set -euo pipefail

packages=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)

command -v aarch64-linux-gnu-gcc >/dev/null && [ -e /usr/aarch64-linux-gnu/include/stdio.h ] &&
	command -v qemu-aarch64 >/dev/null && exit
command -v apt-get >/dev/null || {
	echo "test-aarch64: needs what Debian calls ${packages[*]}" >&2
	exit 1
}
sudo=()
[[ $(id -u) == 0 ]] || sudo=(sudo --preserve-env=DEBIAN_FRONTEND)
export DEBIAN_FRONTEND=noninteractive
# Without what is recommended: that would register the emulator with this machine's kernel.
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" apt-get install -qq -y --no-install-recommends "${packages[@]}" </dev/null >/dev/null
