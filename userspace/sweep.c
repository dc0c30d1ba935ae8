// SPDX-License-Identifier: BSD-2-Clause
/* Sweep: one point, and who computes which. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "progress.h"
#include "run.h"
#include "sweep.h"

/* exact: a result that was read back is the one that was written */
#define LINE_STYLE	(JSON_COMPACT | JSON_REAL_PRECISION(17))
#define POLL_NS		2000000L

/* --- one point -------------------------------------------------------------- */

struct axp_dataset *sweep_data(const struct sweep_job *job, bool calib)
{
	const struct axp_dataset_opts *opts = calib ? &job->calib_opts : &job->data_opts;
	struct axp_diag diag = { .text = "" };
	struct axp_dataset *data;
	int rc = axp_dataset_open(&data, calib ? job->calib : job->data, opts, &diag);

	if (rc) {
		fail("%s", diag.text[0] ? diag.text : strerror(-rc));
		return NULL;
	}
	return data;
}

/* a line that says why a point is none; NULL: no memory */
static char *refusal(const struct point *point, const char *why)
{
	json_t *object = json_pack("{s:s, s:s}", "key", point->key, "error", why);
	char *line = json_dumps(object, LINE_STYLE);

	json_decref(object);
	return line;
}

static char *result_line(const struct sweep_job *job, const struct point *point,
			 const struct axp_graph *graph, const struct axp_session *session,
			 const struct axp_evaluation *e)
{
	uint32_t n = axp_graph_nr_layers(graph);
	struct axp_stats *stats = calloc(n ? n : 1, sizeof(*stats));
	json_t *prices = NULL, *object;
	char digest[17], *line = NULL;
	bool good = stats;

	for (uint32_t i = 0; good && i < n; i++)
		good = !axp_session_layer_stats(session, i, &stats[i]);
	if (good)
		prices = price_list(graph, stats, &job->price, false, job->model);
	free(stats);
	if (!prices)
		return NULL;
	snprintf(digest, sizeof(digest), "%016" PRIx64, e->digest);
	object = json_pack("{s:s, s:I, s:I, s:s, s:o}", "key", point->key,
			   "samples", (json_int_t)e->samples, "correct", (json_int_t)e->correct,
			   "digest", digest, "prices", prices);
	if (object)
		line = json_dumps(object, LINE_STYLE);
	json_decref(object);
	if (!line)
		fail("no memory for a result");
	return line;
}

static char *evaluate(const struct sweep_job *job, const struct point *point,
		      const struct axp_graph *graph, struct axp_dataset *data)
{
	struct axp_session_opts opts = { .size = sizeof(opts), .backend = AXP_BACKEND_SOFT,
					 .threads = job->threads };
	struct axp_diag diag = { .text = "" };
	struct axp_evaluation result = { 0 };
	struct axp_session *session;
	char *line = NULL;
	int rc;

	rc = axp_session_open(&session, graph, &opts, &diag);
	if (rc) {
		fail("%s: %s", point->key, diag.text[0] ? diag.text : strerror(-rc));
		return NULL;
	}
	rc = axp_evaluate(session, data, &result, NULL, NULL, &diag);
	if (rc)
		fail("%s: %s", job->data, diag.text[0] ? diag.text : strerror(-rc));
	else
		line = result_line(job, point, graph, session, &result);
	axp_evaluation_clear(&result);
	axp_session_close(session);
	return line;
}

/* settings that a model cannot have are a result; anything else ends the sweep */
static bool is_refusal(int err)
{
	return err == -EINVAL || err == -EOPNOTSUPP || err == -ERANGE || err == -ENOSPC;
}

/* the line of a point; NULL after saying why not */
static char *compute(const struct sweep_job *job, const struct point *point,
		     struct axp_dataset *calib, struct axp_dataset *data)
{
	struct axp_compile_opts opts = point->opts;
	struct axp_diag diag = { .text = "" };
	struct axp_graph *graph = run_read(job->model);
	char *line = NULL;
	int rc;

	if (!graph)
		return NULL;
	opts.max_samples = job->samples;
	opts.threads = job->threads;
	if (job->price.preset < PRICE_ALL_PRESETS)
		opts.preset = job->price.preset;
	if (job->price.cam_class < PRICE_ALL_CLASSES)
		opts.cam_class = job->price.cam_class;
	rc = axp_compile(graph, calib, &opts, &diag);
	if (!rc)
		line = evaluate(job, point, graph, data);
	else if (is_refusal(rc))
		line = refusal(point, diag.text[0] ? diag.text : strerror(-rc));
	else
		fail("%s: %s: %s", job->model, point->key,
		     diag.text[0] ? diag.text : strerror(-rc));
	axp_graph_free(graph);
	return line;
}

/* --- who computes which ------------------------------------------------------ */

/**
 * struct queue - points that are left, and results
 * @job: in common
 * @grid: points
 * @log: where results go
 * @results: by key
 * @lock: of what follows, and of @log and @results
 * @next: first point that nobody has taken
 * @left: points without a result
 * @total: points
 * @failed: a point could not be computed: no more are taken
 */
struct queue {
	const struct sweep_job *job;
	const struct grid *grid;
	struct sweep_log *log;
	json_t *results;
	pthread_mutex_t lock;
	size_t next, left, total;
	bool failed;
};

/* a point that nobody has, or -1 */
static long queue_take(struct queue *q)
{
	long taken = -1;

	pthread_mutex_lock(&q->lock);
	while (!q->failed && taken < 0 && q->next < q->grid->nr) {
		if (!json_object_get(q->results, q->grid->points[q->next].key))
			taken = (long)q->next;
		q->next++;
	}
	pthread_mutex_unlock(&q->lock);
	return taken;
}

/* the line of a point; NULL: it could not be computed */
static void queue_give(struct queue *q, const char *line)
{
	json_t *object = line ? json_loads(line, 0, NULL) : NULL;
	const char *key = json_string_value(json_object_get(object, "key"));

	pthread_mutex_lock(&q->lock);
	if (!key || sweep_log_add(q->log, line) || json_object_set(q->results, key, object)) {
		q->failed = true;
	} else {
		q->left--;
		progress_show(NULL, "sweeping", q->total - q->left, q->total);
	}
	pthread_mutex_unlock(&q->lock);
	json_decref(object);
}

static void *worker(void *user)
{
	struct queue *q = user;
	struct axp_dataset *calib = sweep_data(q->job, true);
	struct axp_dataset *data = calib ? sweep_data(q->job, false) : NULL;
	long i;

	if (!data)
		queue_give(q, NULL);
	while (data && (i = queue_take(q)) >= 0) {
		char *line = compute(q->job, &q->grid->points[i], calib, data);

		queue_give(q, line);
		free(line);
	}
	axp_dataset_free(data);
	axp_dataset_free(calib);
	return NULL;
}

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = POLL_NS }, NULL);
}

/*
 * Rank 0's side of the other processes: a message of one is "" (it is ready) or the line
 * of its last point, and is answered by the number of a point, or by "" (no more).
 * "!" says that it could not compute.
 */
static void answer_ranks(struct queue *q, const struct ranks *ranks)
{
	int waiting = ranks->size() - 1;

	while (waiting) {
		char *text, number[24] = "";
		int from = ranks->receive(&text);
		long i;

		if (from < 0) {
			nap();
			continue;
		}
		if (text[0])
			queue_give(q, text[0] == '!' ? NULL : text);
		free(text);
		i = queue_take(q);
		if (i >= 0)
			snprintf(number, sizeof(number), "%ld", i);
		else
			waiting--;
		if (ranks->send(from, number, strlen(number)))
			ranks->abort(EXIT_FAILED);
	}
}

static size_t count_left(const struct grid *grid, const json_t *results)
{
	size_t left = 0;

	for (size_t i = 0; i < grid->nr; i++)
		left += !json_object_get(results, grid->points[i].key);
	return left;
}

int sweep_run(const struct sweep_job *job, const struct grid *grid, unsigned int jobs,
	      const struct ranks *ranks, struct sweep_log *log, json_t *results)
{
	struct queue q = { .job = job, .grid = grid, .log = log, .results = results,
			   .total = grid->nr };
	pthread_t *threads;
	unsigned int n;
	int rc = 0;

	q.left = count_left(grid, results);
	if (jobs > q.left)
		jobs = q.left ? (unsigned int)q.left : 1;
	threads = calloc(jobs, sizeof(*threads));
	if (!threads)
		return fail("no memory for %u threads", jobs);
	pthread_mutex_init(&q.lock, NULL);
	for (n = 0; q.left && n < jobs; n++) {
		rc = pthread_create(&threads[n], NULL, worker, &q);
		if (rc) {
			fail("cannot start %u threads: %s", jobs, strerror(rc));
			pthread_mutex_lock(&q.lock);
			q.failed = true;
			pthread_mutex_unlock(&q.lock);
			break;
		}
	}
	if (ranks)
		answer_ranks(&q, ranks);
	while (n)
		pthread_join(threads[--n], NULL);
	pthread_mutex_destroy(&q.lock);
	free(threads);
	progress_clear();
	return q.failed ? EXIT_FAILED : 0;
}

int sweep_serve(const struct sweep_job *job, const struct grid *grid, const struct ranks *ranks)
{
	struct axp_dataset *calib = sweep_data(job, true);
	struct axp_dataset *data = calib ? sweep_data(job, false) : NULL;
	const char *message = data ? "" : "!";
	char *line = NULL, *text;
	int rc = data ? 0 : EXIT_FAILED;

	for (;;) {
		if (ranks->send(0, message, strlen(message)))
			ranks->abort(EXIT_FAILED);
		free(line);
		line = NULL;
		while (ranks->receive(&text) < 0)
			nap();
		if (!text[0])
			break;
		if (data)
			line = compute(job, &grid->points[strtol(text, NULL, 10)], calib, data);
		free(text);
		message = line ? line : "!";
		rc = line ? rc : EXIT_FAILED;
	}
	free(text);
	axp_dataset_free(data);
	axp_dataset_free(calib);
	return rc;
}
