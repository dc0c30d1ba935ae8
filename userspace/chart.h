/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chart: a gnuplot script becomes NAME.svg and NAME.png in a folder, by plot.h. The
 * script holds its data and begins with the look that all charts have.
 */
#ifndef AXP_TOOL_CHART_H
#define AXP_TOOL_CHART_H

#include <stdio.h>

/* colours that stay apart in print and for colour-blind readers (Okabe and Ito) */
#define CHART_BLUE	"#0072b2"
#define CHART_SKY	"#56b4e9"
#define CHART_ORANGE	"#e69f00"
#define CHART_RED	"#d55e00"
#define CHART_GREEN	"#009e73"
#define CHART_PINK	"#cc79a7"
#define CHART_YELLOW	"#f0e442"
#define CHART_GREY	"#7f7f7f"

/**
 * struct chart - a script being written
 * @file: where it goes
 * @text: of the script, once closed
 * @size: of @text
 */
struct chart {
	FILE *file;
	char *text;
	size_t size;
};

/* make @dir if it is not there; see that gnuplot can be run. 0 or EXIT_FAILED */
int chart_prepare(const char *dir);
/* begin a script: frame, grid, fonts. 0 or EXIT_FAILED */
int chart_begin(struct chart *chart);
/* make @dir/@name.svg and .png out of it, each as a whole or not. 0 or EXIT_FAILED */
int chart_end(struct chart *chart, const char *dir, const char *name);
/*
 * name of the chart @kind of a file: its last part without ".onnx", characters that
 * file names are better without as "-"; free()
 */
char *chart_name(const char *path, const char *kind);

#endif /* AXP_TOOL_CHART_H */
