/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fuzz targets share. */
#ifndef AXP_FUZZ_H
#define AXP_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* what must hold, whatever the input is */
#define MUST(cond)								\
	do {									\
		if (!(cond)) {							\
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__,	\
				__LINE__, #cond);				\
			abort();						\
		}								\
	} while (0)

/* a message of one line for what was refused, none for what was not */
#define SAYS(rc, diag)								\
	do {									\
		MUST(!(rc) || ((diag).text[0] && !strchr((diag).text, '\n')));	\
		MUST(memchr((diag).text, '\0', sizeof((diag).text)));		\
	} while (0)

/* a file in memory that holds the input; its path is valid until the file is closed */
static inline int file_open(char path[32], const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	MUST(fd >= 0);
	while (size) {
		ssize_t n = write(fd, data, size);

		MUST(n > 0);
		data += n;
		size -= (size_t)n;
	}
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

#endif /* AXP_FUZZ_H */
