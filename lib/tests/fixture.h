/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fixture: small layers of every kind, with inputs and the results that the
 * definition of a processing element gives, MAC by MAC.
 */
#ifndef AXP_TESTS_FIXTURE_H
#define AXP_TESTS_FIXTURE_H

#include "backend.h"
#include "engine.h"

/**
 * struct fixture - one layer and one run of it
 * @layer: layer
 * @shape: of the run
 * @in: input
 * @nr_in: elements of @in
 * @want: expected output
 * @nr_out: elements of @want
 * @counters: expected events
 */
struct fixture {
	struct axp_layer layer;
	struct axp_layer_shape shape;
	float *in;
	uint64_t nr_in;
	float *want;
	uint64_t nr_out;
	struct axp_counters counters;
};

extern const unsigned int nr_fixtures;

/* fixture @i for @n samples; ends the program without memory */
void fixture_make(struct fixture *f, unsigned int i, uint32_t n);
void fixture_free(struct fixture *f);

/* fields that every backend must agree on, ns left out */
bool stats_equal(const struct axp_stats *a, const struct axp_stats *b);

#endif /* AXP_TESTS_FIXTURE_H */
