/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run: which backend, and a session on it. Shared by the commands that run a model.
 */
#ifndef AXP_TOOL_RUN_H
#define AXP_TOOL_RUN_H

#include <axp/axp.h>

#include "cmd.h"

#define RUN_ANY		UINT32_MAX

/**
 * struct run_args - options of running
 * @backend: enum axp_backend, RUN_ANY: the device when it is there, else soft
 * @device: path
 * @engine: of the soft backend
 * @threads: of the soft backend, 0: one per CPU
 * @batch: samples per run, 0: default
 * @preset: 0: what the tables say
 * @cam_class: 0: what the tables say
 */
struct run_args {
	uint32_t backend;
	const char *device;
	const char *engine;
	uint64_t threads;
	uint64_t batch;
	uint32_t preset;
	uint32_t cam_class;
};

#define RUN_DEFAULTS	{ .backend = RUN_ANY }

extern const struct arg_names run_backends, run_presets, run_cam_classes;

#define RUN_WHERE_ARGS(type, field)							\
	{ "backend", 'b', "NAME", "Where layers run: device is /dev/axp, soft the same "	\
	  "engine in this process, fp32 a binary32 reference without tables (oneDNN). "	\
	  "Default: device when it can be opened, else soft, and it says so.",		\
	  ARG_NAME, offsetof(type, field.backend), 0, 0, &run_backends, false },	\
	{ "device", 'd', "PATH", "Device file, implies --backend device. Default: "	\
	  "/dev/axp.", ARG_TEXT, offsetof(type, field.device), 0, 0, NULL, false },	\
	{ "engine", 0, "NAME", "Engine of backend soft, implies it; axp info lists "	\
	  "them. All give the same bits. Default: the fastest.",			\
	  ARG_TEXT, offsetof(type, field.engine), 0, 0, NULL, false },			\
	{ "threads", 'j', "N", "Threads of backend soft; results do not depend on it. "	\
	  "Default: one per CPU.", ARG_COUNT, offsetof(type, field.threads), 1, 64, NULL,	\
	  false }

#define RUN_ARGS(type, field)								\
	RUN_WHERE_ARGS(type, field),							\
	{ "batch", 0, "N", "Samples per run. Default: 32.",				\
	  ARG_COUNT, offsetof(type, field.batch), 1, 65536, NULL, false }

#define RUN_ENERGY_ARGS(type, field)							\
	{ "preset", 'p', "NAME", "Energy constants. Default: what the tables were "	\
	  "compiled for.", ARG_NAME, offsetof(type, field.preset), 0, 0, &run_presets,	\
	  false },									\
	{ "cam-class", 0, "NAME", "Energy class of the CAM, likewise.",			\
	  ARG_NAME, offsetof(type, field.cam_class), 0, 0, &run_cam_classes, false }

const char *run_backend_name(uint32_t backend);
/* refuse options that contradict each other: EXIT_USAGE after saying so */
int run_check(const struct command *cmd, const struct run_args *args);
/*
 * Open a session of @graph (read from @model) as @args say; @opts tells what was chosen.
 * 0 or EXIT_FAILED after saying why.
 */
int run_open(struct axp_session **out, struct axp_session_opts *opts,
	     const struct run_args *args, const struct axp_graph *graph, const char *model);
/* read a model, or say why not and return NULL */
struct axp_graph *run_read(const char *model);

#endif /* AXP_TOOL_RUN_H */
