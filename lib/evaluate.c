// SPDX-License-Identifier: BSD-2-Clause
/* Evaluation: a classifier over a labelled dataset. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend.h"
#include "diag.h"

/* The confusion matrix has the square of this many counts. */
#define MAX_CLASSES	32768

#define FNV_START	0xcbf29ce484222325u
#define FNV_PRIME	0x100000001b3u

/**
 * struct run - an evaluation under way
 * @session: runs the samples
 * @data: has them
 * @in: elements of a sample
 * @classes: elements of an output
 * @batch: samples per run
 * @x: @batch inputs
 * @y: @batch outputs
 * @labels: @batch labels
 * @result: so far
 */
struct run {
	struct axp_session *session;
	struct axp_dataset *data;
	uint64_t in;
	uint32_t classes;
	uint32_t batch;
	float *x;
	float *y;
	uint32_t *labels;
	struct axp_evaluation result;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* The bytes of the binary32 patterns, lowest first on every machine. */
static uint64_t fnv1a(uint64_t hash, const float *values, uint64_t n)
{
	uint64_t i;

	for (i = 0; i < n; i++) {
		uint32_t bits;
		int byte;

		memcpy(&bits, &values[i], sizeof(bits));
		for (byte = 0; byte < 4; byte++)
			hash = (hash ^ (bits >> 8 * byte & 0xff)) * FNV_PRIME;
	}
	return hash;
}

/* The first largest output, or @classes when none is a number. */
static uint32_t answer_of(const float *y, uint32_t classes)
{
	uint32_t best = classes;
	uint32_t i;

	for (i = 0; i < classes; i++)
		if (best == classes ? y[i] == y[i] : y[i] > y[best])
			best = i;
	return best;
}

static int check(struct run *run, struct axp_diag *diag)
{
	const struct axp_graph *graph = axp_session_graph(run->session);
	uint64_t classes = axp_graph_output_elems(graph);
	uint64_t dims[7];
	uint32_t i, ndim = axp_graph_input_dims(graph, dims);
	uint64_t elems = 1;

	if (!axp_dataset_has_labels(run->data))
		return axp_fail(diag, -ENODATA, "evaluation: the data have no labels");
	if (classes > MAX_CLASSES)
		return axp_fail(diag, -E2BIG, "evaluation: %" PRIu64
				" outputs of the net, the limit is %d classes",
				classes, MAX_CLASSES);
	for (i = 0; i < ndim; i++)
		if (axp_mul_size(elems, dims[i], &elems))
			return axp_fail(diag, -EOVERFLOW,
					"evaluation: the input of the net does not fit 64 bits");
	run->in = axp_dataset_elems(run->data);
	if (run->in != elems)
		return axp_fail(diag, -EINVAL, "evaluation: a sample has %" PRIu64
				" elements, the net takes %" PRIu64, run->in, elems);
	run->classes = (uint32_t)classes;
	return 0;
}

static int allocate(struct run *run, struct axp_diag *diag)
{
	uint64_t count = axp_dataset_count(run->data);

	run->batch = axp_session_max_batch(run->session);
	if (count < run->batch)
		run->batch = (uint32_t)count;
	run->x = calloc(run->batch, run->in * sizeof(*run->x));
	run->y = calloc(run->batch, run->classes * sizeof(*run->y));
	run->labels = calloc(run->batch, sizeof(*run->labels));
	run->result.confusion = calloc((size_t)run->classes * run->classes,
				       sizeof(*run->result.confusion));
	if (!run->x || !run->y || !run->labels || !run->result.confusion)
		return axp_fail(diag, -ENOMEM, "evaluation: no memory for %u samples and %u classes",
				run->batch, run->classes);
	return 0;
}

/* Samples @first to @first + @n - 1. */
static int run_batch(struct run *run, uint64_t first, uint32_t n, struct axp_diag *diag)
{
	struct axp_evaluation *result = &run->result;
	uint32_t i;
	int err;

	for (i = 0; i < n; i++) {
		err = axp_dataset_get(run->data, first + i, run->x + i * run->in,
				      &run->labels[i], diag);
		if (err)
			return err;
		if (run->labels[i] >= run->classes)
			return axp_fail(diag, -ERANGE, "sample %" PRIu64
					": label %u, the net has %u outputs",
					first + i, run->labels[i], run->classes);
	}
	err = axp_session_run(run->session, run->x, n, run->y, diag);
	if (err)
		return axp_fail_in(diag, err, "samples %" PRIu64 " to %" PRIu64, first,
				   first + n - 1);
	result->digest = fnv1a(result->digest, run->y, (uint64_t)n * run->classes);
	for (i = 0; i < n; i++) {
		uint32_t label = run->labels[i];
		uint32_t answer = answer_of(run->y + (size_t)i * run->classes, run->classes);

		result->samples++;
		if (answer == run->classes)
			continue;
		result->correct += answer == label;
		result->confusion[(size_t)label * run->classes + answer]++;
	}
	return 0;
}

int axp_evaluate(struct axp_session *session, struct axp_dataset *data,
		 struct axp_evaluation *result, axp_progress_fn progress,
		 void *user, struct axp_diag *diag)
{
	struct run run = {
		.session = session,
		.data = data,
		.result.digest = FNV_START,
	};
	uint64_t count = axp_dataset_count(data);
	uint64_t begin = now_ns();
	uint64_t done;
	int err;

	err = check(&run, diag);
	if (!err)
		err = allocate(&run, diag);
	for (done = 0; !err && done < count; done += run.batch) {
		uint64_t left = count - done;
		uint32_t n = left < run.batch ? (uint32_t)left : run.batch;

		if (progress)
			progress(user, "evaluating", done, count);
		err = run_batch(&run, done, n, diag);
	}
	free(run.x);
	free(run.y);
	free(run.labels);
	if (err) {
		free(run.result.confusion);
		return err;
	}
	if (progress)
		progress(user, "evaluating", count, count);
	run.result.classes = run.classes;
	run.result.seconds = (double)(now_ns() - begin) * 1e-9;
	*result = run.result;
	return 0;
}

void axp_evaluation_clear(struct axp_evaluation *result)
{
	if (!result)
		return;
	free(result->confusion);
	memset(result, 0, sizeof(*result));
}
