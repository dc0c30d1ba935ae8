// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/PID/fdinfo/FD of an open device: lines in the grammar of
 * Documentation/gpu/drm-usage-stats.rst of the kernel, keys with the prefix axp-.
 */
#include <linux/seq_file.h>

#include "axp.h"

/* Memory of a client by kind, bytes. */
struct axp_fdinfo_memory {
	u64 buffers;
	u64 tables;
	u64 weights;
};

static bool axp_fdinfo_add(struct axp_object *obj, void *arg)
{
	struct axp_fdinfo_memory *memory = arg;

	switch (obj->type) {
	case AXP_OBJECT_BUFFER:
		memory->buffers += container_of(obj, struct axp_buffer, obj)->bytes;
		break;
	case AXP_OBJECT_TABLE:
		memory->tables += axp_table_bytes(container_of(obj, struct axp_table, obj));
		break;
	case AXP_OBJECT_WEIGHTS:
		memory->weights += container_of(obj, struct axp_weights_object, obj)->bytes;
		break;
	}
	return true;
}

static void axp_fdinfo_kib(struct seq_file *m, const char *kind, u64 bytes)
{
	seq_printf(m, "axp-memory-%s:\t%llu KiB\n", kind, DIV_ROUND_UP_ULL(bytes, 1024));
}

static void axp_fdinfo_value(struct seq_file *m, const char *key, u64 value, const char *unit)
{
	seq_printf(m, "axp-%s:\t%llu%s\n", key, value, unit);
}

/**
 * axp_fdinfo_show() - what /proc/PID/fdinfo/FD says beside the usual
 * @m: output
 * @file: open device
 *
 * Who may read this may as well read the memory of the process.
 */
void axp_fdinfo_show(struct seq_file *m, struct file *file)
{
	struct axp_client *client = file->private_data;
	struct axp_fdinfo_memory memory = {};
	struct axp_stats stats;

	axp_stats_of_client(client, &stats);
	axp_object_each(client, 0, axp_fdinfo_add, &memory);

	seq_puts(m, "axp-driver:\taxp\n");
	seq_printf(m, "axp-client-id:\t%u\n", client->id);
	axp_fdinfo_value(m, "engine-pe", stats.busy_ns, " ns");
	seq_printf(m, "axp-engine-capacity-pe:\t%u\n", client->dev->params.npes);
	axp_fdinfo_kib(m, "buf", memory.buffers);
	axp_fdinfo_kib(m, "table", memory.tables);
	axp_fdinfo_kib(m, "weights", memory.weights);
	axp_fdinfo_kib(m, "total", atomic64_read(&client->bytes));
	axp_fdinfo_value(m, "jobs", stats.jobs, "");
	axp_fdinfo_value(m, "macs", stats.macs, "");
	axp_fdinfo_value(m, "gated", stats.gated, "");
	axp_fdinfo_value(m, "zero-act", stats.zero_act, "");
	axp_fdinfo_value(m, "hits-exact", stats.hits_exact, "");
	axp_fdinfo_value(m, "hits-approx", stats.hits_approx, "");
	axp_fdinfo_value(m, "misses", stats.misses, "");
	axp_fdinfo_value(m, "searches", stats.searches, "");
	axp_fdinfo_value(m, "clamped", stats.clamped, "");
	axp_fdinfo_value(m, "outputs", stats.outputs, "");
	axp_fdinfo_value(m, "rows-programmed", stats.rows_programmed, "");
	axp_fdinfo_value(m, "energy", stats.energy_fj, " fJ");
	axp_fdinfo_value(m, "program-energy", stats.program_fj, " fJ");
	axp_fdinfo_value(m, "baseline-energy", stats.baseline_fj, " fJ");
	axp_fdinfo_value(m, "baseline-gated-energy", stats.baseline_gated_fj, " fJ");
	axp_fdinfo_value(m, "queue-time", stats.queue_ns, " ns");
}
