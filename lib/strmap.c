// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "strmap.h"

static uint32_t slot_of(const struct axp_strmap *map, const char *key)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	const unsigned char *p;
	uint32_t i;

	for (p = (const unsigned char *)key; *p; p++)
		h = (h ^ *p) * UINT64_C(0x100000001b3);
	i = (uint32_t)(h ^ (h >> 32)) & (map->size - 1);
	while (map->key[i] && strcmp(map->key[i], key))
		i = (i + 1) & (map->size - 1);
	return i;
}

static int grow(struct axp_strmap *map)
{
	struct axp_strmap old = *map;
	uint32_t i, at;

	map->size = old.size ? old.size * 2 : 64;
	map->key = calloc(map->size, sizeof(*map->key));
	map->val = calloc(map->size, sizeof(*map->val));
	if (!map->key || !map->val) {
		free(map->key);
		free(map->val);
		*map = old;
		return -ENOMEM;
	}
	for (i = 0; i < old.size; i++) {
		if (!old.key[i])
			continue;
		at = slot_of(map, old.key[i]);
		map->key[at] = old.key[i];
		map->val[at] = old.val[i];
	}
	free(old.key);
	free(old.val);
	return 0;
}

int axp_strmap_add(struct axp_strmap *map, const char *key, uint32_t val)
{
	uint32_t at;
	int err;

	if (map->used >= map->size / 2) {
		err = grow(map);
		if (err)
			return err;
	}
	at = slot_of(map, key);
	if (map->key[at])
		return -EEXIST;
	map->key[at] = key;
	map->val[at] = val;
	map->used++;
	return 0;
}

bool axp_strmap_find(const struct axp_strmap *map, const char *key, uint32_t *val)
{
	uint32_t at;

	if (!map->size)
		return false;
	at = slot_of(map, key);
	if (!map->key[at])
		return false;
	if (val)
		*val = map->val[at];
	return true;
}

void axp_strmap_clear(struct axp_strmap *map)
{
	free(map->key);
	free(map->val);
	memset(map, 0, sizeof(*map));
}
