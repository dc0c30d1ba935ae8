/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Team: threads that all run one function, each with its number.
 */
#ifndef AXP_LIB_TEAM_H
#define AXP_LIB_TEAM_H

#include <axp/axp.h>

struct axp_team;

/**
 * axp_team_open() - start threads
 * @out: new team, owned by the caller: axp_team_close(); NULL on failure
 * @threads: at least 1, the caller of axp_team_run() among them
 *
 * Return: 0, -ENOMEM, or what pthread_create() says.
 */
int axp_team_open(struct axp_team **out, uint32_t threads) AXP_MUST_CHECK;
void axp_team_close(struct axp_team *team);
/* @fn with 0 to @threads - 1, the caller is 0; returns when all have returned */
void axp_team_run(struct axp_team *team, void (*fn)(void *user, uint32_t member), void *user);

#endif /* AXP_LIB_TEAM_H */
