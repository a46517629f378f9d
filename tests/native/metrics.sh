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
