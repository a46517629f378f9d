# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# lib.sh: what the guests of tests/questions/inside do; their output is sections, each after a line "@ NAME".

# note NAME COMMAND…: a section of what COMMAND prints.
note()
{
	echo "@ $1"
	shift
	"$@"
}

# measure NAME COMMAND…: a section of the exits that the VM makes while COMMAND runs.
measure()
{
	local name=$1
	shift
	exitstat stat --json -o /tmp/json -- "$@" >/dev/null 2>&1
	note "$name" cat /tmp/json
}

# await NAME VALUE: has the host set a parameter, which it does well within the time.
await()
{
	echo "@ $1 $2"
	sleep 1
}

# leaves YEAR REASON: the four legacy leaves
leaves()
{
	local leaf
	for leaf in f e d c; do
		note "leaf_$1_$leaf" cpuid -1 -l "0x4ffffff$leaf" -s "$2"
	done
}
