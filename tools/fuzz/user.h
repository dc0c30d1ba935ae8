/* SPDX-License-Identifier: GPL-2.0 */
/* The process that calls the kernel of kernel.h. */
#ifndef AXP_FUZZ_USER_H
#define AXP_FUZZ_USER_H

/* one past the piece of user memory that holds @at, NULL: there is none */
const char *user_memory_end(const void *at);

#endif /* AXP_FUZZ_USER_H */
