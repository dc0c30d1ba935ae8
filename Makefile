# SPDX-License-Identifier: BSD-2-Clause
#
# axp: kernel module, library and tool. `make help` lists the targets.
#
# Everything that is built lies in build/ (the module in build/kmod-RELEASE/);
# the source tree stays as it was checked out.

VERSION	:= 0.1.0
# Of the library's ABI: the first number grows when a program must be linked anew.
SOVERSION := 1.0.0

PREFIX	?= /usr/local
BINDIR	?= $(PREFIX)/bin
LIBDIR	?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR	?= $(PREFIX)/share/man
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR ?= $(PREFIX)/share/zsh/vendor-completions
DESTDIR	?=

CC	?= gcc
AR	?= ar
INSTALL	?= install
PKG_CONFIG ?= pkg-config
CFLAGS	?= -O2 -g

# SAN=1: everything with the address and undefined behaviour sanitizers.
ifeq ($(SAN),1)
B	:= build/san
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all \
	    -fno-omit-frame-pointer
# COV=1: everything counts how often its lines run (tools/coverage).
else ifeq ($(COV),1)
B	:= build/cov
SANFLAGS := --coverage -fprofile-update=atomic
else
B	:= build
SANFLAGS :=
endif

ifeq ($(V),1)
Q	:=
say	= @:
else ifneq (,$(findstring s,$(firstword -$(MAKEFLAGS))))
Q	:= @
say	= @:
else
Q	:= @
say	= @printf '  %-7s %s\n' $(1) $(2)
endif

# Use every CPU unless told otherwise.
ifeq (,$(filter -j% --jobserver%,$(MAKEFLAGS)))
MAKEFLAGS += -j$(shell nproc)
endif
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# The kernel to build the module for: the running one if its build directory
# is there, else the newest Debian headers. Empty: no headers, no module.
KDIR	?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
		$(shell . tools/common.sh && debian_kernel_dir))
ifneq ($(strip $(KDIR)),)
KREL	:= $(shell . tools/common.sh && kernel_release $(KDIR) 2>/dev/null)
endif
KMOD_BUILD ?= build/kmod-$(KREL)

PACKAGES := libprotobuf-c libpng libjpeg zlib jansson sndfile fftw3 minizip lapacke blas \
	libnl-genl-3.0
# of the tool alone
TOOL_PACKAGES := ncursesw
ONNX_PROTO ?= $(firstword $(wildcard /usr/include/onnx/onnx.proto) \
		$(shell dpkg -L libonnx-dev 2>/dev/null | grep '/onnx\.proto$$'))

# The compiled C sources, by where they are: a new file needs no edit here.
ENGINE_SRC := $(wildcard kmod/engine/*.c)
LIB_SRC	:= $(wildcard lib/*.c lib/ops/*.c)
TOOL_SRC := $(wildcard userspace/*.c)
TEST_SRC := $(wildcard lib/tests/test_*.c)
TEST_AUX := $(filter-out $(TEST_SRC),$(wildcard lib/tests/*.c))

obj	= $(patsubst %.c,$(B)/obj/%.o,$(1))
GEN_C	:= $(B)/gen/onnx.pb-c.c
GEN_H	:= $(B)/gen/onnx.pb-c.h
GEN_OBJ	:= $(B)/obj/gen/onnx.pb-c.o
LIB_OBJ	:= $(call obj,$(ENGINE_SRC) $(LIB_SRC)) $(GEN_OBJ)
TOOL_OBJ := $(call obj,$(TOOL_SRC))
TESTS	:= $(patsubst lib/tests/%.c,$(B)/tests/%,$(TEST_SRC))
# The engines' tests with avx512 emulated, where SIMDe is (Debian: libsimde-dev). Not
# with sanitizers: that is ten minutes of compiler, and the engine itself has them.
ifneq ($(SAN),1)
ifneq (,$(findstring x86_64,$(shell $(CC) -dumpmachine)))
ifneq (,$(wildcard /usr/include/simde/x86/avx512.h))
EMULATED_TESTS := $(B)/tests/test_engine_avx512 $(B)/tests/test_fast_avx512
endif
endif
endif
EMULATED_OBJ := $(call obj,lib/tests/simde/engines.c)

# The engine's float arithmetic is part of the contract: no contraction, no
# reassociation, whatever CFLAGS say.
EXACT	:= -ffp-contract=off -fno-fast-math -fno-unsafe-math-optimizations
WARN	:= -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes
ifneq ($(SANFLAGS),)
# Instrumented code makes GCC see paths that are not there.
WARN	+= -Wno-maybe-uninitialized
endif
INCLUDE	:= -Iuapi -Ikmod/engine -Ilib/include -Ilib -I$(B)/gen
AXP_CFLAGS = -std=gnu11 $(CFLAGS) $(SANFLAGS) -fPIC -fvisibility=hidden \
	     -pthread -DAXP_VERSION='"$(VERSION)"' $(INCLUDE) \
	     $(PACKAGE_CFLAGS) $(EXACT)
PACKAGE_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(PACKAGES))
PACKAGE_LIBS = $(shell $(PKG_CONFIG) --libs $(PACKAGES))
TOOL_LIBS = $(shell $(PKG_CONFIG) --libs $(TOOL_PACKAGES))
LIBS	= $(PACKAGE_LIBS) -ldnnl -lgomp -lm -pthread

SHARED	:= $(B)/libaxp.so.$(SOVERSION)
SONAME	:= libaxp.so.$(firstword $(subst ., ,$(SOVERSION)))
STATIC	:= $(B)/libaxp.a
TOOL	:= $(B)/axp

# axp sweep under mpirun: a module that only mpirun's processes load, so that the tool
# needs no MPI. Built where Open MPI is (Debian: libopenmpi-dev).
MODULE_DIR := $(LIBDIR)/axp
ifeq ($(shell $(PKG_CONFIG) --exists ompi-c && echo yes),yes)
MPI	:= $(B)/axp-mpi.so
endif
PC	:= $(B)/libaxp.pc

# --- targets ---------------------------------------------------------------

.PHONY: fuzz all lib tool man tests selftests selftests32 module demo check clean \
	deb matrix bench soak check-long coverage python client docs \
	install uninstall help need-packages

ifneq ($(strip $(KDIR)),)
all: lib tool man module
else
all: lib tool man
	@echo '  SKIP    module: no kernel headers (tools/deps installs them, KDIR= names them)'
endif

lib: $(STATIC) $(SHARED) $(B)/$(SONAME) $(B)/libaxp.so $(PC)
tool: $(TOOL) $(MPI)
tests: $(TESTS)

help:
	@echo 'axp $(VERSION)'
	@echo
	@echo '  make              library, tool build/axp and, where kernel headers are, axp.ko'
	@echo '  make demo         does all set-up, then classifies digits on /dev/axp'
	@echo '  make check        does all set-up, then runs every test'
	@echo '  make fuzz         fuzzes until something is found; TARGET=engine SECONDS=60'
	@echo '  make check-long   the suites of make check and longer ones'
	@echo '  make coverage     line coverage of module, engine and library, as HTML too'
	@echo '  make soak         hostile clients on /dev/axp, SECONDS=28800 (0: until interrupted) LANE=uml (uml, qemu, smp, host)'
	@echo '  make module       axp.ko for KDIR, in $(if $(KREL),$(KMOD_BUILD),build/kmod-RELEASE)/'
	@echo '  make lib|tool     the library alone, the tool alone'
	@echo '  make python       the Python package, in $(B)/python/ (python3-cffi, python3-numpy)'
	@echo '  make man          the manual pages, in $(B)/man/ (python3-docutils)'
	@echo '  make tests        the programs of the library tests, in build/tests/'
	@echo '  make selftests    the programs for /dev/axp, in build/selftests/'
	@echo '  make selftests32  the same as 32-bit programs, in build/selftests32/'
	@echo '  make bench        library, network and device against oneDNN FP32: $(B)/bench.json; BENCH_ARGS=--all BENCH_LANE=uml-plain'
	@echo '  make docs         the documentation as HTML, in build/docs/html/'
	@echo '  make deb          Debian packages, in build/deb/'
	@echo '  make matrix       axp.ko for every kernel whose headers Debian has; ARGS: tools/matrix --help'
	@echo '  make install      library, headers, .pc, tool, completion, manual; PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)'
	@echo '  make uninstall    removes what install put there'
	@echo '  make clean        removes build/'
	@echo
	@echo 'Variables: KDIR=$(KDIR)'
	@echo '           SAN=1 (sanitizers, in build/san), V=1 (commands), W=1 (module), CC, CFLAGS'
	@echo 'Packages:  tools/deps [build|vm|uml|check|demo|all]; other kernels: tools/vm --help'

# --- library and tool ------------------------------------------------------

need-packages:
	@for p in $(PACKAGES) $(TOOL_PACKAGES); do $(PKG_CONFIG) --exists $$p || { \
		echo "error: the library $$p is missing: run tools/deps" >&2; exit 1; }; done
	@test -e /usr/include/dnnl.h -a -n '$(ONNX_PROTO)' || { \
		echo 'error: libdnnl-dev or libonnx-dev is missing: run tools/deps' >&2; exit 1; }

$(GEN_C) $(GEN_H) &: $(ONNX_PROTO) | need-packages
	$(call say,GEN,$(GEN_C))
	$(Q)mkdir -p $(@D)
	$(Q)protoc-c --c_out=$(@D) -I$(dir $(ONNX_PROTO)) $(ONNX_PROTO)

$(GEN_OBJ): $(GEN_C)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(AXP_CFLAGS) -MMD -MP -c -o $@ $<

# Flags of single objects.
ifneq (,$(findstring x86_64,$(shell $(CC) -dumpmachine)))
$(call obj,kmod/engine/engine_avx2.c): AXP_CFLAGS += -mavx2
$(call obj,kmod/engine/engine_avx512.c): AXP_CFLAGS += -mavx512f -mavx512bw -mavx512vl -mavx512dq
endif

$(call obj,userspace/cmd_top.c): AXP_CFLAGS += $(shell $(PKG_CONFIG) --cflags $(TOOL_PACKAGES))

$(B)/obj/%.o: %.c Makefile | $(GEN_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(AXP_CFLAGS) $(WARN) -MMD -MP -c -o $@ $<

# A removed source must leave the archive too.
$(STATIC): $(LIB_OBJ) | $(B)/lib.list
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(LIB_OBJ)

$(B)/lib.list: FORCE
	@mkdir -p $(@D)
	@echo '$(LIB_OBJ)' | cmp -s - $@ || echo '$(LIB_OBJ)' >$@
FORCE:
$(STATIC) $(SHARED): $(B)/lib.list

$(SHARED): $(LIB_OBJ) lib/libaxp.map
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(SANFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) \
		-Wl,--version-script=lib/libaxp.map -Wl,--no-undefined-version \
		$(if $(SANFLAGS),,-Wl,-z,defs) -o $@ $(LIB_OBJ) $(LIBS)

$(B)/$(SONAME): $(SHARED)
	$(Q)ln -sf $(<F) $@

$(B)/libaxp.so: $(B)/$(SONAME)
	$(Q)ln -sf $(<F) $@

# Made anew when PREFIX and the like are not those of the last time.
$(PC): lib/libaxp.pc.in FORCE
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@LIBDIR@|$(LIBDIR)|g' \
		-e 's|@INCLUDEDIR@|$(INCLUDEDIR)|g' -e 's|@VERSION@|$(VERSION)|g' $< >$@.tmp
	@cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@

$(call obj,userspace/ranks.c): AXP_CFLAGS += -DAXP_MODULE_DIR='"$(MODULE_DIR)"'

$(B)/axp-mpi.so: userspace/mpi/ranks_mpi.c userspace/ranks.h Makefile
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(CFLAGS) $(WARN) -fPIC -shared $(LDFLAGS) \
		$(shell $(PKG_CONFIG) --cflags ompi-c) -o $@ $< $(shell $(PKG_CONFIG) --libs ompi-c)

$(TOOL): $(TOOL_OBJ) $(STATIC)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(SANFLAGS) $(LDFLAGS) -o $@ $(TOOL_OBJ) $(STATIC) $(LIBS) $(TOOL_LIBS)

$(TESTS): $(B)/tests/%: $(B)/obj/lib/tests/%.o $(call obj,$(TEST_AUX)) $(STATIC)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(SANFLAGS) $(LDFLAGS) -o $@ $< $(call obj,$(TEST_AUX)) $(STATIC) $(LIBS)

# --- example of the documentation --------------------------------------------

client: $(B)/client

$(B)/client: Documentation/examples/client.c $(STATIC)
	$(call say,CC,$@)
	$(Q)$(CC) $(AXP_CFLAGS) $(WARN) $(LDFLAGS) -o $@ $< $(STATIC) $(LIBS)

# --- Python package --------------------------------------------------------

PYTHON3	?= /usr/bin/python3

python: $(B)/python/axp/_cffi.py $(B)/python/axp/__init__.py

$(B)/python/axp/_cffi.py: lib/python/build.py $(wildcard lib/include/axp/*.h uapi/linux/*.h)
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(PYTHON3) lib/python/build.py $(CC) uapi lib/include $(B)/python >/dev/null

$(B)/python/axp/__init__.py: lib/python/axp/__init__.py
	$(Q)mkdir -p $(@D)
	$(Q)cp $< $@

# --- manual ----------------------------------------------------------------

# The pages of the commands include their options as the tool prints them.
RST2MAN	?= $(firstword $(shell command -v rst2man rst2man.py 2>/dev/null))
MAN_RST	:= $(wildcard Documentation/man/*.rst)
ifneq ($(RST2MAN),)
MAN	:= $(patsubst Documentation/man/%.rst,$(B)/man/%,$(MAN_RST))
endif

man: $(MAN)
	$(if $(RST2MAN),,@echo '  SKIP    manual: no rst2man (Debian: python3-docutils)')

$(B)/man/%: Documentation/man/%.rst $(TOOL)
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)cp $< $@.rst
	$(Q)case $* in axp-*.1) $(TOOL) $(patsubst axp-%.1,%,$*) --help-rst >$(basename $@).options ;; esac
	$(Q)$(RST2MAN) --halt=2 $@.rst $@

tests: $(EMULATED_TESTS)

# The table of engines before the library's own.
$(EMULATED_TESTS): $(B)/tests/%_avx512: $(B)/obj/lib/tests/%.o $(EMULATED_OBJ) \
		$(call obj,$(TEST_AUX)) $(STATIC)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(SANFLAGS) $(LDFLAGS) -o $@ $< $(EMULATED_OBJ) \
		$(call obj,$(TEST_AUX)) $(STATIC) $(LIBS)

# Loops over elements, several at once; EXACT holds for these too.
$(call obj,$(wildcard lib/ops/*.c)): AXP_CFLAGS += -O3

$(EMULATED_OBJ): AXP_CFLAGS += -mavx2 -mfma -Ilib/tests -Wno-psabi

# --- the portable engines on AArch64 ------------------------------------------

# Programs without libraries, for qemu-aarch64. By clang: Debian's gcc for AArch64 and
# the gcc-multilib of the 32-bit tests cannot be installed together.
AARCH64_CC ?= clang --target=aarch64-linux-gnu -Wno-unsupported-floating-point-opt \
	-isystem /usr/aarch64-linux-gnu/include
AARCH64_LDFLAGS ?= -L/usr/aarch64-linux-gnu/lib -B/usr/aarch64-linux-gnu/lib
AARCH64_TESTS := $(patsubst %,build/aarch64/test_%,softfp nest image weights budget plan engine fast)
AARCH64_OBJ := $(patsubst %.c,build/aarch64/obj/%.o,$(ENGINE_SRC) \
	$(addprefix lib/tests/,random_job.c reference.c fault.c))

.PHONY: aarch64-tests
aarch64-tests: $(AARCH64_TESTS)

build/aarch64/obj/%.o: %.c $(wildcard kmod/engine/*.h kmod/engine/*.inc lib/tests/*.h) Makefile
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(AARCH64_CC) -std=gnu11 $(CFLAGS) $(EXACT) $(WARN) -Iuapi -Ikmod/engine -c -o $@ $<

$(AARCH64_TESTS): build/aarch64/%: build/aarch64/obj/lib/tests/%.o $(AARCH64_OBJ)
	$(call say,LD,$@)
	$(Q)$(AARCH64_CC) $(AARCH64_LDFLAGS) -static -o $@ $^ -lm

# --- the engines against oneDNN ---------------------------------------------

BENCH	:= $(B)/bench
BENCH_ARGS ?=

BENCH_OBJ := $(call obj,$(wildcard tools/bench/*.c))

$(BENCH): $(BENCH_OBJ) $(STATIC)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(SANFLAGS) $(LDFLAGS) -o $@ $(BENCH_OBJ) $(STATIC) $(LIBS)

$(B)/cost: $(B)/obj/tools/cost.o $(STATIC)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(SANFLAGS) $(LDFLAGS) -o $@ $< $(STATIC) $(LIBS)

# BENCH_LANE=none leaves the device out.
BENCH_LANE ?= uml-plain
bench: $(BENCH)
	@+tools/bench-run --lane $(BENCH_LANE) --json $(B)/bench.json $(BENCH_ARGS)

# --- programs for /dev/axp -------------------------------------------------

# Each selftests/*.c is a program; *_util.c and *_common.c are linked into all.
# The harness headers come from the kernel's source, they are not copied here.
SELFTEST_AUX := $(wildcard selftests/*_util.c selftests/*_common.c)
SELFTEST_SRC := $(filter-out $(SELFTEST_AUX),$(wildcard selftests/*.c))
SELFTESTS := $(patsubst selftests/%.c,build/selftests/%,$(SELFTEST_SRC))
SELFTESTS32 := $(patsubst selftests/%.c,build/selftests32/%,$(SELFTEST_SRC))
SELFTEST_H := build/kselftest/kselftest_harness.h
SELFTEST_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror \
		   -Wno-unused-parameter -Wno-sign-compare -pthread -Iuapi \
		   -isystem build/kselftest -isystem build/kselftest/drivers/axp

selftests: $(SELFTESTS)
selftests32: $(SELFTESTS32)

$(SELFTEST_H):
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)/drivers/axp
	$(Q)src=$$(tools/kernel-source) && \
		cp $$src/tools/testing/selftests/kselftest.h \
		$$src/tools/testing/selftests/kselftest_harness.h $(@D)/

SELFTEST_DEPS = $(SELFTEST_AUX) $(wildcard selftests/*.h) uapi/linux/axp.h Makefile | $(SELFTEST_H)

$(SELFTESTS): build/selftests/%: selftests/%.c $(SELFTEST_DEPS)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(SELFTEST_CFLAGS) -o $@ $< $(SELFTEST_AUX) -lm

$(SELFTESTS32): build/selftests32/%: selftests/%.c $(SELFTEST_DEPS)
	$(call say,CC32,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -m32 $(SELFTEST_CFLAGS) -o $@ $< $(SELFTEST_AUX) -lm

# --- module ----------------------------------------------------------------

# kbuild leaves its objects beside the sources, so it is given a tree of
# links: build/kmod-RELEASE/ looks like the source tree to it.
KMOD_FILES = Kbuild $(shell find kmod uapi -type f ! -name '*.o' ! -name '.*')

module:
	@test -n '$(KREL)' || { echo "error: KDIR='$(KDIR)' is no kernel build directory: run tools/deps or set KDIR" >&2; exit 1; }
	@# Another directory of the same release may be configured otherwise.
	@test "$$(cat $(KMOD_BUILD)/.kdir 2>/dev/null)" = '$(realpath $(KDIR))' || rm -rf $(KMOD_BUILD)
	@mkdir -p $(KMOD_BUILD)
	@echo '$(realpath $(KDIR))' >$(KMOD_BUILD)/.kdir
	@find $(KMOD_BUILD) -xtype l -delete
	@for f in $(KMOD_FILES); do \
		test -L $(KMOD_BUILD)/$$f || { mkdir -p "$$(dirname $(KMOD_BUILD)/$$f)" && \
		ln -s $(CURDIR)/$$f $(KMOD_BUILD)/$$f; } || exit 1; done
	$(Q)+$(MAKE) -C $(KDIR) M=$(abspath $(KMOD_BUILD)) \
		$(if $(ARCH),ARCH=$(ARCH)) $(if $(W),W=$(W)) $(if $(C),C=$(C)) modules

# --- fuzzing ---------------------------------------------------------------

# TARGET: one of tools/fuzz/run --list, or several (default: all); SECONDS for each.
TARGET	?=
fuzz: SECONDS ?= 0
fuzz:
	@tools/fuzz/run --seconds $(SECONDS) $(TARGET)

# --- set-up, then the job --------------------------------------------------

demo:
	@tools/deps demo
	@+tools/demo

check:
	@tools/deps all
	@+tools/check

# --- packages and other kernels ----------------------------------------------

deb:
	@tools/deps deb
	@+tools/deb

docs:
	@tools/deps build docs
	@+tools/docs

matrix:
	@tools/deps build
	@+tools/matrix

# make soak SECONDS=600 LANE=qemu
soak: SECONDS ?= 28800
soak:
	@tools/deps vm
	@+tools/soak $(SECONDS)

# What takes too long for every change: more lanes, see tools/check --list.
check-long:
	@tools/deps all smp
	@+tools/check --long

coverage:
	@tools/deps all coverage
	@+tools/coverage

clean:
	rm -rf build

# --- installation ----------------------------------------------------------

install: lib tool man
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig \
		$(DESTDIR)$(INCLUDEDIR)/axp $(DESTDIR)$(INCLUDEDIR)/linux
	$(INSTALL) -m 755 $(TOOL) $(DESTDIR)$(BINDIR)/
	$(if $(MPI),$(INSTALL) -D -m 644 $(MPI) $(DESTDIR)$(MODULE_DIR)/$(notdir $(MPI)))
	$(INSTALL) -m 644 $(STATIC) $(DESTDIR)$(LIBDIR)/
	$(INSTALL) -m 644 $(SHARED) $(DESTDIR)$(LIBDIR)/
	ln -sf $(notdir $(SHARED)) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libaxp.so
	$(INSTALL) -m 644 $(PC) $(DESTDIR)$(LIBDIR)/pkgconfig/
	$(INSTALL) -m 644 $(wildcard lib/include/axp/*.h) $(DESTDIR)$(INCLUDEDIR)/axp/
	$(INSTALL) -m 644 $(wildcard uapi/linux/*.h) $(DESTDIR)$(INCLUDEDIR)/linux/
	$(INSTALL) -D -m 644 tools/completion/axp.bash $(DESTDIR)$(BASHCOMPDIR)/axp
	$(INSTALL) -D -m 644 tools/completion/_axp $(DESTDIR)$(ZSHCOMPDIR)/_axp
	$(foreach m,$(MAN),$(INSTALL) -D -m 644 $(m) \
		$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(m)))/$(notdir $(m));)

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/axp $(DESTDIR)$(LIBDIR)/libaxp.* \
		$(DESTDIR)$(LIBDIR)/pkgconfig/libaxp.pc \
		$(patsubst uapi/%,$(DESTDIR)$(INCLUDEDIR)/%,$(wildcard uapi/linux/*.h)) \
		$(DESTDIR)$(BASHCOMPDIR)/axp $(DESTDIR)$(ZSHCOMPDIR)/_axp \
		$(foreach m,$(MAN),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(m)))/$(notdir $(m)))
	rm -rf $(DESTDIR)$(INCLUDEDIR)/axp $(DESTDIR)$(MODULE_DIR)

-include $(patsubst %.o,%.d,$(LIB_OBJ) $(TOOL_OBJ) $(call obj,$(TEST_SRC) $(TEST_AUX)) $(EMULATED_OBJ) $(BENCH_OBJ))
