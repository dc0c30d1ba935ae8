#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2154 # axp_* and vm_* come from outside
#
# The first program in lane uml: lays an overlay in memory on the host's root
# and hands over to guest.sh there. axp_ctl comes from the kernel command line.

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
halt() {
	sync
	echo o >/proc/sysrq-trigger
	sleep 60
}
fail() {
	echo "axp-vm: $*"
	halt
}

mount -t proc proc /proc
# shellcheck source=/dev/null
. "$axp_ctl/where"
# The root is read-only: /tmp is where a mount point surely exists.
mount -t tmpfs -o mode=755 mem /tmp || fail "no tmpfs"
mkdir /tmp/upper /tmp/work /tmp/root
mount -t overlay -o lowerdir=/,upperdir=/tmp/upper,workdir=/tmp/work root /tmp/root ||
	fail "the overlay cannot be mounted"
r=/tmp/root
mkdir -p "$r$vm_ctl"
mount -t hostfs -o "$vm_ctl" ctl "$r$vm_ctl" ||
	fail "the control directory cannot be mounted"
if [ -n "$vm_out" ]; then
	mkdir -p "$r$vm_out"
	mount -t hostfs -o "$vm_out" out "$r$vm_out" ||
		fail "the out directory cannot be mounted"
fi
mkdir -p $r/proc $r/sys $r/dev $r/tmp
mount -t proc proc $r/proc
mount -t devtmpfs dev $r/dev
mount -t sysfs sys $r/sys
mount -t debugfs debug $r/sys/kernel/debug
mount -t cgroup2 cgroup $r/sys/fs/cgroup
mkdir -p $r/dev/pts $r/dev/shm
mount -t devpts pts $r/dev/pts
mount -t tmpfs -o mode=1777 shm $r/dev/shm
# stdout and stderr are two consoles of this kernel: bytes as they are.
stty raw -echo <$r/dev/tty1
stty raw -echo <$r/dev/tty2
chroot $r sh "$vm_ctl/guest.sh" "$vm_ctl" /dev/tty1 /dev/tty2
# Setting the mode again waits until everything is written.
stty raw -echo <$r/dev/tty1
stty raw -echo <$r/dev/tty2
halt
