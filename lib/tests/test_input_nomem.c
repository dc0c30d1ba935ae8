// SPDX-License-Identifier: BSD-2-Clause
/*
 * No memory: every allocation of the library fails in turn while a dataset is opened and
 * read. FFTW and libsndfile are not tried: FFTW ends the program then.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <axp/axp.h>
#include "scratch.h"
#include "tap.h"
#include "wav.h"

#ifdef __SANITIZE_ADDRESS__
int main(void)
{
	skip_all("the address sanitizer brings its own allocator");
}
#else

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);
extern const char __executable_start[], etext[];

static unsigned int fail_in;	/* allocations of this program until one fails, 0: never */
static bool failed;

/* the library is linked into this program, others are not */
static bool fails(const void *caller)
{
	const char *at = caller;

	if (at < __executable_start || at >= etext || !fail_in || --fail_in)
		return false;
	failed = true;
	errno = ENOMEM;
	return true;
}

AXP_API void *malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

AXP_API void *calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

AXP_API void *realloc(void *old, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

static struct axp_diag why;

static int read_all(const char *spec, const struct axp_dataset_opts *o)
{
	struct axp_dataset *d = (void *)1;
	uint32_t y;
	float x[64];
	int err = axp_dataset_open(&d, spec, o, &why);

	if (err)
		return d ? -EFAULT : err;
	err = axp_dataset_get(d, 0, x, &y, &why);
	axp_dataset_free(d);
	return err;
}

static int read_one(const char *path, const struct axp_dataset_opts *o)
{
	float x[64] = { 7 };
	int err = axp_input_read(path, o, x, &why);

	return err && x[0] != 7 ? -EFAULT : err;
}

static void sweep(const char *what, int (*read)(const char *, const struct axp_dataset_opts *),
		  const char *arg, const struct axp_dataset_opts *o, unsigned int least)
{
	unsigned int n = 0;
	bool good = true;
	int err;

	for (;;) {
		why.text[0] = 0;
		failed = false;
		fail_in = n + 1;
		err = read(arg, o);
		fail_in = 0;
		if (!failed)
			break;
		n++;
		if (err != -ENOMEM || !why.text[0]) {
			diag("allocation %u: %d, %s", n, err, why.text);
			good = false;
		}
	}
	ok(good && !err && n >= least, "%s: each of %u allocations fails in turn", what, n);
}

int main(void)
{
	AXP_OPTS(struct axp_dataset_opts, o);
	static const char pixels[] = "P2 2 2 9 1 2 3 4";
	static const int16_t v[64] = { 1, 2, 3, -4 };
	uint8_t buf[512];
	char spec[4096];
	size_t n = wav_make(buf, 1000, 1, v, 64);

	scratch_folder("im");
	scratch_folder("im/a");
	scratch_folder("im/b");
	scratch_file("im/a/1.pgm", pixels, sizeof(pixels) - 1);
	scratch_file("im/b/1.pgm", pixels, sizeof(pixels) - 1);
	o.image = "resize=4,filter=antialias";
	o.input_ndim = 3;
	o.input_dims[0] = 1;
	o.input_dims[1] = 3;
	o.input_dims[2] = 3;
	snprintf(spec, sizeof(spec), "images:%s", scratch("im"));
	sweep("images", read_all, spec, &o, 12);
	o.classes = "b,a";
	sweep("images with names of classes", read_all, spec, &o, 15);
	sweep("a picture", read_one, scratch("im/a/1.pgm"), &o, 5);

	scratch_folder("wav");
	scratch_file("wav/a_1.wav", buf, n);
	scratch_file("wav/b_1.wav", buf, n);
	o.audio = "mfcc,rate=1000,length=64,frame=32,hop=16,mels=8,coefficients=4,fmax=500";
	o.input_dims[2] = 4;
	snprintf(spec, sizeof(spec), "wav:%s", scratch("wav"));
	sweep("wav", read_all, spec, &o, 20);
	sweep("a sound", read_one, scratch("wav/a_1.wav"), &o, 10);
	return done_testing();
}

#endif
