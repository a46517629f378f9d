# SPDX-License-Identifier: GPL-2.0-only
# bash completion of exitstat(1).  The output of 'exitstat completion' comes before this:
# _exitstat_command COMMAND sets what completes the command's options and operands,
# _exitstat_option COMMAND OPTION sets what completes the option's argument, if it has one,
# and _exitstat_reasons has the names of exit reasons.
# shellcheck shell=bash

# Adds the lines of stdin that begin with $cur to COMPREPLY.
_exitstat_add()
{
	local line

	while read -r line; do
		[[ $line != "${cur//\\/}"* ]] || COMPREPLY+=("$(printf %q "$line")")
	done
}

# Prints a column of "exitstat list", as root: 1, PID-FD, or 2, PID.
_exitstat_vms()
{
	"${COMP_WORDS[0]}" list 2>/dev/null | awk -v column="$1" 'NR > 1 && $column != "-" { print $column }' | sort -u
}

# Completes $cur from the source $1, and from words.
_exitstat_complete()
{
	local word

	case ${1-} in
	files)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	commands)
		mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
	vms)
		_exitstat_add < <(_exitstat_vms 1) ;;
	pids)
		_exitstat_add < <(_exitstat_vms 2) ;;
	reasons)
		_exitstat_add < <(_exitstat_reasons) ;;
	esac
	for word in "${@:2}"; do
		_exitstat_add <<<"$word"
	done
}

# Sets place to the kind of the word at the cursor: value, operand, more, or any.
_exitstat_place()
{
	local i

	place="any"
	for (( i = 2; i < COMP_CWORD; i++ )); do
		value=()
		case ${COMP_WORDS[i]} in
		--)
			place="operand"
			(( ++i ))
			break ;;
		-*)
			_exitstat_option "$command" "${COMP_WORDS[i]}"
			# bash splits --sort=KEY into three words.
			if [[ ${COMP_WORDS[i + 1]-} == "=" ]]; then
				(( i += 2 ))
			elif (( ${#value[@]} )); then
				(( ++i ))
			fi ;;
		*)
			[[ -z $stops ]] || break ;;
		esac
	done
	if (( i > COMP_CWORD )); then
		place="value"
	elif [[ $stops ]] && (( i < COMP_CWORD )); then
		place="more"
	fi
}

_exitstat()
{
	local cur=${COMP_WORDS[COMP_CWORD]} command="" place="any" stops=""
	local -a options=() operand=() value=()

	COMPREPLY=()
	(( COMP_CWORD == 1 )) || command=${COMP_WORDS[1]}
	_exitstat_command "$command"
	(( COMP_CWORD == 1 )) || _exitstat_place
	[[ $cur != "=" ]] || cur=""
	case $place in
	value)
		_exitstat_complete "${value[@]}" ;;
	more)
		[[ ${operand[0]-} != commands ]] || compopt -o default ;;
	operand)
		_exitstat_complete "${operand[@]}" ;;
	any)
		# Do not list all commands of the system.
		[[ -z $cur && ${operand[0]-} == commands ]] || _exitstat_complete "${operand[@]}"
		_exitstat_complete nothing "${options[@]}" ;;
	esac
}
complete -F _exitstat exitstat
