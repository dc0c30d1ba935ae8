# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2154 # variables of tools/vm
#
# Lane qemu: Debian's stock kernel in qemu-system-x86_64. The root of this
# machine is the guest's, read-only over 9p under an overlay in memory.

qemu_setup() {
	"$AXP_TOP/tools/deps" vm
	cache=$(cache_dir)
	kdir=$(debian_kernel_dir) || {
		"$AXP_TOP/tools/deps" build
		kdir=$(debian_kernel_dir) || die "no kernel headers in /usr/src after tools/deps build"
	}
	release=$(kernel_release "$kdir")
	kernel=$cache/debian-$release
	[ -e "$kernel/busybox" ] || locked "$cache/debian.lock" qemu_kernel
	# The headers may have been replaced by newer ones on the way.
	kdir=$(debian_kernel_dir)
	release=$(kernel_release "$kdir")
	kernel=$cache/debian-$release
	[ "$module" = no ] || build_module "$kdir" "$release"
	qemu_accel
}

# The modules that the guest loads to reach its root and its output.
QEMU_MODULES="virtio_pci 9pnet_virtio 9p overlay virtio_console"

# qemu_unpack DEB TMP: kernel and modules out of a linux-image package.
qemu_unpack() {
	dpkg-deb --fsys-tarfile "$1" | tar -xf - -C "$2" --wildcards \
		'./boot/vmlinuz-*' './lib/modules/*/kernel/fs/*' \
		'./lib/modules/*/kernel/net/9p/*' \
		'./lib/modules/*/kernel/drivers/virtio/*' \
		'./lib/modules/*/kernel/drivers/char/*' \
		'./lib/modules/*/modules.*'
}

# qemu_kernel: vmlinuz, the few modules and busybox, in the cache.
qemu_kernel() {
	[ ! -e "$kernel/busybox" ] || return 0
	# Under the lock, whatever lies there is from a run that was cut off.
	rm -rf "$cache"/tmp.debian.*
	tmp=$(mktemp -d "$cache/tmp.debian.XXXXXX")
	if [ -r "/boot/vmlinuz-$release" ] && [ -d "/lib/modules/$release/kernel/fs/9p" ]; then
		mkdir -p "$tmp/boot" "$tmp/lib/modules"
		cp "/boot/vmlinuz-$release" "$tmp/boot/"
		cp -r "/lib/modules/$release" "$tmp/lib/modules/"
	else
		say "downloading Debian's kernel $release (70 MB)"
		deb=$(fetch_deb "linux-image-$release" "$tmp" 2>/dev/null) ||
			deb=$(fetch_deb "linux-image-$release-unsigned" "$tmp") || {
			say "the archive no longer has $release, installing newer headers"
			as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install \
				--no-install-recommends linux-headers-amd64 </dev/null >&2 || :
			release=$(kernel_release "$(debian_kernel_dir)")
			kernel=$cache/debian-$release
			deb=$(fetch_deb "linux-image-$release" "$tmp") ||
				die "the kernel linux-image-$release cannot be downloaded"
		}
		qemu_unpack "$deb" "$tmp"
		rm -f "$deb"
	fi
	/sbin/depmod -b "$tmp" "$release" 2>/dev/null
	mkdir "$tmp/k" "$tmp/k/modules"
	cp "$tmp/boot/vmlinuz-$release" "$tmp/k/vmlinuz"
	for m in $QEMU_MODULES; do
		/sbin/modprobe -d "$tmp" -S "$release" --show-depends "$m" ||
			die "the module $m is not in linux-image-$release"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' |
	while read -r ko; do
		cp "$ko" "$tmp/k/modules/"
		echo "${ko##*/}" >>"$tmp/k/modules/order"
	done
	deb=$(fetch_deb busybox-static "$tmp") || die "busybox-static cannot be downloaded"
	dpkg-deb --fsys-tarfile "$deb" | tar -xf - -C "$tmp" ./bin/busybox
	mv "$tmp/bin/busybox" "$tmp/k/busybox"
	rm -rf "$kernel"
	mv "$tmp/k" "$kernel"
	rm -rf "$tmp"
}

# qemu_initramfs FILE: busybox, the modules, and the init script.
qemu_initramfs() {
	qi=$(mktemp -d "${TMPDIR:-/tmp}/axp-initramfs.XXXXXX")
	mkdir "$qi/bin" "$qi/modules" "$qi/proc" "$qi/dev" "$qi/host" "$qi/ctl" \
		"$qi/mem" "$qi/root"
	cp "$kernel/busybox" "$qi/bin/busybox"
	cp "$kernel/modules/"* "$qi/modules/"
	cp "$VM_D/qemu-init.sh" "$qi/init"
	chmod 755 "$qi/init"
	(cd "$qi" && find . | cpio -o -H newc --quiet) >"$1"
	rm -rf "$qi"
}

# qemu_accel: KVM where a guest really starts under it. /dev/kvm alone proves
# nothing, so boot once with a short limit and remember what came of it.
qemu_accel() {
	tcg="-accel tcg,thread=multi -cpu max"
	kvm="-accel kvm -cpu host"
	case ${AXP_ACCEL:-} in
	kvm) accel=$kvm; return 0 ;;
	tcg) accel=$tcg; return 0 ;;
	'') ;;
	*) die "AXP_ACCEL='$AXP_ACCEL': there are kvm and tcg" ;;
	esac
	accel=$tcg
	[ -w /dev/kvm ] || return 0
	key=$(printf '%s %s %s %s' "$(uname -r)" "$release" \
		"$(qemu-system-x86_64 --version | head -n 1)" \
		"$(sed -n 's/^model name.*: //p;T;q' /proc/cpuinfo)" | sha256sum | cut -c 1-16)
	seen=$cache/kvm-$key
	if [ ! -s "$seen" ]; then
		say "does KVM work here? (at most 15 s, once)"
		qa=$(mktemp -d "${TMPDIR:-/tmp}/axp-kvm.XXXXXX")
		qemu_initramfs "$qa/initramfs"
		answer=tcg
		# shellcheck disable=SC2086 # a list of options
		timeout -k 2 15 qemu-system-x86_64 -nodefaults -display none \
			-no-reboot $kvm -m 256 -kernel "$kernel/vmlinuz" \
			-initrd "$qa/initramfs" -serial "file:$qa/console" \
			-append "console=ttyS0 quiet panic=-1 axp_probe=1" \
			</dev/null >/dev/null 2>&1 || :
		! grep -q 'axp-probe: alive' "$qa/console" 2>/dev/null || answer=kvm
		rm -rf "$qa"
		echo $answer >"$seen.$$"
		mv "$seen.$$" "$seen"
		say "KVM: $(test $answer = kvm && echo yes || echo 'no, emulating')"
	fi
	[ "$(cat "$seen")" = tcg ] || accel=$kvm
}

qemu_boot() {
	qemu_initramfs "$ctl/initramfs"
	mkfifo "$ctl/stdout" "$ctl/stderr"
	cat "$ctl/stdout" & relay1=$!
	cat "$ctl/stderr" >&2 & relay2=$!
	# Hold both open, so that the relays end when this does and not before.
	exec 7>"$ctl/stdout" 8>"$ctl/stderr"
	comma() { printf '%s\n' "$1" | sed 's/,/,,/g'; }
	share="security_model=none,multidevs=remap"
	printf 'vm_ctl=%s\nvm_out=%s\n' "$(quote "$ctl")" "$(quote "$out")" >"$ctl/where"
	set --
	[ -z "$out" ] || set -- -virtfs "local,path=$(comma "$out"),mount_tag=out,$share"
	# shellcheck disable=SC2086 # a list of options
	timeout --foreground -k 5 "$timeout" qemu-system-x86_64 -nodefaults \
		-display none -no-reboot $accel -m "$mem" -smp "$cpus" \
		-kernel "$kernel/vmlinuz" -initrd "$ctl/initramfs" \
		-append "console=ttyS0 loglevel=5 log_buf_len=4M panic=-1 oops=panic$append" \
		-serial "file:$ctl/console" -device virtio-serial-pci \
		-chardev "file,id=o,path=$(comma "$ctl")/stdout" \
		-chardev "file,id=e,path=$(comma "$ctl")/stderr" \
		-device virtserialport,chardev=o,name=stdout \
		-device virtserialport,chardev=e,name=stderr \
		-virtfs "local,path=/,mount_tag=host,readonly=on,$share" \
		-virtfs "local,path=$(comma "$ctl"),mount_tag=ctl,$share" \
		"$@" </dev/null 7>&- 8>&- >"$ctl/qemu.log" 2>&1 &
	child=$!
	qemu_rc=0
	wait "$child" || qemu_rc=$?
	child=
	exec 7>&- 8>&-
	wait "$relay1" "$relay2" || :
	[ $qemu_rc -eq 0 ] || [ $qemu_rc -eq 124 ] || sed 's/^/    qemu: /' "$ctl/qemu.log" >&2
	return $qemu_rc
}
