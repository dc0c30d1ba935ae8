// SPDX-License-Identifier: BSD-2-Clause
/* Run: backend and session. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

#define MAX_THREADS	64

static const char *const backend_names[] = {
	[AXP_BACKEND_FP32] = "fp32",
	[AXP_BACKEND_SOFT] = "soft",
	[AXP_BACKEND_DEVICE] = "device",
};

const char *run_backend_name(uint32_t backend)
{
	return backend < NR_ARGS(backend_names) ? backend_names[backend] : "?";
}

static int backend_number(const char *word)
{
	for (uint32_t i = 0; i < NR_ARGS(backend_names); i++)
		if (!strcmp(word, backend_names[i]))
			return i;
	return -EINVAL;
}

const struct arg_names run_backends = { backend_number, run_backend_name, 0 };
const struct arg_names run_presets = { axp_preset_from_name, axp_preset_name, 1 };
const struct arg_names run_cam_classes = { axp_cam_class_from_name, axp_cam_class_name, 1 };

int run_check(const struct command *cmd, const struct run_args *args)
{
	const char *name = run_backend_name(args->backend);

	if (args->engine && args->device)
		return misuse(cmd, "--engine is for backend soft, --device for backend device");
	if (args->backend == RUN_ANY)
		return 0;
	if (args->engine && args->backend != AXP_BACKEND_SOFT)
		return misuse(cmd, "--engine '%s' is for backend soft, not %s", args->engine,
			      name);
	if (args->device && args->backend != AXP_BACKEND_DEVICE)
		return misuse(cmd, "--device '%s' is for backend device, not %s", args->device,
			      name);
	return 0;
}

static enum axp_backend choose(const struct run_args *args)
{
	struct axp_diag diag = { .text = "" };
	struct axp_device *device;

	if (args->backend != RUN_ANY)
		return args->backend;
	if (args->engine)
		return AXP_BACKEND_SOFT;
	if (args->device)
		return AXP_BACKEND_DEVICE;
	if (!axp_device_open(&device, NULL, &diag)) {
		axp_device_close(device);
		return AXP_BACKEND_DEVICE;
	}
	note("running on backend soft, not on the device: %s", diag.text);
	return AXP_BACKEND_SOFT;
}

static uint32_t cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : n;
}

int run_open(struct axp_session **out, struct axp_session_opts *opts,
	     const struct run_args *args, const struct axp_graph *graph, const char *model)
{
	struct axp_diag diag = { .text = "" };
	int rc;

	*opts = (struct axp_session_opts){
		.size = sizeof(*opts),
		.backend = choose(args),
		.device = args->device,
		.engine = args->engine,
		.threads = args->threads ? args->threads : cpus(),
		.preset = args->preset,
		.cam_class = args->cam_class,
		.max_batch = args->batch,
	};
	rc = axp_session_open(out, graph, opts, &diag);
	if (rc)
		return fail("%s: %s", model, diag.text[0] ? diag.text : strerror(-rc));
	return 0;
}

struct axp_graph *run_read(const char *model)
{
	struct axp_diag diag = { .text = "" };
	struct axp_graph *graph;
	int rc = axp_onnx_read(&graph, model, NULL, &diag);

	if (rc) {
		if (diag.text[0])
			fail("%s", diag.text);
		else
			fail("%s: %s", model, strerror(-rc));
		return NULL;
	}
	return graph;
}
