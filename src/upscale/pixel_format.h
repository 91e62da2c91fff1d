/* Facts about FFmpeg's pixel formats that conversion needs: which can be read row by row, and their planar
 * relatives. */
#ifndef VH_UPSCALE_PIXEL_FORMAT_H
#define VH_UPSCALE_PIXEL_FORMAT_H

#include "frame/format.h"
#include "upscale/geometry.h"

#include <stdbool.h>

/* What a format is made of. */
struct vh_layout {
    bool direct; /* planar YCbCr or gray, native byte order, whole samples of 1 or 2 bytes: rows can be read
                    as they are */
    bool rgb;    /* RGB or palette: becomes YCbCr 4:4:4 when unpacked */
    bool gray;
    int sub_x, sub_y; /* log2 of the chroma subsampling */
    int depth;        /* bits per sample */
    int n_planes;     /* 1 or 3; alpha is not counted */
};

/* False for formats nobody can read here: hardware surfaces, Bayer patterns, XYZ, float. */
bool vh_layout_of(enum AVPixelFormat pix_fmt, struct vh_layout *layout);

/* The planar native-endian format of these properties, AV_PIX_FMT_NONE when FFmpeg has none. */
enum AVPixelFormat vh_layout_find(bool gray, int sub_x, int sub_y, int depth);

/* Siting of the chroma planes along x, and along y for a progressive picture (parity -1) or a field (0 top, 1
 * bottom) in lines of that field. Formats without subsampling on that axis give {1, 0}. */
struct vh_siting vh_siting_x(enum AVChromaLocation location, int sub_x);
struct vh_siting vh_siting_y(enum AVChromaLocation location, int sub_y, int parity);

#endif
