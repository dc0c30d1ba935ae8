// SPDX-License-Identifier: BSD-2-Clause
/* axp-mpi.so: ranks over MPI. See userspace/ranks.h. */
#include <mpi.h>
#include <stdlib.h>

#include "../ranks.h"

#define TAG	1

static int mpi_open(void)
{
	int provided;

	/* other threads compute, and call nothing in here */
	if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
		return -1;
	return provided < MPI_THREAD_FUNNELED ? -1 : 0;
}

static int mpi_rank(void)
{
	int rank = -1;

	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	return rank;
}

static int mpi_size(void)
{
	int size = 0;

	MPI_Comm_size(MPI_COMM_WORLD, &size);
	return size;
}

static int mpi_send(int to, const char *text, size_t len)
{
	return MPI_Send(text, (int)len, MPI_CHAR, to, TAG, MPI_COMM_WORLD) == MPI_SUCCESS ? 0 : -1;
}

static int mpi_receive(char **text)
{
	MPI_Status status;
	int there = 0, len;

	*text = NULL;
	MPI_Iprobe(MPI_ANY_SOURCE, TAG, MPI_COMM_WORLD, &there, &status);
	if (!there)
		return -1;
	MPI_Get_count(&status, MPI_CHAR, &len);
	*text = malloc((size_t)len + 1);
	if (!*text)
		MPI_Abort(MPI_COMM_WORLD, 1);
	MPI_Recv(*text, len, MPI_CHAR, status.MPI_SOURCE, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	(*text)[len] = '\0';
	return status.MPI_SOURCE;
}

static void mpi_close(void)
{
	MPI_Finalize();
}

static void mpi_abort(int status)
{
	MPI_Abort(MPI_COMM_WORLD, status);
}

extern const struct ranks axp_ranks;

const struct ranks axp_ranks = {
	.version = RANKS_VERSION,
	.open = mpi_open,
	.rank = mpi_rank,
	.size = mpi_size,
	.send = mpi_send,
	.receive = mpi_receive,
	.close = mpi_close,
	.abort = mpi_abort,
};
