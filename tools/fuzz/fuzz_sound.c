// SPDX-License-Identifier: BSD-2-Clause
/* Sound files. */
#include "fuzz.h"
#include "sound.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct axp_diag diag = { .text = "" };
	struct axp_sound *sound;
	int rc = axp_sound_read_mem(&sound, "input", data, size, &diag);
	volatile double last;

	SAYS(rc, diag);
	MUST(!rc == !!sound);
	if (rc)
		return 0;
	MUST(sound->n);
	last = sound->v[sound->n - 1];
	(void)last;
	axp_sound_free(sound);
	return 0;
}
