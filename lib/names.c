// SPDX-License-Identifier: BSD-2-Clause
/* Names: the numbers of the uapi as people write them. */
#include <errno.h>
#include <string.h>

#include <axp/axp.h>

#include "engine.h"

/* a NULL ends each list; the index is the number */
static const char *const organisations[] = {
	[AXP_ORG_FLAT] = "flat",
	[AXP_ORG_BANKED] = "banked",
	[AXP_ORG_SHARED] = "shared",
	[AXP_ORG_SIGNIFICAND] = "significand",
	[AXP_ORG_BROADCAST] = "broadcast",
	NULL,
};

static const char *const accumulators[] = {
	[AXP_ACC_F32] = "f32",
	[AXP_ACC_FIXED] = "fixed",
	NULL,
};

static const char *const fault_targets[] = {
	[AXP_FAULT_ACT_KEY] = "act-key",
	[AXP_FAULT_ACT_CARE] = "act-care",
	[AXP_FAULT_WGT_KEY] = "wgt-key",
	[AXP_FAULT_WGT_CARE] = "wgt-care",
	[AXP_FAULT_LUT] = "lut",
	[AXP_FAULT_ACC] = "accumulator",
	NULL,
};

static const char *const fault_kinds[] = {
	[AXP_FAULT_STUCK_0] = "stuck0",
	[AXP_FAULT_STUCK_1] = "stuck1",
	[AXP_FAULT_FLIP] = "flip",
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

/* likewise, of the names that the engine knows */
static int number_of_energy(const char *(*name_of_number)(u32 number), const char *name)
{
	const char *known;
	u32 i;

	for (i = 0; name && (known = name_of_number(i)); i++)
		if (!strcmp(known, name))
			return (int)i;
	return -EINVAL;
}

int axp_preset_from_name(const char *name)
{
	return number_of_energy(axp_energy_preset_name, name);
}

int axp_cam_class_from_name(const char *name)
{
	return number_of_energy(axp_energy_cam_class_name, name);
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
	const char *name = axp_energy_preset_name(preset);

	return name ? name : "?";
}

const char *axp_cam_class_name(uint32_t cam_class)
{
	const char *name = axp_energy_cam_class_name(cam_class);

	return name ? name : "?";
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

int axp_fault_target_from_name(const char *name)
{
	return number_of(fault_targets, name);
}

const char *axp_fault_target_name(uint32_t target)
{
	return name_of(fault_targets, target);
}

int axp_fault_kind_from_name(const char *name)
{
	return number_of(fault_kinds, name);
}

const char *axp_fault_kind_name(uint32_t kind)
{
	return name_of(fault_kinds, kind);
}
