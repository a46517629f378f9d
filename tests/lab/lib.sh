# SPDX-License-Identifier: GPL-2.0-only
# lib.sh: shared by the lab's scripts: messages, checks, locks, the Debian root and how to enter it.
# shellcheck shell=bash

lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=${lab%/tests/lab}
cache=${KVM_EXITSTAT_CACHE:-/var/cache/kvm-exitstat}
root=$cache/root
logs=$cache/log

# The series of the Debian root, of the guest's kernel, and of the emulated hosts unless SERIES names another. Another series
# has a second root, with the compiler and the kernel of its suite.
main_series=6.12
series=${SERIES:-$main_series}

# The packages of the root; docs/dependencies.md says what each is for.
packages=(
	build-essential kmod cpio ccache patch rsync
	"linux-source-$main_series" linux-headers-amd64 linux-image-amd64 coccinelle
	libcmocka-dev libjson-c-dev libevent-dev libncurses-dev pkgconf
	qemu-system-x86 bochs bochs-term bochsbios vgabios bsdutils grub-pc-bin grub-common xorriso mtools
	squashfs-tools busybox-static xz-utils zstd
	bpftrace linux-perf cpuid strace socat jq gawk procps iproute2 less
	libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients prometheus curl tmux valgrind libc6-dbg python3-jsonschema
	bc bison flex libelf-dev sparse clang libclang-rt-19-dev
	gnuplot-nox codespell mandoc groff
)
# dracut, the other choice, cannot be installed without /etc/kernel.
series_packages=(build-essential kmod ccache initramfs-tools "linux-source-$series" linux-headers-amd64 linux-image-amd64)
# What builds and checks our packages: in a root of its own for each suite, tools/packaging/deb
deb_packages=(build-essential debhelper dh-dkms libjson-c-dev libevent-dev libncurses-dev linux-headers-amd64 pkgconf lintian systemd zsh)
# The host in which packages/life installs ours, and what its firmware and disk are made with
host_packages=(
	systemd-sysv udev dbus kmod initramfs-tools zstd apt-utils busybox-static acl
	linux-image-amd64 linux-headers-amd64 linux-source build-essential dkms coccinelle ccache mokutil openssl rsync xz-utils
	libjson-c5 libevent-core-2.1-7t64 libncursesw6 curl jq procps
	qemu-system-x86 linux-perf prometheus prometheus-node-exporter
	e2fsprogs mtools dosfstools ovmf python3-virt-firmware
)

# die SENTENCE: prints what is wrong, why, and what to do about it, and exits.
die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 2
}

# step WHAT: prints which step begins.
step()
{
	printf '==> %s\n' "$*" >&2
}

# The table of kernel series
all_series() { sed '/^#/d' "$repo/kernel/series" | cut -f1; }
suite_of() { awk -v series="$1" '$1 == series { print $2 }' "$repo/kernel/series"; }

# need_machine: dies if the lab cannot make its root on this machine.
need_machine()
{
	local ID='' VERSION_ID=''
	[ -n "$(suite_of "$series")" ] ||
		die "kernel series '$series' is not supported: choose one of these: $(all_series | paste -sd ' '), or name a kernel's source (LINUX=DIR; docs/porting.md)"
	[ "$(id -u)" = 0 ] || die "must run as root, since it mounts and makes a Debian root: use sudo or a root shell"
	if [ -r /etc/os-release ]; then
		# shellcheck disable=SC1091
		. /etc/os-release
	fi
	[ "$ID" = debian ] ||
		die "this machine is not Debian (/etc/os-release says '${ID:-nothing}'): use a Debian 12 or 13 x86-64 machine"
	[ "${VERSION_ID:-99}" -ge 12 ] ||
		die "this machine is Debian $VERSION_ID, which is too old: use Debian 12 or 13"
	[ "$(dpkg --print-architecture)" = amd64 ] ||
		die "this machine is $(dpkg --print-architecture), not amd64: use a Debian 12 or 13 x86-64 machine"
	(contained true) 2>/dev/null ||
		die "this machine lets root make no namespaces (unshare fails): use a real or virtual machine, or a privileged container"
	mkdir -p "$cache" "$logs" 2>/dev/null ||
		die "cannot make the cache folder $cache: name another in KVM_EXITSTAT_CACHE"
	cache=$(realpath "$cache") root=$cache/root logs=$cache/log
	series_root=$root
	[ "$series" = "$main_series" ] || series_root=$cache/roots/$series
}

# nudge FD: called again and again, sends an emulated host an interrupt every 5 seconds, the next when $SECONDS is $nudged: a byte
# to its second serial port, which FD feeds and nobody reads. QEMU's #VMEXIT changes the set of pending interrupts without a lock
# (do_vmexit() of 10.0: andl), so that an interrupt that comes at that moment is lost. If it is the timer's, and the host has
# nothing else to do, the host waits for ever; the next interrupt delivers the lost one, too. The byte is XON, of which a terminal
# that is not raw yet sends no echo into the output.
nudge()
{
	[ "$SECONDS" -ge "$nudged" ] || return 0
	printf '\021' >&"$1"
	nudged=$((SECONDS + 5))
}

# nudging FD PROGRAM ARGUMENT…: runs PROGRAM as background does, and nudges FD every 5 seconds meanwhile. PROGRAM ends with this shell.
nudging()
{
	local fd=$1 status=0 nudged=$((SECONDS + 5))
	shift
	setpriv --pdeathsig KILL "$@" <&0 &
	job=$!
	while kill -0 "$job" 2>/dev/null; do
		nudge "$fd"
		sleep 0.2
	done
	wait "$job" || status=$?
	job=
	return "$status"
}

# need_space MB WHAT: dies if the cache's file system has no room for WHAT.
need_space()
{
	local free
	free=$(df --output=avail -BM "$cache" | tr -dc 0-9)
	[ "$free" -ge "$1" ] ||
		die "$cache has $free MB free and $2 needs $1: free some space or name another folder in KVM_EXITSTAT_CACHE"
}

# lock PATH -s|-x: takes the lock on PATH, or changes it to shared or exclusive; it lasts until this process ends.
declare -A lock_fd=()
lock()
{
	local fd=${lock_fd[$1]-}
	if [ -z "$fd" ]; then
		exec {fd}>>"$1.lock"
		lock_fd[$1]=$fd
	fi
	flock -n "$2" "$fd" && return
	step "waiting for another run to finish with $1"
	flock "$2" "$fd"
}

unlock()
{
	flock -u "${lock_fd[$1]}"
}

# contained COMMAND…: execs COMMAND so that neither its mounts nor its processes outlive the shell
# that has started this as a job (see background).
contained()
{
	exec setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --propagation private \
		--mount-proc "$@"
}

# in_root COMMAND…: become it, chrooted in the root and contained; the tree is /src there, the cache /cache.
in_root() { enter_root "$root" "$@"; }

# enter_root ROOT COMMAND…: the same in another root
enter_root()
{
	local root=$1
	shift
	# shellcheck disable=SC2016
	contained bash -euc '
		root=$1 repo=$2 cache=$3; shift 3
		mount --bind "$root" "$root"
		mount --bind "$repo" "$root/src"
		mount --bind "$cache" "$root/cache"
		mount --rbind /sys "$root/sys"
		mount --rbind /dev "$root/dev"
		mount -o remount,bind,ro "$root/dev"
		mount -t proc proc "$root/proc"
		mount -t tmpfs tmp "$root/tmp"
		mount -o remount,bind,ro "$root"
		status=0
		chroot "$root" env -i --default-signal=INT,QUIT PATH=/usr/sbin:/usr/bin HOME=/tmp \
			TERM="${TERM-dumb}" LANG=C.UTF-8 CCACHE_DIR=/cache/ccache "$@" || status=$?
		exit "$status"
	' in_root "$root" "$repo" "$cache" "$@"
}

# suite_of_root ROOT, packages_of_root ROOT: print what ROOT is made from.
suite_of_root()
{
	case $1 in
	"$root") suite_of "$main_series" ;;
	"$cache"/deb/*) echo "${1##*/}" ;;
	"$cache"/host/*) suite_of "$main_series" ;;
	*) suite_of "$series" ;;
	esac
}

packages_of_root()
{
	case $1 in
	"$root") printf '%s\n' "${packages[@]}" ;;
	"$cache"/deb/*) printf '%s\n' "${deb_packages[@]}" ;;
	"$cache"/host/*) printf '%s\n' "${host_packages[@]}" ;;
	*) printf '%s\n' "${series_packages[@]}" ;;
	esac
}

# root_stamp ROOT: prints what ROOT is made from; when it is complete, its own file has the same text.
root_stamp() { suite_of_root "$1"; packages_of_root "$1"; }

root_is_ready() { root_stamp "$1" | cmp -s - "$1/etc/kvm-exitstat-root"; }

# need_root [ROOT]: makes ROOT, the Debian root unless it is given, if it does not exist, and keeps it while this process lives.
need_root()
{
	local which=${1-$root}
	mkdir -p "$(dirname "$which")"
	lock "$which" -s
	root_is_ready "$which" && return
	unlock "$which"
	job_signal=TERM background "$lab/root" "$which" || exit
	lock "$which" -s
}

# background FUNCTION ARGUMENT…: runs FUNCTION as a job, so that this shell acts on a signal at once,
# and returns its status. The caller calls end_job on exit.
job=
background()
{
	local status=0
	"$@" <&0 &
	job=$!
	wait "$job" || status=$?
	job=
	return "$status"
}

end_job()
{
	[ -n "$job" ] || return 0
	kill -"${job_signal-KILL}" "$job" 2>/dev/null || :
	wait "$job" 2>/dev/null || :
	job=
}

# build FOLDER [ARGUMENT…]: runs make in FOLDER of the tree, inside the root; the caller holds the lock on build/tree.
build()
{
	step "building $*"
	if [ "$1" = kernel ] && [ "$series_root" != "$root" ]; then
		need_root "$series_root"
		make_in "$root" kernel "TARBALL=/cache${series_root#"$cache"}/usr/src/linux-source-$series.tar.xz" "${@:2}" tree
		make_in "$series_root" kernel "${@:2}" modules
	else
		make_in "$root" "$@"
	fi
}

# make_in ROOT FOLDER [ARGUMENT…]: build, in ROOT
make_in()
{
	background enter_root "$1" make -C "/src/$2" WERROR=1 SERIES="$series" "${@:3}" >"$repo/build/log" 2>&1 </dev/null || {
		cat "$repo/build/log" >&2
		die "building $2 failed: fix what is said above (log: build/log)"
	}
}

# remove PATH…: removes PATH even if a process that was just killed still uses a file there.
remove()
{
	rm -rf -- "$@" 2>/dev/null || { sleep 1; rm -rf -- "$@"; }
}

trap 'exit 130' INT
trap 'exit 143' TERM HUP
trap 'exit 141' PIPE

# side_by_side COMMAND…: starts COMMAND in its own process group, which ends when this process gets INT or TERM.
groups=()
side_by_side()
{
	[ "${#groups[@]}" -gt 0 ] || trap 'end_groups; exit 130' INT TERM
	set -m
	"$@" &
	groups+=($!)
	set +m
}

# After its first process has ended, a group's other runs still clean up, which takes seconds at most.
end_groups()
{
	local group
	trap '' INT TERM
	kill -TERM -- "${groups[@]/#/-}" 2>/dev/null || :
	wait
	for group in "${groups[@]}"; do
		for _ in {1..100}; do
			kill -0 -- "-$group" 2>/dev/null || break
			sleep 0.1
		done
	done
}
