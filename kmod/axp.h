/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internal types of the axp module.
 *
 * Lock order, outermost first. A lock is taken while holding only locks above
 * it; none but the last is ever taken in interrupt context.
 *
 *	axp_client.submit_lock	mutex: one submission at a time gets its numbers
 *	axp_table.write_lock	mutex: one TABLE_WRITE at a time
 *	axp_clients.lock	mutex: which clients there are
 *	axp_sample_lock		mutex of axp_netlink.c: one sample at a time
 *	mmap_lock		of the caller: user memory may be touched above here only
 *	axp_model.lock		mutex: energy model of the device
 *	axp_sched.scratch_lock	mutex: size of the working memory of the workers
 *	axp_plan_cache.lock	mutex: list of cached plans
 *	xa_lock of objects	spinlock: handles
 *	axp_sched.lock		spinlock: queues, job states, completions
 *	axp_table.lock		spinlock: current image, statistics
 *	axp_client.stats_lock	spinlock: statistics
 *	axp_totals.lock		raw spinlock, interrupts off: statistics; perf reads
 *				them in an interrupt
 *
 * mmap and munmap run under mmap_lock; they take xa_lock and drop references,
 * nothing else.
 *
 * References: a handle holds one on its object; a job holds its buffers, table
 * and plan; a plan holds its image and weights; a mapping holds its buffer. An
 * object points at its client without a reference: a client goes away only when
 * its file is closed, its jobs are gone and no mapping is left (a mapping holds
 * the file).
 */
#ifndef AXP_H
#define AXP_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <linux/axp.h>
#include <linux/axp_netlink.h>

#include "budget.h"
#include "engine.h"
#include "faults.h"
#include "why.h"

struct axp_client;

/* --- parameters: axp_params.c --- */

/**
 * struct axp_params - checked module parameters
 * @npes: worker threads
 * @engine: the engine in use
 * @quantum: MACs a client may run before the next one's turn
 * @max_macs_per_job: see struct axp_caps
 * @max_bytes: likewise
 * @max_objects: likewise
 * @max_jobs_per_submit: likewise
 * @max_inflight: likewise
 * @limits: what a table must fit
 */
struct axp_params {
	unsigned int npes;
	const struct axp_engine *engine;
	u64 quantum;
	u64 max_macs_per_job;
	u64 max_bytes;
	unsigned int max_objects;
	unsigned int max_jobs_per_submit;
	unsigned int max_inflight;
	struct axp_limits limits;
};

int axp_params_read(struct axp_params *params);

/* --- energy model of the device: axp_model.c --- */

/**
 * struct axp_model - what AXP_PRESET_DEVICE and AXP_CAM_DEVICE name
 * @lock: protects all of this
 * @preset: AXP_PRESET_H45 to AXP_PRESET_CUSTOM
 * @cam_class: AXP_CAM_NOR to AXP_CAM_ZERO
 * @custom: constants of AXP_PRESET_CUSTOM
 */
struct axp_model {
	struct mutex lock;	/* protects all of this */
	u32 preset;
	u32 cam_class;
	struct axp_energy_model custom;
};

void axp_model_init(struct axp_model *model);
int axp_model_resolve(struct axp_model *model, u32 preset, u32 cam_class,
		      struct axp_energy_model *constants, u32 *resolved_class,
		      struct axp_why *why);
const struct axp_energy_model *axp_model_constants(const struct axp_model *model);

/* --- statistics: axp_stats.c --- */

/**
 * struct axp_joule - energy that does not wrap for half a million years at 1 W
 * @uj: whole microjoule
 * @fj: femtojoule on top, below 10^9
 */
struct axp_joule {
	u64 uj;
	u32 fj;
};

/**
 * struct axp_totals - everything the device has done since it was loaded
 * @lock: protects all of this
 * @stats: counters; its energies are unused, see below
 * @energy: of all jobs and of programming
 * @baseline: of the same MACs on a binary32 multiplier and adder
 * @baseline_gated: the same with zero activations gated
 */
struct axp_totals {
	raw_spinlock_t lock;	/* protects all of this */
	struct axp_stats stats;
	struct axp_joule energy;
	struct axp_joule baseline;
	struct axp_joule baseline_gated;
};

struct axp_table;

void axp_totals_init(struct axp_totals *totals);
void axp_totals_read(struct axp_totals *totals, struct axp_totals *copy);
void axp_stats_job(struct axp_client *client, struct axp_table *table,
		   const struct axp_stats *stats);
void axp_stats_program(struct axp_client *client, struct axp_table *table, u64 rows,
		       u64 energy_fj);
void axp_stats_of_client(struct axp_client *client, struct axp_stats *stats);
int axp_stats_query(struct axp_client *client, struct axp_query_stats *query);
void axp_stats_faults(struct axp_client *client, struct axp_table *table,
		      const struct axp_fault_stats *stats);
int axp_stats_query_faults(struct axp_client *client, struct axp_query_faults *query);

/* --- workers: axp_sched.c --- */

/**
 * struct axp_worker - one processing element
 * @sched: where it gets work
 * @task: its thread
 * @scratch: working memory, touched by the thread alone
 * @larger: what replaces @scratch before the next tile, or NULL; axp_sched.lock
 */
struct axp_worker {
	struct axp_sched *sched;
	struct task_struct *task;
	void *scratch;
	void *larger;
};

/**
 * struct axp_sched - the workers and what they share
 * @lock: protects @runnable, @nr_jobs and, of every client, the queue, the jobs
 *	in it and the completions
 * @runnable: clients with a tile for a worker, the first one's turn
 * @nr_jobs: queued and running jobs of all clients
 * @wq: idle workers
 * @scratch_lock: protects @scratch_bytes
 * @scratch_bytes: working memory of each worker
 * @nr_workers: number of @workers
 * @workers: processing elements
 */
struct axp_sched {
	spinlock_t lock;	/* protects queues, job states, completions */
	struct list_head runnable;
	u64 nr_jobs;
	wait_queue_head_t wq;
	struct mutex scratch_lock;	/* protects scratch_bytes */
	size_t scratch_bytes;
	unsigned int nr_workers;
	struct axp_worker *workers;
};

/* --- clients of the device: axp_client.c --- */

/**
 * struct axp_clients - all open files
 * @lock: protects all of this; a client that was found stays while it is held
 * @numbers: struct axp_client by @axp_client.id
 * @next: where to look for a free number
 */
struct axp_clients {
	struct mutex lock;	/* protects all of this */
	struct xarray numbers;
	u32 next;
};

void axp_clients_init(struct axp_clients *clients);
void axp_clients_exit(struct axp_clients *clients);
int axp_client_register(struct axp_client *client);
void axp_client_unregister(struct axp_client *client);

/* --- device: axp_main.c --- */

/**
 * struct axp_device - an emulated accelerator
 * @misc: /dev/axp; file->private_data points here until axp_open() is done
 * @params: constant while the module is loaded
 * @model: energy model
 * @totals: statistics
 * @sched: workers
 * @clients: open files
 * @nr_clients: number of them
 * @hwmon: sensors, or NULL
 * @debugfs: directory
 */
struct axp_device {
	struct miscdevice misc;
	struct axp_params params;
	struct axp_model model;
	struct axp_totals totals;
	struct axp_sched sched;
	struct axp_clients clients;
	atomic_t nr_clients;
	struct device *hwmon;
	struct dentry *debugfs;
};

/* --- plans: axp_plan.c --- */

/**
 * struct axp_plan_cache - compiled plans of one client
 * @lock: protects the list
 * @lru: struct axp_cached_plan, most recently used first
 * @bytes: of the plans in the list
 */
struct axp_plan_cache {
	struct mutex lock;	/* protects the list */
	struct list_head lru;
	u64 bytes;
};

/* --- client: axp_file.c --- */

/**
 * struct axp_client - an open file
 * @dev: device
 * @id: number, unique among the clients, 0: none; constant, as the next three
 * @pid: process that opened it
 * @uid: its effective user
 * @comm: its name
 * @objects: handles
 * @nr_objects: handles in use or being made
 * @bytes: memory charged to this client, at most params.max_bytes
 * @generation: number of the newest table image
 * @plans: compiled plans
 * @stats_lock: protects @stats, @fault_stats and @sample_armed
 * @stats: what this client's jobs and tables did
 * @fault_stats: faults that its jobs met
 * @sample_armed: @sample_work is about to read @stats
 * @sample_work: tells listeners of @stats
 * @sample_dropped: samples that could not be made; axp_netlink.c's
 * @submit_lock: makes numbering, reporting and queueing of a batch one step
 * @next_seqno: number of the next job; written under both @submit_lock and
 *	axp_sched.lock
 * @queue: struct axp_queued_job, in order; axp_sched.lock for this and all below
 * @done: finished jobs whose completion was not read yet
 * @runnable: in axp_sched.runnable
 * @nr_queued: jobs not finished, those taken off @queue to be cancelled included
 * @inflight: @nr_queued, reservations of submitters, and unread completions
 * @credit: MACs until the next client's turn; negative: a tile took more, it owes these
 * @caller_busy: a thread runs jobs of this client in AXP_IOC_SUBMIT
 * @scratch: that thread's working memory; owned by who set @caller_busy
 * @scratch_bytes: its size
 * @wq: submitters, waiters, readers and pollers
 */
struct axp_client {
	struct axp_device *dev;
	u32 id;
	struct pid *pid;
	kuid_t uid;
	char comm[TASK_COMM_LEN];

	struct xarray objects;
	atomic_t nr_objects;
	atomic64_t bytes;
	atomic64_t generation;
	struct axp_plan_cache plans;

	spinlock_t stats_lock;	/* protects stats, fault_stats, sample_armed */
	struct axp_stats stats;
	struct axp_fault_stats fault_stats;
	bool sample_armed;
	struct delayed_work sample_work;
	u64 sample_dropped;

	struct mutex submit_lock;	/* one batch at a time */
	u64 next_seqno;
	struct list_head queue;
	struct list_head done;
	struct list_head runnable;
	u64 nr_queued;
	u64 inflight;
	s64 credit;
	bool caller_busy;
	void *scratch;
	size_t scratch_bytes;
	wait_queue_head_t wq;
};

/**
 * struct axp_ucmd - an ioctl being served
 * @client: whose
 * @file: through which file
 * @ubuf: user's structure
 * @usize: its size as the user knows it
 * @ksize: its size as we know it
 * @cmd: kernel's copy, unknown fields zero
 */
struct axp_ucmd {
	struct axp_client *client;
	struct file *file;
	void __user *ubuf;
	size_t usize;
	size_t ksize;
	void *cmd;
};

/**
 * struct axp_client_budget - budget of an object that a client asks for
 * @budget: for what makes it
 * @client: whose memory
 * @why: what was refused
 * @refused: it was the budget that refused
 */
struct axp_client_budget {
	struct axp_budget budget;
	struct axp_client *client;
	struct axp_why *why;
	bool refused;
};

struct axp_client *axp_client_create(struct axp_device *dev);
void axp_client_destroy(struct axp_client *client);
int axp_ucmd_respond(struct axp_ucmd *ucmd);
int axp_copy_in(void *to, const void __user *from, size_t bytes);
int axp_copy_element(void *to, size_t ksize, u64 array, u32 usize, u32 i,
		     struct axp_why *why);
int axp_charge(struct axp_client *client, u64 bytes, struct axp_why *why);
void axp_uncharge(struct axp_client *client, u64 bytes);
void axp_client_budget_init(struct axp_client_budget *b, struct axp_client *client,
			    struct axp_why *why);
int axp_client_budget_end(struct axp_client_budget *b, int err, u64 *bytes);

extern const struct file_operations axp_fops;

/* --- handles: axp_object.c --- */

enum axp_object_type {
	AXP_OBJECT_BUFFER,
	AXP_OBJECT_TABLE,
	AXP_OBJECT_WEIGHTS,
};

/**
 * struct axp_object - what a handle names; first member of each kind
 * @ref: handle, jobs, plans, mappings
 * @type: kind
 * @id: handle; 0 until reserved
 * @client: owner
 * @release: frees the whole when the last reference is dropped; may sleep
 */
struct axp_object {
	struct kref ref;
	enum axp_object_type type;
	u32 id;
	struct axp_client *client;
	void (*release)(struct axp_object *obj);
};

void axp_object_init(struct axp_object *obj, struct axp_client *client,
		     enum axp_object_type type, void (*release)(struct axp_object *obj));
int axp_object_reserve(struct axp_client *client, u32 *id, struct axp_why *why);
void axp_object_unreserve(struct axp_client *client, u32 id);
void axp_object_publish(struct axp_object *obj, u32 id);
struct axp_object *axp_object_get(struct axp_client *client, u32 id,
				  enum axp_object_type type);
void axp_object_put(struct axp_object *obj);
bool axp_object_each(struct axp_client *client, u32 first,
		     bool (*look)(struct axp_object *obj, void *arg), void *arg);
int axp_object_destroy(struct axp_ucmd *ucmd);
void axp_object_destroy_all(struct axp_client *client);

/* --- buffers: axp_buffer.c --- */

/**
 * struct axp_buffer - memory shared with the client
 * @obj: handle; the mmap offset is @obj.id pages
 * @bytes: size, whole pages
 * @nr_pages: number of @pages
 * @pages: the memory
 * @vaddr: the same for the kernel
 */
struct axp_buffer {
	struct axp_object obj;
	u64 bytes;
	unsigned long nr_pages;
	struct page **pages;
	void *vaddr;
};

int axp_buffer_create(struct axp_ucmd *ucmd);
int axp_buffer_mmap(struct file *file, struct vm_area_struct *vma);
struct axp_buffer *axp_buffer_get(struct axp_client *client, u32 id);

/* --- faults of tables: axp_faults.c --- */

/**
 * struct axp_fault_set - what AXP_IOC_TABLE_FAULTS gave a table
 * @ref: table, images
 * @client: owner
 * @faults: the engine's
 * @next_job: number of the next job
 */
struct axp_fault_set {
	struct kref ref;
	struct axp_client *client;
	struct axp_faults *faults;
	atomic64_t next_job;
};

/* Charged for one. */
#define AXP_FAULT_SET_BYTES	(sizeof(struct axp_fault_set) + sizeof(struct axp_faults))

int axp_fault_set_ioctl(struct axp_ucmd *ucmd);
void axp_fault_set_put(struct axp_fault_set *set);
u64 axp_fault_set_take_job(struct axp_fault_set *set);
void axp_fault_set_return_job(struct axp_fault_set *set, u64 job);

/* --- tables: axp_table.c --- */

/**
 * struct axp_table_image - one generation of a table; immutable but for @dead
 * @ref: table, plans, jobs
 * @client: owner
 * @generation: unique in the client
 * @bytes: charged
 * @dead: no new job can name it; axp_plan_cache.lock
 * @written: the engine's, as the client wrote it
 * @image: what jobs run on: @written, or what @faults made of it
 * @faults: NULL: none
 * @base: the image that keeps @written; NULL: @written is its own
 */
struct axp_table_image {
	struct kref ref;
	struct axp_client *client;
	u64 generation;
	u64 bytes;
	bool dead;
	struct axp_image *written;
	struct axp_image *image;
	struct axp_fault_set *faults;
	struct axp_table_image *base;
};

/**
 * struct axp_table - a table: the newest image, and what all of them did
 * @obj: handle
 * @model: energy constants captured when the table was made
 * @cam_class: likewise
 * @write_lock: one writer at a time
 * @lock: protects the rest
 * @image: newest image
 * @stats: jobs that named this table, and its programming
 * @fault_stats: faults that these jobs met
 */
struct axp_table {
	struct axp_object obj;
	struct axp_energy_model model;
	u32 cam_class;
	struct mutex write_lock;	/* one writer at a time */
	spinlock_t lock;	/* protects image and statistics */
	struct axp_table_image *image;
	struct axp_stats stats;
	struct axp_fault_stats fault_stats;
};

int axp_table_create(struct axp_ucmd *ucmd);
int axp_table_write(struct axp_ucmd *ucmd);
struct axp_table *axp_table_get(struct axp_client *client, u32 id);
u64 axp_table_bytes(struct axp_table *table);
struct axp_table_image *axp_table_image_get(struct axp_table *table);
struct axp_table_image *axp_table_image_damage(struct axp_table_image *base,
					       struct axp_fault_set *faults, u64 job,
					       struct axp_why *why);
void axp_table_replace_image(struct axp_table *table, struct axp_table_image *image);
void axp_table_image_put(struct axp_table_image *image);

/* --- weights: axp_weights.c --- */

/**
 * struct axp_weights_object - weights of a client; immutable but for @dead
 * @obj: handle
 * @bytes: charged
 * @dead: the handle is gone; axp_plan_cache.lock
 * @weights: the engine's
 */
struct axp_weights_object {
	struct axp_object obj;
	u64 bytes;
	bool dead;
	struct axp_weights *weights;
};

int axp_weights_object_create(struct axp_ucmd *ucmd);
struct axp_weights_object *axp_weights_object_get(struct axp_client *client, u32 id);

/**
 * struct axp_plan_key - what a plan was made from
 * @image: table image, or NULL
 * @weights: weights
 * @op: of the job
 * @flags: those of the job that a plan depends on
 * @shape: of the job
 */
struct axp_plan_key {
	struct axp_table_image *image;
	struct axp_weights_object *weights;
	u32 op;
	u32 flags;
	u64 shape[ARRAY_SIZE(((struct axp_job *)NULL)->pad)];
};

/**
 * struct axp_cached_plan - a compiled plan; immutable but for its place in the cache
 * @ref: cache, jobs
 * @lru: in axp_plan_cache.lru
 * @client: owner
 * @key: holds references on image and weights
 * @bytes: charged
 * @nest: shape
 * @plan: the engine's
 */
struct axp_cached_plan {
	struct kref ref;
	struct list_head lru;
	struct axp_client *client;
	struct axp_plan_key key;
	u64 bytes;
	struct axp_nest nest;
	struct axp_plan *plan;
};

void axp_plan_cache_init(struct axp_plan_cache *cache);
bool axp_plan_cache_trim(struct axp_client *client, u64 bytes);
void axp_plan_forget_image(struct axp_client *client, struct axp_table_image *image);
void axp_plan_forget_weights(struct axp_client *client,
			     struct axp_weights_object *weights);
int axp_plan_get(struct axp_client *client, const struct axp_plan_key *key,
		 const struct axp_job *job, struct axp_cached_plan **out,
		 struct axp_why *why);
void axp_plan_put(struct axp_cached_plan *plan);

/* --- jobs: axp_job.c --- */

/**
 * struct axp_queued_job - a job, checked
 * @link: in a batch being made, axp_client.queue or axp_client.done
 * @client: owner
 * @plan: what to run
 * @table: gets the statistics, or NULL
 * @act: keeps @io.act
 * @out: keeps @io.out
 * @faults: of the table, or NULL; @io.job is its number among them
 * @io: memory
 * @costs: attojoule per event
 * @gating: zero detectors are in use
 * @flags: AXP_JOB_*
 * @seqno: number in the client
 * @cookie: the client's
 * @nr_tiles: number of tiles
 * @tile_macs: MACs of a tile, about
 * @submit_ns: time of submission
 * @start_ns: time the first tile was handed out
 * @alone: run by the submitting thread, workers keep off
 * @cancelled: stop; read without a lock between steps
 * @finishing: owned by the thread that finishes it
 * @next_tile: first tile not handed out
 * @running: tiles handed out and not back
 * @busy_ns: sum over the tiles
 * @counters: sum over the tiles
 * @status: 0 or a negative errno, when finished
 * @stats: likewise
 */
struct axp_queued_job {
	struct list_head link;
	struct axp_client *client;
	struct axp_cached_plan *plan;
	struct axp_table *table;
	struct axp_buffer *act;
	struct axp_buffer *out;
	struct axp_fault_set *faults;
	struct axp_io io;
	struct axp_costs costs;
	bool gating;
	u32 flags;
	u64 seqno;
	u64 cookie;
	u32 nr_tiles;
	u64 tile_macs;
	u64 submit_ns;

	/* axp_sched.lock, until @finishing */
	u64 start_ns;
	bool alone;
	bool cancelled;
	bool finishing;
	u32 next_tile;
	u32 running;
	u64 busy_ns;
	struct axp_counters counters;
	int status;
	struct axp_stats stats;
};

int axp_job_submit(struct axp_ucmd *ucmd);
void axp_job_finish(struct axp_queued_job *job);
void axp_job_drop_objects(struct axp_queued_job *job);

/**
 * struct axp_batch - jobs of one submission
 * @jobs: struct axp_queued_job, in order
 * @nr_jobs: how many
 * @macs: of all together
 * @scratch_bytes: the most that one of them needs
 * @first: number of the first, once queued
 * @sync: the submitter waits
 * @caller: the submitter has claimed axp_client.caller_busy
 * @alone: nobody else runs them
 */
struct axp_batch {
	struct list_head jobs;
	u32 nr_jobs;
	u64 macs;
	size_t scratch_bytes;
	u64 first;
	bool sync;
	bool caller;
	bool alone;
};

/* --- scheduler: axp_sched.c --- */

int axp_sched_init(struct axp_device *dev);
void axp_sched_exit(struct axp_sched *sched);
void axp_sched_client_init(struct axp_client *client);
void axp_sched_client_exit(struct axp_client *client);
bool axp_sched_idle(struct axp_sched *sched);
int axp_sched_reserve(struct axp_client *client, u32 nr_jobs, bool nonblock,
		      struct axp_why *why);
void axp_sched_unreserve(struct axp_client *client, u32 nr_jobs);
int axp_sched_prepare(struct axp_client *client, struct axp_batch *batch,
		      struct axp_why *why);
void axp_sched_unprepare(struct axp_client *client, struct axp_batch *batch);
void axp_sched_queue(struct axp_client *client, struct axp_batch *batch);
int axp_sched_run_sync(struct axp_client *client, struct axp_batch *batch);
int axp_sched_wait(struct axp_ucmd *ucmd);
ssize_t axp_sched_read(struct axp_client *client, char __user *buf, size_t count,
		       bool nonblock);
__poll_t axp_sched_poll(struct axp_client *client, struct file *file, poll_table *wait);

/* --- one engine step, with the FPU where the engine wants it: axp_fpu.c --- */

bool axp_fpu_step(const struct axp_engine *engine, const struct axp_plan *plan,
		  const struct axp_io *io, struct axp_cursor *cursor, void *scratch,
		  struct axp_counters *counters);

/* --- sysfs: axp_sysfs.c --- */

void axp_sysfs_init(void);
extern const struct attribute_group *axp_sysfs_groups[];

/* --- telemetry: one file an interface, each may be left out, see Kbuild --- */

#ifdef AXP_WITH_FDINFO
void axp_fdinfo_show(struct seq_file *m, struct file *file);
#endif

#ifdef AXP_WITH_HWMON
int axp_hwmon_init(struct axp_device *dev);
void axp_hwmon_exit(struct axp_device *dev);
#else
static inline int axp_hwmon_init(struct axp_device *dev) { return 0; }
static inline void axp_hwmon_exit(struct axp_device *dev) { }
#endif

#ifdef AXP_WITH_PMU
int axp_pmu_init(struct axp_device *dev);
void axp_pmu_exit(struct axp_device *dev);
#else
static inline int axp_pmu_init(struct axp_device *dev) { return 0; }
static inline void axp_pmu_exit(struct axp_device *dev) { }
#endif

#ifdef AXP_WITH_DEBUGFS
void axp_debugfs_init(struct axp_device *dev);
void axp_debugfs_exit(struct axp_device *dev);
#else
static inline void axp_debugfs_init(struct axp_device *dev) { }
static inline void axp_debugfs_exit(struct axp_device *dev) { }
#endif

#ifdef AXP_WITH_NETLINK
int axp_netlink_init(struct axp_device *dev);
void axp_netlink_exit(struct axp_device *dev);
void axp_netlink_client_init(struct axp_client *client);
void axp_netlink_client_exit(struct axp_client *client);
void axp_netlink_event(struct axp_device *dev, enum axp_nl_event event,
		       const struct axp_client *client, u32 table, u64 generation, u32 rows);
void axp_netlink_sample(struct axp_client *client);
#else
static inline int axp_netlink_init(struct axp_device *dev) { return 0; }
static inline void axp_netlink_exit(struct axp_device *dev) { }
static inline void axp_netlink_client_init(struct axp_client *client) { }
static inline void axp_netlink_client_exit(struct axp_client *client) { }
static inline void axp_netlink_event(struct axp_device *dev, enum axp_nl_event event,
				     const struct axp_client *client, u32 table,
				     u64 generation, u32 rows) { }
static inline void axp_netlink_sample(struct axp_client *client) { }
#endif

#endif /* AXP_H */
