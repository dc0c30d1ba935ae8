// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics of clients, tables and the device. All three are added to when a
 * job ends or a table is programmed, so they always agree.
 */
#include "axp.h"

#define AXP_FJ_PER_UJ	1000000000U

static void axp_joule_add(struct axp_joule *sum, u64 fj)
{
	u32 rest;

	sum->uj += div_u64_rem(fj, AXP_FJ_PER_UJ, &rest);
	sum->fj += rest;	/* below 2 * 10^9: fits */
	if (sum->fj >= AXP_FJ_PER_UJ) {
		sum->fj -= AXP_FJ_PER_UJ;
		sum->uj++;
	}
}

/* A structure of nothing but u64 counters. */
static void axp_stats_add(struct axp_stats *sum, const struct axp_stats *stats)
{
	const u64 *from = (const u64 *)stats;
	u64 *to = (u64 *)sum;
	unsigned int i;

	for (i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += from[i];
}

static void axp_totals_add(struct axp_totals *totals, const struct axp_stats *stats)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&totals->lock, flags);
	axp_stats_add(&totals->stats, stats);
	axp_joule_add(&totals->energy, stats->energy_fj);
	axp_joule_add(&totals->baseline, stats->baseline_fj);
	axp_joule_add(&totals->baseline_gated, stats->baseline_gated_fj);
	raw_spin_unlock_irqrestore(&totals->lock, flags);
}

/**
 * axp_totals_init() - a device that has done nothing
 * @totals: initialised
 */
void axp_totals_init(struct axp_totals *totals)
{
	raw_spin_lock_init(&totals->lock);
}

/**
 * axp_totals_read() - a consistent copy
 * @totals: read
 * @copy: filled but for its lock
 *
 * Every interface that shows totals gets them here.
 *
 * Context: any; perf calls it in an interrupt.
 */
void axp_totals_read(struct axp_totals *totals, struct axp_totals *copy)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&totals->lock, flags);
	copy->stats = totals->stats;
	copy->energy = totals->energy;
	copy->baseline = totals->baseline;
	copy->baseline_gated = totals->baseline_gated;
	raw_spin_unlock_irqrestore(&totals->lock, flags);
}

/**
 * axp_stats_job() - count something done for a client
 * @client: whose
 * @table: which table it used, or NULL
 * @stats: what was done
 */
void axp_stats_job(struct axp_client *client, struct axp_table *table,
		   const struct axp_stats *stats)
{
	bool sample;

	BUILD_BUG_ON(sizeof(*stats) % sizeof(u64));

	if (table) {
		spin_lock(&table->lock);
		axp_stats_add(&table->stats, stats);
		spin_unlock(&table->lock);
	}
	spin_lock(&client->stats_lock);
	axp_stats_add(&client->stats, stats);
	sample = !client->sample_armed;
	spin_unlock(&client->stats_lock);
	axp_totals_add(&client->dev->totals, stats);
	if (sample)
		axp_netlink_sample(client);
}

/**
 * axp_stats_program() - count rows written to a table
 * @client: whose
 * @table: which
 * @rows: CAM rows, each with its LUT word
 * @energy_fj: what writing them cost, femtojoule
 */
void axp_stats_program(struct axp_client *client, struct axp_table *table, u64 rows,
		       u64 energy_fj)
{
	const struct axp_stats stats = {
		.rows_programmed = rows,
		.energy_fj = energy_fj,
		.program_fj = energy_fj,
	};

	axp_stats_job(client, table, &stats);
}

static void axp_fault_stats_add(struct axp_fault_stats *sum,
				const struct axp_fault_stats *stats)
{
	sum->jobs += stats->jobs;
	sum->cam_bits += stats->cam_bits;
	sum->lut_bits += stats->lut_bits;
	sum->acc_bits += stats->acc_bits;
}

/**
 * axp_stats_faults() - count the faults that a job met
 * @client: whose
 * @table: which table it used
 * @stats: what it met
 */
void axp_stats_faults(struct axp_client *client, struct axp_table *table,
		      const struct axp_fault_stats *stats)
{
	spin_lock(&table->lock);
	axp_fault_stats_add(&table->fault_stats, stats);
	spin_unlock(&table->lock);
	spin_lock(&client->stats_lock);
	axp_fault_stats_add(&client->fault_stats, stats);
	spin_unlock(&client->stats_lock);
}

/**
 * axp_stats_of_client() - a consistent copy
 * @client: whose
 * @stats: filled
 *
 * Every interface that shows a client gets its counters here.
 */
void axp_stats_of_client(struct axp_client *client, struct axp_stats *stats)
{
	spin_lock(&client->stats_lock);
	*stats = client->stats;
	spin_unlock(&client->stats_lock);
}

/**
 * axp_stats_query() - AXP_IOC_QUERY_STATS
 * @client: who asks
 * @query: in: scope and handle; out: statistics
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP or -ENOENT.
 */
int axp_stats_query(struct axp_client *client, struct axp_query_stats *query)
{
	struct axp_table *table;

	if (query->rsvd)
		return -EINVAL;

	switch (query->scope) {
	case AXP_STATS_CLIENT:
		if (query->id)
			return -EINVAL;
		axp_stats_of_client(client, &query->stats);
		return 0;
	case AXP_STATS_TABLE:
		table = axp_table_get(client, query->id);
		if (!table)
			return -ENOENT;
		spin_lock(&table->lock);
		query->stats = table->stats;
		spin_unlock(&table->lock);
		axp_object_put(&table->obj);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/**
 * axp_stats_query_faults() - AXP_IOC_QUERY_FAULTS
 * @client: who asks
 * @query: in: scope and handle; out: statistics
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP or -ENOENT.
 */
int axp_stats_query_faults(struct axp_client *client, struct axp_query_faults *query)
{
	struct axp_table *table;

	if (query->rsvd)
		return -EINVAL;

	switch (query->scope) {
	case AXP_STATS_CLIENT:
		if (query->id)
			return -EINVAL;
		spin_lock(&client->stats_lock);
		query->stats = client->fault_stats;
		spin_unlock(&client->stats_lock);
		return 0;
	case AXP_STATS_TABLE:
		table = axp_table_get(client, query->id);
		if (!table)
			return -ENOENT;
		spin_lock(&table->lock);
		query->stats = table->fault_stats;
		spin_unlock(&table->lock);
		axp_object_put(&table->obj);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}
