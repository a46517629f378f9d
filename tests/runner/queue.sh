# SPDX-License-Identifier: GPL-2.0-only
# queue.sh: a queue of jobs. It runs as many at once as there are CPUs, the longest first, and reports their tests.
# shellcheck shell=bash disable=SC2154 # variables of those who source this
#
# A job is a command that prints a line for each test; the name contains a slash:
#
#   PASS NAME    FAIL NAME: WHY    SKIP NAME: WHY
#
# The caller says which tests a job runs; FOLDER/* stands for any number of tests.
# Output before a FAIL, and lines indented by four after it, are shown with the FAIL; other output
# is dropped. At a line "==> …" the time of the next test starts again. A test of the job without a
# verdict counts as failed, and so does a job that ends with a status above 0 and without a FAIL.
#
# The caller sources tests/lab/lib.sh before this, and calls:
#
#   queue_open          first; $work is a folder to write in
#   queue_add NAME LIMIT START COMMAND TEST…
#                       LIMIT: seconds after which the job is ended; START: seconds from its
#                       start to its first test
#   queue_run           runs the jobs added since the last call; it can be called again
#   queue_close TAP     prints the summary, and writes file TAP unless that is empty; its status is
#                       0: none failed, 1: one did
#
# Settings:
#
#   $queue_workers      jobs at a time
#   $queue_seconds      file with the tests' expected times: lines "NAME SECONDS"; NAME is a pattern or exact
#   $queue_record       file with the times that tests took here last, which is kept up to date
#   $queue_grace        seconds that a job has to clean up when it is ended (10)
#   queue_wants NAME    a function: is this test selected? Other tests are reported only if they fail
#
# Tests named build/… are steps that others need: they count only when they fail.

queue_results=	# a line for each verdict: verdict, name, milliseconds, why, separated by tabs
job_names=() job_limits=() job_starts=() job_commands=() job_tests=()
declare -A seconds_known=() seconds_last=()
seconds_patterns=()

queue_open()
{
	local name seconds
	queue_results=$work/results
	: >"$queue_results"
	while read -r name seconds; do
		case $name in
		'' | \#*) ;;
		*\**) seconds_patterns+=("$name $seconds") ;;
		*) seconds_known[$name]=$seconds ;;
		esac
	done <"$queue_seconds"
	[ -e "$queue_record" ] || return 0
	while read -r name seconds; do
		seconds_last[$name]=$seconds
	done <"$queue_record"
}

# test_seconds NAME: sets $seconds to the time that the test is likely to take.
test_seconds()
{
	local entry
	seconds=${seconds_last[$1]-${seconds_known[$1]-}}
	[ -z "$seconds" ] || return 0
	seconds=5
	for entry in "${seconds_patterns[@]}"; do
		# shellcheck disable=SC2053 # a pattern it is
		[[ $1 != ${entry% *} ]] || { seconds=${entry#* }; return; }
	done
}

queue_add()
{
	job_names+=("$1") job_limits+=("$2") job_starts+=("$3") job_commands+=("$4") job_tests+=("${*:5}")
}

# longest_first: prints the numbers of the jobs, the longest first.
longest_first()
{
	local i name sum seconds
	for i in "${!job_names[@]}"; do
		sum=${job_starts[i]}
		set -f
		for name in ${job_tests[i]}; do
			test_seconds "$name"
			sum=$((sum + seconds))
		done
		echo "$sum $i"
	done | sort -k1,1nr -k2,2n | cut -d' ' -f2
}

# milliseconds: sets $now to the time in ms.
milliseconds() { now=${EPOCHREALTIME//[!0-9]/}; now=${now%???}; }

# tell TEXT: prints lines in one piece, so that no other job's lines come between.
tell() { flock "$work/tell" printf '%s\n' "$1"; }

# told_seconds NAME MILLISECONDS: prints the time and, if the test took much longer than last time, that time, too.
told_seconds()
{
	local last=${seconds_last[$1]-} text=$(($2 / 1000))
	[ "$2" -ge 9950 ] || text=$((($2 + 50) / 1000)).$((($2 + 50) % 1000 / 100))
	text+=" s"
	if [ -n "$last" ] && [ "$2" -ge $((last * 1300)) ] && [ "$2" -ge $((last * 1000 + 2000)) ]; then
		text+=", last time $last s"
	fi
	echo "$text"
}

# verdict PASS|FAIL|SKIP NAME MILLISECONDS WHY [DETAILS]
verdict()
{
	local text why=${4//$'\t'/ }
	[[ $1 = FAIL || $2 = build/* ]] || queue_wants "$2" || return 0
	if [[ $1 != FAIL && $2 = build/* ]]; then
		tell "==> $2 ($(told_seconds "$2" "$3"))"
	else
		text="$1 $2 ($(told_seconds "$2" "$3"))${why:+: $why}"
		[ -z "${5-}" ] || text+=$'\n    '${5//$'\n'/$'\n'    }
		tell "$text"
	fi
	printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$why" >>"$queue_results"
}

# Output around the verdict of a failed test
failed=() details=
flush_failed()
{
	[ "${#failed[@]}" -gt 0 ] || return 0
	verdict FAIL "${failed[@]}" "$details"
	failed=() details=
}

# a_line LINE: handles a line of a job's output.
a_line()
{
	local why now
	if [[ $1 =~ ^(PASS|FAIL|SKIP)' '([^ :]+/[^ :]+)(' ('[0-9]+' s)')?(': '(.*))?$ ]]; then
		why=${BASH_REMATCH[5]}
		flush_failed
		milliseconds
		echo "${BASH_REMATCH[2]}" >>"$work/$job_number.seen"
		if [ "${BASH_REMATCH[1]}" = FAIL ]; then
			failed=("${BASH_REMATCH[2]}" $((now - clock)) "$why")
			touch "$work/$job_number.failed"
		else
			verdict "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" $((now - clock)) "$why"
			details=
		fi
		clock=$now
		return
	fi
	if [[ ${#failed[@]} -gt 0 && $1 = '    '* ]]; then
		details+=${details:+$'\n'}${1#    }
		return
	fi
	flush_failed
	[[ $1 != '==> '* ]] || { milliseconds; clock=$now; }
	details+=${details:+$'\n'}$1
}

# follow NUMBER: reads a job's output to its end; a file gets the output after the last verdict.
follow()
{
	local job_number=$1 clock now line part='' status
	trap '' INT
	trap 'exit 143' TERM
	milliseconds
	clock=$now
	while :; do
		status=0
		IFS= read -r -t 1 line || status=$?
		part+=$line
		if [ $status -gt 128 ]; then
			# The job is silent, so the lines of a FAIL are complete. A process that has left the
			# job's process group may still hold the pipe.
			[ -n "$part" ] || flush_failed
			[ ! -e "$work/$job_number.ended" ] || break
			continue
		fi
		[ $status = 0 ] || [ -n "$part" ] || break
		a_line "$part"
		part=
	done
	flush_failed
	printf '%s' "$details" >"$work/$job_number.rest"
}

# group_is_gone GROUP SECONDS: waits so long for all processes of the group to end.
group_is_gone()
{
	local i
	for ((i = 0; i < $2 * 10; i++)); do
		kill -0 -- "-$1" 2>/dev/null || return 0
		sleep 0.1
	done
	return 1
}

# end_group GROUP: ends the group, and kills processes that do not clean up in time.
end_group()
{
	kill -TERM -- "-$1" 2>/dev/null
	group_is_gone "$1" "${queue_grace-10}" || kill -KILL -- "-$1" 2>/dev/null
}

# was_said NAME FILE: is NAME in FILE? FOLDER/* stands for any name below FOLDER.
was_said()
{
	local name
	[ -e "$2" ] || return
	while read -r name; do
		# shellcheck disable=SC2053 # a pattern it is
		[[ $name != $1 ]] || return 0
	done <"$2"
	return 1
}

# judge_rest NUMBER STATUS LATE: fails the tests without a verdict; the first of them is to blame.
judge_rest()
{
	local number=$1 name why rest now
	rest=$(cat "$work/$number.rest")
	if [ -n "$3" ]; then
		why="ended by its limit of ${job_limits[number]} s"
	else
		why=$(tail -n 1 <<<"$rest" | sed 's/^ *//')
		why="${why:-it ended} (status $2)"
	fi
	milliseconds
	set -f
	for name in ${job_tests[number]}; do
		! was_said "$name" "$work/$number.seen" || continue
		if [ -n "$why" ]; then
			verdict FAIL "$name" $((now - begun)) "no verdict: $why" "$rest"
			blamed=$name why=''
		else
			verdict FAIL "$name" 0 "not run, since ${job_names[number]} ended at $blamed"
		fi
		touch "$work/$number.failed"
	done
	[ "$2" = 0 ] || [ -e "$work/$number.failed" ] ||
		verdict FAIL "${job_names[number]}" $((now - begun)) "$why" "$rest"
}

# run_job NUMBER: runs the job in a process group of its own, and its command in another.
run_job()
{
	local number=$1 command='' reader='' status=0 late='' begun now blamed=''
	trap 'trap "" INT TERM; [ -z "$command" ] || end_group "$command"; exit 143' INT TERM
	milliseconds
	begun=$now
	mkfifo "$work/$number.output"
	follow "$number" <"$work/$number.output" &
	reader=$!
	set -m
	bash -c "${job_commands[number]}" >"$work/$number.output" 2>&1 </dev/null &
	command=$!
	set +m
	SECONDS=0
	while kill -0 "$command" 2>/dev/null; do
		if [ "$SECONDS" -ge "${job_limits[number]}" ]; then
			late=1
			end_group "$command"
			break
		fi
		sleep 0.1
	done
	wait "$command" || status=$?
	kill -KILL -- "-$command" 2>/dev/null
	touch "$work/$number.ended"
	wait "$reader"
	judge_rest "$number" "$status" "$late"
}

# one_ends: waits for a job to end, and removes it from $groups.
one_ends()
{
	local ended='' i
	# A job that ends just before bash waits is not named then (status 127), but the next time.
	until [ -n "${ended-}" ]; do wait -n -p ended; done
	for i in "${!groups[@]}"; do
		[ "${groups[i]}" != "$ended" ] || unset "groups[i]"
	done
}

queue_run()
{
	local number todo
	mapfile -t todo < <(longest_first)
	for number in "${todo[@]}"; do
		[ "${#groups[@]}" -lt "$queue_workers" ] || one_ends
		side_by_side run_job "$number"
	done
	while [ "${#groups[@]}" -gt 0 ]; do one_ends; done
	trap 'exit 130' INT
	trap 'exit 143' TERM
	job_names=() job_limits=() job_starts=() job_commands=() job_tests=()
	rm -f "$work"/*.{output,seen,failed,rest,ended}
}

# queue_keep: records how long the tests took.
queue_keep()
{
	local result name ms
	[ -n "$queue_results" ] || return 0
	while IFS=$'\t' read -r result name ms _; do
		[ "$result" != PASS ] || seconds_last[$name]=$(((ms + 500) / 1000))
	done <"$queue_results"
	for name in "${!seconds_last[@]}"; do
		echo "$name ${seconds_last[$name]}"
	done | sort >"$queue_record.$$"
	mv "$queue_record.$$" "$queue_record"
}

# tap: prints the results as TAP 14.
tap()
{
	local result name ms why number=0
	printf 'TAP version 14\n1..%s\n' "$(wc -l <"$queue_results")"
	while IFS=$'\t' read -r result name ms why; do
		number=$((number + 1))
		case $result in
		PASS) echo "ok $number - $name" ;;
		SKIP) echo "ok $number - $name # SKIP ${why//#/\\#}" ;;
		FAIL) echo "not ok $number - $name" ;;
		esac
		printf '  ---\n  duration_ms: %s\n' "$ms"
		[ "$result" != FAIL ] || printf "  message: '%s'\n" "${why//\'/\'\'}"
		echo '  ...'
	done <"$queue_results"
}

queue_close()
{
	local passed failed skipped
	sed -i '/^PASS\tbuild\//d' "$queue_results"
	passed=$(grep -c ^PASS "$queue_results")
	failed=$(grep -c ^FAIL "$queue_results")
	skipped=$(grep -c ^SKIP "$queue_results")
	[ -z "$1" ] || tap >"$1"
	[ "$skipped" = 0 ] || { echo "skipped:"; awk -F'\t' '$1 == "SKIP" { print "  " $2 ": " $4 }' "$queue_results"; }
	[ "$failed" = 0 ] || { echo "failed:"; awk -F'\t' '$1 == "FAIL" { print "  " $2 ": " $4 }' "$queue_results"; }
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}
