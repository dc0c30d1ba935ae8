// SPDX-License-Identifier: BSD-2-Clause
/*
 * Evaluation, over a session and a dataset that this test makes up: the source is
 * compiled into the test, with other names for itself and for what it calls.
 */
#define axp_dataset_count	made_dataset_count
#define axp_dataset_elems	made_dataset_elems
#define axp_dataset_get		made_dataset_get
#define axp_dataset_has_labels	made_dataset_has_labels
#define axp_graph_input_dims	made_graph_input_dims
#define axp_graph_output_elems	made_graph_output_elems
#define axp_session_graph	made_session_graph
#define axp_session_max_batch	made_session_max_batch
#define axp_session_run		made_session_run
#define axp_evaluate		made_evaluate
#define axp_evaluation_clear	made_evaluation_clear
#include "evaluate.c"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "diag.h"
#include "tap.h"

#define CLASSES	4
#define ELEMS	6

struct axp_dataset {
	uint64_t count;
	uint64_t elems;
	bool labelled;
	uint64_t bad;		/* sample that cannot be read */
	uint32_t labels[16];
};

struct axp_graph {
	uint64_t outputs;
};

struct axp_session {
	struct axp_graph graph;
	uint32_t max_batch;
	uint32_t fail_at;	/* run that fails, from 1 */
	uint32_t runs;
	uint32_t largest;
	float y[16][CLASSES];
};

uint64_t axp_dataset_count(const struct axp_dataset *data)
{
	return data->count;
}

uint64_t axp_dataset_elems(const struct axp_dataset *data)
{
	return data->elems;
}

bool axp_dataset_has_labels(const struct axp_dataset *data)
{
	return data->labelled;
}

int axp_dataset_get(struct axp_dataset *data, uint64_t index, float *x, uint32_t *label,
		    struct axp_diag *msg)
{
	uint64_t i;

	if (index == data->bad)
		return axp_fail(msg, -EINVAL, "sample %llu: damaged", (unsigned long long)index);
	for (i = 0; i < data->elems; i++)
		x[i] = (float)index;
	*label = data->labels[index];
	return 0;
}

uint64_t axp_graph_output_elems(const struct axp_graph *graph)
{
	return graph->outputs;
}

uint32_t axp_graph_input_dims(const struct axp_graph *graph, uint64_t dims[7])
{
	(void)graph;
	dims[0] = 2;
	dims[1] = 3;
	return 2;
}

const struct axp_graph *axp_session_graph(const struct axp_session *session)
{
	return &session->graph;
}

uint32_t axp_session_max_batch(const struct axp_session *session)
{
	return session->max_batch;
}

int axp_session_run(struct axp_session *session, const float *x, uint32_t n, float *y,
		    struct axp_diag *msg)
{
	uint32_t i;

	if (++session->runs == session->fail_at)
		return axp_fail(msg, -EIO, "out of order");
	if (n > session->largest)
		session->largest = n;
	for (i = 0; i < n; i++)
		memcpy(y + i * CLASSES, session->y[(size_t)x[i * ELEMS + ELEMS - 1]],
		       sizeof(session->y[0]));
	return 0;
}

/* --- */

/* sample, label, answer: 0: 1 1, 1: 2 0 (tie of 0 and 3), 2: 3 3, 3: 0 none, 4: 2 2 */
static const struct axp_session good_session = {
	.graph = { CLASSES },
	.max_batch = 2,
	.y = { { 0, 1, -1, 0.5f }, { 2, 1, 0, 2 }, { NAN, -3, -2, -1 },
	       { NAN, NAN, NAN, NAN }, { -INFINITY, -2, INFINITY, NAN } },
};

static const struct axp_dataset good_data = {
	.count = 5, .elems = ELEMS, .labelled = true, .bad = UINT64_MAX,
	.labels = { 1, 2, 3, 0, 2 },
};

static uint64_t seen, seen_total;
static unsigned int seen_calls;
static bool seen_order;

static void progress(void *user, const char *what, uint64_t done, uint64_t total)
{
	seen_order &= user == &seen && what[0] && (!seen_calls || done > seen) && done <= total;
	seen = done;
	seen_total = total;
	seen_calls++;
}

static void test_counts(void)
{
	static const uint64_t confusion[CLASSES][CLASSES] = {
		[1][1] = 1, [2][0] = 1, [3][3] = 1, [2][2] = 1,
	};
	struct axp_session session = good_session;
	struct axp_dataset data = good_data;
	struct axp_evaluation result;
	struct axp_diag msg = { "" };
	int err;

	seen_order = true;
	err = axp_evaluate(&session, &data, &result, progress, &seen, &msg);
	if (!ok(!err && !msg.text[0], "evaluates"))
		bail_out("%d: %s", err, msg.text);
	ok(result.samples == 5, "every sample");
	ok(result.correct == 3, "correct: largest output, first on ties, NaN is never it");
	ok(result.classes == CLASSES && !memcmp(result.confusion, confusion, sizeof(confusion)),
	   "confusion: by label and answer, without the sample that has none");
	ok(session.runs == 3 && session.largest == 2, "batches of the session, the last one short");
	ok(seen_order && seen == 5 && seen_total == 5 && seen_calls >= 3, "progress goes up to the end");
	ok(result.seconds >= 0 && result.seconds < 60, "took %.6f seconds", result.seconds);
	axp_evaluation_clear(&result);
	ok(!result.confusion && !result.samples, "cleared");
	axp_evaluation_clear(&result);
	axp_evaluation_clear(NULL);
}

static uint64_t digest_of(const struct axp_session *from, uint32_t max_batch)
{
	struct axp_session session = *from;
	struct axp_dataset data = good_data;
	struct axp_evaluation result;
	uint64_t digest;

	session.max_batch = max_batch;
	if (axp_evaluate(&session, &data, &result, NULL, NULL, NULL))
		return 0;
	digest = result.digest;
	axp_evaluation_clear(&result);
	return digest;
}

static void test_digest(void)
{
	/* the bytes of four binary32, little endian: 1.0, -0.0, 0.0, 2.0 */
	static const uint8_t bytes[16] = { 0, 0, 0x80, 0x3f, 0, 0, 0, 0x80, 0, 0, 0, 0,
					   0, 0, 0, 0x40 };
	struct axp_session session = { .graph = { CLASSES }, .max_batch = 1,
				       .y = { { 1.0f, -0.0f, 0.0f, 2.0f } } };
	struct axp_dataset data = { .count = 1, .elems = ELEMS, .labelled = true,
				    .bad = UINT64_MAX };
	uint64_t want = 14695981039346656037u, digest;
	struct axp_evaluation result;
	struct axp_session other;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		want = (want ^ bytes[i]) * 1099511628211u;
	if (axp_evaluate(&session, &data, &result, NULL, NULL, NULL))
		bail_out("evaluation failed");
	ok(result.digest == want, "digest: FNV-1a of the output bits");
	axp_evaluation_clear(&result);

	digest = digest_of(&good_session, 2);
	ok(digest && digest == digest_of(&good_session, 1) &&
	   digest == digest_of(&good_session, 100), "digest: whatever the batch");
	other = good_session;
	other.y[4][0] = -0.0f;
	session = other;
	session.y[4][0] = 0.0f;
	ok(digest_of(&other, 2) != digest_of(&session, 2), "digest: tells -0 from 0");
}

static char last_said[512];

static void refused(const struct axp_session *s, const struct axp_dataset *d, int want,
		    const char *says)
{
	struct axp_evaluation result, before;
	struct axp_session session = *s;
	struct axp_dataset data = *d;
	struct axp_diag msg = { "" };
	int err;

	memset(&result, 0x55, sizeof(result));
	before = result;
	err = axp_evaluate(&session, &data, &result, NULL, NULL, &msg);
	if (!ok(err == want && strstr(msg.text, says) && !memcmp(&result, &before, sizeof(result)),
		"refused, result untouched: %s", msg.text))
		diag("got %d", err);
	snprintf(last_said, sizeof(last_said), "%s", msg.text);
}

static void test_refused(void)
{
	struct axp_session session;
	struct axp_dataset data;

	data = good_data;
	data.labelled = false;
	refused(&good_session, &data, -ENODATA, "no labels");
	data = good_data;
	data.elems = 7;
	refused(&good_session, &data, -EINVAL, "a sample has 7 elements, the net takes 6");
	data = good_data;
	data.labels[3] = CLASSES;
	refused(&good_session, &data, -ERANGE, "sample 3: label 4, the net has 4 outputs");
	data = good_data;
	data.bad = 4;
	refused(&good_session, &data, -EINVAL, "sample 4: damaged");
	ok(!strcmp(last_said, "sample 4: damaged"), "a data set names the sample, once");
	session = good_session;
	session.fail_at = 2;
	refused(&session, &good_data, -EIO, "samples 2 to 3: out of order");
	session = good_session;
	session.graph.outputs = 32769;
	refused(&session, &good_data, -E2BIG, "32769 outputs of the net, the limit is 32768");
}

int main(void)
{
	plan(8 + 3 + 7);
	test_counts();
	test_digest();
	test_refused();
	return done_testing();
}
