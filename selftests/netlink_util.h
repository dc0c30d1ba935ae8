/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Generic netlink without a library: just enough to ask the family axp, well and
 * badly, and to listen to it.
 */
#ifndef NETLINK_UTIL_H
#define NETLINK_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <linux/axp_netlink.h>

#define NL_ATTRS_AT	20u	/* offset of the first attribute in a message */

/**
 * struct nl - a socket
 * @fd: socket
 * @family: number of the family axp
 * @event: number of the group, 0: there is none; likewise @sampling
 * @seq: of the last request
 */
struct nl {
	int fd;
	uint16_t family;
	uint32_t event;
	uint32_t sampling;
	uint32_t seq;
};

/**
 * struct nl_answer - what the kernel said to a request
 * @err: 0 or a negative errno
 * @text: message of the extended ack
 * @offset: of the attribute that it points at, 0: at none
 * @missing: attribute that was missing, 0: none
 * @data: messages, one after the other
 * @bytes: of @data
 */
struct nl_answer {
	int err;
	char text[128];
	uint32_t offset;
	uint32_t missing;
	uint8_t data[1 << 19];
	size_t bytes;
};

/* -ENOENT: no such family */
int nl_open(struct nl *nl);
void nl_close(struct nl *nl);
int nl_join(struct nl *nl, uint32_t group);

/* @attrs: @bytes of attributes as they go into the message; returns @answer->err */
int nl_ask(struct nl *nl, uint8_t cmd, uint16_t flags, const void *attrs, size_t bytes,
	   struct nl_answer *answer);
/* append an attribute; returns the new size */
size_t nl_put(void *attrs, size_t at, uint16_t type, const void *value, uint16_t bytes);
size_t nl_put_u32(void *attrs, size_t at, uint16_t type, uint32_t value);

/* the next message of @answer after @last, NULL: the first */
const struct nlmsghdr *nl_next(const struct nl_answer *answer, const struct nlmsghdr *last);
/* the next message of a group into @buf; -ETIMEDOUT, -ENOBUFS: some were lost */
int nl_receive(struct nl *nl, void *buf, size_t size, int ms);

uint8_t nl_cmd(const struct nlmsghdr *msg);
const struct nlattr *nl_attr(const struct nlmsghdr *msg, uint16_t type);
const struct nlattr *nl_in(const struct nlattr *nest, uint16_t type);
/* value of an attribute, NULL: ~0 */
uint64_t nl_u64(const struct nlattr *attr);
uint32_t nl_u32(const struct nlattr *attr);
const char *nl_text(const struct nlattr *attr);

#endif /* NETLINK_UTIL_H */
