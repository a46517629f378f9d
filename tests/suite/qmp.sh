# SPDX-License-Identifier: GPL-2.0-only
# qmp.sh: talks to QEMUs by QMP, at sockets that only the test uses. Sourced.
# shellcheck shell=bash

declare -A qmp_to=() qmp_from=()

# qmp_connect NAME SOCKET: connects to a QEMU, which is called NAME from now on. QEMU may still be starting.
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
	socat - "UNIX-CONNECT:$2,retry=100,interval=0.2" <&"${qmp_to[$1]}" >&"${qmp_from[$1]}" 2>/dev/null &
	qmp "$1" qmp_capabilities
}

# qmp NAME COMMAND [ARGUMENTS]: sets $answer; false if the answer is an error.
qmp()
{
	answer=
	echo "{\"execute\":\"$2\",\"id\":\"$2\",\"arguments\":${3-{\}}}" >&"${qmp_to[$1]}"
	while read -r -t 60 answer <&"${qmp_from[$1]}" && [[ $answer != *"\"id\": \"$2\""* ]]; do :; done
	[[ $answer = *'"return"'* ]]
}

# qmp_event NAME EVENT: waits up to 10 s for this event; false if it has not come.
qmp_event()
{
	local line
	while read -r -t 10 line <&"${qmp_from[$1]}"; do
		[[ $line != *"\"event\": \"$2\""* ]] || return 0
	done
	return 1
}
