// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/class/misc/axp/: totals of the device and its energy model, one value a
 * file. See Documentation/ABI/testing/sysfs-driver-axp.
 */
#include <linux/device.h>
#include <linux/init.h>
#include <linux/sysfs.h>

#include "axp.h"

static struct axp_device *axp_device_of(struct device *dev)
{
	struct miscdevice *misc = dev_get_drvdata(dev);

	return container_of(misc, struct axp_device, misc);
}

/* --- totals --- */

#define AXP_TOTAL_ATTR(_name, _value)						\
static ssize_t _name##_show(struct device *dev, struct device_attribute *attr,	\
			    char *buf)						\
{										\
	struct axp_totals totals;						\
										\
	axp_totals_read(&axp_device_of(dev)->totals, &totals);			\
	return sysfs_emit(buf, "%llu\n", (unsigned long long)(_value));		\
}										\
static DEVICE_ATTR_RO(_name)

AXP_TOTAL_ATTR(macs, totals.stats.macs);
AXP_TOTAL_ATTR(gated, totals.stats.gated);
AXP_TOTAL_ATTR(hits, totals.stats.hits_exact + totals.stats.hits_approx);
AXP_TOTAL_ATTR(hits_approx, totals.stats.hits_approx);
AXP_TOTAL_ATTR(misses, totals.stats.misses);
AXP_TOTAL_ATTR(searches, totals.stats.searches);
AXP_TOTAL_ATTR(jobs, totals.stats.jobs);
AXP_TOTAL_ATTR(busy_time_us, div_u64(totals.stats.busy_ns, NSEC_PER_USEC));
AXP_TOTAL_ATTR(rows_programmed, totals.stats.rows_programmed);
AXP_TOTAL_ATTR(energy_uj, totals.energy.uj);
AXP_TOTAL_ATTR(baseline_energy_uj, totals.baseline.uj);
AXP_TOTAL_ATTR(baseline_gated_energy_uj, totals.baseline_gated.uj);

static ssize_t clients_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", atomic_read(&axp_device_of(dev)->nr_clients));
}
static DEVICE_ATTR_RO(clients);

static ssize_t engine_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", READ_ONCE(axp_device_of(dev)->params.engine)->name);
}
static DEVICE_ATTR_RO(engine);

static struct attribute *axp_device_attrs[] = {
	&dev_attr_macs.attr,
	&dev_attr_gated.attr,
	&dev_attr_hits.attr,
	&dev_attr_hits_approx.attr,
	&dev_attr_misses.attr,
	&dev_attr_searches.attr,
	&dev_attr_jobs.attr,
	&dev_attr_busy_time_us.attr,
	&dev_attr_rows_programmed.attr,
	&dev_attr_energy_uj.attr,
	&dev_attr_baseline_energy_uj.attr,
	&dev_attr_baseline_gated_energy_uj.attr,
	&dev_attr_clients.attr,
	&dev_attr_engine.attr,
	NULL
};

static const struct attribute_group axp_device_group = {
	.attrs = axp_device_attrs,
};

/* --- energy model --- */

/*
 * The model belongs to whoever holds its lock while no job is queued. A job
 * queued a moment later changes nothing: costs are captured when tables are made
 * and when jobs are submitted.
 */
static int axp_model_lock_idle(struct axp_device *axp)
{
	mutex_lock(&axp->model.lock);
	if (axp_sched_idle(&axp->sched))
		return 0;
	mutex_unlock(&axp->model.lock);
	return -EBUSY;
}

static ssize_t preset_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct axp_model *model = &axp_device_of(dev)->model;
	u32 preset;

	mutex_lock(&model->lock);
	preset = model->preset;
	mutex_unlock(&model->lock);
	return sysfs_emit(buf, "%s\n", axp_energy_preset_name(preset));
}

static ssize_t preset_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	struct axp_device *axp = axp_device_of(dev);
	struct axp_model *model = &axp->model;
	u32 preset;
	int err;

	for (preset = AXP_PRESET_H45; preset <= AXP_PRESET_CUSTOM; preset++)
		if (sysfs_streq(buf, axp_energy_preset_name(preset)))
			break;
	if (preset > AXP_PRESET_CUSTOM)
		return -EINVAL;

	err = axp_model_lock_idle(axp);
	if (err)
		return err;
	if (preset == AXP_PRESET_CUSTOM)
		model->custom = *axp_model_constants(model);
	model->preset = preset;
	mutex_unlock(&model->lock);
	axp_netlink_event(axp, AXP_NL_EVENT_DEVICE, NULL, 0, 0, 0);
	return count;
}
static DEVICE_ATTR_RW(preset);

static ssize_t cam_class_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct axp_model *model = &axp_device_of(dev)->model;
	u32 cam_class;

	mutex_lock(&model->lock);
	cam_class = model->cam_class;
	mutex_unlock(&model->lock);
	return sysfs_emit(buf, "%s\n", axp_energy_cam_class_name(cam_class));
}

static ssize_t cam_class_store(struct device *dev, struct device_attribute *attr,
			       const char *buf, size_t count)
{
	struct axp_device *axp = axp_device_of(dev);
	u32 cam_class;
	int err;

	for (cam_class = AXP_CAM_NOR; cam_class <= AXP_CAM_ZERO; cam_class++)
		if (sysfs_streq(buf, axp_energy_cam_class_name(cam_class)))
			break;
	if (cam_class > AXP_CAM_ZERO)
		return -EINVAL;

	err = axp_model_lock_idle(axp);
	if (err)
		return err;
	axp->model.cam_class = cam_class;
	mutex_unlock(&axp->model.lock);
	axp_netlink_event(axp, AXP_NL_EVENT_DEVICE, NULL, 0, 0, 0);
	return count;
}
static DEVICE_ATTR_RW(cam_class);

/**
 * struct axp_constant_attr - file of one constant
 * @attr: the file
 * @field: which constant
 */
struct axp_constant_attr {
	struct device_attribute attr;
	const struct axp_energy_field *field;
};

static const struct axp_energy_field *axp_constant_field(struct device_attribute *attr)
{
	return container_of(attr, struct axp_constant_attr, attr)->field;
}

static ssize_t axp_constant_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct axp_model *model = &axp_device_of(dev)->model;
	s64 value;

	mutex_lock(&model->lock);
	value = *(const s64 *)((const char *)axp_model_constants(model) +
			       axp_constant_field(attr)->offset);
	mutex_unlock(&model->lock);
	return sysfs_emit(buf, "%lld\n", value);
}

static ssize_t axp_constant_store(struct device *dev, struct device_attribute *attr,
				  const char *buf, size_t count)
{
	const struct axp_energy_field *field = axp_constant_field(attr);
	struct axp_device *axp = axp_device_of(dev);
	s64 value;
	int err;

	err = kstrtos64(buf, 0, &value);
	if (err)
		return err;
	if (value < field->min || value > field->max)
		return -ERANGE;

	err = axp_model_lock_idle(axp);
	if (err)
		return err;
	if (axp->model.preset == AXP_PRESET_CUSTOM)
		*(s64 *)((char *)&axp->model.custom + field->offset) = value;
	else
		err = -EPERM;
	mutex_unlock(&axp->model.lock);
	if (err)
		return err;
	axp_netlink_event(axp, AXP_NL_EVENT_DEVICE, NULL, 0, 0, 0);
	return count;
}

static struct axp_constant_attr axp_constant_attrs[AXP_NR_ENERGY_FIELDS];

/* axp_sysfs_init() appends the constants. */
static struct attribute *axp_model_attrs[2 + AXP_NR_ENERGY_FIELDS + 1] = {
	&dev_attr_preset.attr,
	&dev_attr_cam_class.attr,
};

static const struct attribute_group axp_model_group = {
	.name = "energy_model",
	.attrs = axp_model_attrs,
};

const struct attribute_group *axp_sysfs_groups[] = {
	&axp_device_group,
	&axp_model_group,
	NULL
};

/**
 * axp_sysfs_init() - make the files of the energy constants
 *
 * Called once, before the device is registered with axp_sysfs_groups.
 */
void __init axp_sysfs_init(void)
{
	struct axp_constant_attr *constant;
	unsigned int i;

	for (i = 0; i < AXP_NR_ENERGY_FIELDS; i++) {
		constant = &axp_constant_attrs[i];
		constant->field = &axp_energy_fields[i];
		sysfs_attr_init(&constant->attr.attr);
		constant->attr.attr.name = constant->field->name;
		constant->attr.attr.mode = 0644;
		constant->attr.show = axp_constant_show;
		constant->attr.store = axp_constant_store;
		axp_model_attrs[2 + i] = &constant->attr.attr;
	}
}
