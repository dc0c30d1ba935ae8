# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2154 # variables of tools/vm
#
# Lane uml: User-Mode Linux with the kernel's own checkers. The root of this
# machine is the guest's, read-only by hostfs under an overlay in memory.

uml_setup() {
	kdir=$("$VM_D/kernel" uml) || die "the UML kernel could not be built"
	release=$(kernel_release "$kdir")
	[ "$module" = no ] || build_module "$kdir" "$release" ARCH=um
}

# UML's kernel and its processes take turns: on one processor none waits for another to
# wake up, and what the caches hold stays there.
uml_cpu() {
	cpus=$(taskset -cp $$)
	echo "${cpus##*[-, ]}"
}

uml_boot() {
	mkfifo "$ctl/stdout" "$ctl/stderr"
	cat "$ctl/stdout" & relay1=$!
	cat "$ctl/stderr" >&2 & relay2=$!
	exec 7>"$ctl/stdout" 8>"$ctl/stderr"
	printf 'vm_ctl=%s\nvm_out=%s\n' "$(quote "$ctl")" "$(quote "$out")" >"$ctl/where"
	cp "$VM_D/uml-init.sh" "$ctl/init"
	chmod 755 "$ctl/init"
	# shellcheck disable=SC2086 # a list of arguments
	timeout --foreground -k 5 "$timeout" taskset -c "$(uml_cpu)" "$kdir/linux" "mem=${mem}M" \
		root=/dev/root rootfstype=hostfs rootflags=/ ro "init=$ctl/init" \
		"axp_ctl=$ctl" con=null con0=null,fd:1 con1=null,fd:7 con2=null,fd:8 \
		loglevel=5 log_buf_len=4M panic=-1 panic_on_warn=1 $append \
		</dev/null >"$ctl/console" 2>&1 &
	child=$!
	exec 7>&- 8>&-
	uml_rc=0
	wait "$child" || uml_rc=$?
	child=
	wait "$relay1" "$relay2" || :
	# UML's own exit status says nothing, the result is in the rc file.
	[ $uml_rc -eq 124 ] && return 124
	return 0
}

# Lane gcov: the same with a kernel that counts. The numbers are in debugfs, see
# Documentation/dev-tools/gcov.rst of the kernel.

gcov_setup() {
	kdir=$("$VM_D/kernel" gcov) || die "the kernel gcov could not be built"
	release=$(kernel_release "$kdir")
	[ "$module" = no ] || build_module "$kdir" "$release" ARCH=um AXP_GCOV=1
}

gcov_boot() { uml_boot; }

# Lane uml-plain: the same with a kernel without checkers, which is as quick as UML is.

uml_plain_setup() {
	kdir=$("$VM_D/kernel" uml-plain) || die "the kernel uml-plain could not be built"
	release=$(kernel_release "$kdir")
	[ "$module" = no ] || build_module "$kdir" "$release" ARCH=um
}

uml_plain_boot() { uml_boot; }
