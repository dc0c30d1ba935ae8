/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Picture: pixels of a PNG, JPEG, PGM or PPM file, on their way to a net.
 */
#ifndef AXP_LIB_PICTURE_H
#define AXP_LIB_PICTURE_H

#include <axp/axp.h>

#include "spec.h"

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

/* sample of channel @k of @c (1 or 3), 0..255; colour becomes gray, gray all channels */
float axp_picture_sample(const struct axp_picture *picture, uint32_t y, uint32_t x, uint32_t c,
			 uint32_t k);

enum { AXP_RESIZE_NET, AXP_RESIZE_COVER, AXP_RESIZE_NONE };
enum { AXP_FILTER_BILINEAR, AXP_FILTER_ANTIALIAS, AXP_FILTER_NEAREST };
enum { AXP_ORDER_RGB, AXP_ORDER_BGR };
enum { AXP_LAYOUT_NCHW, AXP_LAYOUT_NHWC };

/**
 * struct axp_picture_fit - how pictures become inputs of a net
 * @resize: AXP_RESIZE_NET: to the net's height and width; _COVER: as small as covers
 *	them; _NONE; or to a size; what is then larger than the net takes is cropped at
 *	its centre
 * @filter: AXP_FILTER_*; _ANTIALIAS: bilinear, over all pixels that a smaller one covers
 * @order: AXP_ORDER_*: of three channels
 * @layout: AXP_LAYOUT_*: of the net's input
 */
struct axp_picture_fit {
	struct axp_spec_size resize;
	uint32_t filter;
	uint32_t order;
	uint32_t layout;
};

/* settings out of "resize=256,order=bgr"; NULL: defaults */
int axp_picture_fit_parse(struct axp_picture_fit *fit, const char *text,
			  struct axp_diag *diag) AXP_MUST_CHECK;

/**
 * axp_picture_fit_dims() - can a net's input be a picture?
 * @fit: layout
 * @dims: of the input
 * @ndim: of @dims
 * @chw: channels, height, width
 */
bool axp_picture_fit_dims(const struct axp_picture_fit *fit, const uint64_t *dims, uint32_t ndim,
			  uint32_t chw[3]);

/**
 * axp_picture_fit() - resize, crop, order and lay out
 * @fit: settings
 * @picture: picture
 * @path: of @picture, for messages
 * @chw: as axp_picture_fit_dims() says
 * @x: input of the net, 0..255
 * @diag: message
 *
 * Return: 0; -EINVAL the picture is smaller than what the net takes; -E2BIG; -ENOMEM.
 */
int axp_picture_fit(const struct axp_picture_fit *fit, const struct axp_picture *picture,
		    const char *path, const uint32_t chw[3], float *x,
		    struct axp_diag *diag) AXP_MUST_CHECK;

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
