/* SPDX-License-Identifier: BSD-2-Clause */
/* Price: counters of a model under presets and CAM classes, as JSON objects for out.h. */
#ifndef AXP_TOOL_PRICE_H
#define AXP_TOOL_PRICE_H

#include <jansson.h>
#include <axp/axp.h>

#include "cmd.h"

/* numbers behind those of the uapi: every preset, every class */
#define PRICE_ALL_PRESETS	(AXP_PRESET_J7 + 1)
#define PRICE_ALL_CLASSES	(AXP_CAM_ZERO + 1)

/**
 * struct price_args - options of prices
 * @preset: AXP_PRESET_*, PRICE_ALL_PRESETS, 0: what the tables say
 * @cam_class: AXP_CAM_*, PRICE_ALL_CLASSES, 0: what the tables say
 * @plain_words: LUT words at the price of 32 bits
 */
struct price_args {
	uint32_t preset;
	uint32_t cam_class;
	bool plain_words;
};

extern const struct arg_names price_presets, price_cam_classes;

#define PRICE_ARGS(type, field)								\
	{ "preset", 'p', "NAME", "Energy constants, all: every preset; counters are "	\
	  "priced again, nothing is run again. Default: what the tables were compiled "	\
	  "for.", ARG_NAME, offsetof(type, field.preset), 0, 0, &price_presets, false },	\
	{ "cam-class", 0, "NAME", "Energy class of the CAM, all: every class, likewise.",	\
	  ARG_NAME, offsetof(type, field.cam_class), 0, 0, &price_cam_classes, false },	\
	{ "plain-words", 0, NULL, "Price LUT words of 8, 16 and 24 bits as words of 32.",	\
	  ARG_FLAG, offsetof(type, field.plain_words), 0, 0, NULL, false }

/**
 * price_list() - an array of prices, one for each preset and class of @args
 * @graph: compiled or not
 * @stats: of each layer, NULL: the bound of axp_price_layer()
 * @args: options
 * @layers: with the layers of each price
 * @model: for messages
 *
 * Return: the array; NULL after saying why not.
 */
json_t *price_list(const struct axp_graph *graph, const struct axp_stats *stats,
		   const struct price_args *args, bool layers, const char *model);

#endif /* AXP_TOOL_PRICE_H */
