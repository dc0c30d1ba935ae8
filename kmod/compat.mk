# SPDX-License-Identifier: GPL-2.0
#
# What differs between the kernels this module builds for and decides which files are
# built, and with which flags: the part of axp_compat.h that no header can have. Nothing
# else in Kbuild asks what a kernel is like, but for its configuration.

# Multicast groups that not everybody may join came with a stable update of 6.1.
axp-compat-mcast-cap := $(shell grep -l GENL_MCAST_CAP_NET_ADMIN \
	$(srctree)/include/net/genetlink.h)

# Flags of objects that use floating-point registers, and those they must not have.
axp-compat-fpu-flags := $(CC_FLAGS_FPU)
axp-compat-no-fpu-flags := $(CC_FLAGS_NO_FPU)
ifeq ($(axp-compat-fpu-flags)$(axp-compat-no-fpu-flags),)
# Before 6.10 the kernel has no names for them.
ifdef CONFIG_ARM64
axp-compat-no-fpu-flags := -mgeneral-regs-only
else
axp-compat-fpu-flags := -msse -msse2 -mhard-float
# GCC's word for what the kernel's stack is aligned to; clang has been told.
ifdef CONFIG_CC_IS_GCC
axp-compat-fpu-flags += $(call cc-option,-msse -mpreferred-stack-boundary=3,-mpreferred-stack-boundary=4)
endif
endif
endif
