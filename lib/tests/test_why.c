// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include <axp/axp.h>

#include "tap.h"

#define LAST	AXP_WHY_FAULT_ROW

static char text[LAST + 2][256];

/* like strlen(), of a buffer that may lack its NUL */
static bool terminated(const char *buf, size_t size)
{
	return memchr(buf, '\0', size);
}

static void says(const struct axp_why *why, const char *element, const char *want)
{
	char got[256];

	axp_why_text(why, element, got, sizeof(got));
	if (!ok(!strcmp(got, want), "says: %s", want))
		diag("got: %s", got);
}

static void test_all(void)
{
	bool own = true, whole = true;
	unsigned int i, j;

	for (i = 0; i <= LAST + 1; i++)
		axp_why_text(&(struct axp_why){ .reason = i, .index = 3, .value = 77, .limit = 55 },
			     "job", text[i], sizeof(text[i]));
	for (i = 0; i <= LAST; i++) {
		if (strlen(text[i]) < 10 || strstr(text[i], "newer module") ||
		    strchr(text[i], '%') || strchr(text[i], '\n')) {
			diag("reason %u: '%s'", i, text[i]);
			whole = false;
		}
		for (j = 0; j < i; j++)
			if (!strcmp(text[i], text[j])) {
				diag("reasons %u and %u: '%s'", i, j, text[i]);
				own = false;
			}
	}
	ok(whole, "each of %d reasons has a sentence", LAST + 1);
	ok(own, "and each has its own");
	ok(!strcmp(text[LAST + 1], "reason 45 of a newer module (index 3, value 77, limit 55)"),
	   "an unknown reason is told with its numbers: %s", text[LAST + 1]);
}

static void test_sizes(void)
{
	struct axp_why why = { .reason = AXP_WHY_RANGE_ACT, .index = 4000000000u,
			       .value = UINT64_MAX, .limit = UINT64_MAX };
	char whole[256], part[256];
	bool same = true, inside = true;
	size_t size;

	axp_why_text(&why, "job", whole, sizeof(whole));
	for (size = 1; size <= sizeof(part); size++) {
		memset(part, 'x', sizeof(part));
		axp_why_text(&why, "job", part, size);
		same &= terminated(part, size) && !strncmp(part, whole, strlen(part)) &&
			(strlen(part) == size - 1 || strlen(part) == strlen(whole));
		inside &= size == sizeof(part) || part[size] == 'x';
	}
	ok(same, "a short buffer gets the beginning");
	ok(inside, "and nothing is written past it");
	part[0] = 'x';
	axp_why_text(&why, "job", part, 0);
	ok(part[0] == 'x', "no buffer, no text");
}

int main(void)
{
	plan(3 + 3 + 8);
	test_all();
	test_sizes();
	says(&(struct axp_why){ AXP_WHY_RANGE_ACT, 3, 4096, 4000 }, "job",
	     "job 3: last activation byte 4096 lies past the buffer's 4000 bytes");
	says(&(struct axp_why){ AXP_WHY_RANGE_ACT, 0, 4096, 4000 }, NULL,
	     "last activation byte 4096 lies past the buffer's 4000 bytes");
	says(&(struct axp_why){ AXP_WHY_ROW_WORD, 12, (uint64_t)-70000, 32768 }, NULL,
	     "row 12: LUT word -70000 lies outside +-32768");
	says(&(struct axp_why){ AXP_WHY_INDEX, 100, 16, 16 }, NULL,
	     "weight 100: index 16 into a codebook of 16 centroids");
	says(&(struct axp_why){ AXP_WHY_SCALE, 0, (uint64_t)-65, (uint64_t)-64 }, NULL,
	     "fixed-point scale -65, the limit is -64");
	says(&(struct axp_why){ AXP_WHY_COUNT, 0, 0, 1024 }, NULL,
	     "a count is 0 and must be at least 1");
	says(&(struct axp_why){ AXP_WHY_COUNT, 0, 2000, 1024 }, NULL,
	     "a count of 2000, the limit is 1024");
	says(&(struct axp_why){ AXP_WHY_INFLIGHT, 9, 5000, 4096 }, "job",
	     "5000 jobs would be in flight, the limit is 4096");
	return done_testing();
}
