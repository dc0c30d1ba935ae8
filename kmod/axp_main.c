// SPDX-License-Identifier: GPL-2.0
/*
 * The device: made when the module is loaded, gone when it is unloaded.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "axp.h"

static struct axp_device axp_device = {
	.misc = {
		.minor = MISC_DYNAMIC_MINOR,
		.name = "axp",
		.nodename = "axp",
		.mode = 0660,
		.fops = &axp_fops,
		.groups = axp_sysfs_groups,
	},
};

static int __init axp_init(void)
{
	struct axp_device *dev = &axp_device;
	int err;

	err = axp_params_read(&dev->params);
	if (err)
		return err;

	axp_model_init(&dev->model);
	axp_totals_init(&dev->totals);
	axp_sysfs_init();
	axp_clients_init(&dev->clients);
	err = axp_sched_init(dev);
	if (err)
		goto clients_exit;
	err = axp_netlink_init(dev);
	if (err) {
		pr_err("cannot register the netlink family: %d\n", err);
		goto sched_exit;
	}
	err = axp_pmu_init(dev);
	if (err) {
		pr_err("cannot register the PMU: %d\n", err);
		goto netlink_exit;
	}
	err = misc_register(&dev->misc);
	if (err) {
		pr_err("cannot register /dev/axp: %d\n", err);
		goto pmu_exit;
	}
	/* Somebody may have opened it by now: nothing may fail the load from here on. */
	err = axp_hwmon_init(dev);
	if (err)
		pr_warn("cannot register the sensors, the rest works: %d\n", err);
	axp_debugfs_init(dev);
	pr_info("engine %s, %u processing elements\n", dev->params.engine->name,
		dev->params.npes);
	return 0;

pmu_exit:
	axp_pmu_exit(dev);
netlink_exit:
	axp_netlink_exit(dev);
sched_exit:
	axp_sched_exit(&dev->sched);
clients_exit:
	axp_clients_exit(&dev->clients);
	return err;
}
module_init(axp_init);

static void __exit axp_exit(void)
{
	struct axp_device *dev = &axp_device;

	axp_debugfs_exit(dev);
	axp_hwmon_exit(dev);
	misc_deregister(&dev->misc);
	axp_pmu_exit(dev);
	axp_netlink_exit(dev);
	axp_sched_exit(&dev->sched);
	axp_clients_exit(&dev->clients);
}
module_exit(axp_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Emulated accelerator of associative processing elements");
MODULE_AUTHOR("The axp authors");
MODULE_VERSION("0.1.0");
