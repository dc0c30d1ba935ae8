// SPDX-License-Identifier: BSD-2-Clause
/*
 * Layer set of the bench, and kinds of table rows.
 */
#include "bench.h"

const char *const row_names[] = {
	"product", "product-rounded", "significand-2", "significand-3", "fixed16",
	"fixed32", "partial-20", "ternary",
};

#define CONV(in, out, height, width, kernel, stride, pad, group)			\
	{ .n = 1, .c = in, .h = height, .w = width, .oc = out, .kh = kernel,		\
	  .kw = kernel, .groups = group, .stride_h = stride, .stride_w = stride,	\
	  .dil_h = 1, .dil_w = 1, .pad_top = pad, .pad_left = pad,			\
	  .pad_bottom = pad, .pad_right = pad }
#define FC(batch, in, out)								\
	{ .n = batch, .c = in, .h = 1, .w = 1, .oc = out, .kh = 1, .kw = 1,		\
	  .groups = 1, .stride_h = 1, .stride_w = 1, .dil_h = 1, .dil_w = 1 }

const struct bench_layer layers[NR_LAYERS + NR_NET_LAYERS] = {
	{ "3x3 64-64 32x32", CONV(64, 64, 32, 32, 3, 1, 1, 1) },
	{ "3x3 16-16 32x32", CONV(16, 16, 32, 32, 3, 1, 1, 1) },
	{ "3x3 32-64 s2 32x32", CONV(32, 64, 32, 32, 3, 2, 1, 1) },
	{ "1x1 64-64 25x5", CONV(64, 64, 25, 5, 1, 1, 0, 1) },
	{ "dw 3x3 64 25x5", CONV(64, 64, 25, 5, 3, 1, 1, 64) },
	{ "dw 3x3 64 112x112", CONV(64, 64, 112, 112, 3, 1, 1, 64) },
	{ "5x5 6-16 14x14", CONV(6, 16, 14, 14, 5, 1, 0, 1) },
	{ "7x7 3-64 s2 224x224", CONV(3, 64, 224, 224, 7, 2, 3, 1) },
	{ "fc 1024-256 b1", FC(1, 1024, 256) },
	{ "fc 1024-256 b16", FC(16, 1024, 256) },
	{ "3x3 256-256 56x56", CONV(256, 256, 56, 56, 3, 1, 1, 1) },
	{ "resnet8 conv", CONV(3, 16, 32, 32, 3, 1, 1, 1) },
	{ "resnet8 block1.conv1", CONV(16, 16, 32, 32, 3, 1, 1, 1) },
	{ "resnet8 block1.conv2", CONV(16, 16, 32, 32, 3, 1, 1, 1) },
	{ "resnet8 block2.conv1", CONV(16, 32, 32, 32, 3, 2, 1, 1) },
	{ "resnet8 block2.conv2", CONV(32, 32, 16, 16, 3, 1, 1, 1) },
	{ "resnet8 block2.skip", CONV(16, 32, 32, 32, 1, 2, 0, 1) },
	{ "resnet8 block3.conv1", CONV(32, 64, 16, 16, 3, 2, 1, 1) },
	{ "resnet8 block3.conv2", CONV(64, 64, 8, 8, 3, 1, 1, 1) },
	{ "resnet8 block3.skip", CONV(32, 64, 16, 16, 1, 2, 0, 1) },
	{ "resnet8 fc", FC(1, 64, 10) },
};
