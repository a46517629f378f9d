# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# lib.sh: functions of the guests of tests/questions/inside. Their output has sections, each after a line "@ NAME".

# note NAME COMMAND…: prints a section with COMMAND's output.
note()
{
	echo "@ $1"
	shift
	"$@"
}

# measure NAME COMMAND…: prints a section with the exits that the VM makes while COMMAND runs.
measure()
{
	local name=$1
	shift
	exitstat stat --json -o /tmp/json -- "$@" >/dev/null 2>&1
	note "$name" cat /tmp/json
}

# await NAME VALUE: asks the host to set a parameter, and waits long enough for that.
await()
{
	echo "@ $1 $2"
	sleep 1
}

# leaves YEAR REASON: prints the four legacy leaves.
leaves()
{
	local leaf
	for leaf in f e d c; do
		note "leaf_$1_$leaf" cpuid -1 -l "0x4ffffff$leaf" -s "$2"
	done
}
