/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Test Anything Protocol, for the tests of the library.
 *
 * A test program calls plan() when it knows its number of tests, ok() for each
 * of them, and ends with "return done_testing();".
 */
#ifndef AXP_TESTS_TAP_H
#define AXP_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned int tap_run, tap_failed, tap_planned;

/* announce the number of tests before the first of them */
static inline void plan(unsigned int tests)
{
	tap_planned = tests;
	printf("1..%u\n", tests);
}

/* a line of commentary */
__attribute__((format(printf, 1, 2)))
static inline void diag(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("# ", stdout);
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
	fflush(stdout);
}

__attribute__((format(printf, 4, 5)))
static inline bool tap_ok(bool good, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	tap_run++;
	printf("%sok %u - ", good ? "" : "not ", tap_run);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!good) {
		tap_failed++;
		printf("# failed at %s:%d\n", file, line);
	}
	fflush(stdout);
	return good;
}

/* one test: passes when @cond is true; the rest is its name, as for printf() */
#define ok(cond, ...)	tap_ok(!!(cond), __FILE__, __LINE__, __VA_ARGS__)

/* a test that this machine cannot run, with the reason, as for printf() */
__attribute__((format(printf, 1, 2)))
static inline void skip(const char *fmt, ...)
{
	va_list ap;

	tap_run++;
	printf("ok %u # SKIP ", tap_run);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* leave out the whole program, with the reason */
__attribute__((format(printf, 1, 2), noreturn))
static inline void skip_all(const char *fmt, ...)
{
	va_list ap;

	printf("1..0 # SKIP ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	exit(0);
}

/* give up: nothing after this makes sense */
__attribute__((format(printf, 1, 2), noreturn))
static inline void bail_out(const char *fmt, ...)
{
	va_list ap;

	printf("Bail out! ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	exit(1);
}

/* Return: exit status: 0 when the plan was kept and every test passed */
static inline int done_testing(void)
{
	if (!tap_planned) {
		printf("1..%u\n", tap_run);
	} else if (tap_planned != tap_run) {
		printf("# planned %u tests but ran %u\n", tap_planned, tap_run);
		return 1;
	}
	if (tap_failed)
		printf("# %u of %u tests failed\n", tap_failed, tap_run);
	if (!tap_run)
		printf("# no test was run\n");
	return tap_failed || !tap_run;
}

#endif /* AXP_TESTS_TAP_H */
