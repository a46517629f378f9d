# SPDX-License-Identifier: GPL-2.0-only
# held.sh: for tests of exitstat beside VMs that run all the while. Sourced.
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

# ends STATUS COMMAND…: COMMAND ends with it, or with one that this pattern matches.
ends()
{
	local wanted=$1 got=0
	shift
	timeout 120 "$@" >"$work/out" 2>"$work/err" || got=$?
	# shellcheck disable=SC2053 # a pattern
	[[ $got = $wanted ]] || wrong "$*: status $got, not $wanted"
}
says() { grep -qE -- "$1" "$work/out" "$work/err" || wrong "no '$1'"; }
never() { ! grep -qE -- "$1" "$work/out" "$work/err" || wrong "'$1'"; }

# made COMMAND…: start it, and wait for its "ready PID"; sets $vm. It reads what is written to $in,
# and what it prints is read from $said.
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

# busy VCPUS: a VM whose vCPUs make exits until it ends; sets $vm.
busy()
{
	made kvmrun --hold -n 1000000007 -v "$1" cpuid
	echo go >&"$in"
}

# exits PID: of its VM, so far
exits() { cat "/sys/kernel/debug/kvm/$1-"*/vcpu*/exitstat 2>/dev/null | awk '$1 == "total" { sum += $3 } END { print sum + 0 }'; }
