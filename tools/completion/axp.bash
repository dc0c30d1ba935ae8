# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Completion of axp(1) for bash. Everything it offers comes from the tool's own
# help, so that a new command or option needs no edit here.

_axp_help() {
	# $1: command. The options as the manual has them, asked for once.
	local key=${1//-/_}
	local -n cached=_axp_cache_$key
	[ -n "${cached:-}" ] || cached=$("${COMP_WORDS[0]}" "$1" --help-rst 2>/dev/null)
	printf '%s\n' "$cached"
}

_axp_commands() {
	"${COMP_WORDS[0]}" --help 2>/dev/null |
		sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

# _axp_option COMMAND OPTION: "VALUE words...", what OPTION takes; fails for none.
_axp_option() {
	_axp_help "$1" | awk -v want="$2" '
		/^-/ {
			if (found) exit
			n = split($0, forms, ", ")
			for (i = 1; i <= n; i++) {
				split(forms[i], part, " ")
				if (part[1] == want) { found = 1; value = part[2] }
			}
			next
		}
		found { text = text " " $0 }
		END {
			if (!found || value == "") exit 1
			words = ""
			if (match(text, /One of [^.]*\.[ ]*$/)) {
				words = substr(text, RSTART + 7, RLENGTH - 7)
				gsub(/[.,]/, " ", words)
			}
			print value, words
		}'
}

_axp_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_axp() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local cmd=${COMP_WORDS[1]} value word
	COMPREPLY=()

	if [ "$COMP_CWORD" -eq 1 ] || { [ "$COMP_CWORD" -eq 2 ] && [ "$cmd" = help ]; }; then
		mapfile -t COMPREPLY < <(compgen -W "$(_axp_commands) help --help --version" -- "$cur")
		return
	fi
	# "--option=value" comes as three words
	[ "$cur" != = ] || cur=
	if [ "$prev" = = ]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	if [[ $prev == -* ]] && value=$(_axp_option "$cmd" "$prev"); then
		word=${value%% *}
		value=${value#* }
		if [ -n "${value// /}" ]; then
			mapfile -t COMPREPLY < <(compgen -W "$value" -- "$cur")
		else
			case $word in
			FILE|PATH|DIR|MODEL|DATA|*=FILE) _axp_files "$cur" ;;
			esac
		fi
		return
	fi
	case $cur in
	-*)
		word=$(_axp_help "$cmd" | grep -o -E -e '(^|, )--[a-z0-9-]+' | tr -d ', ')
		mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur") ;;
	*) _axp_files "$cur" ;;
	esac
}

complete -F _axp axp
