# SPDX-License-Identifier: GPL-2.0-only
# screen.sh: exitstat top on a terminal of tmux. Sourced after lib.sh.
# shellcheck shell=bash

# Each start has its own tmux server and files, because the last one may still be ending.
terminals=0
terminal() { tmux -L "top$terminals" "$@"; }
screen() { terminal capture-pane -p -t top 2>/dev/null; }
press() { terminal send-keys -t top "$@"; }

# shows WHAT PATTERN: the screen must match PATTERN within a minute.
shows()
{
	local i
	for i in {1..600}; do
		! grep -qE -- "$2" < <(screen) || return 0
		sleep 0.1
	done
	wrong "$1: no '$2' on the screen:"
	screen
}

# hides WHAT PATTERN: the screen must stop matching PATTERN within a minute.
hides()
{
	local i
	for i in {1..600}; do
		grep -qE -- "$2" < <(screen) || return 0
		sleep 0.1
	done
	wrong "$1: '$2' is still on the screen:"
	screen
}

# start_top COLUMNS LINES COMMAND: runs COMMAND in a shell that then prints its status and the terminal's state.
start_top()
{
	terminal kill-server 2>/dev/null
	terminals=$((terminals + 1))
	tty=$work/tty$terminals
	terminal -f /dev/null new-session -d -x "$1" -y "$2" -s top \
		"stty -a >$tty.before; $3; echo status \$? end; stty -a >$tty.after; sleep 600"
}

# is_restored WHAT STATUS: top must have ended with STATUS and restored the terminal.
is_restored()
{
	shows "$1" "status $2 end"
	until_true test -s "$tty.after"
	cmp -s "$tty.before" "$tty.after" || wrong "$1: the terminal's settings are not what they were"
	[ "$(terminal display -p -t top '#{cursor_flag} #{alternate_on} #{keypad_flag}')" = '1 0 0' ] ||
		wrong "$1: cursor, alternate screen, keypad: $(terminal display -p -t top '#{cursor_flag} #{alternate_on} #{keypad_flag}')"
}

# first_column: prints the first column of all rows.
first_column() { screen | awk 'NR > 5 && $1 ~ /^[0-9]/ { print $1 }' | paste -sd ' '; }
