/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints axp:*: the way of a job, and tables.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM axp

#if !defined(AXP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define AXP_TRACE_H

/* Left out at build time: the calls are empty. */
#ifndef AXP_WITH_TRACE
#define NOTRACE
#endif
#include <linux/tracepoint.h>

#include "axp.h"

/* queued, in the order of numbers */
TRACE_EVENT(axp_submit,
	    TP_PROTO(const struct axp_queued_job *job),
	    TP_ARGS(job),
	    TP_STRUCT__entry(__field(u32, client)
			     __field(u32, table)
			     __field(u32, op)
			     __field(u32, tiles)
			     __field(u64, seqno)
			     __field(u64, macs)),
	    TP_fast_assign(__entry->client = job->client->id;
			   __entry->table = job->table ? job->table->obj.id : 0;
			   __entry->op = job->plan->key.op;
			   __entry->tiles = job->nr_tiles;
			   __entry->seqno = job->seqno;
			   __entry->macs = job->plan->nest.macs;),
	    TP_printk("client=%u seqno=%llu op=%s table=%u macs=%llu tiles=%u",
		      __entry->client, __entry->seqno,
		      __print_symbolic(__entry->op, { AXP_OP_DOT, "dot" },
				       { AXP_OP_GEMM, "gemm" }, { AXP_OP_CONV2D, "conv2d" }),
		      __entry->table, __entry->macs, __entry->tiles)
);

/* the first tile is handed out */
TRACE_EVENT(axp_start,
	    TP_PROTO(const struct axp_queued_job *job),
	    TP_ARGS(job),
	    TP_STRUCT__entry(__field(u32, client)
			     __field(u64, seqno)
			     __field(u64, queue_ns)),
	    TP_fast_assign(__entry->client = job->client->id;
			   __entry->seqno = job->seqno;
			   __entry->queue_ns = job->start_ns - job->submit_ns;),
	    TP_printk("client=%u seqno=%llu queue_ns=%llu",
		      __entry->client, __entry->seqno, __entry->queue_ns)
);

/* counted, or cancelled: status -ECANCELED and all counters 0 */
TRACE_EVENT(axp_done,
	    TP_PROTO(const struct axp_queued_job *job),
	    TP_ARGS(job),
	    TP_STRUCT__entry(__field(u32, client)
			     __field(s32, status)
			     __field(u64, seqno)
			     __field(u64, macs)
			     __field(u64, gated)
			     __field(u64, hits_exact)
			     __field(u64, hits_approx)
			     __field(u64, misses)
			     __field(u64, searches)
			     __field(u64, energy_fj)
			     __field(u64, baseline_fj)
			     __field(u64, baseline_gated_fj)
			     __field(u64, busy_ns)),
	    TP_fast_assign(__entry->client = job->client->id;
			   __entry->status = job->status;
			   __entry->seqno = job->seqno;
			   __entry->macs = job->stats.macs;
			   __entry->gated = job->stats.gated;
			   __entry->hits_exact = job->stats.hits_exact;
			   __entry->hits_approx = job->stats.hits_approx;
			   __entry->misses = job->stats.misses;
			   __entry->searches = job->stats.searches;
			   __entry->energy_fj = job->stats.energy_fj;
			   __entry->baseline_fj = job->stats.baseline_fj;
			   __entry->baseline_gated_fj = job->stats.baseline_gated_fj;
			   __entry->busy_ns = job->stats.busy_ns;),
	    TP_printk("client=%u seqno=%llu status=%d macs=%llu gated=%llu hits_exact=%llu hits_approx=%llu misses=%llu searches=%llu energy_fj=%llu baseline_fj=%llu baseline_gated_fj=%llu busy_ns=%llu",
		      __entry->client, __entry->seqno, __entry->status, __entry->macs,
		      __entry->gated, __entry->hits_exact, __entry->hits_approx,
		      __entry->misses, __entry->searches, __entry->energy_fj,
		      __entry->baseline_fj, __entry->baseline_gated_fj, __entry->busy_ns)
);

/* made (generation of its first image) or written */
TRACE_EVENT(axp_table_write,
	    TP_PROTO(const struct axp_client *client, u32 table, u64 generation, u32 first,
		     u32 rows, u64 energy_fj),
	    TP_ARGS(client, table, generation, first, rows, energy_fj),
	    TP_STRUCT__entry(__field(u32, client)
			     __field(u32, table)
			     __field(u32, first)
			     __field(u32, rows)
			     __field(u64, generation)
			     __field(u64, energy_fj)),
	    TP_fast_assign(__entry->client = client->id;
			   __entry->table = table;
			   __entry->first = first;
			   __entry->rows = rows;
			   __entry->generation = generation;
			   __entry->energy_fj = energy_fj;),
	    TP_printk("client=%u table=%u generation=%llu first=%u rows=%u energy_fj=%llu",
		      __entry->client, __entry->table, __entry->generation, __entry->first,
		      __entry->rows, __entry->energy_fj)
);

#endif /* AXP_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE axp_trace

/* This part must be outside protection */
#include <trace/define_trace.h>
