// SPDX-License-Identifier: BSD-2-Clause
/* Ranks: find and load axp-mpi.so. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "ranks.h"

/* what launchers of MPI programs tell their processes */
static bool started_by_mpirun(void)
{
	static const char *const sizes[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE" };

	for (size_t i = 0; i < NR_ARGS(sizes); i++) {
		const char *size = getenv(sizes[i]);

		if (size)
			return strtol(size, NULL, 10) > 1;
	}
	return false;
}

/* beside the tool, as in the build directory, else where it is installed */
static void *load(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - sizeof("/" RANKS_FILE));
	void *module = NULL;

	if (n > 0) {
		path[n] = '\0';
		strcpy(strrchr(path, '/'), "/" RANKS_FILE);
		if (!access(path, R_OK))
			module = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
		else
			n = 0;
	}
	if (n <= 0) {
		snprintf(path, size, "%s/%s", AXP_MODULE_DIR, RANKS_FILE);
		module = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
	}
	return module;
}

int ranks_open(const struct ranks **out)
{
	char path[PATH_MAX];
	const struct ranks *ranks;
	void *module;

	*out = NULL;
	if (!started_by_mpirun())
		return 0;
	module = load(path, sizeof(path));
	if (!module)
		return fail("started by mpirun, but without MPI (build with libopenmpi-dev): %s",
			    dlerror());
	ranks = dlsym(module, RANKS_SYMBOL);
	if (!ranks || ranks->version != RANKS_VERSION)
		return fail("%s: is of another version of axp", path);
	if (ranks->open())
		return fail("MPI cannot be started");
	*out = ranks;
	return 0;
}
