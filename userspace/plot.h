/* SPDX-License-Identifier: BSD-2-Clause */
/* Plot: pictures by gnuplot, SVG and PNG. */
#ifndef AXP_TOOL_PLOT_H
#define AXP_TOOL_PLOT_H

#include <stdio.h>

/* is there a gnuplot? 0, or EXIT_FAILED after saying what to do */
int plot_check(void);
/*
 * Write PREFIX.svg, @width by @height pixels, and PREFIX.png, twice that: @draw prints the
 * commands of gnuplot that follow the choice of the terminal, once for each. Each file is
 * replaced as a whole, or stays as it was. 0, or EXIT_FAILED after saying why.
 */
int plot_write(const char *prefix, unsigned int width, unsigned int height,
	       void (*draw)(FILE *gnuplot, const void *user), const void *user);
/* @text as a string of gnuplot, in commands and in data */
void plot_string(FILE *gnuplot, const char *text);

#endif /* AXP_TOOL_PLOT_H */
