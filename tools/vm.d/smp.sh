# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2154 disable=SC2034 # variables of tools/vm
#
# Lane smp: a kernel of our own with the kernel's checkers and several CPUs, in
# qemu as lane qemu is. All it needs is built in, but for busybox of the initramfs.

smp_setup() {
	module_wanted=$module
	module=no
	qemu_setup
	module=$module_wanted
	busybox=$kernel/busybox
	kdir=$("$VM_D/kernel" smp) || die "the kernel smp could not be built"
	release=$(kernel_release "$kdir")
	kernel=$cache/smp-boot-${kdir##*/smp-}
	[ -e "$kernel/busybox" ] || locked "$cache/smp-boot.lock" smp_kernel
	[ "$module" = no ] || build_module "$kdir" "$release"
}

# What qemu_boot starts, in the cache.
smp_kernel() {
	[ ! -e "$kernel/busybox" ] || return 0
	rm -rf "$kernel.tmp"
	mkdir -p "$kernel.tmp/modules"
	: >"$kernel.tmp/modules/order"
	cp "$kdir/arch/x86/boot/bzImage" "$kernel.tmp/vmlinuz"
	cp "$busybox" "$kernel.tmp/busybox"
	rm -rf "$kernel"
	mv "$kernel.tmp" "$kernel"
}

smp_boot() {
	append="$append panic_on_warn=1"
	qemu_boot
}
