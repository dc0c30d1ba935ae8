#!/bin/busybox sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2154 # axp_* and vm_* come from outside
#
# The first program in lane qemu: loads what reaches the host's root, lays an
# overlay in memory on it and hands over to guest.sh there.

bb=/bin/busybox
halt() {
	$bb sync
	echo b >/proc/sysrq-trigger
	$bb sleep 60
}
fail() {
	echo "axp-vm: $*" >/dev/console
	halt
}

$bb mount -t proc proc /proc
$bb mount -t devtmpfs dev /dev
if [ -n "$axp_probe" ]; then
	echo "axp-probe: alive" >/dev/console
	halt
fi
while read -r m; do
	$bb insmod "/modules/$m" || fail "insmod $m failed"
done </modules/order

o9=trans=virtio,version=9p2000.L,msize=512000
$bb mount -t 9p -o "$o9,ro,cache=loose" host /host || fail "the host's root cannot be mounted"
$bb mount -t tmpfs -o mode=755 mem /mem && $bb mkdir /mem/upper /mem/work
$bb mount -t overlay -o lowerdir=/host,upperdir=/mem/upper,workdir=/mem/work root /root ||
	fail "the overlay cannot be mounted"
$bb mount -t 9p -o "$o9,cache=none" ctl /ctl || fail "the control directory cannot be mounted"
# shellcheck source=/dev/null
. /ctl/where
$bb mkdir -p "/root$vm_ctl" && $bb mount -o move /ctl "/root$vm_ctl"
if [ -n "$vm_out" ]; then
	$bb mkdir -p "/root$vm_out"
	$bb mount -t 9p -o "$o9,cache=none" out "/root$vm_out" || fail "the out directory cannot be mounted"
fi
$bb mkdir -p /root/proc /root/sys /root/dev /root/tmp
$bb mount -o move /proc /root/proc
$bb mount -o move /dev /root/dev
$bb mount -t sysfs sys /root/sys
$bb mount -t debugfs debug /root/sys/kernel/debug
$bb mount -t tracefs trace /root/sys/kernel/tracing
$bb mount -t cgroup2 cgroup /root/sys/fs/cgroup
$bb mkdir -p /root/dev/pts /root/dev/shm
$bb mount -t devpts pts /root/dev/pts
$bb mount -t tmpfs -o mode=1777 shm /root/dev/shm
# stdout and stderr are the two ports; guest.sh returns, this script stays.
$bb chroot /root /bin/sh -c "sh '$vm_ctl/guest.sh' '$vm_ctl' /dev/vport0p1 /dev/vport0p2" \
	</root/dev/null >/root/dev/console 2>&1
mount_rc=$?
[ $mount_rc -eq 0 ] || echo "axp-vm: guest.sh ended with $mount_rc" >/root/dev/console
echo b >/root/proc/sysrq-trigger
$bb sleep 60
