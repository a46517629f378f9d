# SPDX-License-Identifier: GPL-2.0-only
# metrics.sh: exitstat export and its scrapers. Sourced after lib.sh.
# shellcheck shell=bash

# serve ARGUMENT…: starts exitstat export at a free port; sets $server, $url and $target.
serve()
{
	rm -f "$work/url"
	"${interruptible[@]}" exitstat export --listen 0 "$@" >"$work/url" 2>"$work/listen" &
	server=$!
	until_true test -s "$work/url"
	url=$(cat "$work/url")
	target=$(sed 's,http://\(.*\)/metrics,\1,' <<<"$url")
	[ -n "$url" ] || wrong "it does not listen: $(cat "$work/listen")"
}

# twice FILE: prints the first series that occurs twice.
twice() { grep -v '^#' "$1" | sed 's/ [^ ]*$//' | sort | uniq -d | head -n 1; }

# exits FILE: prints the sum of kvm_exits_total.
exits() { awk '/^kvm_exits_total[{]/ { sum += $NF } END { printf "%d\n", sum }' "$1"; }

# two_vms: starts a VM with two vCPUs that have done their work, and a VM with a hostile name; sets
# $vm, $hostile and $in_debugfs.
two_vms()
{
	hold work -v 2 -n 10007
	vm=$pid
	go work
	until_done work
	hold hostile -name $'guest=a "b" \\ c\nd\xff,,e,debug-threads=on' -qmp "unix:$work/qmp,server=on,wait=off"
	hostile=$pid
	in_debugfs=$(($(total "$vm") + $(total "$hostile")))
}

# manager ADDRESS: starts a service manager, which keeps what it is told in $work/told, a line "MS STATE…" for each datagram. Sets $manager.
cat >"$work/manager.py" <<'END'
import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace("@", "\0", 1) if sys.argv[1][0] == "@" else sys.argv[1])
while True:
    state = s.recv(4096).decode().replace("\n", " ")
    print(int(time.monotonic() * 1000), state, flush=True)
END
manager()
{
	python3 "$work/manager.py" "$1" >"$work/told" 2>&1 &
	manager=$!
	case $1 in
	@*) until_true grep -qF "$1" /proc/net/unix ;;
	*) until_true test -S "$1" ;;
	esac
	chmod 777 "$1" 2>/dev/null
	export NOTIFY_SOCKET=$1
}
# told STATE [TIMES]: has it been told this?
told() { awk -v state="$1" '$2 == state { n++ } END { exit n < '"${2-1}"' }' "$work/told"; }

# "inherit.py PATH BACKLOG ARGUMENT…" becomes exitstat export with a socket at PATH, like a service of systemd. With BACKLOG 0 nobody listens
# at that socket.
cat >"$work/inherit.py" <<'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
if sys.argv[2] != "0":
    s.listen()
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp("exitstat", ["exitstat", "export", "--listen", "inherited"] + sys.argv[3:])
END
# activate ARGUMENT…: starts exitstat export like that; sets $socket and $server.
activate()
{
	socket=$work/metrics.sock
	rm -f "$socket" "$work/url"
	python3 "$work/inherit.py" "$socket" 1 "$@" >"$work/url" 2>"$work/listen" &
	server=$!
	until_true test -s "$work/url" || cat "$work/listen"
}
# code: scrapes $socket into $work/out; prints HTTP's status.
code() { curl -s --max-time 20 -o "$work/out" -w '%{http_code}' --unix-socket "$socket" http://localhost/metrics; }
