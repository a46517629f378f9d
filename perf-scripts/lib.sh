# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Shared by the scripts of this folder, which source it.
#
# A witness writes its counts to a file of lines "REASON KEY VALUE", or "VCPU REASON
# KEY VALUE" if it tells vCPUs apart.  Lines with the same reason and key are added
# up.  KEY is exits, ns, or another key that print_table knows.  print_records and
# print_table print such a file.

me=${0##*/}

# die SENTENCE: prints what is wrong, why, and what to do about it, and exits.
die()
{
	echo "$me: $*" >&2
	exit 2
}

# say TEXT: prints it to standard output, or dies. Needs make_work.
say() { printf '%s\n' "$1" 2>"$work/why" || die "cannot write to standard output: $(sed 's/.*: //' "$work/why")"; }

# take_number NAME VALUE MINIMUM: dies unless VALUE is a whole number from MINIMUM on.
take_number()
{
	[[ $2 =~ ^[0-9]{1,9}$ && $((10#$2)) -ge $3 ]] || die "$1 is '$2': give a whole number from $3 on"
}

isa=
# need_host PROGRAM…: dies without root, KVM's vendor module or one of the programs; sets $isa.
need_host()
{
	local program
	for program in exitstat "$@"; do
		command -v "$program" >/dev/null || die "there is no $program in PATH: install it"
	done
	if [ -e /sys/module/kvm_intel ]; then
		isa=vmx
	elif [ -e /sys/module/kvm_amd ]; then
		isa=svm
	else
		die "neither kvm_intel nor kvm_amd is loaded, so there is nothing to count: load one"
	fi
	[ "$EUID" = 0 ] || die "counting the exits of other processes takes root: run it as root"
}

# need_vm PID: dies unless the process has a VM.
need_vm()
{
	[[ $1 =~ ^[1-9][0-9]*$ && -d /proc/$1 ]] || die "there is no process '$1': give the VMM's process id"
	[ -z "$(find "/proc/$1/fd" -lname anon_inode:kvm-vm -print -quit)" ] || return 0
	die "process $1 has no virtual machine: give the VMM's process id"
}

# The arguments that all witnesses take: [-p PID] [--records] [--vcpus] [INTERVAL [COUNT]]
pid='' records='' vcpus='' interval=0 count=0
# take_option ARGUMENT…: takes the first option, and sets $taken to its number of words, or dies.
take_option()
{
	taken=1
	case $1 in
	-p)
		[ $# -gt 1 ] || die "-p needs a value: see --help"
		pid=$2 taken=2
		;;
	--records) records=1 ;;
	--vcpus) vcpus=1 ;;
	--help) usage; exit 0 ;;
	*) die "unknown option '$1': see --help" ;;
	esac
}

# take_interval [INTERVAL [COUNT]]: sets $interval and $count, or dies.
take_interval()
{
	[ $# -le 2 ] || die "'$3' is one argument too many: see --help"
	[ $# = 0 ] || { take_number INTERVAL "$1" 1; interval=$((10#$1)); }
	[ $# -le 1 ] || { take_number COUNT "$2" 1; count=$((10#$2)); }
	[ -z "$records" ] || [ "$interval" = 0 ] ||
		die "--records are printed once, at the end: leave out INTERVAL"
}

# take_vm: sets $pid to -p's PID or, with --records, to EXITSTAT_PID.
take_vm()
{
	[ -n "$pid" ] || [ -z "$records" ] || pid=${EXITSTAT_PID:-}
	[ -n "$pid" ] || [ -z "$records" ] || die "--records need a VM: give -p PID, or set EXITSTAT_PID"
	[ -z "$pid" ] || need_vm "$pid"
}

work=
jobs_left=()	# process groups to kill when we end
cleanup()
{
	local job
	# bash must not report their end.
	disown -a 2>/dev/null || :
	for job in "${jobs_left[@]}"; do
		kill -KILL -- "-$job" 2>/dev/null || :
	done
	[ -z "$work" ] || { cd /; rm -rf "$work"; }
}
trap cleanup EXIT

# read_line FD PID: reads a line that the process writes into $line, or what it has written of one when it
# ended; false when it has ended and there is nothing. A read that times out may lose what it has read, so
# this waits for input before it reads, character by character.
read_line()
{
	local character
	line=
	while :; do
		until read -r -t 0 -u "$1"; do
			kill -0 "$2" 2>/dev/null || { read -r -t 0 -u "$1" && break; [ -n "$line" ]; return; }
			read -r -t 0.2 -u 9 || :	# a pause that starts no process
		done
		IFS= read -r -t 60 -N 1 -u "$1" character || return
		[ "$character" != $'\n' ] || return 0
		line+=$character
	done
}

# make_work: makes a folder for files, which is removed at the end.
make_work()
{
	work=$(mktemp -d)
	mkfifo "$work/never"
	exec 9<>"$work/never"
	exitstat reasons "$isa" >"$work/reasons"
}

# start COMMAND…: runs COMMAND in the background and in its own process group, so that
# Ctrl-C reaches it only through us, and once; sets $job.
start()
{
	set -m
	"$@" &
	job=$!
	set +m
	jobs_left+=("$job")
}

# wait_for JOB: waits, whatever signals come, and returns the job's status.
wait_for()
{
	local status=0
	while :; do
		wait "$1" || status=$?
		kill -0 "$1" 2>/dev/null || return "$status"
		status=0
	done
}

# The names of reasons here; the kernel or perf may have others.
awk_lib='
function number(text,    i, n) {
	sub(/ .*/, "", text)
	if (text !~ /^0[xX]/) return text + 0
	text = tolower(substr(text, 3))
	for (i = 1; i <= length(text); i++) n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return n + 0
}
function read_reasons(    line, n) {
	while ((getline line <(work "/reasons")) > 0) {
		n = number(line)
		name[n] = substr(line, index(line, " ") + 1)
	}
	close(work "/reasons")
}
function shown(reason) { return reason == "other" ? reason : isa == "svm" ? sprintf("0x%03x", reason) : reason }
BEGIN { read_reasons() }
'

# lib_awk [-v NAME=VALUE]… PROGRAM [FILE]…: awk with the functions above.
lib_awk()
{
	local -a set=(-v work="$work" -v isa="$isa")
	while [ "$1" = -v ]; do
		set+=("$1" "$2")
		shift 2
	done
	awk "${set[@]}" "$awk_lib $1" "${@:2}"
}

# print_records NAME exit|entry LOST FILE: prints the records that docs/crosscheck.md describes.
print_records()
{
	local text
	text=$(lib_awk -v witness="$1" -v counts="$2" -v lost="$3" '
		{ key = $(NF - 1); reason = $(NF - 2); value[reason, key] += $NF; seen[reason] = 1 }
		key != "exits" && key != "ns" { accounts = 1 }
		END {
			printf "witness %s\ncounts %s\nlost %.0f\n", witness, counts, lost
			split("ns kernel user halt preempt block", keys, " ")
			for (reason in seen) {
				line = sprintf("reason %.0f exits %.0f", reason, value[reason, "exits"])
				total += value[reason, "exits"]
				for (i = 1; i in keys; i++)
					if ((reason, keys[i]) in value || (accounts && keys[i] != "ns"))
						line = line sprintf(" %s %.0f", keys[i], value[reason, keys[i]])
				print line
			}
			printf "total exits %.0f\n", total
		}' "$4")
	say "$text"
}

# print_table FILE [BEFORE]: prints FILE less BEFORE as a table, most exits first; with
# $vcpus also a table for each vCPU.  FILE's keys are the columns.
print_table()
{
	local text
	text=$(lib_awk -v vcpus="$vcpus" -v before="${2-}" '
		function cell(ns) {
			if (!ns) return "-"
			if (ns >= 1e9) return sprintf("%.2f s", ns / 1e9)
			return ns >= 1e6 ? sprintf("%.2f ms", ns / 1e6) : sprintf("%.2f us", ns / 1e3)
		}
		function row(group, reason, first, second,    i, line, v) {
			line = sprintf("%10s  %-24s %10.0f %7s", first, second, value[group, reason, "exits"],
				share(group, reason))
			for (i = 1; i in keys; i++) {
				if (!(keys[i] in used)) continue
				v = value[group, reason, keys[i]]
				line = line sprintf(" %12s", (keys[i] in plain) ? sprintf("%.0f", v) : cell(v))
			}
			v = value[group, reason, "exits"]
			if ("ns" in used) line = line sprintf(" %12s", v ? cell(value[group, reason, "ns"] / v) : "-")
			print line
		}
		function share(group, reason) {
			if (reason == "total") return ""
			if (!value[group, "total", "exits"]) return "-"
			return sprintf("%.2f%%", 100 * value[group, reason, "exits"] / value[group, "total", "exits"])
		}
		function table(group,    i, j, n, line, order, reason, t) {
			line = sprintf("%10s  %-24s %10s %7s", "REASON", "NAME", "EXITS", "SHARE")
			for (i = 1; i in keys; i++)
				if (keys[i] in used)
					line = line sprintf(" %12s", (keys[i] == "ns") ? "TIME" : toupper(keys[i]))
			if ("ns" in used) line = line sprintf(" %12s", "MEAN")
			print line
			for (reason in reasons)
				if (value[group, reason, "exits"] || value[group, reason, "any"]) order[++n] = reason
			for (i = 2; i <= n; i++)
				for (j = i; j > 1 && value[group, order[j], "exits"] > value[group, order[j - 1], "exits"]; j--) {
					t = order[j]; order[j] = order[j - 1]; order[j - 1] = t
				}
			for (i = 1; i <= n; i++)
				row(group, order[i], shown(order[i]), (order[i] in name) ? name[order[i]] : order[i] == "other" ? "no filter matched" : "undefined")
			row(group, "total", "total", "")
		}
		BEGIN {
			split("handled fastpath left kernel user halt preempt block ns", keys, " ")
			plain["handled"] = plain["fastpath"] = plain["left"] = 1
		}
		{
			sign = (FILENAME == before) ? -1 : 1
			key = $(NF - 1); reason = $(NF - 2)
			used[key] = reasons[reason] = 1
			group = NF > 3 ? $1 : ""
			if (NF > 3) groups[group] = 1
			value["", reason, key] += sign * $NF
			value["", "total", key] += sign * $NF
			if (key != "exits") value["", reason, "any"] += sign * $NF
			if (group == "") next
			value[group, reason, key] += sign * $NF
			value[group, "total", key] += sign * $NF
			if (key != "exits") value[group, reason, "any"] += sign * $NF
		}
		END {
			table("")
			if (vcpus)
				for (group in groups) {
					print "\n" group ":"
					table(group)
				}
		}' ${2:+"$2"} "$1")
	say "$text"
}

# perf: its counters are enabled by a command through a pipe, so that its answer
# shows when it counts.

# ask_perf COMMAND [TO FROM JOB]: sends COMMAND through the pipe and waits for the answer, or for the job's end.
ask_perf()
{
	local line='' status=0 asked=${4-$job}
	echo "$1" >&"${2-5}"
	read_line "${3-6}" "$asked" || { wait_for "$asked" || status=$?; perf_failed "$status"; }
	[ "$line" = ack ] || die "perf does not count: it answers '$line' to '$1'"
}

# Called just before and after the counters are enabled; a script may redefine them.
before_enable() { :; }
after_enable() { :; }

# start_perf ARGUMENT…: starts perf with its events disabled, then enables them. With
# --records it prints 'ready'. perf's output goes to $work/said.
start_perf()
{
	mkfifo "$work/control" "$work/answers"
	exec 5<>"$work/control" 6<>"$work/answers"
	start perf "$@" >"$work/said" 2>&1
	[ -z "$stopped" ] || ended_early
	before_enable
	ask_perf enable
	after_enable
	[ -z "$records" ] || say ready
}

# ended_early: a signal has ended us before there was anything to print.
ended_early() { die "it was interrupted before it counted, so there is nothing to print"; }

# perf_failed STATUS: dies with perf's last message.
perf_failed()
{
	local why
	[ -z "$stopped" ] || ended_early
	why=$(grep -v '^ *$\|^Events ' "$work/said" | tail -n 1) || :
	die "perf does not count (status $1): ${why:-it gives no reason}"
}

# The first signal ends the counting; then perf writes its counts and ends.
stopped=''
stop()
{
	[ -z "$stopped" ] || return 0
	stopped=1
	[ -z "$job" ] || kill -INT "$job" 2>/dev/null || :
}
job=''

timer=''
# wait_for_perf: waits until perf ends, because the VM has ended or because of stop().
wait_for_perf()
{
	local status=0
	wait_for "$job" || status=$?
	# End the timer now: perf's PID, which it would signal, may be reused.
	[ -z "$timer" ] || kill -KILL -- "-$timer" 2>/dev/null || :
	# 130: perf ends by the SIGINT that stop() sends.
	[ "$status" = 0 ] || [ "$status" = 130 ] || perf_failed "$status"
}

# perf_lost FILE: prints the number of events that perf record had no room for.  There
# are records of each loss and, since Linux 6.1, sums for each event at the end; both
# have the same number.
perf_lost()
{
	{
		perf script -i "$1" --show-lost-events -F tid
		perf report -i "$1" --stats
	} 2>/dev/null | awk '
		/PERF_RECORD_LOST / { between += $NF }
		/ stats:$/ { sums = !/^Aggregated/ }
		sums && $1 == "LOST_SAMPLES" { samples += $3 }
		END { printf "%.0f\n", (samples > between ? samples : between) }'
}

# stop_after SECONDS: stops perf then, unless it has ended.  The timer does not inherit
# our output, so that a reader of the output does not wait for the timer.
stop_after()
{
	set -m
	(sleep "$1"; kill -INT "$job" 2>/dev/null) >/dev/null 2>&1 &
	timer=$!
	set +m
	# bash must not report the timer's end.
	disown "$timer"
	jobs_left+=("$timer")
}

# kernel_reasons: prints "NUMBER NAME" for each reason, with the names in the tracepoint kvm:kvm_exit.
kernel_reasons()
{
	local tracing=/sys/kernel/tracing
	[ -d $tracing/events ] || tracing=/sys/kernel/debug/tracing
	grep '^print fmt' $tracing/events/kvm/kvm_exit/format | lib_awk '{
		# REC->isa == 1 ? __print_symbolic(…VMX…) : __print_symbolic(…SVM…)
		split($0, list, "__print_symbolic")
		text = list[isa == "vmx" ? 2 : 3]
		text = substr(text, 1, index(text, "})"))
		while (match(text, /\{[-+ 0-9a-fxuUlL]*, *"[^"]*" *\}/)) {
			pair = substr(text, RSTART + 1, RLENGTH - 2)
			text = substr(text, RSTART + RLENGTH)
			split(pair, part, "\"")
			sub(/^ +/, "", pair)
			split(pair, term, /[ +,]+/)
			n = number(term[1]) + number(term[2])
			printf "%.0f %s\n", n < 0 ? n + 4294967296 : n, part[2]
		}
	}'
}
