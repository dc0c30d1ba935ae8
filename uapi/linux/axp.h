/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* axp: an emulated accelerator of associative processing elements. */
#ifndef _UAPI_LINUX_AXP_H
#define _UAPI_LINUX_AXP_H

#include <linux/types.h>
#include <linux/ioctl.h>

/**
 * DOC: The /dev/axp ABI
 *
 * A client is an open file of /dev/axp. It owns objects (buffers, tables,
 * weights), named by handles out of one private id space (never 0), and one
 * queue of jobs that run in the order of submission. Everything dies with the
 * file. Clients never see each other's objects, data or counters.
 *
 * Extension: every structure that an ioctl takes is sized by _IOC_SIZE() of the
 * command. A shorter structure of an older client is filled with zeros, a
 * longer one is accepted when its unknown tail is zero. Arrays carry the size
 * of one element (row_size, job_size) and follow the same rule per element.
 * Zero always means the old behaviour. Reserved fields and unknown flag bits
 * must be zero.
 *
 * Errors, the same for every command:
 *
 * ========== ================================================================
 * ENOTTY     unknown command
 * E2BIG      a non-zero byte past the part of a structure that this kernel
 *            knows
 * EINVAL     a malformed value: reserved field, unknown flag, zero count,
 *            misaligned offset, structure shorter than its first version
 * EOPNOTSUPP a known field with a value this device does not implement: op,
 *            accumulator, organisation, preset, CAM class, word width
 * ENOENT     no object of the wanted type has this handle in this file
 * EOVERFLOW  a size does not fit 64 bits, or a FIXED job could overflow its
 *            31 bit accumulator
 * ERANGE     a reference reaches past the end of its object, or a value of a
 *            table or of weights is outside the range it declares
 * ENOSPC     a limit of struct axp_caps would be exceeded
 * EAGAIN     the queue is full and the file is non-blocking
 * EFAULT     a user pointer cannot be accessed
 * EPERM      the caller lacks CAP_SYS_ADMIN: AXP_IOC_TABLE_FAULTS only
 * ENOMEM     no memory, or the limit of the memory cgroup is reached
 * EBUSY      sysfs: jobs are queued that use the energy model
 * ETIMEDOUT  AXP_IOC_WAIT: the deadline passed
 * ECANCELED  status of a job that was cancelled
 * EINTR      a signal arrived (restarted where the caller asked for SA_RESTART)
 * ========== ================================================================
 *
 * An open file keeps the module loaded, so no command finds the device gone. open(2)
 * of a device node that is left without its module fails with ENODEV.
 *
 * Where an ioctl carries a struct axp_why, it is filled whenever the call fails
 * because of what the caller passed: which limit or rule, which element of the
 * array, the offending value and the limit. Nothing else changes on failure.
 *
 * Arithmetic is defined by Documentation/pe-semantics.rst: binary32, round to
 * nearest even, denormals kept, no fused multiply-add, NaN stored as
 * 0x7fc00000; products accumulate in a documented order. Every engine gives the
 * same bits and the same counters.
 */

/**
 * DOC: Errors of each ioctl
 *
 * Each ioctl gives EFAULT and EINVAL, each but AXP_IOC_GET_CAPS E2BIG, and these:
 *
 * ====================== ===================================================
 * AXP_IOC_GET_CAPS       no others
 * AXP_IOC_BUF_CREATE     ENOSPC, ENOMEM, EINTR
 * AXP_IOC_TABLE_CREATE   EOPNOTSUPP, ERANGE, ENOSPC, ENOMEM, EINTR
 * AXP_IOC_TABLE_WRITE    ENOENT, ERANGE, ENOSPC, ENOMEM, EINTR
 * AXP_IOC_WEIGHTS_CREATE EOPNOTSUPP, EOVERFLOW, ERANGE, ENOSPC, ENOMEM, EINTR
 * AXP_IOC_DESTROY        ENOENT
 * AXP_IOC_SUBMIT         EOPNOTSUPP, ENOENT, EOVERFLOW, ERANGE, ENOSPC, EAGAIN,
 *                        ENOMEM, EINTR
 * AXP_IOC_WAIT           ETIMEDOUT, EINTR
 * AXP_IOC_QUERY_STATS    EOPNOTSUPP, ENOENT
 * AXP_IOC_TABLE_FAULTS   EPERM, EOPNOTSUPP, ENOENT, ERANGE, ENOSPC, ENOMEM, EINTR
 * AXP_IOC_QUERY_FAULTS   EOPNOTSUPP, ENOENT
 * ====================== ===================================================
 */

/* Extensions: bits of axp_caps.features. */
#define AXP_FEAT_FAULTS		(1u << 0)	/* AXP_IOC_TABLE_FAULTS, AXP_IOC_QUERY_FAULTS */

/* Operations of a job: bit numbers of axp_caps.op_mask. */
#define AXP_OP_DOT		0	/* struct axp_dot */
#define AXP_OP_GEMM		1	/* struct axp_gemm */
#define AXP_OP_CONV2D		2	/* struct axp_conv2d */

/* Accumulators of a table: bit numbers of axp_caps.acc_mask. */
#define AXP_ACC_F32		0	/* binary32 adder */
#define AXP_ACC_FIXED		1	/* 32 bit two's complement adder */

/* Organisations of CAM and LUT: bit numbers of axp_caps.org_mask. */
#define AXP_ORG_FLAT		0	/* one CAM over (weight, activation) */
#define AXP_ORG_BANKED		1	/* the centroid selects a bank */
#define AXP_ORG_SHARED		2	/* one search, broadcast to the lanes */
#define AXP_ORG_SIGNIFICAND	3	/* as shared, mantissa bits only */
#define AXP_ORG_BROADCAST	4	/* as shared, one LUT row sent to the lanes */

/* Energy presets: bit numbers of axp_caps.preset_mask. */
#define AXP_PRESET_DEVICE	0	/* what sysfs energy_model/preset names */
#define AXP_PRESET_H45		1	/* Horowitz, 45 nm */
#define AXP_PRESET_S28		2	/* h45 scaled to 28 nm */
#define AXP_PRESET_FPNEW22	3	/* FPnew, 22 nm */
#define AXP_PRESET_FPMAX28	4	/* FPMax silicon, 28 nm */
#define AXP_PRESET_AL40		5	/* Aladdin, 40 nm */
#define AXP_PRESET_J7		6	/* Jouppi, 7 nm */
#define AXP_PRESET_CUSTOM	7	/* the constants root wrote to sysfs */

/* CAM energy classes: bit numbers of axp_caps.cam_class_mask. */
#define AXP_CAM_DEVICE		0	/* what sysfs energy_model/cam_class names */
#define AXP_CAM_NOR		1	/* CACTI NOR array as is */
#define AXP_CAM_SILICON28	2	/* scaled to published 28 nm silicon */
#define AXP_CAM_LOWPOWER	3	/* scaled to low-power published silicon */
#define AXP_CAM_ZERO		4	/* a free search: a bound, not a design */

/**
 * enum axp_reason - reasons in struct axp_why; new ones are appended
 * @AXP_WHY_NONE: nothing is wrong
 * @AXP_WHY_RESERVED: reserved field or pad not zero
 * @AXP_WHY_FLAGS: unknown flag bits: value
 * @AXP_WHY_SIZE: structure or element size: value, limit
 * @AXP_WHY_COUNT: a count is 0 or over its limit
 * @AXP_WHY_MEMORY: bytes of this client: value, limit
 * @AXP_WHY_HANDLE: no such object: value is the handle
 * @AXP_WHY_OP: unknown operation: value
 * @AXP_WHY_ACCUMULATOR: unknown accumulator: value
 * @AXP_WHY_ORGANISATION: unknown organisation: value
 * @AXP_WHY_PRESET: unknown preset: value
 * @AXP_WHY_CAM_CLASS: unknown CAM class: value
 * @AXP_WHY_LANES: lanes 0 or over the limit
 * @AXP_WHY_WORD_BITS: not 8, 16, 24 or 32: value
 * @AXP_WHY_SCALE: fixed-point scale out of range
 * @AXP_WHY_MAX_TERM: max_term 0 or too large: value, limit
 * @AXP_WHY_ROW_FLAGS: row index, value: flags
 * @AXP_WHY_ROW_WORD: LUT word outside +-max_term or width
 * @AXP_WHY_ROW_SIGNIFICAND: row kind and table do not go together
 * @AXP_WHY_ROW_CARE: care mask does not fit the organisation
 * @AXP_WHY_ROW_ORDER: rows a shared search cannot tell apart
 * @AXP_WHY_CAM_ROWS: CAM rows: value, limit
 * @AXP_WHY_KEY_BITS: compared bits: value, limit
 * @AXP_WHY_LUT_WORDS: LUT words: value, limit
 * @AXP_WHY_FORMAT: unknown weight format: value
 * @AXP_WHY_CENTROIDS: number of centroids: value, limit
 * @AXP_WHY_INDEX: a weight index: value, limit is K
 * @AXP_WHY_BIAS: bias count, or not representable
 * @AXP_WHY_ALIGN: offset: value, limit is the alignment
 * @AXP_WHY_RANGE_ACT: last activation byte: value, limit
 * @AXP_WHY_RANGE_WGT: last weight element: value, limit
 * @AXP_WHY_RANGE_OUT: last output byte: value, limit
 * @AXP_WHY_OVERLAP: out overlaps act of the same job
 * @AXP_WHY_SHAPE: shape rule broken: value, limit
 * @AXP_WHY_GROUPS: channels not divisible by groups
 * @AXP_WHY_KERNEL: kernel larger than the padded input
 * @AXP_WHY_MACS: MACs of a job: value, limit
 * @AXP_WHY_OVERFLOW: arithmetic does not fit 64 bits
 * @AXP_WHY_ACC_OVERFLOW: length * max_term + magnitude of bias: value, limit
 * @AXP_WHY_INFLIGHT: jobs in flight: value, limit
 * @AXP_WHY_SCRATCH: working memory: value, limit; no job gets there
 * @AXP_WHY_FAULT_TARGET: unknown, or not stored: value, limit
 * @AXP_WHY_FAULT_KIND: unknown kind of fault: value, limit
 * @AXP_WHY_FAULT_MASK: a fault without bits
 * @AXP_WHY_FAULT_ROW: end of its rows: value, limit
 */
enum axp_reason {
	AXP_WHY_NONE = 0,
	AXP_WHY_RESERVED,
	AXP_WHY_FLAGS,
	AXP_WHY_SIZE,
	AXP_WHY_COUNT,
	AXP_WHY_MEMORY,
	AXP_WHY_HANDLE,
	AXP_WHY_OP,
	AXP_WHY_ACCUMULATOR,
	AXP_WHY_ORGANISATION,
	AXP_WHY_PRESET,
	AXP_WHY_CAM_CLASS,
	AXP_WHY_LANES,
	AXP_WHY_WORD_BITS,
	AXP_WHY_SCALE,
	AXP_WHY_MAX_TERM,
	AXP_WHY_ROW_FLAGS,
	AXP_WHY_ROW_WORD,
	AXP_WHY_ROW_SIGNIFICAND,
	AXP_WHY_ROW_CARE,
	AXP_WHY_ROW_ORDER,
	AXP_WHY_CAM_ROWS,
	AXP_WHY_KEY_BITS,
	AXP_WHY_LUT_WORDS,
	AXP_WHY_FORMAT,
	AXP_WHY_CENTROIDS,
	AXP_WHY_INDEX,
	AXP_WHY_BIAS,
	AXP_WHY_ALIGN,
	AXP_WHY_RANGE_ACT,
	AXP_WHY_RANGE_WGT,
	AXP_WHY_RANGE_OUT,
	AXP_WHY_OVERLAP,
	AXP_WHY_SHAPE,
	AXP_WHY_GROUPS,
	AXP_WHY_KERNEL,
	AXP_WHY_MACS,
	AXP_WHY_OVERFLOW,
	AXP_WHY_ACC_OVERFLOW,
	AXP_WHY_INFLIGHT,
	AXP_WHY_SCRATCH,
	AXP_WHY_FAULT_TARGET,
	AXP_WHY_FAULT_KIND,
	AXP_WHY_FAULT_MASK,
	AXP_WHY_FAULT_ROW,
};

/**
 * struct axp_why - why a call was refused
 * @reason: enum axp_reason
 * @index: element of the array the call carries (row, job, weight), else 0
 * @value: the offending value
 * @limit: the limit or expected value it broke
 */
struct axp_why {
	__u32 reason;
	__u32 index;
	__aligned_u64 value;
	__aligned_u64 limit;
};

/**
 * struct axp_caps - what the device can do (AXP_IOC_GET_CAPS, out)
 * @features: AXP_FEAT_* bits; every later extension gets one
 * @op_mask: 1 << AXP_OP_*
 * @acc_mask: 1 << AXP_ACC_*
 * @org_mask: 1 << AXP_ORG_*
 * @preset_mask: 1 << AXP_PRESET_*
 * @cam_class_mask: 1 << AXP_CAM_*
 * @max_macs_per_job: multiply-accumulates of one job
 * @max_bytes: bytes of all objects of one client
 * @nr_pe: worker threads that run jobs
 * @max_lanes: processing elements that one search may feed
 * @max_cam_rows: CAM rows of one table in its organisation
 * @max_key_bits: compared bits of one CAM row
 * @max_lut_words: LUT words of one table
 * @max_objects: buffers, tables and weights of one client together
 * @max_jobs_per_submit: jobs of one AXP_IOC_SUBMIT
 * @max_inflight: jobs queued, running or with an unread completion, per client
 * @engine: name of the engine in use, NUL terminated
 */
struct axp_caps {
	__aligned_u64 features;
	__aligned_u64 op_mask;
	__aligned_u64 acc_mask;
	__aligned_u64 org_mask;
	__aligned_u64 preset_mask;
	__aligned_u64 cam_class_mask;
	__aligned_u64 max_macs_per_job;
	__aligned_u64 max_bytes;
	__u32 nr_pe;
	__u32 max_lanes;
	__u32 max_cam_rows;
	__u32 max_key_bits;
	__u32 max_lut_words;
	__u32 max_objects;
	__u32 max_jobs_per_submit;
	__u32 max_inflight;
	char engine[16];
};

/**
 * struct axp_buf_create - make a buffer (AXP_IOC_BUF_CREATE)
 * @bytes: in: wanted size; out: rounded up to whole pages
 * @flags: must be 0
 * @buf: out: handle
 * @mmap_offset: out: offset for mmap(2) of the whole buffer on this file
 * @why: out on failure
 *
 * The memory is the kernel's, zeroed, and charged to the caller's memory
 * cgroup. Destroying the handle leaves mappings and running jobs intact.
 */
struct axp_buf_create {
	__aligned_u64 bytes;
	__u32 flags;
	__u32 buf;
	__aligned_u64 mmap_offset;
	struct axp_why why;
};

/* Flags of struct axp_row. */
#define AXP_ROW_SIGNIFICAND	(1u << 0)	/* product = word * s * 2^(e-127) */

/**
 * struct axp_row - one CAM row and its LUT word
 * @act: activation key, binary32 bits
 * @act_care: bits of @act that are compared; 0 matches every activation
 * @wgt: weight key, binary32 bits of a centroid
 * @wgt_care: bits of @wgt that are compared
 * @product: LUT word: binary32 bits, or for AXP_ACC_FIXED a signed integer in
 *	units of 2^-scale
 * @flags: 0: the product is @product; AXP_ROW_SIGNIFICAND: @act_care lies
 *	within the mantissa (0x007fffff) and the product is @product times
 *	s * 2^(e-127), with s and e the sign and biased exponent of the
 *	activation; never matches when e is 0 or 255; AXP_ACC_F32 only
 *
 * Matches (w, a) when ((a ^ act) & act_care) == 0 and
 * ((w ^ wgt) & wgt_care) == 0. The lowest matching row of a table wins.
 */
struct axp_row {
	__u32 act;
	__u32 act_care;
	__u32 wgt;
	__u32 wgt_care;
	__u32 product;
	__u32 flags;
};

/**
 * struct axp_table_spec - what a table is, beside its rows
 * @accumulator: AXP_ACC_*
 * @organisation: AXP_ORG_*: what is counted and charged, never the results
 * @lanes: processing elements fed by one search (shared, significand,
 *	broadcast); 1 otherwise
 * @word_bits: width of a LUT word: 32 for AXP_ACC_F32; 8, 16, 24 or 32 for
 *	AXP_ACC_FIXED; every word fits it
 * @scale: AXP_ACC_FIXED: words are in units of 2^-scale; -64 to 126; else 0
 * @max_term: AXP_ACC_FIXED: every LUT word and every converted miss lies within
 *	+-max_term (misses are clamped, and counted); 1 to 2^31-1; else 0
 * @preset: AXP_PRESET_*: energy constants captured when the table is made
 * @cam_class: AXP_CAM_*: likewise
 */
struct axp_table_spec {
	__u32 accumulator;
	__u32 organisation;
	__u32 lanes;
	__u32 word_bits;
	__s32 scale;
	__u32 max_term;
	__u32 preset;
	__u32 cam_class;
};

/**
 * struct axp_table_create - make a table (AXP_IOC_TABLE_CREATE)
 * @rows: user pointer to @nr_rows elements of @row_size bytes
 * @row_size: sizeof(struct axp_row) of the caller
 * @nr_rows: number of rows, may be 0 (every search misses)
 * @spec: accumulator, organisation, energy
 * @flags: must be 0
 * @table: out: handle
 * @generation: out: number of the image, unique in this file
 * @cam_rows: out: CAM rows in this organisation (banked: of the largest bank)
 * @key_bits: out: compared bits of a search
 * @lut_words: out: LUT words one lookup selects from
 * @rsvd: must be 0
 * @why: out on failure; index is the first bad row
 */
struct axp_table_create {
	__aligned_u64 rows;
	__u32 row_size;
	__u32 nr_rows;
	struct axp_table_spec spec;
	__u32 flags;
	__u32 table;
	__aligned_u64 generation;
	__u32 cam_rows;
	__u32 key_bits;
	__u32 lut_words;
	__u32 rsvd;
	struct axp_why why;
};

/**
 * struct axp_table_write - replace rows of a table (AXP_IOC_TABLE_WRITE)
 * @rows: user pointer to @nr_rows elements of @row_size bytes
 * @row_size: sizeof(struct axp_row) of the caller
 * @nr_rows: number of rows
 * @table: handle
 * @first: first row to replace; @first + @nr_rows may be larger than the table,
 *	which then grows; @first is at most the table's number of rows
 * @flags: must be 0
 * @rsvd: must be 0
 * @generation: out: number of the new image
 * @why: out on failure
 *
 * Copy on write: jobs submitted before keep the image they were submitted
 * with.
 */
struct axp_table_write {
	__aligned_u64 rows;
	__u32 row_size;
	__u32 nr_rows;
	__u32 table;
	__u32 first;
	__u32 flags;
	__u32 rsvd;
	__aligned_u64 generation;
	struct axp_why why;
};

/* Formats of the weights of struct axp_weights_create. */
#define AXP_WGT_F32		0	/* binary32, no codebook */
#define AXP_WGT_U8		1	/* one index a byte */
#define AXP_WGT_U4		2	/* two indices a byte, low nibble first */

/**
 * struct axp_weights_create - make weights (AXP_IOC_WEIGHTS_CREATE)
 * @codebook: user pointer to @nr_centroids binary32 centroids; 0 for
 *	AXP_WGT_F32
 * @data: user pointer to @count weights or indices, in order, U4 without gaps
 * @bias: user pointer to @nr_bias binary32 values, or 0
 * @count: number of weights, at least 1
 * @nr_bias: number of biases; a job needs none or one per output channel
 * @format: AXP_WGT_*
 * @nr_centroids: 1 to 256 (U8) or 16 (U4); 0 for AXP_WGT_F32
 * @flags: must be 0
 * @weights: out: handle
 * @rsvd: must be 0
 * @why: out on failure; index is the first bad weight
 *
 * Weights are a private, immutable copy: no index of a job comes from memory
 * that a client can still write. Plain binary32 weights with at most 256
 * distinct values become a codebook; with more they run on an exact general
 * path.
 */
struct axp_weights_create {
	__aligned_u64 codebook;
	__aligned_u64 data;
	__aligned_u64 bias;
	__aligned_u64 count;
	__u32 nr_bias;
	__u32 format;
	__u32 nr_centroids;
	__u32 flags;
	__u32 weights;
	__u32 rsvd;
	struct axp_why why;
};

/**
 * struct axp_destroy - drop a handle (AXP_IOC_DESTROY)
 * @id: buffer, table or weights
 * @flags: must be 0
 *
 * Jobs that were submitted with the object, and mappings of a buffer, keep it
 * alive.
 */
struct axp_destroy {
	__u32 id;
	__u32 flags;
};

/**
 * struct axp_ref - a place in a buffer
 * @offset: bytes, a multiple of 4
 * @buf: handle of a buffer
 * @rsvd: must be 0
 */
struct axp_ref {
	__aligned_u64 offset;
	__u32 buf;
	__u32 rsvd;
};

/**
 * struct axp_dot - out[i] = bias[i] + sum_k act[i*act_step+k] * wgt[i*wgt_step+k]
 * @count: number of dot products
 * @len: length of each
 * @act_step: elements between the activations of consecutive products; may be 0
 * @wgt_step: elements between their weights; may be 0
 */
struct axp_dot {
	__u32 count;
	__u32 len;
	__u32 act_step;
	__u32 wgt_step;
};

/* Flags of struct axp_gemm. */
#define AXP_GEMM_T_ACT		(1u << 0)	/* act is stored [K, M] */
#define AXP_GEMM_T_WGT		(1u << 1)	/* weights are stored [N, K] */

/**
 * struct axp_gemm - out[M, N] = bias[N] + act[M, K] * wgt[K, N]
 * @m: rows of act and out
 * @n: columns of wgt and out
 * @k: reduction length
 * @flags: AXP_GEMM_T_*
 * @ld_act: elements between rows of act as stored; 0: dense
 * @ld_wgt: elements between rows of wgt as stored; 0: dense
 * @ld_out: elements between rows of out; 0: dense
 * @rsvd: must be 0
 */
struct axp_gemm {
	__u32 m;
	__u32 n;
	__u32 k;
	__u32 flags;
	__u32 ld_act;
	__u32 ld_wgt;
	__u32 ld_out;
	__u32 rsvd;
};

/**
 * struct axp_conv2d - NCHW activations, OIHW weights, NCHW output, dense
 * @n: batch
 * @c: input channels, a multiple of @groups
 * @h: input height
 * @w: input width
 * @oc: output channels, a multiple of @groups; weights are [oc, c/groups, kh, kw]
 * @kh: kernel height
 * @kw: kernel width
 * @groups: groups; @groups == @c is depthwise
 * @stride_h: vertical stride, at least 1
 * @stride_w: horizontal stride, at least 1
 * @dil_h: vertical dilation, at least 1
 * @dil_w: horizontal dilation, at least 1
 * @pad_top: rows of padding above
 * @pad_bottom: rows of padding below
 * @pad_left: columns of padding at the left
 * @pad_right: columns of padding at the right
 *
 * Output height is (h + pad_top + pad_bottom - dil_h*(kh-1) - 1) / stride_h + 1,
 * rounded down; width likewise. Padding cells are not MACs.
 */
struct axp_conv2d {
	__u32 n;
	__u32 c;
	__u32 h;
	__u32 w;
	__u32 oc;
	__u32 kh;
	__u32 kw;
	__u32 groups;
	__u32 stride_h;
	__u32 stride_w;
	__u32 dil_h;
	__u32 dil_w;
	__u32 pad_top;
	__u32 pad_bottom;
	__u32 pad_left;
	__u32 pad_right;
};

/* Flags of struct axp_job. */
#define AXP_JOB_GATE_ACT	(1u << 0)	/* activation +-0: the MAC is gated */
#define AXP_JOB_GATE_WGT	(1u << 1)	/* weight +-0: the MAC is gated */
#define AXP_JOB_KY_CI_KX	(1u << 2)	/* conv2d: reduce (ky, ci, kx), not (ky, kx, ci) */
#define AXP_JOB_COMPLETION	(1u << 3)	/* queue a record for read(2) */

/**
 * struct axp_job - one operation
 * @op: AXP_OP_*
 * @flags: AXP_JOB_*
 * @table: handle; 0: no CAM, every MAC is a miss and accumulates in binary32
 * @weights: handle
 * @cookie: returned untouched in the completion
 * @act: activations, binary32
 * @out: results, binary32; must not overlap @act
 * @dot: shape for AXP_OP_DOT
 * @gemm: shape for AXP_OP_GEMM
 * @conv2d: shape for AXP_OP_CONV2D
 * @pad: bytes past the chosen shape must be 0
 */
struct axp_job {
	__u32 op;
	__u32 flags;
	__u32 table;
	__u32 weights;
	__aligned_u64 cookie;
	struct axp_ref act;
	struct axp_ref out;
	union {
		struct axp_dot dot;
		struct axp_gemm gemm;
		struct axp_conv2d conv2d;
		__aligned_u64 pad[16];
	};
};

/* Flags of struct axp_submit. */
#define AXP_SUBMIT_SYNC		(1u << 0)	/* return when all jobs are done */

/**
 * struct axp_submit - queue jobs, all or none (AXP_IOC_SUBMIT)
 * @jobs: user pointer to @nr_jobs elements of @job_size bytes
 * @job_size: sizeof(struct axp_job) of the caller
 * @nr_jobs: number of jobs, at least 1
 * @flags: AXP_SUBMIT_*
 * @rsvd: must be 0
 * @first_seqno: out: sequence number of the first job; the others follow
 * @why: out on failure; index is the first bad job
 *
 * Every job is checked before the first is queued. Blocks interruptibly while
 * the queue is full (EAGAIN with O_NONBLOCK). With AXP_SUBMIT_SYNC the jobs run
 * in the caller where that is possible; only a fatal signal ends the wait, and
 * the jobs are then cancelled.
 */
struct axp_submit {
	__aligned_u64 jobs;
	__u32 job_size;
	__u32 nr_jobs;
	__u32 flags;
	__u32 rsvd;
	__aligned_u64 first_seqno;
	struct axp_why why;
};

/**
 * struct axp_wait - wait for jobs (AXP_IOC_WAIT)
 * @seqno: every job of this file up to this one
 * @deadline_ns: absolute CLOCK_MONOTONIC time; in the past: poll
 * @flags: must be 0
 * @rsvd: must be 0
 */
struct axp_wait {
	__aligned_u64 seqno;
	__s64 deadline_ns;
	__u32 flags;
	__u32 rsvd;
};

/**
 * struct axp_stats - exact event counts and what they cost
 * @macs: multiply-accumulates: gated + hits_exact + hits_approx + misses
 * @gated: MACs that zero gating skipped
 * @zero_act: MACs whose activation is +-0, gated or not
 * @hits_exact: hits whose product equals what the FPU gives, bit for bit
 * @hits_approx: other hits
 * @misses: MACs that the FPU multiplied
 * @searches: CAM searches; depends on the organisation
 * @clamped: AXP_ACC_FIXED misses clamped to max_term
 * @outputs: results written
 * @jobs: jobs completed
 * @rows_programmed: CAM rows and LUT words written
 * @energy_fj: energy of all this, programming included, femtojoule
 * @program_fj: programming alone, femtojoule
 * @baseline_fj: the same MACs on a binary32 multiplier and adder
 * @baseline_gated_fj: the same with the baseline gating zero activations
 * @queue_ns: time between submission and start
 * @busy_ns: time that engines spent
 */
struct axp_stats {
	__aligned_u64 macs;
	__aligned_u64 gated;
	__aligned_u64 zero_act;
	__aligned_u64 hits_exact;
	__aligned_u64 hits_approx;
	__aligned_u64 misses;
	__aligned_u64 searches;
	__aligned_u64 clamped;
	__aligned_u64 outputs;
	__aligned_u64 jobs;
	__aligned_u64 rows_programmed;
	__aligned_u64 energy_fj;
	__aligned_u64 program_fj;
	__aligned_u64 baseline_fj;
	__aligned_u64 baseline_gated_fj;
	__aligned_u64 queue_ns;
	__aligned_u64 busy_ns;
};

/**
 * struct axp_completion - record of read(2), one per AXP_JOB_COMPLETION job
 * @seqno: sequence number of the job
 * @cookie: the job's
 * @status: 0 or a negative errno
 * @rsvd: 0
 * @stats: of this job
 *
 * read(2) returns whole records, in order of completion, and blocks while there
 * is none (EAGAIN with O_NONBLOCK); a size below one record is EINVAL.
 * poll(2) reports POLLIN while there is one.
 */
struct axp_completion {
	__aligned_u64 seqno;
	__aligned_u64 cookie;
	__s32 status;
	__u32 rsvd;
	struct axp_stats stats;
};

/* Scopes of struct axp_query_stats. */
#define AXP_STATS_CLIENT	0	/* everything of this open file */
#define AXP_STATS_TABLE		1	/* jobs that named table @id, and its rows */

/**
 * struct axp_query_stats - counters (AXP_IOC_QUERY_STATS)
 * @scope: AXP_STATS_*
 * @id: handle for AXP_STATS_TABLE, else 0
 * @rsvd: must be 0
 * @stats: out
 */
struct axp_query_stats {
	__u32 scope;
	__u32 id;
	__aligned_u64 rsvd;
	struct axp_stats stats;
};

/* Where a fault is: axp_fault.target. */
#define AXP_FAULT_ACT_KEY	0	/* activation key of a CAM row */
#define AXP_FAULT_ACT_CARE	1	/* its care mask */
#define AXP_FAULT_WGT_KEY	2	/* weight key of a CAM row, AXP_ORG_FLAT only */
#define AXP_FAULT_WGT_CARE	3	/* its care mask, AXP_ORG_FLAT only */
#define AXP_FAULT_LUT		4	/* LUT word */
#define AXP_FAULT_ACC		5	/* accumulator */

/* What a fault does: axp_fault.kind. */
#define AXP_FAULT_STUCK_0	0	/* the bit is always 0 */
#define AXP_FAULT_STUCK_1	1	/* the bit is always 1 */
#define AXP_FAULT_FLIP		2	/* transient: drawn anew by job, ACC: by step */

/* Most faults of one table. */
#define AXP_MAX_FAULTS		64

/**
 * struct axp_fault - one way in which a table's hardware is faulty
 * @target: AXP_FAULT_ACT_KEY and so on
 * @kind: AXP_FAULT_STUCK_0, AXP_FAULT_STUCK_1 or AXP_FAULT_FLIP
 * @first: first row; AXP_FAULT_ACC: first output channel (number of its bias)
 * @count: rows or output channels; 0: all from @first on. Rows must exist
 * @mask: bits that can be faulty, not 0
 * @rate: each of these bits is faulty with the probability @rate / 2^32; 0: always
 *
 * Documentation/pe-semantics.rst ("Faults") says which bits exist, which are
 * drawn and what a faulty one changes.
 */
struct axp_fault {
	__u32 target;
	__u32 kind;
	__u32 first;
	__u32 count;
	__u32 mask;
	__u32 rate;
};

/**
 * struct axp_table_faults - make a table's hardware faulty (AXP_IOC_TABLE_FAULTS)
 * @faults: user pointer to @nr_faults elements of @fault_size bytes
 * @fault_size: sizeof(struct axp_fault) of the caller
 * @nr_faults: at most AXP_MAX_FAULTS; 0: the table is sound again
 * @table: handle
 * @flags: must be 0
 * @seed: of all draws: same seed, same faults, same results
 * @generation: out: number of the new image
 * @why: out on failure; index is the first bad fault
 *
 * Needs CAP_SYS_ADMIN. Replaces the faults that the table had and numbers its jobs
 * from 0 again; jobs submitted before keep what they were submitted with, and
 * AXP_IOC_TABLE_WRITE keeps the faults. Energy is that of the sound table.
 */
struct axp_table_faults {
	__aligned_u64 faults;
	__u32 fault_size;
	__u32 nr_faults;
	__u32 table;
	__u32 flags;
	__aligned_u64 seed;
	__aligned_u64 generation;
	struct axp_why why;
};

/**
 * struct axp_fault_stats - faults that jobs met
 * @jobs: jobs completed on a table with faults
 * @cam_bits: wrong bits of CAM rows, of the table of each of these jobs
 * @lut_bits: wrong bits of LUT words, likewise
 * @acc_bits: bits of accumulators that were changed
 */
struct axp_fault_stats {
	__aligned_u64 jobs;
	__aligned_u64 cam_bits;
	__aligned_u64 lut_bits;
	__aligned_u64 acc_bits;
};

/**
 * struct axp_query_faults - fault counters (AXP_IOC_QUERY_FAULTS)
 * @scope: AXP_STATS_*
 * @id: handle for AXP_STATS_TABLE, else 0
 * @rsvd: must be 0
 * @stats: out
 */
struct axp_query_faults {
	__u32 scope;
	__u32 id;
	__aligned_u64 rsvd;
	struct axp_fault_stats stats;
};

/* The ioctls of /dev/axp. */
#define AXP_IOC_MAGIC		0xBC	/* the type of all their numbers */
#define AXP_IOC_GET_CAPS	_IOR(AXP_IOC_MAGIC, 0x00, struct axp_caps)
#define AXP_IOC_BUF_CREATE	_IOWR(AXP_IOC_MAGIC, 0x01, struct axp_buf_create)
#define AXP_IOC_TABLE_CREATE	_IOWR(AXP_IOC_MAGIC, 0x02, struct axp_table_create)
#define AXP_IOC_TABLE_WRITE	_IOWR(AXP_IOC_MAGIC, 0x03, struct axp_table_write)
#define AXP_IOC_WEIGHTS_CREATE	_IOWR(AXP_IOC_MAGIC, 0x04, struct axp_weights_create)
#define AXP_IOC_DESTROY		_IOW(AXP_IOC_MAGIC, 0x05, struct axp_destroy)
#define AXP_IOC_SUBMIT		_IOWR(AXP_IOC_MAGIC, 0x06, struct axp_submit)
#define AXP_IOC_WAIT		_IOW(AXP_IOC_MAGIC, 0x07, struct axp_wait)
#define AXP_IOC_QUERY_STATS	_IOWR(AXP_IOC_MAGIC, 0x08, struct axp_query_stats)
#define AXP_IOC_TABLE_FAULTS	_IOWR(AXP_IOC_MAGIC, 0x09, struct axp_table_faults)
#define AXP_IOC_QUERY_FAULTS	_IOWR(AXP_IOC_MAGIC, 0x0a, struct axp_query_faults)

#endif /* _UAPI_LINUX_AXP_H */
