# SPDX-License-Identifier: GPL-2.0-only
# held.sh: for tests of exitstat on VMs that keep running. Sourced.
# shellcheck shell=bash

name=${0##*/}
work=$(mktemp -d)
children=()
status=0
# shellcheck disable=SC2317 # called by the trap
cleanup()
{
	kill -KILL "${children[@]}" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT

wrong()
{
	echo "FAIL $name: $*"
	head -n 40 "$work/out" "$work/err" 2>/dev/null
	status=1
}

# ends STATUS COMMAND…: COMMAND must end with STATUS, which may be a pattern, within $limit seconds.
limit=120
ends()
{
	local wanted=$1 got=0
	shift
	timeout "$limit" "$@" >"$work/out" 2>"$work/err" || got=$?
	# shellcheck disable=SC2053 # a pattern
	[[ $got = $wanted ]] || wrong "$*: status $got, not $wanted"
}
says() { grep -qE -- "$1" "$work/out" "$work/err" || wrong "no '$1'"; }
never() { ! grep -qE -- "$1" "$work/out" "$work/err" || wrong "'$1'"; }

# made COMMAND…: starts COMMAND and waits for its "ready PID"; sets $vm. Its input is written to $in,
# its output is read from $said.
made()
{
	local line
	mkfifo "$work/in.${#children[@]}" "$work/said.${#children[@]}"
	exec {in}<>"$work/in.${#children[@]}" {said}<>"$work/said.${#children[@]}"
	"$@" <&"$in" >&"$said" &
	children+=($!)
	until read -r -t 60 -u "$said" line && [[ $line = ready\ * ]]; do
		kill -0 "${children[-1]}" 2>/dev/null || { wrong "$* is not ready"; exit 1; }
	done
	vm=${line#ready }
	children+=("$vm")
}

# busy VCPUS: starts a VM whose vCPUs make exits until it ends; sets $vm.
busy()
{
	made kvmrun --hold -n 1000000007 -v "$1" cpuid
	echo go >&"$in"
}

# exits PID: prints the number of the VM's exits so far.
exits() { cat "/sys/kernel/debug/kvm/$1-"*/vcpu*/exitstat 2>/dev/null | awk '$1 == "total" { sum += $3 } END { print sum + 0 }'; }
