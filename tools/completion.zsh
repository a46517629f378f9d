# SPDX-License-Identifier: GPL-2.0-only
# zsh completion of exitstat(1).  As for bash, the output of 'exitstat completion' comes before this; see
# completion.bash for what its functions set.
# shellcheck shell=bash disable=all

# Adds what completes the current word from the source $1, and the words after it.
_exitstat_zsh()
{
	case ${1-} in
	files) _files ;;
	commands) _command_names -e ;;
	vms) compadd -- ${(f)"$(exitstat list 2>/dev/null | awk 'NR > 1 && $1 != "-" { print $1 }')"} ;;
	pids) compadd -- ${(fu)"$(exitstat list 2>/dev/null | awk 'NR > 1 && $2 != "-" { print $2 }')"} ;;
	reasons) compadd -- ${(f)"$(_exitstat_reasons)"} ;;
	esac
	(( $# < 2 )) || compadd -- "${@[2,-1]}"
}

_exitstat()
{
	# zsh has an array of its own by the name options.
	local -ha options
	local -a operand value
	local command= stops=

	(( CURRENT == 2 )) || command=$words[2]
	_exitstat_command "$command"
	if (( CURRENT > 2 )); then
		_exitstat_option "$command" "$words[CURRENT-1]"
		if (( $#value )); then
			_exitstat_zsh "$value[@]"
			return
		fi
	fi
	[[ $PREFIX == -* ]] || _exitstat_zsh "$operand[@]"
	[[ $PREFIX != -* ]] || compadd -- "$options[@]"
}
_exitstat "$@"
