/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * String map: names to numbers. Keys are borrowed for the life of the map.
 */
#ifndef AXP_LIB_STRMAP_H
#define AXP_LIB_STRMAP_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct axp_strmap - open addressing; all zero is an empty map
 * @key: slots, NULL: free
 * @val: of the slots
 * @size: number of slots, a power of two, or 0
 * @used: keys
 */
struct axp_strmap {
	const char **key;
	uint32_t *val;
	uint32_t size;
	uint32_t used;
};

/* 0; -EEXIST; -ENOMEM */
int axp_strmap_add(struct axp_strmap *map, const char *key, uint32_t val);
bool axp_strmap_find(const struct axp_strmap *map, const char *key, uint32_t *val);
/* free the slots; the map is empty again */
void axp_strmap_clear(struct axp_strmap *map);

#endif /* AXP_LIB_STRMAP_H */
