# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# common.sh: what the scripts under tools/ share. Sourced, never run.
# The script that sources it sets AXP_TOP, the root of the source tree.

# Everything a script says goes to stderr: stdout belongs to the result.
axp_name=${0##*/}
say() { printf '%s: %s\n' "$axp_name" "$*" >&2; }
die() { printf '%s: error: %s\n' "$axp_name" "$*" >&2; exit 1; }

# The comment block at the top of a script is its help text.
help_from_header() {
	sed -n '/^# SPDX/d; /^#!/d; /^#/!q; s/^# \{0,1\}//p' "$1"
}

# cache_dir: what is costly to make and does not depend on the source tree.
# Losing it costs time, nothing else.
cache_dir() {
	if [ -n "${AXP_CACHE:-}" ]; then
		d=$AXP_CACHE
	elif [ -n "${XDG_CACHE_HOME:-}" ]; then
		d=$XDG_CACHE_HOME/axp
	elif [ -n "${HOME:-}" ]; then
		d=$HOME/.cache/axp
	else
		d=$AXP_TOP/build/cache
	fi
	mkdir -p "$d" || die "the cache directory $d cannot be made; set AXP_CACHE to a writable one"
	printf '%s\n' "$d"
}

# quote ARG...: the arguments as one line that a shell reads back unchanged.
quote() {
	q_out=
	for q_arg do
		q_out="$q_out '$(printf '%s\n' "$q_arg" | sed "s/'/'\\\\''/g")'"
	done
	printf '%s\n' "${q_out# }"
}

# as_root COMMAND...: run it as root.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		die "'$*' needs root, this is user $(id -un) and there is no sudo"
	fi
}

# apt_lists_present: has anybody run apt-get update on this machine?
apt_lists_present() {
	for f in /var/lib/apt/lists/*_Packages*; do
		[ -e "$f" ] && return 0
	done
	return 1
}

# fetch_deb PACKAGE DIR: download PACKAGE's .deb into DIR, print its path.
# Neither installs anything nor needs root once the package lists are there.
fetch_deb() {
	fd_log=$2/apt.log
	apt_lists_present || as_root apt-get -qq update >&2 ||
		die "apt-get update failed"
	if ! (cd "$2" && apt-get download "$1") >"$fd_log" 2>&1; then
		# The lists may be older than the archive: refresh them, once.
		as_root apt-get -qq update >>"$fd_log" 2>&1 || :
		(cd "$2" && apt-get download "$1") >"$fd_log" 2>&1 || {
			sed 's/^/    /' "$fd_log" >&2
			return 1
		}
	fi
	for fd_deb in "$2/$1"_*.deb; do
		[ -e "$fd_deb" ] || return 1
		printf '%s\n' "$fd_deb"
		return 0
	done
}

# kernel_dir: the build directory of the kernel the module is made for by
# default: the running one's, else the newest Debian headers.
kernel_dir() {
	if [ -e "/lib/modules/$(uname -r)/build/Makefile" ]; then
		printf '/lib/modules/%s/build\n' "$(uname -r)"
		return 0
	fi
	debian_kernel_dir
}

# debian_kernel_dir: the newest Debian headers for the stock amd64 kernel.
debian_kernel_dir() {
	kd=$(find /usr/src -maxdepth 1 -name 'linux-headers-*-amd64' \
		! -name '*-rt-amd64' ! -name '*-cloud-amd64' 2>/dev/null |
		sort -V | tail -n 1)
	[ -n "$kd" ] || return 1
	printf '%s\n' "$kd"
}

# kernel_release KDIR: what uname -r says under that kernel.
kernel_release() {
	sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' "$1/include/generated/utsrelease.h"
}

# locked FILE COMMAND...: run COMMAND while holding the lock FILE, so that two
# runs do not build the same thing at the same time.
locked() {
	l_file=$1
	shift
	(
		flock -n 9 || {
			say "waiting for another run that holds ${l_file##*/}"
			flock 9
		}
		"$@"
	) 9>"$l_file"
}
