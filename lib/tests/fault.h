/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Failing allocations of the engine, and a signal that kills who makes an object.
 */
#ifndef AXP_TESTS_FAULT_H
#define AXP_TESTS_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/* allocations until one fails; 0: none does */
extern unsigned int fault_after;
/* whether it did */
extern bool fault_hit;
/* bytes of all allocations so far */
extern unsigned long long fault_bytes;
/* breaths until the caller is killed; 0: never */
extern unsigned int kill_after;
/* whether it was; stays so until it is reset */
extern bool kill_hit;

/**
 * FAULT_SWEEP() - run a call with its first allocation failing, then its second,
 * and so on, until none fails
 * @call: expression of type int: 0 or a negative errno
 * @undo: statement after a call that returned 0
 * @out: pointer that a failed call must leave NULL
 *
 * Return: number of allocations that failed, each with -ENOMEM, or -1 when one
 * did not.
 */
#define FAULT_SWEEP(call, undo, out)				\
	({							\
		int sweep_nr = 0;				\
								\
		for (unsigned int sweep_at = 1;; sweep_at++) {	\
			int sweep_err;				\
								\
			fault_after = sweep_at;			\
			fault_hit = false;			\
			sweep_err = (call);			\
			fault_after = 0;			\
			if (!fault_hit) {			\
				if (sweep_err)			\
					sweep_nr = -1;		\
				else				\
					undo;			\
				break;				\
			}					\
			if (sweep_err != -ENOMEM || (out)) {	\
				sweep_nr = -1;			\
				break;				\
			}					\
			sweep_nr++;				\
		}						\
		sweep_nr;					\
	})

#endif /* AXP_TESTS_FAULT_H */
