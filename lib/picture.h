/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Picture: pixels of a PNG, JPEG, PGM or PPM file, on their way to a net.
 */
#ifndef AXP_LIB_PICTURE_H
#define AXP_LIB_PICTURE_H

#include <axp/axp.h>

#define AXP_PICTURE_MAX_BYTES	(256u << 20)	/* of a file */
#define AXP_PICTURE_MAX_SIDE	65535u
#define AXP_PICTURE_MAX_PIXELS	(64u << 20)

/**
 * struct axp_picture - decoded pixels
 * @width: pixels
 * @height: pixels
 * @channels: 1 gray, 3 red, green, blue
 * @v: [height][width][channels], 16 bit: 8 bit samples are multiplied by 257
 */
struct axp_picture {
	uint32_t width;
	uint32_t height;
	uint32_t channels;
	uint16_t *v;
};

/**
 * axp_picture_read() - decode a file
 * @out: owned by the caller: axp_picture_free()
 * @path: file; its first bytes say what it is
 * @diag: file, field, value, limit
 *
 * Return: 0; errors of open(2); -EINVAL malformed or no picture; -E2BIG over a
 * limit; -ENOMEM.
 */
int axp_picture_read(struct axp_picture **out, const char *path,
		     struct axp_diag *diag) AXP_MUST_CHECK;
/* the same from memory; @path stands for the file in messages */
int axp_picture_read_mem(struct axp_picture **out, const char *path, const uint8_t *buf,
			 size_t len, struct axp_diag *diag) AXP_MUST_CHECK;
void axp_picture_free(struct axp_picture *picture);

/* is this the name of a picture file: .png, .jpg, .jpeg, .pgm, .ppm? */
bool axp_picture_name(const char *name);

/**
 * axp_picture_planes() - convert and resize
 * @picture: picture
 * @c: channels wanted, 1 or 3
 * @h: height wanted, at least 1
 * @w: width wanted, at least 1
 * @x: [c][h][w], 0..255
 */
void axp_picture_planes(const struct axp_picture *picture, uint32_t c, uint32_t h,
			uint32_t w, float *x);

/* decoders of the formats; @buf holds the whole file */
int axp_picture_png(struct axp_picture *picture, const char *path, const uint8_t *buf,
		    size_t len, struct axp_diag *diag) AXP_MUST_CHECK;
int axp_picture_jpeg(struct axp_picture *picture, const char *path, const uint8_t *buf,
		     size_t len, struct axp_diag *diag) AXP_MUST_CHECK;
int axp_picture_pnm(struct axp_picture *picture, const char *path, const uint8_t *buf,
		    size_t len, struct axp_diag *diag) AXP_MUST_CHECK;
/* check the size and allocate the pixels; once per picture */
int axp_picture_alloc(struct axp_picture *picture, const char *path, uint64_t width,
		      uint64_t height, uint32_t channels,
		      struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_PICTURE_H */
