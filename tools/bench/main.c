// SPDX-License-Identifier: BSD-2-Clause
/*
 * Bench: what is measured, and where the report goes.
 */
#include <getopt.h>
#include <stdio.h>

#include "bench.h"

static const struct option options[] = {
	{ "mode", required_argument, NULL, 'm' },
	{ "json", required_argument, NULL, 'o' },
	{ "add", required_argument, NULL, 'd' },
	{ "model", required_argument, NULL, 'n' },
	{ "rounds", required_argument, NULL, 'r' },
	{ "all", no_argument, NULL, 'a' },
	{ "rows", required_argument, NULL, 'k' },
	{ "layer", required_argument, NULL, 'l' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

int main(int argc, char **argv)
{
	const char *path = NULL, *rows = NULL, *model = "models/resnet8/resnet8.onnx";
	bool library = false, network = false, device = false, all = false;
	const char *added = NULL, *layer = NULL;
	struct report report;
	long rounds = 21;
	char *end;
	int o;

	while ((o = getopt_long(argc, argv, "m:o:d:n:r:ak:l:h", options, NULL)) != -1)
		switch (o) {
		case 'm':
			if (!strcmp(optarg, "library")) {
				library = true;
			} else if (!strcmp(optarg, "network")) {
				network = true;
			} else if (!strcmp(optarg, "device")) {
				device = true;
			} else {
				fprintf(stderr, "bench: error: --mode '%s': there are library, network and device\n",
					optarg);
				return 1;
			}
			break;
		case 'o':
			path = optarg;
			break;
		case 'd':
			added = optarg;
			break;
		case 'n':
			model = optarg;
			break;
		case 'r':
			rounds = strtol(optarg, &end, 10);
			if (*end || rounds < 1 || rounds > MAX_ROUNDS) {
				fprintf(stderr, "bench: error: --rounds '%s': a number from 1 to 101 is needed\n",
					optarg);
				return 1;
			}
			break;
		case 'a':
			all = true;
			break;
		case 'k':
			rows = optarg;
			break;
		case 'l':
			layer = optarg;
			break;
		default:
			printf("Usage: bench [--mode MODE]... [--json FILE] [--rounds N] [--all] [--rows KIND]\n"
			       "             [--layer NAME] [--model FILE] [--add FILE]\n"
			       "  --mode MODE   library: engine against oneDNN FP32, layer by layer;\n"
			       "                network: ResNet-8 at batch 1; device: layers and a tiny\n"
			       "                job through /dev/axp (default: library and network)\n"
			       "  --json FILE   report\n"
			       "  --add FILE    report of another run, whose layers and figures are added\n"
			       "  --rounds N    default 21\n"
			       "  --all         library: more centroids, rows, misses\n"
			       "  --rows KIND   library: product, product-rounded, significand-2,\n"
			       "                significand-3, fixed16, fixed32, partial-20 or ternary alone\n"
			       "  --layer NAME  library: this layer alone, as the report names it\n"
			       "  --model FILE  of network: default models/resnet8/resnet8.onnx\n");
			return o != 'h';
		}
	if (!library && !network && !device)
		library = network = true;
	report_init(&report);
	if (library)
		library_mode(&report, (u32)rounds, all, rows, layer);
	if (network)
		network_mode(&report, (u32)rounds, model);
	if (device)
		device_mode(&report, (u32)rounds);
	if (added)
		report_add(&report, added);
	report_write(&report, path);
	json_decref(report.layers);
	json_decref(report.summary);
	json_decref(report.missing);
	return 0;
}
