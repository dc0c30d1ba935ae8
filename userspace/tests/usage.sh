#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The command line: help, wrong usage (2), and the standard output itself.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

commands="info compile eval infer faults verify selftest report sweep top monitor"

serve "axp --help" '^Usage: axp COMMAND' "$AXP" --help
serve "axp help" '^Usage: axp COMMAND' "$AXP" help
serve "axp --version" '^axp [0-9]+\.[0-9]+\.[0-9]+ \(libaxp [0-9]' "$AXP" --version
for c in $commands; do
	serve "axp --help names $c" "^  $c +[a-z]" "$AXP" --help
	serve "axp $c --help" "^Usage: axp $c" "$AXP" "$c" --help
	serve "axp help $c" "^Usage: axp $c" "$AXP" help "$c"
	run "$AXP" "$c" --help
	holds "its lines fit 80 columns" sh -c "! grep -E '^.{81}' '$tmp/stdout'"
	serve "axp $c -h wins over what is missing" "^Usage: axp $c" "$AXP" "$c" -h
	for word in $("$AXP" "$c" --help-rst | grep -o -E '^(-., |-. [A-Z]+, )?--[a-z0-9-]+' |
		grep -o -E -e '--[a-z0-9-]+'); do
		serve "axp $c --help tells $word" "$word" "$AXP" "$c" --help
	done
done

run "$AXP"
holds "axp alone is wrong usage and shows the help" \
	sh -c "[ $status -eq 2 ] && grep -q '^Usage: axp COMMAND' '$tmp/stderr'"
refuse "unknown command" 2 "no command 'frob'" "$AXP" frob
refuse "commands are not abbreviated" 2 "no command 'ev'" "$AXP" ev
refuse "unknown global option" 2 'no option --frob' "$AXP" --frob
refuse "help of an unknown command" 2 "no command 'frob'" "$AXP" help frob
refuse "unknown long option" 2 'eval: there is no option --frob' "$AXP" eval m --frob
refuse "unknown letter" 2 'eval: there is no option -x' "$AXP" eval m -x
refuse "options are not abbreviated" 2 'no option --dat' "$AXP" eval m --dat csv:x
refuse "missing required option" 2 'DATA is missing' "$AXP" eval m
refuse "missing model" 2 'MODEL .*is missing' "$AXP" eval --data csv:x
refuse "missing output" 2 'output FILE is missing' "$AXP" compile m --calib csv:x
refuse "missing input" 2 'is missing' "$AXP" infer m
refuse "too many words" 2 "'b' is one word too many" "$AXP" info a b
refuse "value missing at the end" 2 'data needs a value' "$AXP" eval m --data
refuse "empty value" 2 "data ''" "$AXP" eval m --data=
refuse "value for a flag" 2 'confusion takes no value' "$AXP" eval m --data d --confusion=yes
for n in 0 -1 1.5 x '' 99999999999999999999 65537; do
	refuse "--batch '$n'" 2 "batch '$n': a number from 1 to 65536" "$AXP" eval m --data d "--batch=$n"
done
for list in x 1,2 nan inf ' 1' '1,' 0; do
	refuse "--scale '$list'" 2 'scale .*number' "$AXP" eval m --data d "--scale=$list"
done
refuse "--mean with too many values" 2 '1 to 4 finite numbers' "$AXP" eval m --data d --mean 1,2,3,4,5
refuse "--std 0" 2 'deviation is 0' "$AXP" eval m --data d --std 1,0
refuse "unknown backend" 2 "backend 'gpu': one of fp32, soft, device" "$AXP" eval m --data d --backend gpu
refuse "unknown preset" 2 "preset 'x': one of h45, s28" "$AXP" eval m --data d --preset x
refuse "preset device" 2 "preset 'device'" "$AXP" eval m --data d --preset device
refuse "unknown accumulator" 2 'one of f32, fixed' "$AXP" compile m --calib d -o f -a f64
refuse "unknown organisation" 2 'flat, banked, shared, significand, broadcast' "$AXP" compile m --calib d -o f --organisation x
refuse "unknown CAM class" 2 'one of nor, silicon28' "$AXP" compile m --calib d -o f --cam-class x
refuse "--word-bits 12" 2 'one of 8, 16, 24, 32' "$AXP" compile m --calib d -o f --word-bits 12
refuse "--word-bits without fixed" 2 'accumulator fixed' "$AXP" compile m --calib d -o f -a f32 --word-bits 16
refuse "lanes of the flat organisation" 2 'one lane' "$AXP" compile m --calib d -o f --organisation flat --lanes 4
refuse "reference and none" 2 'exclude each other' "$AXP" eval m --data d -r m --no-reference
refuse "limit and slice" 2 'exclude each other' "$AXP" eval m --data 'csv:d[1:]' --limit 3
refuse "engine and device" 2 'engine is for backend soft' "$AXP" eval m --data d --engine a --device b
refuse "engine of fp32" 2 'not fp32' "$AXP" eval m --data d --engine a --backend fp32
refuse "a name with a newline stays one line" 1 'a\?b' "$AXP" info "a
b"
refuse "after -- everything is a word" 1 'help: ' "$AXP" info -- --help

if [ -c /dev/full ]; then
	run sh -c "'$AXP' --help >/dev/full"
	holds "a full standard output is a failure" \
		sh -c "[ $status -eq 1 ] && grep -q '^axp: standard output: ' '$tmp/stderr'"
else
	skip "a full standard output is a failure" "no /dev/full"
fi
done_testing
