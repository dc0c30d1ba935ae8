// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"

/* one line, whatever names of files and in files hold */
static void one_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

int axp_fail(struct axp_diag *diag, int err, const char *fmt, ...)
{
	va_list ap;

	if (!diag || diag->text[0])
		return err;
	va_start(ap, fmt);
	vsnprintf(diag->text, sizeof(diag->text), fmt, ap);
	va_end(ap);
	one_line(diag->text);
	return err;
}

int axp_fail_in(struct axp_diag *diag, int err, const char *fmt, ...)
{
	char text[AXP_DIAG_MAX];
	va_list ap;
	int n;

	if (!diag)
		return err;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return err;
	if ((size_t)n < sizeof(text) && diag->text[0]) {
		size_t room = sizeof(text) - (size_t)n;

		/* a message too long loses its end */
		if (snprintf(text + n, room, ": %s", diag->text) < 0)
			return err;
	}
	one_line(text);
	memcpy(diag->text, text, sizeof(text));
	return err;
}

int axp_mul_size(uint64_t a, uint64_t b, uint64_t *out)
{
	return __builtin_mul_overflow(a, b, out) ? -EOVERFLOW : 0;
}
