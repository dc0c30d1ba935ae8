// SPDX-License-Identifier: BSD-2-Clause
#include "blas.h"

pthread_mutex_t axp_blas_mutex = PTHREAD_MUTEX_INITIALIZER;
