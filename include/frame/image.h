/* Non-owning views of pictures: planes of 16-bit samples.
 *
 * Native code works on one sample type: uint16_t with the full 16 bits in use, so that one 8-bit code value
 * is 256 (limited-range black is 16 * 256 = 4096, white 235 * 256, neutral chroma 128 * 256). FFmpeg's names
 * for these layouts are gray16, yuv420p16, yuv422p16 and yuv444p16 in native byte order. Strides are in
 * samples and may be negative.
 *
 * A view never owns: whoever made it guarantees that the memory outlives it. A field is a view too: of every
 * second line of a woven frame (vh_image_field), so nothing is copied to look at fields.
 */
#ifndef VH_FRAME_IMAGE_H
#define VH_FRAME_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#define VH_CODE 256 /* one 8-bit code value in 16-bit samples */

enum { VH_MAX_PLANES = 3 };

struct vh_plane {
    uint16_t *data;   /* first sample of the first line */
    ptrdiff_t stride; /* samples from one line to the next; may be negative */
    int width;        /* samples per line, at least 1 */
    int height;       /* lines, at least 1 */
};

struct vh_plane_const {
    const uint16_t *data;
    ptrdiff_t stride;
    int width, height;
};

struct vh_image {
    struct vh_plane plane[VH_MAX_PLANES]; /* Y, Cb, Cr */
    int n_planes;                         /* 1 (luma only) or 3 */
    int sub_x, sub_y;                     /* log2 of the chroma subsampling: 4:2:0 is 1,1; 4:2:2 is 1,0 */
};

struct vh_image_const {
    struct vh_plane_const plane[VH_MAX_PLANES];
    int n_planes;
    int sub_x, sub_y;
};

/* Samples or lines of a plane subsampled by 2^sub, of a picture that has `luma` of them. */
static inline int vh_sub_size(int luma, int sub)
{
    return (luma + (1 << sub) - 1) >> sub;
}

/* Read-only view of a writable one. */
static inline struct vh_plane_const vh_plane_read(struct vh_plane p)
{
    return (struct vh_plane_const){p.data, p.stride, p.width, p.height};
}

static inline struct vh_image_const vh_image_read(const struct vh_image *image)
{
    struct vh_image_const r = {.n_planes = image->n_planes, .sub_x = image->sub_x, .sub_y = image->sub_y};
    for (int i = 0; i < image->n_planes; i++)
        r.plane[i] = vh_plane_read(image->plane[i]);
    return r;
}

/* The lines of one field of a woven plane: parity 0 = top (lines 0, 2, …), 1 = bottom. With an odd number of
 * lines the top field has one more. A one-line plane gives that line for both. */
static inline struct vh_plane vh_plane_field(struct vh_plane p, int parity)
{
    if (p.height > 1) {
        p.data += parity ? p.stride : 0;
        p.height = (p.height + 1 - parity) / 2;
        p.stride *= 2;
    }
    return p;
}

static inline struct vh_plane_const vh_plane_field_read(struct vh_plane_const p, int parity)
{
    if (p.height > 1) {
        p.data += parity ? p.stride : 0;
        p.height = (p.height + 1 - parity) / 2;
        p.stride *= 2;
    }
    return p;
}

static inline struct vh_image_const vh_image_field_read(struct vh_image_const image, int parity)
{
    for (int i = 0; i < image.n_planes; i++)
        image.plane[i] = vh_plane_field_read(image.plane[i], parity);
    return image;
}

static inline struct vh_image vh_image_field(struct vh_image image, int parity)
{
    for (int i = 0; i < image.n_planes; i++)
        image.plane[i] = vh_plane_field(image.plane[i], parity);
    return image;
}

#endif
