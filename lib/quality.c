// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "quality.h"

/* probabilities below this count as this */
#define LEAST	1e-7

/* sums of probabilities of a sample, this far from 1 */
#define SUM_ERROR	1e-3

static enum axp_outputs outputs_of(const float *y, uint64_t classes, uint64_t n)
{
	bool one = true;

	for (uint64_t i = 0; i < n; i++, y += classes) {
		double sum = 0;

		for (uint64_t j = 0; j < classes; j++) {
			if (!(y[j] >= 0 && y[j] <= 1))
				return classes == 1 ? AXP_OUTPUTS_VALUE : AXP_OUTPUTS_SCORES;
			sum += (double)y[j];
		}
		one &= fabs(sum - 1) <= SUM_ERROR;
	}
	return one && classes > 1 ? AXP_OUTPUTS_CLASSES : AXP_OUTPUTS_EACH;
}

static uint32_t answer(const float *y, uint64_t classes)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < classes; i++)
		if (y[i] > y[best])
			best = i;
	return best;
}

/* log of the sum of exponentials */
static double log_sum(const float *y, uint64_t classes)
{
	double most = (double)y[answer(y, classes)], sum = 0;

	for (uint64_t i = 0; i < classes; i++)
		sum += exp((double)y[i] - most);
	return most + log(sum);
}

static double log_of(double p)
{
	return fmax(log(p), log(LEAST));
}

static double of_scores(const float *want, const float *have, uint64_t classes)
{
	double a = log_sum(want, classes), b = log_sum(have, classes), kl = 0;

	for (uint64_t i = 0; i < classes; i++) {
		double p = fmax((double)want[i] - a, log(LEAST));

		kl += exp(p) * (p - fmax((double)have[i] - b, log(LEAST)));
	}
	return kl;
}

static double of_classes(const float *want, const float *have, uint64_t classes)
{
	double kl = 0;

	for (uint64_t i = 0; i < classes; i++) {
		double p = log_of((double)want[i]);

		kl += exp(p) * (p - log_of((double)have[i]));
	}
	return kl;
}

/* mean of what each, yes or no, diverges */
static double of_each(const float *want, const float *have, uint64_t classes)
{
	double kl = 0;

	for (uint64_t i = 0; i < classes; i++) {
		double p = (double)want[i], q = fmin(fmax((double)have[i], 0), 1);

		kl += p * (log_of(p) - log_of(q)) +
		      (1 - p) * (log_of(1 - p) - log_of(1 - q));
	}
	return kl / (double)classes;
}

/* of normal distributions around both, as wide as the wanted values spread */
static double of_values(const float *want, const float *have, uint64_t n)
{
	double sum = 0, squares = 0, error = 0, spread;

	for (uint64_t i = 0; i < n; i++) {
		double x = (double)want[i], d = (double)have[i] - x;

		sum += x;
		squares += x * x;
		error += d * d;
	}
	spread = squares / (double)n - sum / (double)n * (sum / (double)n);
	if (!(error > 0))
		return error;
	return error / (double)n / (2 * fmax(spread, LEAST * squares / (double)n));
}

void axp_quality_of(struct axp_quality *q, uint64_t classes, const float *want,
		    const float *have, const uint32_t *labels, uint64_t n)
{
	enum axp_outputs what = outputs_of(want, classes, n);

	memset(q, 0, sizeof(*q));
	for (uint64_t i = 0; i < n; i++) {
		const float *x = want + i * classes, *y = have + i * classes;
		uint32_t was = answer(x, classes), is = answer(y, classes);
		double kl = what == AXP_OUTPUTS_SCORES ? of_scores(x, y, classes) :
			    what == AXP_OUTPUTS_CLASSES ? of_classes(x, y, classes) :
			    what == AXP_OUTPUTS_EACH ? of_each(x, y, classes) : 0;

		/* fmax() would take a NaN as 0 */
		q->kl += kl < 0 ? 0 : kl / (double)n;
		q->flips += was != is;
		if (labels)
			q->lost += (int)(was == labels[i]) - (int)(is == labels[i]);
	}
	if (what == AXP_OUTPUTS_VALUE)
		q->kl = of_values(want, have, n);
	q->outputs = what;
	q->samples = n;
}

double axp_quality_points(const struct axp_quality *q)
{
	return 100 * (double)q->lost / (double)q->samples;
}
