// SPDX-License-Identifier: GPL-2.0
/*
 * The energy model that tables get when they ask for the device's.
 *
 * A table captures its costs when it is made, so nothing here changes what was
 * counted before.
 */
#include "axp.h"

/**
 * axp_model_init() - the model of a freshly loaded module
 * @model: set to the 28 nm presets
 */
void axp_model_init(struct axp_model *model)
{
	mutex_init(&model->lock);
	model->preset = AXP_PRESET_S28;
	model->cam_class = AXP_CAM_SILICON28;
	model->custom = *axp_energy_preset(model->preset);
}

/**
 * axp_model_constants() - constants of the preset in force
 * @model: its lock is held
 *
 * Return: the constants, valid while the lock is held.
 */
const struct axp_energy_model *axp_model_constants(const struct axp_model *model)
{
	lockdep_assert_held(&model->lock);
	if (model->preset == AXP_PRESET_CUSTOM)
		return &model->custom;
	return axp_energy_preset(model->preset);
}

/**
 * axp_model_resolve() - constants and CAM class that a client asked for
 * @model: of the device
 * @preset: AXP_PRESET_*
 * @cam_class: AXP_CAM_*
 * @constants: copy of the constants
 * @resolved_class: AXP_CAM_*, not AXP_CAM_DEVICE
 * @why: what was refused
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int axp_model_resolve(struct axp_model *model, u32 preset, u32 cam_class,
		      struct axp_energy_model *constants, u32 *resolved_class,
		      struct axp_why *why)
{
	const struct axp_energy_model *found;
	int err = 0;

	mutex_lock(&model->lock);
	if (preset == AXP_PRESET_DEVICE)
		found = axp_model_constants(model);
	else if (preset == AXP_PRESET_CUSTOM)
		found = &model->custom;
	else
		found = axp_energy_preset(preset);
	if (cam_class == AXP_CAM_DEVICE)
		cam_class = model->cam_class;

	if (!found) {
		err = axp_refuse(why, -EOPNOTSUPP, AXP_WHY_PRESET, 0, preset,
				 AXP_PRESET_CUSTOM);
	} else if (axp_energy_kappa(cam_class) < 0) {
		err = axp_refuse(why, -EOPNOTSUPP, AXP_WHY_CAM_CLASS, 0, cam_class,
				 AXP_CAM_ZERO);
	} else {
		*constants = *found;
		*resolved_class = cam_class;
	}
	mutex_unlock(&model->lock);
	return err;
}
