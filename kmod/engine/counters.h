/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef AXP_ENGINE_COUNTERS_H
#define AXP_ENGINE_COUNTERS_H

#include "port.h"

/**
 * struct axp_counters - exact events of MACs, see struct axp_stats
 * @faults: bits of accumulators that faults changed, see struct axp_fault_stats
 *
 * Sums of these are independent of how a job was split over tiles and threads.
 */
struct axp_counters {
	u64 macs;
	u64 gated;
	u64 zero_act;
	u64 hits_exact;
	u64 hits_approx;
	u64 misses;
	u64 searches;
	u64 clamped;
	u64 outputs;
	u64 faults;
};

static inline void axp_counters_add(struct axp_counters *sum, const struct axp_counters *c)
{
	sum->macs += c->macs;
	sum->gated += c->gated;
	sum->zero_act += c->zero_act;
	sum->hits_exact += c->hits_exact;
	sum->hits_approx += c->hits_approx;
	sum->misses += c->misses;
	sum->searches += c->searches;
	sum->clamped += c->clamped;
	sum->outputs += c->outputs;
	sum->faults += c->faults;
}

#endif /* AXP_ENGINE_COUNTERS_H */
