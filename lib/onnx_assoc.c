// SPDX-License-Identifier: BSD-2-Clause
/*
 * Compiled layers in a model: metadata "axp.layer.NAME" holds the settings,
 * initializers NAME.axp.codebook, .index and .table the rest.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "image.h"
#include "onnx.h"
#include "strmap.h"

char *axp_onnx_name(const char *layer, const char *suffix)
{
	size_t n = strlen(layer), m = strlen(suffix);
	char *name = malloc(n + m + 1);

	if (name) {
		memcpy(name, layer, n);
		memcpy(name + n, suffix, m + 1);
	}
	return name;
}

/* ---------------------------------------------------------------- settings */

static const struct {
	const char *name;
	uint32_t bit;
} flag_names[] = {
	{ "gate_act", AXP_JOB_GATE_ACT },
	{ "gate_wgt", AXP_JOB_GATE_WGT },
	{ "ky_ci_kx", AXP_JOB_KY_CI_KX },
};

#define NR_FLAGS	(sizeof(flag_names) / sizeof(flag_names[0]))

static int number_value(const char *text, int64_t lo, int64_t hi, int64_t *out)
{
	char *end;
	long long v;

	if (!((text[0] >= '0' && text[0] <= '9') || text[0] == '-'))
		return -EINVAL;
	errno = 0;
	v = strtoll(text, &end, 10);
	if (errno || *end || v < lo || v > hi)
		return -EINVAL;
	*out = v;
	return 0;
}

/**
 * struct setting - one "key=value" of a layer
 * @key: key
 * @offset: in struct axp_assoc
 * @from_name: values are names, else numbers
 * @to_name: the way back
 * @lo: smallest number
 * @hi: largest number
 */
static const struct setting {
	const char *key;
	size_t offset;
	int (*from_name)(const char *name);
	const char *(*to_name)(uint32_t number);
	int64_t lo, hi;
} settings[] = {
#define SPEC(field)	offsetof(struct axp_assoc, spec.field)
	{ "accumulator", SPEC(accumulator), axp_accumulator_from_name, axp_accumulator_name, 0, 0 },
	{ "organisation", SPEC(organisation), axp_organisation_from_name,
	  axp_organisation_name, 0, 0 },
	{ "lanes", SPEC(lanes), NULL, NULL, 1, UINT32_MAX },
	{ "word_bits", SPEC(word_bits), NULL, NULL, 8, 32 },
	{ "scale", SPEC(scale), NULL, NULL, -64, 126 },
	{ "max_term", SPEC(max_term), NULL, NULL, 0, INT32_MAX },
	{ "preset", SPEC(preset), axp_preset_from_name, axp_preset_name, 0, 0 },
	{ "cam_class", SPEC(cam_class), axp_cam_class_from_name, axp_cam_class_name, 0, 0 },
#undef SPEC
};

#define NR_SETTINGS	(sizeof(settings) / sizeof(settings[0]))

char *axp_assoc_text(const struct axp_assoc *assoc)
{
	char text[512];
	size_t at = 0, i;
	bool first = true;

	for (i = 0; i < NR_SETTINGS; i++) {
		const struct setting *s = &settings[i];
		uint32_t v;

		memcpy(&v, (const char *)assoc + s->offset, sizeof(v));
		if (s->to_name)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s=%s ", s->key,
					       s->to_name(v));
		else
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s=%" PRId64 " ",
					       s->key, s->lo < 0 ? (int64_t)(int32_t)v : (int64_t)v);
	}
	at += (size_t)snprintf(text + at, sizeof(text) - at, "flags=");
	for (i = 0; i < NR_FLAGS; i++) {
		if (!(assoc->job_flags & flag_names[i].bit))
			continue;
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", first ? "" : ",",
				       flag_names[i].name);
		first = false;
	}
	snprintf(text + at, sizeof(text) - at, "%s", first ? "none" : "");
	return strdup(text);
}

static int parse_flags(char *value, uint32_t *flags)
{
	char *save, *name;
	size_t i;

	*flags = 0;
	if (!strcmp(value, "none"))
		return 0;
	for (name = strtok_r(value, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		for (i = 0; i < NR_FLAGS && strcmp(flag_names[i].name, name); i++)
			;
		if (i == NR_FLAGS || *flags & flag_names[i].bit)
			return -EINVAL;
		*flags |= flag_names[i].bit;
	}
	return *flags ? 0 : -EINVAL;
}

static int parse_setting(struct axp_assoc *assoc, const struct setting *s, const char *value)
{
	int64_t v;
	uint32_t bits;

	if (s->from_name) {
		v = s->from_name(value);
		if (v < 0)
			return -EINVAL;
	} else if (number_value(value, s->lo, s->hi, &v)) {
		return -EINVAL;
	}
	bits = (uint32_t)v;
	memcpy((char *)assoc + s->offset, &bits, sizeof(bits));
	return 0;
}

/* every key once; an unknown one may change what the others mean */
static int parse_text(struct axp_assoc *assoc, char *text, struct axp_diag *diag)
{
	uint32_t seen = 0, all = (1u << (NR_SETTINGS + 1)) - 1;
	char *save, *word, *value;
	size_t i;
	int err;

	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		value = strchr(word, '=');
		if (!value)
			return axp_fail(diag, -EINVAL, "setting '%.60s' has no value", word);
		*value++ = '\0';
		for (i = 0; i < NR_SETTINGS && strcmp(settings[i].key, word); i++)
			;
		if (i == NR_SETTINGS && strcmp(word, "flags"))
			return axp_fail(diag, -EOPNOTSUPP, "unknown setting '%.60s'", word);
		if (seen & 1u << i)
			return axp_fail(diag, -EINVAL, "setting %s is given twice", word);
		seen |= 1u << i;
		err = i == NR_SETTINGS ? parse_flags(value, &assoc->job_flags) :
					 parse_setting(assoc, &settings[i], value);
		if (err)
			return axp_fail(diag, err, "setting %s is '%.60s'", word, value);
	}
	for (i = 0; i <= NR_SETTINGS; i++)
		if (!(seen & 1u << i))
			return axp_fail(diag, -EINVAL, "setting %s is missing",
					i < NR_SETTINGS ? settings[i].key : "flags");
	if (seen != all)
		return -EINVAL;
	if (assoc->spec.preset == AXP_PRESET_DEVICE || assoc->spec.cam_class == AXP_CAM_DEVICE)
		return axp_fail(diag, -EINVAL, "preset and cam_class must not be 'device'");
	return 0;
}

/* ------------------------------------------------------------ initializers */

struct parts {
	const Onnx__GraphProto *proto;
	const struct axp_onnx_file *file;
	struct axp_strmap names;
};

static int load(const struct parts *parts, const char *layer, const char *suffix,
		enum axp_dtype dtype, struct axp_tensor **out, struct axp_diag *diag)
{
	char *name = axp_onnx_name(layer, suffix);
	char what[192];
	uint32_t i;
	int err;

	if (!name)
		return axp_fail(diag, -ENOMEM, "no memory");
	snprintf(what, sizeof(what), "initializer '%.160s'", name);
	if (!axp_strmap_find(&parts->names, name, &i))
		err = axp_fail(diag, -EINVAL, "%s is missing", what);
	else
		err = axp_onnx_tensor(out, parts->proto->initializer[i], parts->file, what, diag);
	free(name);
	if (err)
		return err;
	if ((*out)->dtype == dtype)
		return 0;
	err = axp_fail(diag, -EINVAL, "%s is of type %s, %s is wanted", what,
		       axp_dtype_name((*out)->dtype), axp_dtype_name(dtype));
	axp_tensor_free(*out);
	*out = NULL;
	return err;
}

/* the file's order of a MatMul's weights is [C, OC] */
static uint64_t file_index(const struct axp_layer *l, uint64_t i)
{
	if (strcmp(l->op, "MatMul"))
		return i;
	return (i % l->cg) * l->oc + i / l->cg;
}

/* indices and codebook must be what the layer's weights were made from */
static int take_index(struct axp_assoc *assoc, const struct axp_layer *l,
		      const struct axp_tensor *codebook, const struct axp_tensor *index,
		      struct axp_diag *diag)
{
	const uint8_t *from = index->data;
	uint64_t i;

	if (codebook->shape.ndim != 1 || !codebook->elems || codebook->elems > 256)
		return axp_fail(diag, -EINVAL, "%llu centroids, 1 to 256 are possible",
				(unsigned long long)codebook->elems);
	if (index->elems != l->nr_weights)
		return axp_fail(diag, -EINVAL, "%llu indices, the layer has %llu weights",
				(unsigned long long)index->elems,
				(unsigned long long)l->nr_weights);
	assoc->k = (uint32_t)codebook->elems;
	memcpy(assoc->codebook, codebook->data, assoc->k * sizeof(float));
	for (i = 0; i < l->nr_weights; i++) {
		uint8_t at = from[file_index(l, i)];

		if (at >= assoc->k)
			return axp_fail(diag, -EINVAL, "index %llu is %u, there are %u centroids",
					(unsigned long long)i, at, assoc->k);
		if (memcmp(&assoc->codebook[at], &l->weights[i], sizeof(float)))
			return axp_fail(diag, -EINVAL,
					"weight %llu is %g, its centroid %u is %g",
					(unsigned long long)i, (double)l->weights[i], at,
					(double)assoc->codebook[at]);
		assoc->index[i] = at;
	}
	return 0;
}

/* the engine's own checks; the limits of a device are met when it is opened */
static int take_rows(struct axp_assoc *assoc, const struct axp_tensor *table,
		     struct axp_diag *diag)
{
	static const struct axp_limits limits = {
		.max_lanes = UINT32_MAX, .max_cam_rows = UINT32_MAX,
		.max_key_bits = 64, .max_lut_words = UINT32_MAX,
	};
	const struct axp_energy_model *model = axp_energy_preset(assoc->spec.preset);
	const uint32_t *word = table->data;
	struct axp_image *image;
	struct axp_why why = { 0 };
	char text[256];
	uint32_t i;
	int err;

	for (i = 0; i < assoc->nr_rows; i++, word += 6)
		assoc->rows[i] = (struct axp_row){ word[0], word[1], word[2], word[3],
						   word[4], word[5] };
	/* constants that only a device has do not change the rows */
	if (!model)
		model = axp_energy_preset(AXP_PRESET_S28);
	err = axp_image_create(&image, NULL, &assoc->spec, assoc->rows, assoc->nr_rows, model,
			       assoc->spec.cam_class, &limits, &why);
	if (err) {
		axp_why_text(&why, "row", text, sizeof(text));
		return axp_fail(diag, err, "table: %s", text);
	}
	assoc->dims_rows = image->dims.cam_rows;
	assoc->dims_key_bits = image->dims.key_bits;
	axp_image_free(image);
	return 0;
}

static int build(const struct parts *parts, struct axp_layer *l, char *text,
		 struct axp_diag *diag)
{
	struct axp_tensor *codebook = NULL, *index = NULL, *table = NULL;
	struct axp_assoc *assoc = NULL;
	int err;

	err = load(parts, l->name, AXP_ONNX_CODEBOOK, AXP_F32, &codebook, diag);
	if (!err)
		err = load(parts, l->name, AXP_ONNX_INDEX, AXP_U8, &index, diag);
	if (!err)
		err = load(parts, l->name, AXP_ONNX_TABLE, AXP_I32, &table, diag);
	if (!err && (table->shape.ndim != 2 || table->shape.dim[1] != 6 ||
		     table->shape.dim[0] > UINT32_MAX))
		err = axp_fail(diag, -EINVAL, "the table is not of shape [rows, 6]");
	if (err)
		goto out;
	assoc = axp_assoc_new(l->nr_weights, (uint32_t)table->shape.dim[0]);
	if (!assoc) {
		err = axp_fail(diag, -ENOMEM, "no memory");
		goto out;
	}
	err = parse_text(assoc, text, diag);
	if (!err)
		err = take_index(assoc, l, codebook, index, diag);
	if (!err)
		err = take_rows(assoc, table, diag);
	if (!err) {
		l->assoc = assoc;
		assoc = NULL;
	}
out:
	axp_assoc_free(assoc);
	axp_tensor_free(codebook);
	axp_tensor_free(index);
	axp_tensor_free(table);
	return err;
}

/* ------------------------------------------------------------------- model */

static struct axp_layer *layer_named(const struct axp_graph *graph, const char *name)
{
	uint32_t i;

	for (i = 0; i < graph->nr_layers; i++)
		if (!strcmp(graph->layers[i]->name, name))
			return graph->layers[i];
	return NULL;
}

/* what looks like a part of a compiled layer must be one */
static int check_orphans(const struct axp_graph *graph, const Onnx__GraphProto *proto,
			 struct axp_diag *diag)
{
	static const char *const suffixes[] = {
		AXP_ONNX_CODEBOOK, AXP_ONNX_INDEX, AXP_ONNX_TABLE,
	};
	size_t i, j, n, m;

	for (i = 0; i < proto->n_initializer; i++) {
		const char *name = proto->initializer[i]->name;

		n = strlen(name);
		for (j = 0; j < 3; j++) {
			struct axp_layer *l;
			char *layer;

			m = strlen(suffixes[j]);
			if (n < m || strcmp(name + n - m, suffixes[j]))
				continue;
			layer = strndup(name, n - m);
			if (!layer)
				return axp_fail(diag, -ENOMEM, "no memory");
			l = layer_named(graph, layer);
			free(layer);
			if (!l || !l->assoc)
				return axp_fail(diag, -EINVAL,
						"initializer '%s' belongs to no compiled layer", name);
		}
	}
	return 0;
}

static int build_named(struct axp_graph *graph, const struct parts *parts,
		       const struct axp_property *p, struct axp_diag *diag)
{
	const char *name = p->key + strlen(AXP_ONNX_KEY_LAYER);
	struct axp_layer *l = layer_named(graph, name);
	char *text;
	int err;

	if (!l)
		return axp_fail(diag, -EINVAL, "metadata '%s' names no layer", p->key);
	text = strdup(p->value);
	if (!text)
		return axp_fail(diag, -ENOMEM, "no memory");
	err = build(parts, l, text, diag);
	free(text);
	return err ? axp_fail_in(diag, err, "layer %s", name) : 0;
}

int axp_onnx_assoc(struct axp_graph *graph, const Onnx__GraphProto *proto,
		   const struct axp_onnx_file *file, struct axp_diag *diag)
{
	const char *format = axp_graph_metadata(graph, AXP_ONNX_KEY_FORMAT);
	struct parts parts = { .proto = proto, .file = file };
	size_t prefix = strlen(AXP_ONNX_KEY_LAYER);
	uint32_t i;
	int err = 0;

	if (format && strcmp(format, AXP_ONNX_FORMAT))
		return axp_fail(diag, -EOPNOTSUPP, "metadata %s is '%.40s', %s is supported",
				AXP_ONNX_KEY_FORMAT, format, AXP_ONNX_FORMAT);
	for (i = 0; i < proto->n_initializer && !err; i++)
		err = axp_strmap_add(&parts.names, proto->initializer[i]->name, i);
	if (err)
		axp_fail(diag, err, "no memory");
	for (i = 0; i < graph->nr_props && !err; i++) {
		if (strncmp(graph->props[i].key, AXP_ONNX_KEY_LAYER, prefix))
			continue;
		if (!format)
			err = axp_fail(diag, -EINVAL, "metadata %s is missing", AXP_ONNX_KEY_FORMAT);
		else
			err = build_named(graph, &parts, &graph->props[i], diag);
	}
	axp_strmap_clear(&parts.names);
	return err ? err : check_orphans(graph, proto, diag);
}
