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
	err = axp_sched_init(dev);
	if (err)
		return err;
	err = misc_register(&dev->misc);
	if (err) {
		pr_err("cannot register /dev/axp: %d\n", err);
		axp_sched_exit(&dev->sched);
		return err;
	}
	pr_info("engine %s, %u processing elements\n", dev->params.engine->name,
		dev->params.npes);
	return 0;
}
module_init(axp_init);

static void __exit axp_exit(void)
{
	struct axp_device *dev = &axp_device;

	misc_deregister(&dev->misc);
	axp_sched_exit(&dev->sched);
}
module_exit(axp_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Emulated accelerator of associative processing elements");
MODULE_AUTHOR("The axp authors");
MODULE_VERSION("0.1.0");
