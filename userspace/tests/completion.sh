#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Completion for bash and zsh: what the two scripts offer is what the tool has.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

here=$(cd "$(dirname "$0")/../../tools/completion" && pwd)
mkdir "$tmp/bin"
ln -s "$(readlink -f "$AXP")" "$tmp/bin/axp"
PATH=$tmp/bin:$PATH
export PATH

# in_bash WORD...: what bash offers for the last word, one a line.
# shellcheck disable=SC2016,SC2317 # the inner shell expands; called by name
in_bash() {
	bash --norc -c '
		. "$1/axp.bash"
		shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_axp
		printf "%s\n" "${COMPREPLY[@]}"
	' bash "$here" axp "$@"
}

# in_zsh WORD...: what the function hands to zsh for the last word.
# shellcheck disable=SC2317 # called by name
in_zsh() {
	zsh -f -c '
		_arguments() { print -l -- "$@" }
		_describe() { print -l -- ${(P)2} }
		words=("${@[2,-1]}")
		CURRENT=$#words
		. "$1/_axp"
	' zsh "$here" axp "$@"
}

# offers NAME WORD COMMAND...: WORD is a line of what COMMAND prints, or starts one.
offers() {
	o_name=$1 o_word=$2
	shift 2
	"$@" >"$tmp/offered" 2>"$tmp/stderr"
	holds "$o_name" grep -q -E -e "^$o_word" "$tmp/offered"
}

commands=$("$AXP" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p')
for shell in bash zsh; do
	if ! command -v $shell >/dev/null 2>&1; then
		skip "$shell" "not installed"
		continue
	fi
	for c in $commands; do
		offers "$shell: command $c" "$c" "in_$shell" ''
		[ "$c" != help ] || continue
		for word in $("$AXP" "$c" --help-rst | grep -o -E '^(-., |-. [A-Z]+, )?--[a-z0-9-]+' |
			grep -o -E -e '--[a-z0-9-]+'); do
			offers "$shell: $c $word" "$word" "in_$shell" "$c" --
		done
	done
	offers "$shell: axp help" eval "in_$shell" help ''
done
offers "bash: a beginning is enough" --backend in_bash eval --ba
offers "bash: words of an option" soft in_bash eval --backend ''
offers "bash: words of a letter" soft in_bash eval -b s
offers "bash: words after =" fp32 in_bash eval --backend = f
: >"$tmp/net.onnx"
offers "bash: files" "$tmp/net.onnx" in_bash eval "$tmp/ne"
offers "bash: files of an option" "$tmp/net.onnx" in_bash eval --reference "$tmp/n"
in_bash eval --backend so >"$tmp/offered"
holds "bash: nothing else is offered" sh -c "[ \"\$(cat '$tmp/offered')\" = soft ]"
if command -v zsh >/dev/null 2>&1; then
	offers "zsh: words of an option" '--backend\[.*:NAME:\( *fp32 +soft +device' in_zsh eval ''
	offers "zsh: files of an option" '--reference\[.*:MODEL:_files' in_zsh eval ''
fi
done_testing
