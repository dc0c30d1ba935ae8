// SPDX-License-Identifier: GPL-2.0
/*
 * PMU axp: totals of the device as perf(1) counts them, system-wide:
 *
 *	perf stat -a -e axp/energy/,axp/hits/,axp/misses/ -- COMMAND
 *
 * Counting only: there is nothing to sample, and no privilege level of a CPU to
 * exclude. Events are read on one CPU, whose number is in cpumask.
 */
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/perf_event.h>

#include "axp.h"

enum axp_pmu_event {
	AXP_PMU_ENERGY = 1,
	AXP_PMU_BASELINE,
	AXP_PMU_BASELINE_GATED,
	AXP_PMU_MACS,
	AXP_PMU_GATED,
	AXP_PMU_HITS,
	AXP_PMU_HITS_APPROX,
	AXP_PMU_MISSES,
	AXP_PMU_SEARCHES,
	AXP_PMU_JOBS,
	AXP_PMU_ROWS_PROGRAMMED,
	AXP_PMU_BUSY_TIME,
	AXP_NR_PMU_EVENTS
};

static struct axp_device *axp_pmu_device;
static unsigned int axp_pmu_cpu;
static enum cpuhp_state axp_pmu_hotplug;
static struct pmu axp_pmu;

static u64 axp_pmu_total(enum axp_pmu_event event)
{
	struct axp_totals totals;

	axp_totals_read(&axp_pmu_device->totals, &totals);
	switch (event) {
	case AXP_PMU_ENERGY:
		return totals.energy.uj;
	case AXP_PMU_BASELINE:
		return totals.baseline.uj;
	case AXP_PMU_BASELINE_GATED:
		return totals.baseline_gated.uj;
	case AXP_PMU_MACS:
		return totals.stats.macs;
	case AXP_PMU_GATED:
		return totals.stats.gated;
	case AXP_PMU_HITS:
		return totals.stats.hits_exact + totals.stats.hits_approx;
	case AXP_PMU_HITS_APPROX:
		return totals.stats.hits_approx;
	case AXP_PMU_MISSES:
		return totals.stats.misses;
	case AXP_PMU_SEARCHES:
		return totals.stats.searches;
	case AXP_PMU_JOBS:
		return totals.stats.jobs;
	case AXP_PMU_ROWS_PROGRAMMED:
		return totals.stats.rows_programmed;
	case AXP_PMU_BUSY_TIME:
		return div_u64(totals.stats.busy_ns, NSEC_PER_USEC);
	case AXP_NR_PMU_EVENTS:
		break;
	}
	return 0;
}

/* --- events --- */

static int axp_pmu_event_init(struct perf_event *event)
{
	u64 config = event->attr.config;

	if (event->attr.type != event->pmu->type)
		return -ENOENT;
	/* Of the whole system, not of a task. */
	if (event->cpu < 0 || event->attach_state & PERF_ATTACH_TASK)
		return -EINVAL;
	if (is_sampling_event(event))
		return -EINVAL;
	if (!config || config >= AXP_NR_PMU_EVENTS)
		return -EINVAL;
	event->cpu = READ_ONCE(axp_pmu_cpu);
	return 0;
}

static void axp_pmu_update(struct perf_event *event)
{
	struct hw_perf_event *hw = &event->hw;
	u64 now, before;

	do {
		before = local64_read(&hw->prev_count);
		now = axp_pmu_total(event->attr.config);
	} while (local64_cmpxchg(&hw->prev_count, before, now) != before);
	local64_add(now - before, &event->count);
}

static void axp_pmu_start(struct perf_event *event, int flags)
{
	local64_set(&event->hw.prev_count, axp_pmu_total(event->attr.config));
	event->hw.state = 0;
}

static void axp_pmu_stop(struct perf_event *event, int flags)
{
	if (event->hw.state & PERF_HES_STOPPED)
		return;
	axp_pmu_update(event);
	event->hw.state = PERF_HES_STOPPED | PERF_HES_UPTODATE;
}

static int axp_pmu_add(struct perf_event *event, int flags)
{
	event->hw.state = PERF_HES_STOPPED | PERF_HES_UPTODATE;
	if (flags & PERF_EF_START)
		axp_pmu_start(event, flags);
	return 0;
}

static void axp_pmu_del(struct perf_event *event, int flags)
{
	axp_pmu_stop(event, PERF_EF_UPDATE);
}

static void axp_pmu_read(struct perf_event *event)
{
	axp_pmu_update(event);
}

/* --- files in /sys/bus/event_source/devices/axp --- */

#define AXP_PMU_FILE(_name, _text)						\
	(&((struct perf_pmu_events_attr[]) {{					\
		.attr = {							\
			.attr = { .name = _name, .mode = 0444 },		\
			.show = perf_event_sysfs_show,				\
		},								\
		.event_str = _text,						\
	}})[0].attr.attr)

/*
 * Whole microjoule: perf prints two decimals at most, so that Joules would show
 * nothing of what a small net costs.
 */
static struct attribute *axp_pmu_event_attrs[] = {
	AXP_PMU_FILE("energy", "event=0x01"),
	AXP_PMU_FILE("energy.unit", "uJ"),
	AXP_PMU_FILE("energy-baseline", "event=0x02"),
	AXP_PMU_FILE("energy-baseline.unit", "uJ"),
	AXP_PMU_FILE("energy-baseline-gated", "event=0x03"),
	AXP_PMU_FILE("energy-baseline-gated.unit", "uJ"),
	AXP_PMU_FILE("macs", "event=0x04"),
	AXP_PMU_FILE("gated", "event=0x05"),
	AXP_PMU_FILE("hits", "event=0x06"),
	AXP_PMU_FILE("hits-approx", "event=0x07"),
	AXP_PMU_FILE("misses", "event=0x08"),
	AXP_PMU_FILE("searches", "event=0x09"),
	AXP_PMU_FILE("jobs", "event=0x0a"),
	AXP_PMU_FILE("rows-programmed", "event=0x0b"),
	AXP_PMU_FILE("busy-time", "event=0x0c"),
	AXP_PMU_FILE("busy-time.unit", "us"),
	NULL
};

static const struct attribute_group axp_pmu_event_group = {
	.name = "events",
	.attrs = axp_pmu_event_attrs,
};

PMU_FORMAT_ATTR(event, "config:0-63");

static struct attribute *axp_pmu_format_attrs[] = {
	&format_attr_event.attr,
	NULL
};

static const struct attribute_group axp_pmu_format_group = {
	.name = "format",
	.attrs = axp_pmu_format_attrs,
};

static ssize_t cpumask_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%*pbl\n", cpumask_pr_args(cpumask_of(READ_ONCE(axp_pmu_cpu))));
}
static DEVICE_ATTR_RO(cpumask);

static struct attribute *axp_pmu_cpumask_attrs[] = {
	&dev_attr_cpumask.attr,
	NULL
};

static const struct attribute_group axp_pmu_cpumask_group = {
	.attrs = axp_pmu_cpumask_attrs,
};

static const struct attribute_group *axp_pmu_groups[] = {
	&axp_pmu_event_group,
	&axp_pmu_format_group,
	&axp_pmu_cpumask_group,
	NULL
};

/* --- the PMU --- */

static struct pmu axp_pmu = {
	.module = THIS_MODULE,
	.task_ctx_nr = perf_invalid_context,
	.capabilities = PERF_PMU_CAP_NO_INTERRUPT | PERF_PMU_CAP_NO_EXCLUDE,
	.attr_groups = axp_pmu_groups,
	.event_init = axp_pmu_event_init,
	.add = axp_pmu_add,
	.del = axp_pmu_del,
	.start = axp_pmu_start,
	.stop = axp_pmu_stop,
	.read = axp_pmu_read,
};

/* The CPU that reads goes offline: events move to another one. */
static int axp_pmu_cpu_offline(unsigned int cpu)
{
	unsigned int target;

	if (cpu != axp_pmu_cpu)
		return 0;
	target = cpumask_any_but(cpu_online_mask, cpu);
	if (target >= nr_cpu_ids)
		return 0;
	WRITE_ONCE(axp_pmu_cpu, target);
	perf_pmu_migrate_context(&axp_pmu, cpu, target);
	return 0;
}

/**
 * axp_pmu_init() - register the PMU
 * @dev: device
 *
 * Return: 0 or a negative errno.
 */
int axp_pmu_init(struct axp_device *dev)
{
	int err;

	axp_pmu_device = dev;
	axp_pmu_cpu = cpumask_first(cpu_online_mask);
	err = perf_pmu_register(&axp_pmu, "axp", -1);
	if (err)
		return err;
	err = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "axp/pmu:online", NULL,
					axp_pmu_cpu_offline);
	if (err < 0) {
		perf_pmu_unregister(&axp_pmu);
		return err;
	}
	axp_pmu_hotplug = err;
	return 0;
}

/**
 * axp_pmu_exit() - undo axp_pmu_init()
 * @dev: device; no event is left, each holds the module
 */
void axp_pmu_exit(struct axp_device *dev)
{
	cpuhp_remove_state_nocalls(axp_pmu_hotplug);
	perf_pmu_unregister(&axp_pmu);
}
