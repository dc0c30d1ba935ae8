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

# debian_sources SUITE: lines for apt's sources.list, from the archives this machine is
# set up for: SUITE, its security updates, and its backports. Testing has no backports,
# sid has neither, and experimental is something that sid gets beside.
debian_sources() {
	apt_lists_present || as_root apt-get -qq update >&2 || die "apt-get update failed"
	# shellcheck disable=SC2016 # apt expands
	ds_all=$(apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 'Created-By: Packages')
	ds_main=$(printf '%s\n' "$ds_all" | sed -n 's/^Debian|//p' | head -n 1)
	ds_security=$(printf '%s\n' "$ds_all" | sed -n 's/^Debian-Security|//p' | head -n 1)
	[ -n "$ds_main" ] || die "no archive of Debian's packages is configured on this machine"
	[ "$1" != experimental ] || echo "deb $ds_main sid main"
	echo "deb $ds_main $1 main"
	case $1 in sid|experimental) return 0 ;; esac
	echo "deb $ds_main $1-updates main"
	[ "$1" = forky ] || echo "deb $ds_main $1-backports main"
	[ -z "$ds_security" ] || echo "deb $ds_security $1-security main"
}

# debian_root SUITE DIR PACKAGES [OPTION...]: a minimal Debian in DIR, with PACKAGES (a
# list with commas); options are mmdebstrap's. Needs root. Half-made ones are not kept.
debian_root() {
	dr_suite=$1 dr_dir=$2 dr_packages=$3
	shift 3
	[ "$(id -u)" -eq 0 ] || die "making a Debian in a directory needs root"
	command -v mmdebstrap >/dev/null 2>&1 || {
		say "installing mmdebstrap"
		apt_lists_present || apt-get -qq update >&2
		DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends \
			mmdebstrap </dev/null >&2
	}
	dr_sources=$(debian_sources "$dr_suite")
	[ "$dr_suite" != experimental ] || dr_suite=sid
	rm -rf --one-file-system "$dr_dir.tmp"
	mmdebstrap --quiet --mode=root --variant=apt --include="$dr_packages" \
		--aptopt='Acquire::Languages "none"' "$@" "$dr_suite" "$dr_dir.tmp" \
		- >&2 <<-END || die "mmdebstrap failed"
		$dr_sources
	END
	for dr_f in /etc/resolv.conf /etc/hosts; do cp -L "$dr_f" "$dr_dir.tmp$dr_f"; done
	# How this machine reaches the archive.
	for dr_f in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
		grep -q -s -i -E 'proxy|CaInfo|Verify-' "$dr_f" || continue
		mkdir -p "$dr_dir.tmp${dr_f%/*}"
		cp "$dr_f" "$dr_dir.tmp$dr_f"
	done
	if [ -d /usr/local/share/ca-certificates ] &&
	   [ -e "$dr_dir.tmp/usr/sbin/update-ca-certificates" ]; then
		cp -r /usr/local/share/ca-certificates "$dr_dir.tmp/usr/local/share/"
		chroot "$dr_dir.tmp" update-ca-certificates >/dev/null 2>&1
	fi
	mv "$dr_dir.tmp" "$dr_dir"
}

# in_root DIR COMMAND...: COMMAND in there, as root, with its own mounts and
# processes and a plain environment.
in_root() {
	# shellcheck disable=SC2016 # the inner shell expands
	unshare --mount --pid --fork --kill-child sh -eu -c '
		mount -t proc proc "$1/proc"
		mount -t sysfs -o ro sys "$1/sys"
		mount --rbind /dev "$1/dev"
		mount -t tmpfs shm "$1/dev/shm"
		root=$1
		shift
		exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
			LANG=C.UTF-8 TERM="${TERM:-dumb}" \
			${http_proxy:+http_proxy="$http_proxy"} \
			${https_proxy:+https_proxy="$https_proxy"} "$@"
	' sh "$@"
}

# fill_captured PAGE DIR: put DIR/NAME.block between ".. captured: NAME" and ".. end" of
# PAGE, for every NAME, as literal text.
fill_captured() {
	awk -v dir="$2" '
		/^\.\. captured: / { print; print ""; print "::"; print ""
			file = dir "/" $3 ".block"
			while ((getline line < file) > 0) print (line == "" ? "" : "\t" line)
			print ""; skip = 1; next }
		/^\.\. end$/ { skip = 0 }
		!skip' "$1" >"$2/page.new"
	cp "$2/page.new" "$1"
}
