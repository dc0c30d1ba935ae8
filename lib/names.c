// SPDX-License-Identifier: BSD-2-Clause
/* Names: the numbers of the uapi as people write them. */
#include <errno.h>
#include <string.h>

#include <axp/axp.h>

#include "engine.h"

/* a NULL ends each list; the index is the number */
static const char *const presets[] = {
	[AXP_PRESET_DEVICE] = "device",
	[AXP_PRESET_H45] = "h45",
	[AXP_PRESET_S28] = "s28",
	[AXP_PRESET_FPNEW22] = "fpnew22",
	[AXP_PRESET_FPMAX28] = "fpmax28",
	[AXP_PRESET_AL40] = "al40",
	[AXP_PRESET_J7] = "j7",
	[AXP_PRESET_CUSTOM] = "custom",
	NULL,
};

static const char *const cam_classes[] = {
	[AXP_CAM_DEVICE] = "device",
	[AXP_CAM_NOR] = "nor",
	[AXP_CAM_SILICON28] = "silicon28",
	[AXP_CAM_LOWPOWER] = "lowpower",
	[AXP_CAM_ZERO] = "zero",
	NULL,
};

static const char *const organisations[] = {
	[AXP_ORG_FLAT] = "flat",
	[AXP_ORG_BANKED] = "banked",
	[AXP_ORG_SHARED] = "shared",
	[AXP_ORG_SIGNIFICAND] = "significand",
	NULL,
};

static const char *const accumulators[] = {
	[AXP_ACC_F32] = "f32",
	[AXP_ACC_FIXED] = "fixed",
	NULL,
};

static int number_of(const char *const *names, const char *name)
{
	int i;

	for (i = 0; name && names[i]; i++)
		if (!strcmp(names[i], name))
			return i;
	return -EINVAL;
}

static const char *name_of(const char *const *names, uint32_t number)
{
	uint32_t i;

	for (i = 0; names[i]; i++)
		if (i == number)
			return names[i];
	return "?";
}

int axp_preset_from_name(const char *name)
{
	return number_of(presets, name);
}

int axp_cam_class_from_name(const char *name)
{
	return number_of(cam_classes, name);
}

int axp_organisation_from_name(const char *name)
{
	return number_of(organisations, name);
}

int axp_accumulator_from_name(const char *name)
{
	return number_of(accumulators, name);
}

const char *axp_preset_name(uint32_t preset)
{
	return name_of(presets, preset);
}

const char *axp_cam_class_name(uint32_t cam_class)
{
	return name_of(cam_classes, cam_class);
}

const char *axp_organisation_name(uint32_t organisation)
{
	return name_of(organisations, organisation);
}

const char *axp_accumulator_name(uint32_t accumulator)
{
	return name_of(accumulators, accumulator);
}

const char *axp_engine_name(uint32_t i)
{
	const struct axp_engine *const *engine;

	for (engine = axp_engines; *engine; engine++)
		if ((!(*engine)->valid || (*engine)->valid()) && !i--)
			return (*engine)->name;
	return NULL;
}
