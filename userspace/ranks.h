/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ranks: processes that mpirun started together, and messages between them.
 *
 * The tool is not linked with MPI: axp-mpi.so is (userspace/mpi/), and it is loaded only
 * by a process that mpirun started. Without mpirun nothing of MPI is needed or touched.
 */
#ifndef AXP_TOOL_RANKS_H
#define AXP_TOOL_RANKS_H

#include <stddef.h>

/**
 * struct ranks - what axp-mpi.so exports as axp_ranks
 * @version: of this structure, RANKS_VERSION
 * @open: begin; to be called once, by the thread that calls the others
 * @rank: number of this process
 * @size: number of processes
 * @send: @len bytes to process @to; returns when @text may be reused
 * @receive: next message of anybody: its sender, or -1 while there is none. *@text is
 *	NUL terminated, free()
 * @close: all processes together
 * @abort: end all processes with @status
 */
struct ranks {
	unsigned int version;
	int (*open)(void);
	int (*rank)(void);
	int (*size)(void);
	int (*send)(int to, const char *text, size_t len);
	int (*receive)(char **text);
	void (*close)(void);
	void (*abort)(int status);
};

#define RANKS_VERSION	1
#define RANKS_SYMBOL	"axp_ranks"
#define RANKS_FILE	"axp-mpi.so"

/*
 * The processes that mpirun started with this one, opened; *@out is NULL when it did
 * not start this one, or alone. 0, or EXIT_FAILED after saying why.
 */
int ranks_open(const struct ranks **out);

#endif /* AXP_TOOL_RANKS_H */
