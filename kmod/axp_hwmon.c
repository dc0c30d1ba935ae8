// SPDX-License-Identifier: GPL-2.0
/*
 * hwmon device axp: energies of the device as sensors(1) shows them.
 */
#include <linux/err.h>
#include <linux/hwmon.h>
#include <linux/limits.h>

#include "axp.h"

enum {
	AXP_HWMON_DEVICE,
	AXP_HWMON_BASELINE,
	AXP_HWMON_BASELINE_GATED,
};

static const char *const axp_hwmon_labels[] = {
	[AXP_HWMON_DEVICE] = "device",
	[AXP_HWMON_BASELINE] = "baseline",
	[AXP_HWMON_BASELINE_GATED] = "baseline-gated",
};

static umode_t axp_hwmon_is_visible(const void *data, enum hwmon_sensor_types type,
				    u32 attr, int channel)
{
	return 0444;
}

/* On a 32-bit kernel the value of a sensor is a long: it wraps at 2147 J there. */
static int axp_hwmon_read(struct device *dev, enum hwmon_sensor_types type, u32 attr,
			  int channel, long *value)
{
	struct axp_device *axp = dev_get_drvdata(dev);
	struct axp_totals totals;

	if (type != hwmon_energy || attr != hwmon_energy_input)
		return -EOPNOTSUPP;
	axp_totals_read(&axp->totals, &totals);
	switch (channel) {
	case AXP_HWMON_DEVICE:
		*value = totals.energy.uj & LONG_MAX;
		return 0;
	case AXP_HWMON_BASELINE:
		*value = totals.baseline.uj & LONG_MAX;
		return 0;
	case AXP_HWMON_BASELINE_GATED:
		*value = totals.baseline_gated.uj & LONG_MAX;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static int axp_hwmon_read_string(struct device *dev, enum hwmon_sensor_types type, u32 attr,
				 int channel, const char **text)
{
	if (type != hwmon_energy || attr != hwmon_energy_label)
		return -EOPNOTSUPP;
	*text = axp_hwmon_labels[channel];
	return 0;
}

static const struct hwmon_ops axp_hwmon_ops = {
	.is_visible = axp_hwmon_is_visible,
	.read = axp_hwmon_read,
	.read_string = axp_hwmon_read_string,
};

static const struct hwmon_channel_info *axp_hwmon_channels[] = {
	HWMON_CHANNEL_INFO(energy,
			   HWMON_E_INPUT | HWMON_E_LABEL,
			   HWMON_E_INPUT | HWMON_E_LABEL,
			   HWMON_E_INPUT | HWMON_E_LABEL),
	NULL
};

static const struct hwmon_chip_info axp_hwmon_chip = {
	.ops = &axp_hwmon_ops,
	.info = axp_hwmon_channels,
};

/**
 * axp_hwmon_init() - register the sensors
 * @dev: device, registered
 *
 * Return: 0 or a negative errno.
 */
int axp_hwmon_init(struct axp_device *dev)
{
	struct device *hwmon;

	hwmon = hwmon_device_register_with_info(dev->misc.this_device, "axp", dev,
						&axp_hwmon_chip, NULL);
	if (IS_ERR(hwmon))
		return PTR_ERR(hwmon);
	dev->hwmon = hwmon;
	return 0;
}

/**
 * axp_hwmon_exit() - undo axp_hwmon_init(), which may have failed
 * @dev: device
 */
void axp_hwmon_exit(struct axp_device *dev)
{
	if (dev->hwmon)
		hwmon_device_unregister(dev->hwmon);
}
