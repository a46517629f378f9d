# SPDX-License-Identifier: GPL-2.0-only
# qmp.sh: talks to QEMUs by QMP, at sockets that only the test uses. Sourced.
# shellcheck shell=bash

declare -A qmp_to=() qmp_from=()
gone='{"event": "the connection has ended"}'	# in its own words, after QEMU's last line

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
	{ socat - "UNIX-CONNECT:$2,retry=100,interval=0.2"; echo "$gone"; } <&"${qmp_to[$1]}" >&"${qmp_from[$1]}" 2>/dev/null &
	qmp "$1" qmp_capabilities
}

# qmp NAME COMMAND [ARGUMENTS]: sets $answer; false if the answer is an error.
qmp()
{
	answer=
	echo "{\"execute\":\"$2\",\"id\":\"$2\",\"arguments\":${3-{\}}}" >&"${qmp_to[$1]}"
	while read -r -t 60 answer <&"${qmp_from[$1]}" && [[ $answer != *"\"id\": \"$2\""* && $answer != "$gone" ]]; do :; done
	[[ $answer = *'"return"'* ]]
}

# qmp_event NAME EVENT SECONDS: waits for this event; false if QEMU says nothing for so long, or has ended.
qmp_event()
{
	local line
	while read -r -t "$3" line <&"${qmp_from[$1]}" && [ "$line" != "$gone" ]; do
		[[ $line != *"\"event\": \"$2\""* ]] || return 0
	done
	return 1
}
