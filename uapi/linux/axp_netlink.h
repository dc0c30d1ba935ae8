/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* axp: the generic netlink family of the device. */

/**
 * DOC: Generic netlink family axp
 *
 * Requests, one message each. A dump of clients or tables lists all of them, or
 * those that its attributes name. Documentation/netlink/specs/axp.yaml says the same
 * in the kernel's format.
 *
 * ======================= ==================================================
 * AXP_NL_CMD_DEVICE_GET   the device: engine, energy model, totals
 * AXP_NL_CMD_CLIENT_GET   client AXP_NLA_CLIENT; dump: clients
 * AXP_NL_CMD_TABLE_GET    table AXP_NLA_TABLE of client AXP_NLA_CLIENT; dump:
 *                         tables
 * ======================= ==================================================
 *
 * A requester with CAP_NET_ADMIN sees all clients and tables with their exact
 * counters. Others see the clients that their own user opened and the tables of
 * these, without AXP_NLA_STATS: exact counters tell about operands, and belong to
 * whoever holds the open file. Totals of the device are for everybody, in the
 * steps of sysfs: at the end of a job, energies in whole microjoule.
 *
 * Messages of the group AXP_NL_GROUP_EVENT, for everybody, are AXP_NL_CMD_EVENT.
 * Those of AXP_NL_GROUP_SAMPLING, which needs CAP_NET_ADMIN to join, are
 * AXP_NL_CMD_SAMPLE: the counters of a client whose counters changed, ten times a
 * second at most. Samples are numbered (AXP_NLA_SEQ); a listener that was too slow
 * finds a gap of as many numbers as it lost. Since counters only grow, it has
 * lost no event, only resolution.
 *
 * A request with an attribute that its command does not take, or with a malformed
 * one, fails with EINVAL (ERANGE for 0) and an extended ack that points at it. A
 * missing one is named by NLMSGERR_ATTR_MISS_TYPE. A client or table that is not there, or not
 * to be seen, is ENOENT.
 */
#ifndef _UAPI_LINUX_AXP_NETLINK_H
#define _UAPI_LINUX_AXP_NETLINK_H

/* What CTRL_CMD_GETFAMILY of generic netlink is asked for, and answers. */
#define AXP_NL_FAMILY		"axp"		/* name of the family */
#define AXP_NL_VERSION		1		/* its version */
#define AXP_NL_GROUP_EVENT	"event"		/* group: the device, clients, tables */
#define AXP_NL_GROUP_SAMPLING	"sampling"	/* group: counters of clients */

/**
 * enum axp_nl_cmd - commands of the family
 * @AXP_NL_CMD_UNSPEC: none
 * @AXP_NL_CMD_DEVICE_GET: request and answer: the device
 * @AXP_NL_CMD_CLIENT_GET: request and answer: clients
 * @AXP_NL_CMD_TABLE_GET: request and answer: tables
 * @AXP_NL_CMD_EVENT: message of the group AXP_NL_GROUP_EVENT
 * @AXP_NL_CMD_SAMPLE: message of the group AXP_NL_GROUP_SAMPLING
 * @__AXP_NL_CMD_MAX: one more than the last
 */
enum axp_nl_cmd {
	AXP_NL_CMD_UNSPEC,
	AXP_NL_CMD_DEVICE_GET,
	AXP_NL_CMD_CLIENT_GET,
	AXP_NL_CMD_TABLE_GET,
	AXP_NL_CMD_EVENT,
	AXP_NL_CMD_SAMPLE,
	__AXP_NL_CMD_MAX
};

/* Largest numbers that this header knows. */
#define AXP_NL_CMD_MAX	(__AXP_NL_CMD_MAX - 1)	/* of enum axp_nl_cmd */

/**
 * enum axp_nl_event - what AXP_NLA_EVENT says has happened
 * @AXP_NL_EVENT_DEVICE: the energy model or the engine was changed
 * @AXP_NL_EVENT_CLIENT_NEW: the device was opened
 * @AXP_NL_EVENT_CLIENT_DEL: a client is gone
 * @AXP_NL_EVENT_TABLE_NEW: a table was made
 * @AXP_NL_EVENT_TABLE_WRITE: rows of a table were written
 * @AXP_NL_EVENT_TABLE_DEL: the handle of a table is gone
 */
enum axp_nl_event {
	AXP_NL_EVENT_DEVICE,
	AXP_NL_EVENT_CLIENT_NEW,
	AXP_NL_EVENT_CLIENT_DEL,
	AXP_NL_EVENT_TABLE_NEW,
	AXP_NL_EVENT_TABLE_WRITE,
	AXP_NL_EVENT_TABLE_DEL
};

/**
 * enum axp_nl_attr - attributes of every message
 * @AXP_NLA_UNSPEC: none
 * @AXP_NLA_PAD: aligns 64 bit attributes
 * @AXP_NLA_CLIENT: u32: number of a client, from 1
 * @AXP_NLA_TABLE: u32: handle of a table of that client, from 1
 * @AXP_NLA_STATS: nest of enum axp_nl_stats
 * @AXP_NLA_TIME_NS: u64: CLOCK_MONOTONIC when the message was made
 * @AXP_NLA_SEQ: u64: number of a sample; of the device: of the newest sample
 * @AXP_NLA_DROPPED: u64: samples of this client that nobody got since there was no
 *	memory for them
 * @AXP_NLA_EVENT: u32: enum axp_nl_event
 * @AXP_NLA_ENGINE: string: engine in use
 * @AXP_NLA_NR_PE: u32: worker threads
 * @AXP_NLA_NR_CLIENTS: u32: open files of the device
 * @AXP_NLA_NR_JOBS: u64: jobs queued or running
 * @AXP_NLA_PRESET: u32: AXP_PRESET_* of the device
 * @AXP_NLA_CAM_CLASS: u32: AXP_CAM_* of the device, or of a table
 * @AXP_NLA_PID: u32: process that opened the device, 0: not in this PID namespace
 * @AXP_NLA_UID: u32: its effective user
 * @AXP_NLA_COMM: string: its name then
 * @AXP_NLA_MEMORY: u64: bytes charged to the client
 * @AXP_NLA_GENERATION: u64: number of the image of a table
 * @AXP_NLA_ROWS: u32: rows of a table; of AXP_NL_EVENT_TABLE_WRITE: written
 * @AXP_NLA_CAM_ROWS: u32: see struct axp_table_create
 * @AXP_NLA_KEY_BITS: u32: likewise
 * @AXP_NLA_LUT_WORDS: u32: likewise
 * @AXP_NLA_ACCUMULATOR: u32: see struct axp_table_spec
 * @AXP_NLA_ORGANISATION: u32: likewise
 * @AXP_NLA_LANES: u32: likewise
 * @AXP_NLA_WORD_BITS: u32: likewise
 * @AXP_NLA_SCALE: s32: likewise
 * @AXP_NLA_MAX_TERM: u32: likewise
 * @__AXP_NLA_MAX: one more than the last
 */
enum axp_nl_attr {
	AXP_NLA_UNSPEC,
	AXP_NLA_PAD,
	AXP_NLA_CLIENT,
	AXP_NLA_TABLE,
	AXP_NLA_STATS,
	AXP_NLA_TIME_NS,
	AXP_NLA_SEQ,
	AXP_NLA_DROPPED,
	AXP_NLA_EVENT,
	AXP_NLA_ENGINE,
	AXP_NLA_NR_PE,
	AXP_NLA_NR_CLIENTS,
	AXP_NLA_NR_JOBS,
	AXP_NLA_PRESET,
	AXP_NLA_CAM_CLASS,
	AXP_NLA_PID,
	AXP_NLA_UID,
	AXP_NLA_COMM,
	AXP_NLA_MEMORY,
	AXP_NLA_GENERATION,
	AXP_NLA_ROWS,
	AXP_NLA_CAM_ROWS,
	AXP_NLA_KEY_BITS,
	AXP_NLA_LUT_WORDS,
	AXP_NLA_ACCUMULATOR,
	AXP_NLA_ORGANISATION,
	AXP_NLA_LANES,
	AXP_NLA_WORD_BITS,
	AXP_NLA_SCALE,
	AXP_NLA_MAX_TERM,
	__AXP_NLA_MAX
};

/* Largest numbers that this header knows. */
#define AXP_NLA_MAX	(__AXP_NLA_MAX - 1)	/* of enum axp_nl_attr */

/**
 * enum axp_nl_stats - attributes in AXP_NLA_STATS, all u64
 * @AXP_NLA_STATS_UNSPEC: none
 * @AXP_NLA_STATS_PAD: aligns the others
 * @AXP_NLA_STATS_MACS: see struct axp_stats, here and below
 * @AXP_NLA_STATS_GATED: likewise
 * @AXP_NLA_STATS_ZERO_ACT: likewise; not of the device
 * @AXP_NLA_STATS_HITS_EXACT: likewise
 * @AXP_NLA_STATS_HITS_APPROX: likewise
 * @AXP_NLA_STATS_MISSES: likewise
 * @AXP_NLA_STATS_SEARCHES: likewise
 * @AXP_NLA_STATS_CLAMPED: likewise; not of the device
 * @AXP_NLA_STATS_OUTPUTS: likewise; not of the device
 * @AXP_NLA_STATS_JOBS: likewise
 * @AXP_NLA_STATS_ROWS_PROGRAMMED: likewise
 * @AXP_NLA_STATS_ENERGY_FJ: likewise; not of the device
 * @AXP_NLA_STATS_PROGRAM_FJ: likewise; not of the device
 * @AXP_NLA_STATS_BASELINE_FJ: likewise; not of the device
 * @AXP_NLA_STATS_BASELINE_GATED_FJ: likewise; not of the device
 * @AXP_NLA_STATS_QUEUE_NS: likewise; not of the device
 * @AXP_NLA_STATS_BUSY_NS: likewise; of the device in whole microseconds
 * @AXP_NLA_STATS_ENERGY_UJ: of the device: energy, whole microjoule
 * @AXP_NLA_STATS_BASELINE_UJ: of the device: baseline
 * @AXP_NLA_STATS_BASELINE_GATED_UJ: of the device: baseline with gating
 * @__AXP_NLA_STATS_MAX: one more than the last
 */
enum axp_nl_stats {
	AXP_NLA_STATS_UNSPEC,
	AXP_NLA_STATS_PAD,
	AXP_NLA_STATS_MACS,
	AXP_NLA_STATS_GATED,
	AXP_NLA_STATS_ZERO_ACT,
	AXP_NLA_STATS_HITS_EXACT,
	AXP_NLA_STATS_HITS_APPROX,
	AXP_NLA_STATS_MISSES,
	AXP_NLA_STATS_SEARCHES,
	AXP_NLA_STATS_CLAMPED,
	AXP_NLA_STATS_OUTPUTS,
	AXP_NLA_STATS_JOBS,
	AXP_NLA_STATS_ROWS_PROGRAMMED,
	AXP_NLA_STATS_ENERGY_FJ,
	AXP_NLA_STATS_PROGRAM_FJ,
	AXP_NLA_STATS_BASELINE_FJ,
	AXP_NLA_STATS_BASELINE_GATED_FJ,
	AXP_NLA_STATS_QUEUE_NS,
	AXP_NLA_STATS_BUSY_NS,
	AXP_NLA_STATS_ENERGY_UJ,
	AXP_NLA_STATS_BASELINE_UJ,
	AXP_NLA_STATS_BASELINE_GATED_UJ,
	__AXP_NLA_STATS_MAX
};

/* Largest numbers that this header knows. */
#define AXP_NLA_STATS_MAX	(__AXP_NLA_STATS_MAX - 1)	/* of enum axp_nl_stats */

#endif /* _UAPI_LINUX_AXP_NETLINK_H */
