// SPDX-License-Identifier: BSD-2-Clause
/* Why: one sentence for each reason of the uapi. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <axp/axp.h>

/* which array the index of a reason counts */
enum scope {
	OF_CALL,	/* the call as a whole: no index */
	OF_ELEMENT,	/* what the caller says it is */
	OF_ROW,
	OF_WEIGHT,
	OF_FAULT,
};

/*
 * Format of the sentence of @why: takes value, then limit, both 64 bit.
 * A switch without default: a reason without a sentence does not compile.
 */
static const char *sentence(const struct axp_why *why, enum scope *scope)
{
	*scope = OF_ELEMENT;
	switch ((enum axp_reason)why->reason) {
	case AXP_WHY_NONE:
		*scope = OF_CALL;
		return "no reason was given";
	case AXP_WHY_RESERVED:
		return "a reserved field holds %1$" PRIu64 " and must be 0";
	case AXP_WHY_FLAGS:
		return "flags 0x%1$" PRIx64 ", allowed here are 0x%2$" PRIx64;
	case AXP_WHY_SIZE:
		return "a structure of %1$" PRIu64 " bytes, expected are %2$" PRIu64;
	case AXP_WHY_COUNT:
		return why->value ? "a count of %1$" PRIu64 ", the limit is %2$" PRIu64 :
				    "a count is 0 and must be at least 1";
	case AXP_WHY_MEMORY:
		*scope = OF_CALL;
		return "the objects of this client would take %1$" PRIu64
			" bytes, the limit is %2$" PRIu64;
	case AXP_WHY_HANDLE:
		return "no object of the wanted type has handle %1$" PRIu64;
	case AXP_WHY_OP:
		return "operation %1$" PRIu64 " is not known";
	case AXP_WHY_ACCUMULATOR:
		*scope = OF_CALL;
		return "accumulator %1$" PRIu64 " is not known";
	case AXP_WHY_ORGANISATION:
		*scope = OF_CALL;
		return "organisation %1$" PRIu64
			" is not known, or not for this accumulator, which takes 0 to %2$" PRIu64;
	case AXP_WHY_PRESET:
		*scope = OF_CALL;
		return "energy preset %1$" PRIu64 " is not known";
	case AXP_WHY_CAM_CLASS:
		*scope = OF_CALL;
		return "CAM class %1$" PRIu64 " is not known";
	case AXP_WHY_LANES:
		*scope = OF_CALL;
		return why->value ? "%1$" PRIu64 " lanes, the limit of this organisation is %2$" PRIu64 :
				    "0 lanes, at least 1 is needed";
	case AXP_WHY_WORD_BITS:
		*scope = OF_CALL;
		return "LUT words of %1$" PRIu64
			" bits: fixed tables take 8, 16, 24 or 32, binary32 tables 32";
	case AXP_WHY_SCALE:
		*scope = OF_CALL;
		return "fixed-point scale %1$" PRId64 ", the limit is %2$" PRId64;
	case AXP_WHY_MAX_TERM:
		*scope = OF_CALL;
		return "max_term %1$" PRIu64 ", the limit is %2$" PRIu64;
	case AXP_WHY_ROW_FLAGS:
		*scope = OF_ROW;
		return "flags 0x%1$" PRIx64 " are not known";
	case AXP_WHY_ROW_WORD:
		*scope = OF_ROW;
		return "LUT word %1$" PRId64 " lies outside +-%2$" PRIu64;
	case AXP_WHY_ROW_SIGNIFICAND:
		*scope = OF_ROW;
		return "a row with flags 0x%1$" PRIx64
			" does not go with this table: a significand table has only significand rows, a fixed table none";
	case AXP_WHY_ROW_CARE:
		*scope = OF_ROW;
		return "care mask 0x%1$08" PRIx64
			" does not fit the organisation, which wants 0x%2$08" PRIx64;
	case AXP_WHY_ROW_ORDER:
		*scope = OF_ROW;
		return "one shared search would find another row first for activation key 0x%1$08"
			PRIx64 " and weight 0x%2$08" PRIx64;
	case AXP_WHY_CAM_ROWS:
		*scope = OF_CALL;
		return "the table needs %1$" PRIu64 " CAM rows, the limit is %2$" PRIu64;
	case AXP_WHY_KEY_BITS:
		*scope = OF_CALL;
		return "the table compares %1$" PRIu64 " bits, the limit is %2$" PRIu64;
	case AXP_WHY_LUT_WORDS:
		*scope = OF_CALL;
		return "the table needs %1$" PRIu64 " LUT words, the limit is %2$" PRIu64;
	case AXP_WHY_FORMAT:
		*scope = OF_CALL;
		return "weight format %1$" PRIu64 " is not known";
	case AXP_WHY_CENTROIDS:
		*scope = OF_CALL;
		return "%1$" PRIu64 " centroids, this format takes at most %2$" PRIu64
			", and at least 1 when it has a codebook";
	case AXP_WHY_INDEX:
		*scope = OF_WEIGHT;
		return "index %1$" PRIu64 " into a codebook of %2$" PRIu64 " centroids";
	case AXP_WHY_BIAS:
		return why->limit == INT32_MAX ?
			"a bias of bits 0x%1$08" PRIx64 " is not finite, or over what %2$" PRIu64
			" units hold" :
			"%1$" PRIu64 " biases, expected are %2$" PRIu64;
	case AXP_WHY_ALIGN:
		return "offset %1$" PRIu64 " is no multiple of %2$" PRIu64;
	case AXP_WHY_RANGE_ACT:
		return "last activation byte %1$" PRIu64 " lies past the buffer's %2$" PRIu64
			" bytes";
	case AXP_WHY_RANGE_WGT:
		return "last weight element %1$" PRIu64 " lies past the %2$" PRIu64
			" weights of the object";
	case AXP_WHY_RANGE_OUT:
		return "last output byte %1$" PRIu64 " lies past the buffer's %2$" PRIu64
			" bytes";
	case AXP_WHY_OVERLAP:
		return "the output at byte %1$" PRIu64
			" overlaps the activations of the same job, which end at byte %2$" PRIu64;
	case AXP_WHY_SHAPE:
		return "a dimension, stride or dilation of %1$" PRIu64
			" breaks the limit of %2$" PRIu64;
	case AXP_WHY_GROUPS:
		return "%1$" PRIu64 " channels are not divisible by %2$" PRIu64 " groups";
	case AXP_WHY_KERNEL:
		return "a kernel over %1$" PRIu64 " cells is larger than the padded input of %2$"
			PRIu64;
	case AXP_WHY_MACS:
		return "%1$" PRIu64 " multiply-accumulates, the limit of a job is %2$" PRIu64;
	case AXP_WHY_OVERFLOW:
		return "its sizes do not fit 64 bits";
	case AXP_WHY_ACC_OVERFLOW:
		return "a sum could reach %1$" PRIu64 ", the fixed accumulator ends at %2$" PRIu64;
	case AXP_WHY_INFLIGHT:
		*scope = OF_CALL;
		return "%1$" PRIu64 " jobs would be in flight, the limit is %2$" PRIu64;
	case AXP_WHY_SCRATCH:
		return "working memory of %1$" PRIu64 " bytes, the limit is %2$" PRIu64;
	case AXP_WHY_FAULT_TARGET:
		*scope = OF_FAULT;
		return why->value > why->limit ?
			"target %1$" PRIu64 " is not known" :
			"target %1$" PRIu64 ": this organisation stores no weight keys";
	case AXP_WHY_FAULT_KIND:
		*scope = OF_FAULT;
		return "kind %1$" PRIu64 " is not known";
	case AXP_WHY_FAULT_MASK:
		*scope = OF_FAULT;
		return "mask 0: no bit can be faulty";
	case AXP_WHY_FAULT_ROW:
		*scope = OF_FAULT;
		return "its rows end at %1$" PRIu64 ", the table has %2$" PRIu64;
	}
	return NULL;
}

void axp_why_text(const struct axp_why *why, const char *element, char *text, size_t size)
{
	char prefix[64] = "";
	enum scope scope;
	const char *format = sentence(why, &scope);
	size_t len;

	if (!size)
		return;
	if (!format) {
		snprintf(text, size,
			 "reason %" PRIu32 " of a newer module (index %" PRIu32 ", value %" PRIu64
			 ", limit %" PRIu64 ")", why->reason, why->index,
			 (uint64_t)why->value, (uint64_t)why->limit);
		return;
	}
	switch (scope) {
	case OF_CALL:
		break;
	case OF_ELEMENT:
		if (element)
			snprintf(prefix, sizeof(prefix), "%s %" PRIu32 ": ", element, why->index);
		break;
	case OF_ROW:
		snprintf(prefix, sizeof(prefix), "row %" PRIu32 ": ", why->index);
		break;
	case OF_FAULT:
		snprintf(prefix, sizeof(prefix), "fault %" PRIu32 ": ", why->index);
		break;
	case OF_WEIGHT:
		snprintf(prefix, sizeof(prefix), "weight %" PRIu32 ": ", why->index);
		break;
	}
	snprintf(text, size, "%s", prefix);
	len = strlen(text);
	snprintf(text + len, size - len, format, (uint64_t)why->value, (uint64_t)why->limit);
}
