# SPDX-License-Identifier: GPL-2.0-only
# qmp.sh: QEMUs asked by QMP, by sockets of a test's own. Sourced.
# shellcheck shell=bash

declare -A qmp_to=() qmp_from=()

# qmp_connect NAME SOCKET: a QEMU that listens there is NAME from now on.
qmp_connect()
{
	local fd fifos
	fifos=$(mktemp -d)
	mkfifo "$fifos/to" "$fifos/from"
	exec {fd}<>"$fifos/to"
	qmp_to[$1]=$fd
	exec {fd}<>"$fifos/from"
	qmp_from[$1]=$fd
	rm -r "$fifos"
	socat - "UNIX-CONNECT:$2" <&"${qmp_to[$1]}" >&"${qmp_from[$1]}" 2>/dev/null &
	qmp "$1" qmp_capabilities
}

# qmp NAME COMMAND [ARGUMENTS]: $answer gets its answer; false where that is an error.
qmp()
{
	answer=
	echo "{\"execute\":\"$2\",\"id\":\"$2\",\"arguments\":${3-{\}}}" >&"${qmp_to[$1]}"
	while read -r -t 60 answer <&"${qmp_from[$1]}" && [[ $answer != *"\"id\": \"$2\""* ]]; do :; done
	[[ $answer = *'"return"'* ]]
}
