// SPDX-License-Identifier: BSD-2-Clause
/*
 * Weights: formats, codebooks of plain weights, refusals.
 */
#include "fault.h"
#include "random.h"
#include "tap.h"
#include "weights.h"

static const u32 codebook[] = { 0x3f800000, 0xbf000000, 0x40000000 };
static const u32 bias[] = { 0x3f000000, 0x7fc12345 };

static void test_formats(void)
{
	static const u8 bytes[] = { 2, 0, 1, 1, 2 };
	/* the nibble past the last weight is not read */
	static const u8 nibbles[] = { 0x02, 0x11, 0xf2 };
	struct axp_budget b = {};
	struct axp_weights *w;

	ok(!axp_weights_create(&w, &b, AXP_WGT_U8, codebook, 3, bytes, 5, bias, 2, NULL) &&
	   w->count == 5 && w->nr_centroids == 3 && !memcmp(w->index, bytes, 5) &&
	   !memcmp(w->codebook, codebook, sizeof(codebook)) && !w->plain && w->nr_bias == 2 &&
	   !memcmp(w->bias, bias, sizeof(bias)), "bytes");
	ok(b.used == sizeof(*w) + 5 + 8, "bytes of memory");
	axp_weights_free(w);
	ok(!axp_weights_create(&w, NULL, AXP_WGT_U4, codebook, 3, nibbles, 5, NULL, 0, NULL) &&
	   !memcmp(w->index, bytes, 5) && !w->bias, "nibbles, low one first");
	axp_weights_free(w);
	ok(axp_weights_data_bytes(AXP_WGT_F32, 5) == 20 &&
	   axp_weights_data_bytes(AXP_WGT_U8, 5) == 5 &&
	   axp_weights_data_bytes(AXP_WGT_U4, 5) == 3 && !axp_weights_data_bytes(3, 5) &&
	   !axp_weights_data_bytes(AXP_WGT_F32, U64_MAX / 2), "size of the data");
}

static void test_plain(void)
{
	struct rng rng = { 5 };
	u32 data[1000], order[256];
	struct axp_budget b = {};
	struct axp_weights *w;
	bool same = true;

	/* 256 distinct patterns, -0 and +0 and two NaNs among them */
	for (u32 i = 0; i < 256; i++)
		order[i] = i * 0x01010101u;
	order[10] = 0x80000000;
	order[11] = 0x7fc00000;
	order[12] = 0x7fc00001;
	for (u32 i = 0; i < 1000; i++)
		data[i] = i < 256 ? order[i] : order[rng_below(&rng, 256)];
	ok(!axp_weights_create(&w, NULL, AXP_WGT_F32, NULL, 0, data, 1000, NULL, 0, NULL) &&
	   w->nr_centroids == 256 && !w->plain && !memcmp(w->codebook, order, sizeof(order)),
	   "256 distinct weights are a codebook, in order of appearance");
	for (u32 i = 0; i < 1000; i++)
		same &= w->codebook[w->index[i]] == data[i];
	ok(same, "every index finds its weight");
	axp_weights_free(w);

	data[999] = 0x12345678;
	ok(!axp_weights_create(&w, &b, AXP_WGT_F32, NULL, 0, data, 1000, NULL, 0, NULL) &&
	   w->nr_centroids == 0 && !w->index && !memcmp(w->plain, data, sizeof(data)),
	   "257 are not");
	ok(b.used == sizeof(*w) + 4000, "bytes of memory, nothing else");
	axp_weights_free(w);
}

static void refused(const char *name, int err, u32 reason, u32 index, u64 value, u64 limit,
		    u32 format, const u32 *book, u32 k, const u8 *data, u64 count,
		    const u32 *b, u32 nr_bias)
{
	struct axp_weights *w = (struct axp_weights *)&w;
	struct axp_why why = {};
	int got = axp_weights_create(&w, NULL, format, book, k, data, count, b, nr_bias, &why);

	ok(got == err && !w && why.reason == reason && why.index == index &&
	   why.value == value && why.limit == limit,
	   "refused: %s (errno %d, reason %u, index %u, value %llu, limit %llu)", name, -got,
	   why.reason, why.index, (unsigned long long)why.value, (unsigned long long)why.limit);
}

static void test_refusals(void)
{
	static const u8 data[] = { 0, 1, 3, 0x13, 0, 0, 0, 0 };

	refused("format", -EOPNOTSUPP, AXP_WHY_FORMAT, 0, 9, AXP_WGT_U4, 9, codebook, 3, data, 2,
		NULL, 0);
	refused("no centroid", -EINVAL, AXP_WHY_CENTROIDS, 0, 0, 256, AXP_WGT_U8, codebook, 0,
		data, 2, NULL, 0);
	refused("257 centroids", -EINVAL, AXP_WHY_CENTROIDS, 0, 257, 256, AXP_WGT_U8, codebook,
		257, data, 2, NULL, 0);
	refused("17 centroids of 4 bits", -EINVAL, AXP_WHY_CENTROIDS, 0, 17, 16, AXP_WGT_U4,
		codebook, 17, data, 2, NULL, 0);
	refused("centroids of plain weights", -EINVAL, AXP_WHY_CENTROIDS, 0, 3, 0, AXP_WGT_F32,
		codebook, 3, data, 2, NULL, 0);
	refused("no weight", -EINVAL, AXP_WHY_COUNT, 0, 0, 1, AXP_WGT_U8, codebook, 3, data, 0,
		NULL, 0);
	refused("index K", -ERANGE, AXP_WHY_INDEX, 2, 3, 3, AXP_WGT_U8, codebook, 3, data, 4,
		NULL, 0);
	refused("nibble over K", -ERANGE, AXP_WHY_INDEX, 4, 3, 3, AXP_WGT_U4, codebook, 3, data,
		8, NULL, 0);
	refused("bias count without biases", -EINVAL, AXP_WHY_BIAS, 0, 2, 0, AXP_WGT_U8,
		codebook, 3, data, 2, NULL, 2);
	refused("more weights than bytes", -EOVERFLOW, AXP_WHY_OVERFLOW, 0, U64_MAX, U64_MAX / 4,
		AXP_WGT_U8, codebook, 3, data, U64_MAX, NULL, 0);
}

static void test_faults(void)
{
	static const u8 data[4];
	u32 plain[300];
	struct axp_weights *w = NULL;

	for (u32 i = 0; i < 300; i++)
		plain[i] = i;
	ok(FAULT_SWEEP(axp_weights_create(&w, NULL, AXP_WGT_U8, codebook, 3, data, 4, bias, 2,
					  NULL),
		       axp_weights_free(w), w) == 3, "indices: each allocation may fail");
	ok(FAULT_SWEEP(axp_weights_create(&w, NULL, AXP_WGT_F32, NULL, 0, plain, 300, bias, 2,
					  NULL),
		       axp_weights_free(w), w) == 5, "plain weights: each allocation may fail");
	axp_weights_free(NULL);
}

int main(void)
{
	test_formats();
	test_plain();
	test_refusals();
	test_faults();
	return done_testing();
}
