// SPDX-License-Identifier: BSD-2-Clause
/* axp selftest: known answers on the loaded device and on the library. */
#include <string.h>
#include <axp/axp.h>

#include "cmd.h"
#include "out.h"

struct selftest_args {
	const char *device;
	const char *json;
	bool library;
	bool verbose;
};

static const struct arg args[] = {
	{ "device", 'd', "PATH", "Device file; it is then an error when it cannot be opened. "
	  "Default: /dev/axp.", ARG_TEXT, offsetof(struct selftest_args, device), 0, 0, NULL, false },
	{ "library", 'l', NULL, "Test the library alone.",
	  ARG_FLAG, offsetof(struct selftest_args, library), 0, 0, NULL, false },
	{ "verbose", 'v', NULL, "Show every check, not only those that fail.",
	  ARG_FLAG, offsetof(struct selftest_args, verbose), 0, 0, NULL, false },
	{ "json", 0, "FILE", "Write the report as JSON; - is the standard output, which then "
	  "carries nothing else.",
	  ARG_TEXT, offsetof(struct selftest_args, json), 0, 0, NULL, false },
};

/**
 * struct selftest - a self-test under way
 * @checks: array of records
 * @nr: checks so far
 * @failed: those that failed
 * @memory: false: some record was lost
 */
struct selftest {
	json_t *checks;
	unsigned int nr;
	unsigned int failed;
	bool memory;
};

static void add_check(void *user, const struct axp_selftest_check *check)
{
	struct selftest *test = user;
	json_t *record = json_pack("{s:o, s:s, s:b, s:s}", "where", out_string(check->where),
				   "check", check->name, "passed", check->passed,
				   "detail", check->detail);

	test->nr++;
	test->failed += !check->passed;
	if (!record || json_array_append_new(test->checks, record))
		test->memory = false;
}

static const char *text_of(const json_t *record, const char *key)
{
	return json_string_value(json_object_get(record, key));
}

/* one line for each place, and one for each check that is to be seen */
static void print_report(const struct selftest *test, bool verbose)
{
	size_t i, j, n = json_array_size(test->checks);

	for (i = 0; i < n; i = j) {
		const char *where = text_of(json_array_get(test->checks, i), "where");
		unsigned int failed = 0;

		for (j = i; j < n; j++) {
			const json_t *check = json_array_get(test->checks, j);

			if (strcmp(text_of(check, "where"), where))
				break;
			failed += !json_is_true(json_object_get(check, "passed"));
		}
		printf("%-8s %zu checks, %u failed\n", where, j - i, failed);
		for (size_t k = i; k < j; k++) {
			const json_t *check = json_array_get(test->checks, k);
			bool passed = json_is_true(json_object_get(check, "passed"));

			if (verbose || !passed)
				printf("  %-7s %s: %s\n", passed ? "ok" : "FAILED",
				       text_of(check, "check"), text_of(check, "detail"));
		}
	}
}

/* @absent: why no device was tested, empty when one was */
static int test_device(struct selftest *test, const struct selftest_args *a, struct axp_diag *absent)
{
	struct axp_diag diag = { .text = "" };
	struct axp_device *device;
	int rc = axp_device_open(&device, a->device, absent);

	if (rc) {
		if (!absent->text[0])
			snprintf(absent->text, sizeof(absent->text), "%s", strerror(-rc));
		return a->device ? fail("%s", absent->text) : 0;
	}
	absent->text[0] = '\0';
	rc = axp_selftest_device(device, add_check, test, &diag);
	axp_device_close(device);
	return rc ? fail("device: %s", diag.text[0] ? diag.text : strerror(-rc)) : 0;
}

static int finish(const struct selftest *test, const struct selftest_args *a,
		  const char *absent, struct out_file *json)
{
	json_t *record = json_pack("{s:b, s:i, s:i, s:o, s:O}", "passed", !test->failed,
				   "checks_run", test->nr, "checks_failed", test->failed,
				   "no_device", absent[0] ? out_string(absent) : json_null(),
				   "checks", test->checks);
	int rc;

	if (!record || !test->memory) {
		json_decref(record);
		return fail("no memory for the report");
	}
	if (!out_file_is_stdout(json))
		print_report(test, a->verbose);
	rc = out_file_write(json, record);
	json_decref(record);
	if (rc)
		return rc;
	if (test->failed)
		return fail("%u of %u checks failed", test->failed, test->nr);
	if (!absent[0])
		return EXIT_DONE;
	note("the library passed, no device was tested: %s", absent);
	return EXIT_PARTLY;
}

static int selftest_run(const void *settings, char **operands, int nr)
{
	const struct selftest_args *a = settings;
	struct selftest test = { .memory = true };
	struct axp_diag diag = { .text = "" }, absent = { .text = "" };
	struct out_file json;
	int rc;

	(void)operands;
	(void)nr;
	if (a->library && a->device)
		return misuse(&cmd_selftest, "--library and --device exclude each other");
	test.checks = json_array();
	if (!test.checks)
		return fail("no memory for the report");
	if (out_file_open(&json, a->json)) {
		json_decref(test.checks);
		return EXIT_FAILED;
	}
	rc = axp_selftest_library(add_check, &test, &diag);
	if (rc)
		rc = fail("library: %s", diag.text[0] ? diag.text : strerror(-rc));
	if (!rc && !a->library)
		rc = test_device(&test, a, &absent);
	if (!rc)
		rc = finish(&test, a, absent.text, &json);
	out_file_close(&json);
	json_decref(test.checks);
	return rc;
}

const struct command cmd_selftest = {
	.name = "selftest",
	.summary = "known answers on the device and on the library",
	.operands = "",
	.about = "Runs jobs of every operation, organisation and accumulator whose results and "
		 "counters are known on every engine of the library and on the loaded device, "
		 "and compares bit for bit. Makes one stored product wrong and checks that "
		 "results change by exactly that, so that it is the table that computes. Exit "
		 "status 3: nothing failed, but there is no device to test.",
	.examples = "  axp selftest -v\n"
		    "  axp selftest --library\n",
	.args = args,
	.nr_args = NR_ARGS(args),
	.settings = sizeof(struct selftest_args),
	.min_operands = 0,
	.max_operands = 0,
	.run = selftest_run,
};
