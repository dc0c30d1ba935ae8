/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libaxp: associative processing elements, from ONNX models to /dev/axp.
 *
 * The header reads from easy to expert: errors, data, models, running, compiling,
 * then the device itself.
 *
 * Rules, everywhere:
 * - A function that can fail returns 0 or a negative errno and leaves outputs and
 *   objects as they were. Objects come back through *out, NULL on failure.
 * - struct axp_diag, where taken, may be NULL. On failure it holds one line that
 *   names the file, the field, the value and the limit.
 * - "owned by the caller" names the function that frees; those accept NULL.
 *   "borrowed until X" means the library keeps the pointer until X.
 * - Option structures begin with their size: use AXP_OPTS(struct axp_..., name).
 *   Fields added later are zero for old callers, and zero means the default.
 * - One thread per object at a time. Results never depend on the number of threads.
 * - The library never prints, exits, or changes global state.
 */
#ifndef AXP_AXP_H
#define AXP_AXP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/axp.h>
#include <linux/axp_netlink.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AXP_VERSION_MAJOR	0
#define AXP_VERSION_MINOR	1
#define AXP_VERSION_PATCH	0

#define AXP_API		__attribute__((visibility("default")))
#define AXP_MUST_CHECK	__attribute__((warn_unused_result))

/* version of the library, "0.1.0" */
AXP_API const char *axp_version(void);

/* ------------------------------------------------------------------ errors */

#define AXP_DIAG_MAX	512

/**
 * struct axp_diag - one clear message of a failure
 * @text: NUL terminated, no newline; empty when there is nothing to say
 */
struct axp_diag {
	char text[AXP_DIAG_MAX];
};

/* declare an option structure of @type, all defaults */
#define AXP_OPTS(type, name) type name = { .size = sizeof(type) }

/**
 * typedef axp_progress_fn - called now and then by long calls
 * @user: as given with the function
 * @what: what is being done, "calibrating conv2"
 * @done: units done
 * @total: units in all, 0: unknown
 */
typedef void (*axp_progress_fn)(void *user, const char *what, uint64_t done, uint64_t total);

/* ----------------------------------------------------------------- datasets */

struct axp_dataset;

/**
 * struct axp_dataset_opts - how raw samples become inputs of a net
 * @size: sizeof
 * @input_dims: dimensions of the net's input without the batch, for example C, H,
 *	W; samples are checked against it; all 0: take them from the data
 * @input_ndim: of @input_dims, at most 7
 * @scale: value = raw * scale; 0: default (idx and images 1/255, else 1)
 * @mean: then value -= mean[channel]; channels past the last one that is not 0 take
 *	that one; samples that are not C, H, W have one channel
 * @std: then value /= std[channel], likewise; 0 means 1
 * @need_labels: refuse data without labels, and folders without a class of the net
 * @image: settings of pictures, "resize=256,order=bgr"; NULL: defaults. See
 *	axp_image_settings()
 * @audio: settings of sound, "mfcc,rate=16000"; needed for sound. See
 *	axp_audio_settings()
 * @classes: names of the net's classes in their order, with commas: folders of classes
 *	are matched by name or by number; NULL: folders in the order of their names
 * @nr_classes: of the net; with @need_labels and without @classes as many folders must
 *	be there; 0: not known
 */
struct axp_dataset_opts {
	size_t size;
	uint64_t input_dims[7];
	uint32_t input_ndim;
	float scale;
	float mean[4];
	float std[4];
	bool need_labels;
	const char *image;
	const char *audio;
	const char *classes;
	uint32_t nr_classes;
};

/**
 * axp_dataset_open() - open samples with or without labels
 * @out: new dataset, owned by the caller: axp_dataset_free()
 * @spec: one of
 *	"idx:IMAGES[,LABELS]" MNIST style IDX files, .gz too;
 *	"npy:X[,Y]" floating-point or uint8 samples as the net takes them (after @scale),
 *	integer labels; "npz:FILE[,X[,Y]]" the same, arrays of an archive (its only one
 *	without X); "csv:FILE" one sample a line, the label last (lines of just
 *	as many numbers as @input_dims have elements: no label), .gz too;
 *	"images:DIR" one folder per class, in the order of their names, PNG, JPEG,
 *	PGM and PPM files inside, converted as axp_input_read() says; "wav:DIR" the same
 *	with WAV files, or a folder of files named CLASS_*.wav. Both may be a folder of
 *	files alone, without labels.
 *	A slice may follow any of them: "[start:stop:step]", as in Python, for
 *	example "csv:digits.csv.gz[0::5]".
 * @opts: NULL: defaults
 * @diag: file, field, value, limit
 *
 * Return: 0; -ENOENT and other errors of open(2); -EINVAL malformed data; -E2BIG
 * over a limit; -ENODATA no labels where they are needed, or no sample left.
 */
AXP_API int axp_dataset_open(struct axp_dataset **out, const char *spec,
			     const struct axp_dataset_opts *opts,
			     struct axp_diag *diag) AXP_MUST_CHECK;
/**
 * axp_dataset_memory() - samples that the caller has in memory
 * @out: new dataset, owned by the caller: axp_dataset_free()
 * @x: @n samples as the net takes them, one after the other; borrowed until
 *	axp_dataset_free()
 * @labels: @n classes, or NULL; borrowed likewise
 * @n: samples, at least 1
 * @dims: dimensions of a sample
 * @ndim: of @dims, 1 to 7
 * @diag: value and limit
 *
 * Return: 0; -EINVAL; -E2BIG over a limit; -ENODATA no sample; -ENOMEM.
 */
AXP_API int axp_dataset_memory(struct axp_dataset **out, const float *x,
			       const uint32_t *labels, uint64_t n, const uint64_t *dims,
			       uint32_t ndim, struct axp_diag *diag) AXP_MUST_CHECK;
AXP_API void axp_dataset_free(struct axp_dataset *data);
/* number of samples after the slice, at least 1 */
AXP_API uint64_t axp_dataset_count(const struct axp_dataset *data);
/* elements of one sample */
AXP_API uint64_t axp_dataset_elems(const struct axp_dataset *data);
/* dimensions of one sample; returns their number, at most 7 */
AXP_API uint32_t axp_dataset_dims(const struct axp_dataset *data, uint64_t dims[7]);
AXP_API bool axp_dataset_has_labels(const struct axp_dataset *data);
/* name of class @label, or NULL ("images:" and "wav:" have them); borrowed */
AXP_API const char *axp_dataset_class_name(const struct axp_dataset *data, uint32_t label);
/* @x: axp_dataset_elems() floats; @label may be NULL */
AXP_API int axp_dataset_get(struct axp_dataset *data, uint64_t index, float *x,
			    uint32_t *label, struct axp_diag *diag) AXP_MUST_CHECK;

/**
 * axp_image_settings() - all settings of pictures, out of those given
 * @spec: "key=value,...":
 *	resize=net|cover|none|N|HxW: to the net's height and width; as small as covers
 *	them; not at all; the shorter side to N; to a height and width. What is larger
 *	than the net takes is cropped at its centre (default net);
 *	filter=bilinear|antialias|nearest: between centres of pixels; the same over all
 *	pixels that a smaller one covers; no mean (default bilinear);
 *	order=rgb|bgr: of three channels (default rgb);
 *	layout=nchw|nhwc: of the net's input, for means and deviations too (default nchw)
 * @text: "resize=net,filter=bilinear,order=rgb,layout=nchw"; means the same
 * @size: of @text
 * @diag: setting, value, limit
 *
 * Return: 0; -EINVAL; -ERANGE @size is too small (AXP_SETTINGS_MAX is not).
 */
AXP_API int axp_image_settings(const char *spec, char *text, size_t size,
			       struct axp_diag *diag) AXP_MUST_CHECK;

#define AXP_SETTINGS_MAX	1024

/**
 * axp_audio_settings() - all settings of sound, out of those given
 * @spec: "mfcc,key=value,...". The settings in the order they act; in brackets the
 *	default, with which "mfcc" is the front end of MLPerf Tiny's keyword spotting:
 *	features=mfcc|logmel|wave (mfcc); wave: the samples after preemphasis;
 *	rate=HZ that a file must have (16000); several channels are averaged;
 *	length=N samples taken (rate);
 *	fit=start|centre|end: the part of a longer file, and where a shorter one lies
 *	among zeros (start);
 *	peak=none|abs|max: divide by the greatest magnitude, or greatest sample (max);
 *	preemphasis=A: x[i] -= A x[i - 1] (0);
 *	frame=N samples (30 ms), hop=N samples to the next frame (20 ms);
 *	edges=cut|zero|mirror: whole frames alone, 1 + (length - frame) / hop of them;
 *	or centred on multiples of hop, 1 + length / hop (cut);
 *	window=hann|hamming|blackman|rect (hann), period=periodic|symmetric (periodic);
 *	fft=N, zeros behind the frame (next power of two);
 *	spectrum=magnitude|power (magnitude);
 *	mels=N bands (40) of scale=htk|slaney (htk) from fmin=HZ (20) to fmax=HZ (4000
 *	or rate/2), triangle=mel|hz: straight over mel or over Hz (mel), area=none|slaney:
 *	2 / width in Hz (none);
 *	log=ln|log10|db|none of max(x, floor) + offset (ln), floor=V (0), offset=V (1e-6);
 *	dct=1|2|3|4 (2), norm=htk|ortho|none: sqrt(2/n) for all, orthonormal, 2 * the sum
 *	(htk), first=N coefficient (0), coefficients=N (10), lifter=L (0: none);
 *	layout=tf|ft: [time, feature] or [feature, time] (tf)
 * @text: the same with every setting in it
 * @size: of @text
 * @diag: setting, value, limit
 *
 * The features of one sound are a sample of dimensions 1, time, feature.
 *
 * Return: 0; -EINVAL; -ERANGE @size is too small (AXP_SETTINGS_MAX is not).
 */
AXP_API int axp_audio_settings(const char *spec, char *text, size_t size,
			       struct axp_diag *diag) AXP_MUST_CHECK;

/**
 * axp_input_read() - one input of a net from a picture, sound or .npy file
 * @path: PNG, JPEG, PGM, PPM, WAV, FLAC or .npy; its first bytes say what it is
 * @opts: as for axp_dataset_open(); @input_dims is needed. A picture needs C, H, W
 *	with C 1 (gray) or 3 (red, green, blue), and becomes that as @image says
 * @x: as many floats as @input_dims have elements; unchanged on failure
 * @diag: file, field, value, limit
 *
 * Pictures: palettes are expanded, gray becomes three equal channels, colour becomes
 * gray by 0.299 R + 0.587 G + 0.114 B, transparency is composited on black, 16 bit
 * samples keep their precision as 0..255. Default scale 1/255 (.npy and sound: 1).
 *
 * Return: 0; errors of open(2); -EINVAL malformed; -E2BIG over a limit.
 */
AXP_API int axp_input_read(const char *path, const struct axp_dataset_opts *opts,
			   float *x, struct axp_diag *diag) AXP_MUST_CHECK;

/* ------------------------------------------------------------------ tensors */

struct axp_tensor;

#define AXP_MAX_DIMS	8

/* types of elements, by their numbers in ONNX */
enum axp_dtype {
	AXP_F32 = 1,
	AXP_U8 = 2,
	AXP_I8 = 3,
	AXP_U16 = 4,
	AXP_I16 = 5,
	AXP_I32 = 6,
	AXP_I64 = 7,
	AXP_BOOL = 9,
	AXP_F16 = 10,
	AXP_F64 = 11,
	AXP_U32 = 12,
};

/**
 * axp_tensor_read() - a tensor from a file
 * @out: new tensor, owned by the caller: axp_tensor_free()
 * @path: numpy's .npy (little endian), or an ONNX TensorProto; the first bytes
 *	say which
 * @diag: file, field, value, limit
 *
 * Return: 0; errors of open(2); -EINVAL malformed; -EOPNOTSUPP another type or order;
 * -E2BIG over a limit; -ENOMEM.
 */
AXP_API int axp_tensor_read(struct axp_tensor **out, const char *path,
			    struct axp_diag *diag) AXP_MUST_CHECK;
/**
 * axp_tensor_create() - a tensor from memory
 * @out: new tensor, owned by the caller: axp_tensor_free()
 * @dtype: of the elements
 * @ndim: number of @dims, 0: a scalar, at most AXP_MAX_DIMS
 * @dims: dimensions
 * @data: elements, C order, in the byte order of the machine; NULL: zeros
 * @diag: the limit
 *
 * Return: 0; -EINVAL type or number of dimensions; -E2BIG; -ENOMEM.
 */
AXP_API int axp_tensor_create(struct axp_tensor **out, enum axp_dtype dtype, uint32_t ndim,
			      const uint64_t *dims, const void *data,
			      struct axp_diag *diag) AXP_MUST_CHECK;
/* as .npy; @path is replaced as a whole, or left as it was */
AXP_API int axp_tensor_write(const struct axp_tensor *tensor, const char *path,
			     struct axp_diag *diag) AXP_MUST_CHECK;
AXP_API void axp_tensor_free(struct axp_tensor *tensor);
AXP_API enum axp_dtype axp_tensor_dtype(const struct axp_tensor *tensor);
/* dimensions; returns their number, at most AXP_MAX_DIMS */
AXP_API uint32_t axp_tensor_dims(const struct axp_tensor *tensor, uint64_t dims[8]);
/* elements, C order; borrowed until axp_tensor_free() */
AXP_API const void *axp_tensor_data(const struct axp_tensor *tensor);
/* "FLOAT", "INT64", ...; "?" when unknown */
AXP_API const char *axp_dtype_name(int dtype);
/* bytes of an element, 0: not a type the library holds */
AXP_API size_t axp_dtype_size(int dtype);

/**
 * struct axp_named_tensor - an input of a graph
 * @name: of the input
 * @tensor: its value
 */
struct axp_named_tensor {
	const char *name;
	const struct axp_tensor *tensor;
};

/* ------------------------------------------------------------------- models */

struct axp_graph;

/**
 * struct axp_onnx_opts - limits of the ONNX reader, 0: default
 * @size: sizeof
 * @max_bytes: of the file (default 2 GiB)
 * @max_nodes: default 65536
 * @max_depth: of nested messages (default 64)
 * @inputs: what the graph's inputs will be, @nr_inputs of them, borrowed during the
 *	call; implies @tensors. Free dimensions are taken from here, and an input that
 *	ends up where only a constant can be (a shape, weights) becomes one
 * @nr_inputs: of @inputs
 * @tensors: the graph is for axp_session_run_tensors(): inputs and outputs of any
 *	number, type and shape. Default: for axp_session_run()
 */
struct axp_onnx_opts {
	size_t size;
	uint64_t max_bytes;
	uint32_t max_nodes;
	uint32_t max_depth;
	const struct axp_named_tensor *inputs;
	uint32_t nr_inputs;
	bool tensors;
};

/**
 * axp_onnx_read() - build a graph from an ONNX file
 * @out: new graph, owned by the caller: axp_graph_free()
 * @path: file
 * @opts: NULL: defaults
 * @diag: what was refused: node, attribute, value, limit
 *
 * Accepts only what the executor runs: an unknown operator, attribute or opset
 * is refused by name. BatchNormalization is folded into convolutions. A model
 * that axp_compile() made comes back with its tables.
 *
 * The file is mapped, not read, unless it is gzip or a pipe, and weights stay where they
 * are in it as far as they are aligned there: it may be replaced or removed while the
 * graph lives, but must not be cut short. So are files that hold the data of its tensors
 * (external_data): they must lie in the model's folder or below it, each within
 * @max_bytes; a location that is not relative, that has "..", or a part of which is a
 * symbolic link is refused, and a place that is not in the file.
 *
 * Return: 0; -EINVAL malformed; -EOPNOTSUPP not executable; -E2BIG over a limit;
 * -ENOMEM; errors of open(2) and read(2).
 */
AXP_API int axp_onnx_read(struct axp_graph **out, const char *path,
			  const struct axp_onnx_opts *opts,
			  struct axp_diag *diag) AXP_MUST_CHECK;
/* the same from memory; @name stands for the file in messages; no external_data */
AXP_API int axp_onnx_read_mem(struct axp_graph **out, const void *buf, size_t len,
			      const char *name, const struct axp_onnx_opts *opts,
			      struct axp_diag *diag) AXP_MUST_CHECK;
/**
 * axp_onnx_write() - write a graph as an ONNX model any tool can run
 * @graph: compiled or not
 * @path: replaced as a whole, or left as it was
 * @diag: error of the file system
 *
 * A compiled layer is written as Cast(uint8 indices) and Gather(codebook) before
 * its operator, its table as an initializer, its settings as "axp.*" metadata.
 * Return: 0 or a negative errno.
 */
AXP_API int axp_onnx_write(const struct axp_graph *graph, const char *path,
			   struct axp_diag *diag) AXP_MUST_CHECK;
AXP_API void axp_graph_free(struct axp_graph *graph);
/* dimensions of the (only) input without the batch; returns their number */
AXP_API uint32_t axp_graph_input_dims(const struct axp_graph *graph, uint64_t dims[7]);
/* elements of the (first) output for one sample: classes of a classifier */
AXP_API uint64_t axp_graph_output_elems(const struct axp_graph *graph);
/**
 * struct axp_port - an input or output of a graph
 * @name: borrowed until axp_graph_free()
 * @dtype: enum axp_dtype
 * @ndim: number of @dims
 * @dims: dimensions; of a graph for axp_session_run(): for one sample
 */
struct axp_port {
	const char *name;
	uint32_t dtype;
	uint32_t ndim;
	uint64_t dims[8];
};

AXP_API uint32_t axp_graph_nr_inputs(const struct axp_graph *graph);
AXP_API uint32_t axp_graph_nr_outputs(const struct axp_graph *graph);
/* input or output @i into @port; -EINVAL: there are not so many */
AXP_API int axp_graph_input(const struct axp_graph *graph, uint32_t i,
			    struct axp_port *port) AXP_MUST_CHECK;
AXP_API int axp_graph_output(const struct axp_graph *graph, uint32_t i,
			     struct axp_port *port) AXP_MUST_CHECK;
/* a metadata property of the model, or NULL; borrowed until axp_graph_free() */
AXP_API const char *axp_graph_metadata(const struct axp_graph *graph, const char *key);
AXP_API int axp_graph_set_metadata(struct axp_graph *graph, const char *key,
				   const char *value) AXP_MUST_CHECK;
/* true when some layer has a table */
AXP_API bool axp_graph_is_compiled(const struct axp_graph *graph);

/* what the outputs of a net are taken as when those of two nets are compared */
enum axp_outputs {
	AXP_OUTPUTS_SCORES,	/* anything: their Softmax is compared */
	AXP_OUTPUTS_CLASSES,	/* in 0 to 1, 1 in sum: probabilities of classes */
	AXP_OUTPUTS_EACH,	/* in 0 to 1: a probability each, of which the mean is taken */
	AXP_OUTPUTS_VALUE,	/* one number: mean of a normal distribution */
};

/**
 * struct axp_making - how a graph was compiled
 * @prune: part of the weights of each layer but the first and the last that was asked
 *	to be pruned, 0: nothing was
 * @pruned: weights that were forced to 0
 * @weights: of all layers
 * @outputs: enum axp_outputs: what @kl was taken of
 * @max_kl: bound on the divergence that was searched with, nat; of @max_drop alone the one
 *	that goes with it
 * @kl: divergence on the samples that were checked, nat
 * @max_drop: bound on the accuracy lost, percentage points; 0: none
 * @drop: accuracy lost on the samples that were checked, percentage points; 0 without
 *	@max_drop
 * @calibrated: samples that tables were fitted to
 * @checked: other samples that the result was checked with, unless there was but one;
 *	0: nothing was searched, and nothing from @outputs on is known
 */
struct axp_making {
	double prune;
	uint64_t pruned;
	uint64_t weights;
	uint32_t outputs;
	double max_kl;
	double kl;
	double max_drop;
	double drop;
	uint64_t calibrated;
	uint64_t checked;
};

/* of a graph that axp_compile() made, now or before it was stored; else zeros */
AXP_API void axp_graph_making(const struct axp_graph *graph, struct axp_making *making);
/* "scores", "classes", "each" or "value"; "?" when unknown */
AXP_API const char *axp_outputs_name(uint32_t outputs);

/**
 * struct axp_layer_info - an offloadable layer, for reports
 * @name: node name; borrowed until axp_graph_free()
 * @op: "Conv", "Gemm" or "MatMul"
 * @macs: multiply-accumulates of one sample, padding not counted
 * @weights: number of weights
 * @k: centroids, 0: not clustered
 * @rows: CAM rows in its organisation
 * @table_rows: rows of its table
 * @key_bits: compared bits of a search
 * @spec: of its table; zero when not compiled
 * @job_flags: AXP_JOB_GATE_ACT and so on
 */
struct axp_layer_info {
	const char *name;
	const char *op;
	uint64_t macs;
	uint64_t weights;
	uint32_t k;
	uint32_t rows;
	uint32_t table_rows;
	uint32_t key_bits;
	struct axp_table_spec spec;
	uint32_t job_flags;
};

AXP_API uint32_t axp_graph_nr_layers(const struct axp_graph *graph);
AXP_API int axp_graph_layer_info(const struct axp_graph *graph, uint32_t layer,
				 struct axp_layer_info *info) AXP_MUST_CHECK;

/**
 * axp_graph_layer_dims() - what one layer takes and gives
 * @graph: graph
 * @layer: below axp_graph_nr_layers()
 * @in: samples, channels, height, width of its input for one sample of the graph;
 *	a matrix product has rows, columns, 1, 1
 * @out: likewise of its output
 *
 * Return: 0; -EINVAL there is no such layer.
 */
AXP_API int axp_graph_layer_dims(const struct axp_graph *graph, uint32_t layer,
				 uint64_t in[4], uint64_t out[4]) AXP_MUST_CHECK;

/* ------------------------------------------------------------------ running */

struct axp_session;

enum axp_backend {
	AXP_BACKEND_FP32,	/* oneDNN binary32 reference; tables are not used */
	AXP_BACKEND_SOFT,	/* the engine in this process */
	AXP_BACKEND_DEVICE,	/* /dev/axp */
};

/**
 * struct axp_session_opts - how to run
 * @size: sizeof
 * @backend: enum axp_backend
 * @device: path of the device, NULL: /dev/axp
 * @engine: engine of the soft backend, NULL: the best
 * @threads: of the backend in this process (not the device), 0: one
 * @preset: AXP_PRESET_*, 0: what each table says (s28 without tables)
 * @cam_class: AXP_CAM_*, 0: what each table says (silicon28 without tables)
 * @max_batch: samples per run, 0: 32
 * @faults: of the tables' hardware; copied. Backends soft and device; the device wants
 *	CAP_SYS_ADMIN
 * @nr_faults: number of @faults, 0: none
 * @fault_layer: 0: the tables of all layers; N: of layer N - 1 alone
 * @fault_seed: of the draws; those of layer N - 1 are with the seed @fault_seed + N
 */
struct axp_session_opts {
	size_t size;
	enum axp_backend backend;
	const char *device;
	const char *engine;
	uint32_t threads;
	uint32_t preset;
	uint32_t cam_class;
	uint32_t max_batch;
	const struct axp_fault *faults;
	uint32_t nr_faults;
	uint32_t fault_layer;
	uint64_t fault_seed;
};

/**
 * axp_session_open() - prepare a graph for a backend
 * @out: new session, owned by the caller: axp_session_close()
 * @graph: borrowed until axp_session_close(); unchanged while it is open
 * @opts: NULL: soft backend
 * @diag: layer, device error, reason
 */
AXP_API int axp_session_open(struct axp_session **out, const struct axp_graph *graph,
			     const struct axp_session_opts *opts,
			     struct axp_diag *diag) AXP_MUST_CHECK;
AXP_API void axp_session_close(struct axp_session *session);

/**
 * axp_session_run() - run samples
 * @session: session
 * @x: @n samples of the graph's input, float32
 * @n: samples, at most max_batch
 * @y: @n * axp_graph_output_elems() floats; unchanged on failure
 * @diag: layer and reason
 */
AXP_API int axp_session_run(struct axp_session *session, const float *x, uint32_t n,
			    float *y, struct axp_diag *diag) AXP_MUST_CHECK;
/**
 * axp_session_run_layer() - run one layer by itself
 * @session: session
 * @layer: below axp_graph_nr_layers()
 * @in: @n times what axp_graph_layer_dims() calls its input, float32
 * @n: samples, at most max_batch
 * @out: @n times its output; unchanged on failure
 * @diag: layer and reason
 *
 * Its counters grow as in axp_session_run().
 * Return: 0; -EINVAL; -ENOMEM; errors of the backend.
 */
AXP_API int axp_session_run_layer(struct axp_session *session, uint32_t layer,
				  const float *in, uint32_t n, float *out,
				  struct axp_diag *diag) AXP_MUST_CHECK;
/**
 * axp_session_run_tensors() - run a graph once on whole tensors
 * @session: of a graph that was read with axp_onnx_opts.tensors or .inputs
 * @inputs: every input of the graph, of the type and shape it was read for; those that
 *	became constants when it was read are not read again
 * @nr_inputs: of @inputs
 * @outputs: axp_graph_nr_outputs() new tensors, owned by the caller:
 *	axp_tensor_free(); all NULL on failure
 * @diag: input, node or layer, and reason
 */
AXP_API int axp_session_run_tensors(struct axp_session *session,
				    const struct axp_named_tensor *inputs, uint32_t nr_inputs,
				    struct axp_tensor **outputs,
				    struct axp_diag *diag) AXP_MUST_CHECK;
/**
 * axp_session_memory() - what the values of the graph take
 * @session: session
 * @bytes: the block they share
 * @live: bytes of those that are alive together where these are most: the least that
 *	any plan can do with
 */
AXP_API void axp_session_memory(const struct axp_session *session, uint64_t *bytes,
				uint64_t *live);
/* counters of one layer since open; zero for AXP_BACKEND_FP32 but for macs */
AXP_API int axp_session_layer_stats(const struct axp_session *session, uint32_t layer,
				    struct axp_stats *stats) AXP_MUST_CHECK;
/* sum over layers, programming of tables included */
AXP_API void axp_session_stats(const struct axp_session *session, struct axp_stats *stats);
/* faults that the jobs met since open; 0 without faults */
AXP_API int axp_session_fault_stats(const struct axp_session *session,
				    struct axp_fault_stats *stats,
				    struct axp_diag *diag) AXP_MUST_CHECK;
/* engine in use: "oneDNN", "float", ...; borrowed until close */
AXP_API const char *axp_session_engine(const struct axp_session *session);

/**
 * struct axp_evaluation - a classifier over a dataset
 * @samples: samples run
 * @correct: samples whose largest output is their label (first one on ties)
 * @classes: outputs of the net
 * @confusion: @classes * @classes counts, [label][answer]; a sample whose outputs
 *	are all NaN has no answer: it is not correct, and not in here
 * @digest: FNV-1a 64 over the bits of all outputs in order: equal digests mean
 *	equal logits
 * @seconds: wall clock
 */
struct axp_evaluation {
	uint64_t samples;
	uint64_t correct;
	uint32_t classes;
	uint64_t *confusion;
	uint64_t digest;
	double seconds;
};

/**
 * axp_evaluate() - run every sample of a labelled dataset
 * @session: open session; its counters grow
 * @data: labelled
 * @result: filled; release with axp_evaluation_clear()
 * @progress: may be NULL
 * @user: for @progress
 * @diag: sample and reason
 */
AXP_API int axp_evaluate(struct axp_session *session, struct axp_dataset *data,
			 struct axp_evaluation *result, axp_progress_fn progress,
			 void *user, struct axp_diag *diag) AXP_MUST_CHECK;
AXP_API void axp_evaluation_clear(struct axp_evaluation *result);

/* ---------------------------------------------------------------- compiling */

enum axp_cluster {
	AXP_CLUSTER_DEFAULT,	/* the best there is: compensated */
	AXP_CLUSTER_KMEANS,	/* Lloyd, the baseline */
	AXP_CLUSTER_OPTIMAL,	/* exact 1-D k-means, dynamic programming */
	AXP_CLUSTER_WEIGHTED,	/* the same, by the variance of the inputs */
	AXP_CLUSTER_COMPENSATED, /* least error of outputs, not of weights */
};

/**
 * struct axp_compile_opts - how to make a model associative, 0: default
 * @size: sizeof
 * @accumulator: AXP_ACC_F32 or AXP_ACC_FIXED
 * @organisation: AXP_ORG_*; 0 is AXP_ORG_FLAT as everywhere (no options at all:
 *	AXP_ORG_SHARED)
 * @lanes: PEs per search (default: output channels of a group, at most 16; 1 for
 *	flat and banked)
 * @preset: AXP_PRESET_* (default s28)
 * @cam_class: AXP_CAM_* (default silicon28)
 * @centroids: K of every layer (default 16; 32 for first, last and depthwise layers)
 * @rows: activation rows of every layer (default 16; first and last layers 48,
 *	depthwise ones 32; significand 4 and 16, powers of two; flat: rows of pairs, 64)
 * @word_bits: AXP_ACC_FIXED LUT words (default 32)
 * @cluster: enum axp_cluster
 * @no_bias_correction: leave biases as they are
 * @no_gating: no zero gating
 * @max_samples: calibration samples used (default 512); fewer where the values of
 *	that many samples do not fit 8 GiB; a search leaves @check_samples over, but
 *	takes two thirds of the data
 * @progress: may be NULL
 * @user: for @progress
 * @threads: that run samples (default: one per processor); the result does not
 *	depend on them
 * @prefix_bits: CAM rows of one length, the most frequent ones: sign, exponent and
 *	@prefix_bits - 9 bits of mantissa, 9 to 16; other activations miss (default:
 *	rows of the lengths that fit best, which all activations hit; flat: 11)
 * @prune: fraction of the weights of each layer but the first and the last that are
 *	forced to 0, 0 to 0.95; AXP_CLUSTER_COMPENSATED only
 * @max_kl: above 0: search @organisation (with @any_organisation), @centroids, @rows
 *	and @word_bits of each layer that are left 0 for the least energy with which
 *	the outputs, as probabilities, diverge by no more than this, nat
 * @max_drop: above 0: the same with a bound on the accuracy that may be lost,
 *	percentage points, and one of 0.04 nat a point on the divergence; the
 *	calibration data needs labels
 * @any_organisation: search among all organisations that @accumulator allows
 * @check_samples: samples of the calibration data that a search is checked with
 *	(default 1000, fewer for nets of more than 2 * 10^8 MACs, at least 32), none of
 *	which calibrates; data of one sample is both
 * @log: file that a search keeps what it found in, and goes on from when it is
 *	there; NULL: none
 */
struct axp_compile_opts {
	size_t size;
	uint32_t accumulator;
	uint32_t organisation;
	uint32_t lanes;
	uint32_t preset;
	uint32_t cam_class;
	uint32_t centroids;
	uint32_t rows;
	uint32_t word_bits;
	enum axp_cluster cluster;
	bool no_bias_correction;
	bool no_gating;
	uint64_t max_samples;
	axp_progress_fn progress;
	void *user;
	uint32_t threads;
	uint32_t prefix_bits;
	float prune;
	float max_kl;
	float max_drop;
	bool any_organisation;
	uint64_t check_samples;
	const char *log;
};

/**
 * axp_compile() - cluster weights, choose CAM and LUT contents, correct biases
 * @graph: changed in place, or unchanged on failure
 * @calib: calibration inputs; labels are used for @opts->max_drop alone
 * @opts: NULL: defaults
 * @diag: layer and reason
 *
 * Same inputs, same bytes out, at any number of threads. Sums are taken by oneDNN,
 * BLAS and LAPACK, which choose their order of additions by the processor: on another
 * kind of machine a few weights can fall to another centroid.
 *
 * Return: 0; -EINVAL an option, samples that do not fit, a net without layers or
 * compiled already, values that are not finite, a log of another search; -EOPNOTSUPP;
 * -ERANGE products that fit no fixed-point scale, or no setting within the bound;
 * -ENOSPC a table over the limits of the device; -ENODATA no labels for @max_drop;
 * -E2BIG; -ENOMEM; errors of reading @calib and of @log.
 */
AXP_API int axp_compile(struct axp_graph *graph, struct axp_dataset *calib,
			const struct axp_compile_opts *opts,
			struct axp_diag *diag) AXP_MUST_CHECK;

/* ------------------------------------------------------------------- prices */

/**
 * struct axp_price_opts - what events cost, 0: default
 * @size: sizeof
 * @preset: AXP_PRESET_H45 to AXP_PRESET_J7; 0: what each table says (s28 without one)
 * @cam_class: AXP_CAM_NOR to AXP_CAM_ZERO; 0: likewise (silicon28)
 * @plain_words: LUT words of 8, 16 and 24 bits cost what those of 32 do
 */
struct axp_price_opts {
	size_t size;
	uint32_t preset;
	uint32_t cam_class;
	bool plain_words;
};

/**
 * struct axp_price - energy of a layer by part, femtojoule; formulas:
 *	Documentation/energy.rst
 * @macs: multiply-accumulates
 * @active: of these, not gated
 * @hits: of these, answered by the LUT
 * @search_fj: CAM searches, with the wires of the row number or of the key
 * @lut_fj: LUT reads; broadcast: rows, bus and selection; exponent adders
 * @mul_fj: multiplications of misses
 * @add_fj: accumulation
 * @convert_fj: AXP_ACC_FIXED: conversion of misses and of outputs
 * @zero_fj: zero detectors of a gating layer
 * @program_fj: writing the table once
 * @energy_fj: sum of these parts, each rounded down
 * @baseline_fj: every MAC on a binary32 multiplier and adder
 * @baseline_gated_fj: the same, zero activations gated
 * @ungated_fj: @energy_fj if gated MACs cost what the layer's other MACs do and there
 *	were no zero detectors: a projection, exact where nothing was gated
 * @fpu_fj: the active MACs and the zero detectors without CAM and LUT, in binary32
 * @all_hit_fj: as @energy_fj without @program_fj, had every active MAC hit; without a
 *	table @all_miss_fj
 * @all_miss_fj: likewise, had every one missed
 * @weight_bits: memory of the weights: ceil(log2 K) bits each and the codebook
 * @weight_bits_f32: 32 bits each
 */
struct axp_price {
	uint64_t macs;
	uint64_t active;
	uint64_t hits;
	uint64_t search_fj;
	uint64_t lut_fj;
	uint64_t mul_fj;
	uint64_t add_fj;
	uint64_t convert_fj;
	uint64_t zero_fj;
	uint64_t program_fj;
	uint64_t energy_fj;
	uint64_t baseline_fj;
	uint64_t baseline_gated_fj;
	uint64_t ungated_fj;
	uint64_t fpu_fj;
	uint64_t all_hit_fj;
	uint64_t all_miss_fj;
	uint64_t weight_bits;
	uint64_t weight_bits_f32;
};

/**
 * axp_price_layer() - price the counters of a layer
 * @price: filled
 * @graph: compiled or not
 * @layer: number
 * @stats: counters of the layer, from any backend that counts; NULL: those of one
 *	sample without zeros whose every MAC hits, a bound; nothing is programmed
 * @opts: NULL: what the table says
 * @diag: what is not known
 *
 * The same counters may be priced again and again: results do not depend on prices.
 *
 * Return: 0; -EINVAL no such layer; -EOPNOTSUPP a preset or CAM class without
 * constants here (custom is the device's); -ENOMEM.
 */
AXP_API int axp_price_layer(struct axp_price *price, const struct axp_graph *graph,
			    uint32_t layer, const struct axp_stats *stats,
			    const struct axp_price_opts *opts,
			    struct axp_diag *diag) AXP_MUST_CHECK;
/* every field of @more is added to @sum */
AXP_API void axp_price_add(struct axp_price *sum, const struct axp_price *more);
/**
 * axp_price_break_even() - the hit rate from which CAM and LUT pay
 * @price: of a layer, or of a sum of layers
 *
 * Return: hits over active MACs at which the device costs what the same binary32
 * processing element costs without them (@fpu_fj); above 1: they never pay; negative:
 * they pay without a hit; NaN: a hit saves nothing, or nothing is active.
 */
AXP_API double axp_price_break_even(const struct axp_price *price);

/**
 * axp_mac_energy() - one multiply-accumulate of a number format, for comparison
 * @preset: AXP_PRESET_H45 to AXP_PRESET_J7
 * @i: 0 to 5: binary32; binary16; binary16 added in binary32; bfloat16; bfloat16 added
 *	in binary32; 8 bit integers added in 32 bits
 * @name: "FP32", "FP16", "FP16+FP32", "BF16", "BF16+FP32", "INT8+INT32"; may be NULL
 *
 * Return: attojoule, 0 for anything else.
 */
AXP_API uint64_t axp_mac_energy(uint32_t preset, uint32_t i, const char **name);

/* ------------------------------------------------------------------- names */

/* numbers of the uapi from their names ("s28", "shared", "fixed", ...); -EINVAL */
AXP_API int axp_preset_from_name(const char *name);
AXP_API int axp_cam_class_from_name(const char *name);
AXP_API int axp_organisation_from_name(const char *name);
AXP_API int axp_accumulator_from_name(const char *name);
/* and back; "?" when unknown */
AXP_API const char *axp_preset_name(uint32_t preset);
AXP_API const char *axp_cam_class_name(uint32_t cam_class);
AXP_API const char *axp_organisation_name(uint32_t organisation);
AXP_API const char *axp_accumulator_name(uint32_t accumulator);
/* AXP_FAULT_*: "act-key", "lut", ... and "stuck0", "stuck1", "flip"; likewise */
AXP_API int axp_fault_target_from_name(const char *name);
AXP_API const char *axp_fault_target_name(uint32_t target);
AXP_API int axp_fault_kind_from_name(const char *name);
AXP_API const char *axp_fault_kind_name(uint32_t kind);
/* names of the engines of the soft backend this machine can run, best first */
AXP_API const char *axp_engine_name(uint32_t i);

/* ------------------------------------------------------------------- device */

struct axp_device;

/**
 * axp_device_open() - open /dev/axp
 * @out: new device, owned by the caller: axp_device_close()
 * @path: NULL: /dev/axp
 * @diag: says what to do: module not loaded, no permission (group axp), busy
 */
AXP_API int axp_device_open(struct axp_device **out, const char *path,
			    struct axp_diag *diag) AXP_MUST_CHECK;
AXP_API void axp_device_close(struct axp_device *device);
/* file descriptor, for poll(2); borrowed */
AXP_API int axp_device_fd(const struct axp_device *device);
AXP_API const struct axp_caps *axp_device_caps(const struct axp_device *device);

/* Objects are handles; axp_device_destroy() drops any of them. */
/* @map: the whole buffer, mapped read and write until axp_device_unmap() */
AXP_API int axp_device_buffer(struct axp_device *device, uint64_t bytes, uint32_t *handle,
			      void **map, uint64_t *mapped, struct axp_diag *diag) AXP_MUST_CHECK;
AXP_API void axp_device_unmap(void *map, uint64_t mapped);
AXP_API int axp_device_table(struct axp_device *device, const struct axp_table_spec *spec,
			     const struct axp_row *rows, uint32_t nr_rows, uint32_t *handle,
			     struct axp_diag *diag) AXP_MUST_CHECK;
AXP_API int axp_device_table_write(struct axp_device *device, uint32_t handle, uint32_t first,
				   const struct axp_row *rows, uint32_t nr_rows,
				   struct axp_diag *diag) AXP_MUST_CHECK;
/* @format: AXP_WGT_*; @codebook, @bias may be NULL as in struct axp_weights_create */
AXP_API int axp_device_weights(struct axp_device *device, uint32_t format,
			       const float *codebook, uint32_t nr_centroids,
			       const void *data, uint64_t count,
			       const float *bias, uint32_t nr_bias, uint32_t *handle,
			       struct axp_diag *diag) AXP_MUST_CHECK;
AXP_API int axp_device_destroy(struct axp_device *device, uint32_t handle,
			       struct axp_diag *diag) AXP_MUST_CHECK;
/* @flags: AXP_SUBMIT_*; @first_seqno may be NULL */
AXP_API int axp_device_submit(struct axp_device *device, const struct axp_job *jobs,
			      uint32_t nr_jobs, uint32_t flags, uint64_t *first_seqno,
			      struct axp_diag *diag) AXP_MUST_CHECK;
/* every job up to @seqno; @timeout_ns relative, negative: for ever */
AXP_API int axp_device_wait(struct axp_device *device, uint64_t seqno, int64_t timeout_ns,
			    struct axp_diag *diag) AXP_MUST_CHECK;
/* next completion record; blocks unless the file is non-blocking */
AXP_API int axp_device_completion(struct axp_device *device, struct axp_completion *record,
				  struct axp_diag *diag) AXP_MUST_CHECK;
/* @table: handle, or 0 for the whole client */
AXP_API int axp_device_stats(struct axp_device *device, uint32_t table,
			     struct axp_stats *stats, struct axp_diag *diag) AXP_MUST_CHECK;
/* what struct axp_table_faults says; @nr_faults 0: @table is sound again */
AXP_API int axp_device_faults(struct axp_device *device, uint32_t table,
			      const struct axp_fault *faults, uint32_t nr_faults, uint64_t seed,
			      struct axp_diag *diag) AXP_MUST_CHECK;
/* @table: handle, or 0 for the whole client */
AXP_API int axp_device_fault_stats(struct axp_device *device, uint32_t table,
				   struct axp_fault_stats *stats,
				   struct axp_diag *diag) AXP_MUST_CHECK;
/* a sentence for a struct axp_why: "job 3: ...", into @text */
AXP_API void axp_why_text(const struct axp_why *why, const char *element,
			  char *text, size_t size);

/* ---------------------------------------------------------------- self-test */

/**
 * struct axp_selftest_check - one check of a self-test
 * @where: name of the engine, or "device"
 * @name: what was checked
 * @passed: it is as it has to be
 * @detail: numbers, one line
 */
struct axp_selftest_check {
	const char *where;
	const char *name;
	bool passed;
	const char *detail;
};

/* called after each check; what @check points at is gone afterwards */
typedef void axp_selftest_fn(void *user, const struct axp_selftest_check *check);

/**
 * axp_selftest_library() - known answers on every engine of this machine
 * @report: gets the checks
 * @user: for @report
 * @diag: what could not be run
 *
 * Jobs of every operation, organisation and accumulator against known results and
 * counters; a LUT word made wrong, whose effect is predicted bit by bit; a table that
 * never matches.
 *
 * Return: 0 when all was run, whatever came out; -ENOMEM.
 */
AXP_API int axp_selftest_library(axp_selftest_fn *report, void *user,
				 struct axp_diag *diag) AXP_MUST_CHECK;
/* the same on a device, compared with the engine softfp too, energy included */
AXP_API int axp_selftest_device(struct axp_device *device, axp_selftest_fn *report, void *user,
				struct axp_diag *diag) AXP_MUST_CHECK;

/* ------------------------------------------------------------------ monitor */

struct axp_monitor;

/**
 * struct axp_monitor_opts - where to look, 0: the usual places
 * @size: sizeof
 * @files_only: do not ask the netlink family axp, read files
 * @sysfs: folder of the device's totals, NULL: /sys/class/misc/axp
 * @proc: folder of the processes, NULL: /proc
 */
struct axp_monitor_opts {
	size_t size;
	bool files_only;
	const char *sysfs;
	const char *proc;
};

/**
 * struct axp_monitor_device - totals of the device since the module was loaded
 * @time_ns: CLOCK_MONOTONIC of the reading
 * @engine: name
 * @nr_pe: worker threads, 0: not known
 * @nr_clients: open files of the device
 * @nr_jobs: jobs queued or running, UINT64_MAX: not known
 * @preset: AXP_PRESET_* of the device, AXP_PRESET_DEVICE: not known
 * @cam_class: AXP_CAM_* of the device, AXP_CAM_DEVICE: not known
 * @stats: macs, gated, hits, misses, searches, jobs, rows_programmed, busy_ns; the
 *	others are 0
 * @energy_uj: whole microjoule
 * @baseline_uj: the same MACs on a binary32 multiplier and adder
 * @baseline_gated_uj: likewise with zero activations gated
 */
struct axp_monitor_device {
	int64_t time_ns;
	char engine[16];
	uint32_t nr_pe;
	uint32_t nr_clients;
	uint64_t nr_jobs;
	uint32_t preset;
	uint32_t cam_class;
	struct axp_stats stats;
	uint64_t energy_uj;
	uint64_t baseline_uj;
	uint64_t baseline_gated_uj;
};

/**
 * struct axp_monitor_client - an open file of the device
 * @time_ns: CLOCK_MONOTONIC of the reading
 * @id: number, unique among the clients
 * @pid: process that opened it, 0: not in this PID namespace
 * @uid: its user
 * @comm: its name
 * @nr_jobs: jobs queued or running, UINT64_MAX: not known
 * @memory: bytes charged
 * @counted: @stats is known
 * @stats: since the file was opened
 */
struct axp_monitor_client {
	int64_t time_ns;
	uint32_t id;
	uint32_t pid;
	uint32_t uid;
	char comm[16];
	uint64_t nr_jobs;
	uint64_t memory;
	bool counted;
	struct axp_stats stats;
};

/**
 * struct axp_monitor_table - a table of a client
 * @client: number of the client
 * @table: handle
 * @generation: number of its newest image
 * @rows: rows
 * @cam_rows: CAM rows in its organisation
 * @key_bits: compared bits of a search
 * @lut_words: LUT words one lookup selects from
 * @spec: as it was made; preset is 0
 * @counted: @stats is known
 * @stats: jobs that named it, and its rows
 */
struct axp_monitor_table {
	uint32_t client;
	uint32_t table;
	uint64_t generation;
	uint32_t rows;
	uint32_t cam_rows;
	uint32_t key_bits;
	uint32_t lut_words;
	struct axp_table_spec spec;
	bool counted;
	struct axp_stats stats;
};

enum axp_monitor_kind {
	AXP_MONITOR_SAMPLE,	/* counters of a client */
	AXP_MONITOR_EVENT,	/* the device or a table has changed */
};

/**
 * struct axp_monitor_message - what a listener hears
 * @kind: enum axp_monitor_kind
 * @time_ns: CLOCK_MONOTONIC when it was made
 * @lost: samples that this listener was too slow for, since the message before
 * @dropped: samples of this client that the kernel had no memory for
 * @client: of a sample; of an event only @client.id, 0: none
 * @event: enum axp_nl_event
 * @table: handle, 0: none
 * @generation: of the table
 * @rows: of the table, or written
 */
struct axp_monitor_message {
	enum axp_monitor_kind kind;
	int64_t time_ns;
	uint64_t lost;
	uint64_t dropped;
	struct axp_monitor_client client;
	uint32_t event;
	uint32_t table;
	uint64_t generation;
	uint32_t rows;
};

/**
 * axp_monitor_open() - look at the device without being a client of it
 * @out: new monitor, owned by the caller: axp_monitor_close()
 * @opts: NULL: defaults
 * @diag: says what to do: module not loaded
 *
 * Takes the netlink family axp, or files where the module has none. Totals of the
 * device are for every user.
 */
AXP_API int axp_monitor_open(struct axp_monitor **out, const struct axp_monitor_opts *opts,
			     struct axp_diag *diag) AXP_MUST_CHECK;
AXP_API void axp_monitor_close(struct axp_monitor *monitor);
AXP_API int axp_monitor_device(struct axp_monitor *monitor, struct axp_monitor_device *device,
			       struct axp_diag *diag) AXP_MUST_CHECK;
/**
 * axp_monitor_clients() - all clients that this user may see
 * @monitor: monitor
 * @list: @nr clients, borrowed until the next call
 * @nr: how many
 * @diag: message
 *
 * Root sees all of them, others their own: those with counters whose processes they
 * may look into. axp_monitor_missing() tells afterwards.
 */
AXP_API int axp_monitor_clients(struct axp_monitor *monitor,
				const struct axp_monitor_client **list, uint32_t *nr,
				struct axp_diag *diag) AXP_MUST_CHECK;
/* @client: number, or 0: tables of all clients that this user may see */
AXP_API int axp_monitor_tables(struct axp_monitor *monitor, uint32_t client,
			       const struct axp_monitor_table **list, uint32_t *nr,
			       struct axp_diag *diag) AXP_MUST_CHECK;
/* what the last list of clients lacks, and why; NULL: nothing; borrowed */
AXP_API const char *axp_monitor_missing(const struct axp_monitor *monitor);
/**
 * axp_monitor_listen() - hear of samples and events from now on
 * @monitor: monitor, not listening yet
 * @samples: counters of clients, ten times a second each at most; -EPERM without
 *	CAP_NET_ADMIN
 * @events: changes of the device, of clients and of tables
 * @diag: message
 */
AXP_API int axp_monitor_listen(struct axp_monitor *monitor, bool samples, bool events,
			       struct axp_diag *diag) AXP_MUST_CHECK;
/* file descriptor for poll(2), -1: not listening; borrowed */
AXP_API int axp_monitor_fd(const struct axp_monitor *monitor);
/* the next message; @timeout_ns negative: for ever; -ETIMEDOUT, -EINTR */
AXP_API int axp_monitor_next(struct axp_monitor *monitor, struct axp_monitor_message *message,
			     int64_t timeout_ns, struct axp_diag *diag) AXP_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif /* AXP_AXP_H */
