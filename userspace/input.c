// SPDX-License-Identifier: BSD-2-Clause
/* Input: preprocessing by options or by the metadata of a model. */
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"

static bool has_zero(const struct reals *list)
{
	for (uint32_t i = 0; i < list->n; i++)
		if (list->v[i] == 0)
			return true;
	return false;
}

int input_check(const struct command *cmd, const struct input_args *args)
{
	if (has_zero(&args->scale))
		return misuse(cmd, "--scale 0: a number other than 0 is needed");
	if (has_zero(&args->std))
		return misuse(cmd, "--std: a deviation is 0");
	return 0;
}

bool input_is_pixels(const char *source)
{
	char start[6] = "";
	FILE *file;

	if (!strncmp(source, "csv:", 4) || !strncmp(source, "npy:", 4))
		return false;
	file = fopen(source, "rb");
	if (!file)
		return true;
	if (fread(start, 1, sizeof(start), file) < sizeof(start))
		start[0] = '\0';
	fclose(file);
	return memcmp(start, "\x93NUMPY", sizeof(start));
}

/* @list from the option @given, else from metadata @key; n is 0 when there is neither */
static int choose(struct reals *list, const struct reals *given, uint32_t max,
		  const struct axp_graph *graph, const char *model, const char *key)
{
	const char *text = axp_graph_metadata(graph, key);

	*list = *given;
	if (given->n || !text)
		return 0;
	if (reals_parse(list, text, max) && (!has_zero(list) || !strcmp(key, "axp.input.mean")))
		return 0;
	return fail("%s: metadata %s '%s': 1 to %u finite numbers%s are needed", model, key, text,
		    max, strcmp(key, "axp.input.mean") ? " other than 0" : "");
}

/*
 * The last value given stands for the channels that follow. To the library a 0 behind
 * other values is "as before": the smallest number is as good and says 0.
 */
#define EXPLICIT_ZERO	FLT_TRUE_MIN

static void spread(float to[4], const struct reals *list)
{
	bool only_zeros = true;

	for (uint32_t i = 0; i < list->n; i++)
		only_zeros &= list->v[i] == 0;
	for (uint32_t i = 0; !only_zeros && i < 4; i++) {
		to[i] = list->v[i < list->n ? i : list->n - 1];
		if (to[i] == 0)
			to[i] = EXPLICIT_ZERO;
	}
}

int input_opts(struct axp_dataset_opts *opts, const struct input_args *args,
	       const struct axp_graph *graph, const char *model, const char *source)
{
	const char *data = axp_graph_metadata(graph, "axp.input.data");
	struct reals scale, mean, std;

	*opts = (struct axp_dataset_opts){ .size = sizeof(*opts) };
	opts->input_ndim = axp_graph_input_dims(graph, opts->input_dims);
	if (data && strcmp(data, "pixels") && strcmp(data, "numbers"))
		return fail("%s: metadata axp.input.data '%s': pixels or numbers is needed", model,
			    data);
	if (choose(&scale, &args->scale, 1, graph, model, "axp.input.scale") ||
	    choose(&mean, &args->mean, REALS_MAX, graph, model, "axp.input.mean") ||
	    choose(&std, &args->std, REALS_MAX, graph, model, "axp.input.std"))
		return EXIT_FAILED;
	/* a stored scale is for its own kind of data */
	if (args->scale.n || !data || !strcmp(data, input_is_pixels(source) ? "pixels" : "numbers"))
		opts->scale = scale.n ? scale.v[0] : 0;
	spread(opts->mean, &mean);
	spread(opts->std, &std);
	return 0;
}

static int store_list(struct axp_graph *graph, const char *key, const float *v, uint32_t n)
{
	char text[128];
	size_t used = 0;

	for (uint32_t i = 0; i < n; i++) {
		char one[24];

		/* the fewest digits that read back the same */
		for (int digits = 6; digits <= 9; digits++) {
			snprintf(one, sizeof(one), "%.*g", digits,
				 v[i] == EXPLICIT_ZERO ? 0.0 : (double)v[i]);
			if (strtof(one, NULL) == v[i])
				break;
		}
		used += snprintf(text + used, sizeof(text) - used, "%s%s", i ? "," : "", one);
	}
	return axp_graph_set_metadata(graph, key, text);
}

static bool any(const float v[4])
{
	return v[0] != 0 || v[1] != 0 || v[2] != 0 || v[3] != 0;
}

int input_store(struct axp_graph *graph, const struct axp_dataset_opts *opts,
		const char *source)
{
	int rc = 0;

	if (opts->scale != 0) {
		rc = store_list(graph, "axp.input.scale", &opts->scale, 1);
		if (!rc)
			rc = axp_graph_set_metadata(graph, "axp.input.data",
						    input_is_pixels(source) ? "pixels" : "numbers");
	}
	if (!rc && any(opts->mean))
		rc = store_list(graph, "axp.input.mean", opts->mean, 4);
	if (!rc && any(opts->std))
		rc = store_list(graph, "axp.input.std", opts->std, 4);
	return rc ? fail("no memory for the model's metadata") : 0;
}
