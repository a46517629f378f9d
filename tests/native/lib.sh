# SPDX-License-Identifier: GPL-2.0-only
# lib.sh: shared by the cases, which source it and end with "finish".
# shellcheck shell=bash

set -uo pipefail
work=$(mktemp -d)
chmod 755 "$work"
kvm=/sys/kernel/debug/kvm
status=0
# Keep the sanitizers' reports of all programs.
mkdir -m 777 "$work/sanitizers"
export ASAN_OPTIONS=log_path=$work/sanitizers/asan UBSAN_OPTIONS=log_path=$work/sanitizers/ubsan:print_stacktrace=1
# ncurses never frees its terminal descriptions.
printf 'leak:%s\n' libtinfo.so libncursesw.so >"$work/suppressions"
export LSAN_OPTIONS=suppressions=$work/suppressions:print_suppressions=0
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
# Without this, a background job of a shell ignores Ctrl-C.
interruptible=(env --default-signal=INT)

wrong()
{
	echo "FAIL $*"
	head -qn 10 "$work/out" "$work/err" 2>/dev/null
	status=1
}

# keep_little: makes ASan release freed memory, so that memory use can be measured.
keep_little() { ASAN_OPTIONS+=:quarantine_size_mb=1:thread_local_quarantine_size_kb=64; }

finish()
{
	if compgen -G "$work/sanitizers/*" >/dev/null; then
		cat "$work/sanitizers"/*
		wrong "a sanitizer: $(grep -hm 1 -E 'ERROR|runtime error' "$work/sanitizers"/*)"
	fi
	exit $status
}

# until_true COMMAND…: repeats COMMAND until it succeeds, for a minute at least.
until_true()
{
	local tries
	for tries in {1..1200}; do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	wrong "after $tries tries still not: $*"
	return 1
}

# listens PATH: whether somebody accepts connections at this socket. Its name is there before that.
listens() { awk -v path="$1" '$4 == "00010000" && $8 == path { found = 1 } END { exit !found }' /proc/net/unix; }

# is_stopped PID: whether it has taken its SIGSTOP.
is_stopped() { grep -q '^State:.T' "/proc/$1/status"; }

# tries COMMAND…: COMMAND must succeed once in 5 times; a busy machine may leave no time for what has a limit of time.
tries() { local i; for i in {1..5}; do ! "$@" || return 0; done; return 1; }

has_lines() { [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; }

# ends STATUS COMMAND…: COMMAND must end with STATUS.
ends()
{
	local wanted=$1 got=0
	shift
	timeout 120 "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
	[ "$got" = "$wanted" ] || wrong "$*: status $got, not $wanted"
}

# refused PART COMMAND…: COMMAND must end with status 2 and one sentence that contains PART.
refused()
{
	local part=$1
	shift
	ends 2 "$@"
	[ ! -s "$work/out" ] || wrong "'$*' prints something"
	[ "$(wc -l <"$work/err")" = 1 ] || wrong "'$*' does not say one sentence"
	grep -qF -- "$part" "$work/err" || wrong "'$*' does not say '$part'"
}

# holds FILE FILTER WHAT: jq's FILTER must be true for the JSON in FILE.
holds() { [ "$(jq -c "$2" "$1" 2>&1 | sort -u)" = true ] || wrong "$3: $(jq -c "$2" "$1" 2>&1 | head -n 1)"; }

# hold NAME ARGUMENT…: starts a VM; its vmm gets the arguments. Sets $pid. "go NAME" starts its work.
declare -A in=() out=()
hold()
{
	local name=$1 line fd
	shift
	mkfifo "$work/$name.in" "$work/$name.out"
	exec {fd}<>"$work/$name.in"
	in[$name]=$fd
	exec {fd}<>"$work/$name.out"
	out[$name]=$fd
	vmm "$@" <"$work/$name.in" >"$work/$name.out" 2>"$work/$name.err" &
	pid=$!
	: >"$work/$name.expect"
	while read -r -t 60 line <&"${out[$name]}"; do
		[[ $line != ready\ * ]] || return 0
		echo "$line" >>"$work/$name.expect"
	done
	echo "FAIL the VM $name does not come up: $(cat "$work/$name.err")"
	exit 1
}

go() { echo go >&"${in[$1]}"; }
until_done() { local line; until read -r -t 60 line <&"${out[$1]}" && [ "$line" = "done" ]; do :; done; }

# end PID…: ends these VMs; when it returns, their folders are gone, too.
end()
{
	local one
	kill -KILL "$@"
	wait "$@" 2>/dev/null
	for one in "$@"; do
		until_true no_folder "$one"
	done
}
no_folder() { ! compgen -G "$kvm/$1-*" >/dev/null; }

# total PID: prints the number of the VM's exits, from the vCPUs' files.
total() { awk '$1 == "total" { sum += $3 } END { print sum }' $kvm/"$1"-*/vcpu*/exitstat; }
