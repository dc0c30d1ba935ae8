/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AXP_BLAS_H
#define AXP_BLAS_H

#include <pthread.h>

/*
 * BLAS and LAPACK one at a time: which of them a system has is its own choice, and
 * the serial OpenBLAS of Debian 12 shares its buffers between threads that call it.
 */
extern pthread_mutex_t axp_blas_mutex;

static inline void axp_blas_lock(void)
{
	pthread_mutex_lock(&axp_blas_mutex);
}

static inline void axp_blas_unlock(void)
{
	pthread_mutex_unlock(&axp_blas_mutex);
}

#endif /* AXP_BLAS_H */
