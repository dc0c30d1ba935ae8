// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include <axp/axp.h>

#include "engine.h"
#include "tap.h"

struct kind {
	const char *what;
	int (*from_name)(const char *name);
	const char *(*name)(uint32_t number);
	const char *names[9];
};

static const struct kind kinds[] = {
	{ "preset", axp_preset_from_name, axp_preset_name,
	  { "device", "h45", "s28", "fpnew22", "fpmax28", "al40", "j7", "custom" } },
	{ "CAM class", axp_cam_class_from_name, axp_cam_class_name,
	  { "device", "nor", "silicon28", "lowpower", "zero" } },
	{ "organisation", axp_organisation_from_name, axp_organisation_name,
	  { "flat", "banked", "shared", "significand", "broadcast" } },
	{ "accumulator", axp_accumulator_from_name, axp_accumulator_name, { "f32", "fixed" } },
};

static void test_kind(const struct kind *kind)
{
	bool there = true, back = true;
	uint32_t n;

	for (n = 0; kind->names[n]; n++) {
		there &= kind->from_name(kind->names[n]) == (int)n;
		back &= !strcmp(kind->name(n), kind->names[n]);
	}
	ok(there, "%s: numbers from names", kind->what);
	ok(back, "%s: names from numbers", kind->what);
	ok(!strcmp(kind->name(n), "?") && !strcmp(kind->name(UINT32_MAX), "?"),
	   "%s: an unknown number is '?'", kind->what);
	ok(kind->from_name("") == -EINVAL && kind->from_name(NULL) == -EINVAL &&
	   kind->from_name("?") == -EINVAL && kind->from_name("S28") == -EINVAL &&
	   kind->from_name("s2") == -EINVAL && kind->from_name("f32 ") == -EINVAL,
	   "%s: unknown names are refused", kind->what);
}

static void test_engines(void)
{
	int last = INT_MAX;
	bool sorted = true, found = true;
	const char *name;
	uint32_t i;

	for (i = 0; (name = axp_engine_name(i)); i++) {
		const struct axp_engine *engine = axp_engine_select(name);

		found &= engine && !strcmp(engine->name, name);
		if (!engine)
			continue;
		sorted &= engine->priority <= last;
		last = engine->priority;
	}
	ok(i >= 1, "this machine has %u engines", i);
	ok(found, "each can be selected by its name");
	ok(sorted, "best first");
	ok(i && !strcmp(axp_engine_name(0), axp_engine_select(NULL)->name),
	   "the first is the default");
	ok(!axp_engine_name(i + 1) && !axp_engine_name(UINT32_MAX), "no engine past the last");
}

int main(void)
{
	size_t i;

	plan(4 * 4 + 5 + 1);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		test_kind(&kinds[i]);
	test_engines();
	ok(!strcmp(axp_version(), AXP_VERSION), "header and Makefile agree on version %s", axp_version());
	return done_testing();
}
