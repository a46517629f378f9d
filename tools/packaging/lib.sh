# SPDX-License-Identifier: GPL-2.0-only
# lib.sh: shared by the scripts that make packages: the source tree, and a copy of a root that is thrown away.
# shellcheck shell=bash

unset SERIES
. "$(dirname "${BASH_SOURCE[0]}")/../../tests/lab/lib.sh"

name=kvm-exitstat
version=$(sed -n 's/^#define EXITSTAT_VERSION\t"\(.*\)"/\1/p' "$repo/tools/lib/version.h")
trap end_job EXIT

# source_tree FOLDER: makes FOLDER, the source tree, without what only the emulated hosts and the tests need. Sets $date, that of
# the last commit; $commit, its name; and $who, who builds.
source_tree()
{
	command -v git >/dev/null || die "git is missing, which tells the packages' files and date: install it"
	date=$(git -C "$repo" log -1 --format=%cD) && commit=$(git -C "$repo" rev-parse --short=12 HEAD) ||
		die "$repo is no clone of git, which tells the packages' date: clone it"
	git -C "$repo" diff --quiet HEAD || commit+=", with changes"
	who="${DEBFULLNAME:-$(git -C "$repo" log -1 --format=%an)} <${DEBEMAIL:-$(git -C "$repo" log -1 --format=%ae)}>"
	[[ $who =~ ^[^[:cntrl:]\<\>]+\ \<[^[:cntrl:][:space:]\<\>]+@[^[:cntrl:][:space:]\<\>]+\>$ ]] ||
		die "'${who//[[:cntrl:]]/ }' is no name and address: set DEBFULLNAME and DEBEMAIL to those of who builds"
	rm -rf "$1"
	mkdir -p "$1"
	(cd "$repo" && git ls-files -z -- LICENSE README.md kernel tools perf-scripts docs | tar --null -T - -cf -) | tar -C "$1" -xf - ||
		die "a file that git knows is missing: restore it, or remove it by git rm"
}

# in_copy ROOT COMMAND…: runs COMMAND, with the network, in a copy of ROOT that is thrown away; the tree is /src there, the cache /cache.
in_copy()
{
	# shellcheck disable=SC2016
	background contained bash -euc '
		mount -t tmpfs tmp /mnt
		mkdir /mnt/upper /mnt/work /mnt/root
		mount -t overlay -o "lowerdir=$1,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root
		mount --bind "$2" /mnt/root/src
		mount --bind "$3" /mnt/root/cache
		mount --rbind /dev /mnt/root/dev
		mount -t proc proc /mnt/root/proc
		mount -t tmpfs tmp /mnt/root/tmp
		cp /etc/resolv.conf /mnt/root/etc/resolv.conf
		shift 3
		chroot /mnt/root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
	' in_copy "$1" "$repo" "$cache" "${@:2}"
}
