// SPDX-License-Identifier: BSD-2-Clause
/* Pictures: PNG, JPEG, PGM and PPM. */
#include "fuzz.h"
#include "picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct axp_diag diag = { .text = "" };
	struct axp_picture *picture;
	int rc = axp_picture_read_mem(&picture, "input", data, size, &diag);
	float sum = 0;

	SAYS(rc, diag);
	MUST(!rc == !!picture);
	if (rc)
		return 0;
	MUST(picture->width && picture->height && picture->channels);
	for (uint32_t y = 0; y < picture->height; y += 1 + y / 2)
		for (uint32_t x = 0; x < picture->width; x += 1 + x / 2)
			for (uint32_t c = 1; c <= 3; c += 2)
				sum += axp_picture_sample(picture, y, x, c, c - 1);
	MUST(sum >= 0);
	axp_picture_free(picture);
	return 0;
}
