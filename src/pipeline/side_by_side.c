/* Side by side, on native frames for clips and on RGB stills for pictures. */
#include "pipeline/side_by_side.h"

#include "core/memory.h"
#include "core/status.h"
#include "simulate/stroke_font.h"

#include <math.h>
#include <string.h>

static void copy_half(struct vh_plane to, struct vh_plane_const from, int x)
{
    for (int y = 0; y < from.height; y++)
        memcpy(
            to.data + y * to.stride + x, from.data + y * from.stride, (size_t)from.width * sizeof *to.data);
}

static void fill(struct vh_plane p, int x0, int x1, uint16_t value)
{
    for (int y = 0; y < p.height; y++)
        for (int x = x0; x < x1 && x < p.width; x++)
            p.data[y * p.stride + x] = value;
}

/* A dark box with text; the chroma beneath becomes neutral. */
static int draw_label(const struct vh_image *image, int x, const char *text)
{
    double size = fmax(8, image->plane[0].height / 28.0);
    const struct vh_font_style style = {.height = size, .stroke = size / 6, .stretch_x = 1};
    int pad = (int)(size / 2), height = (int)size + 2 * pad,
        width = (int)ceil(vh_font_width(text, &style)) + 2 * pad;
    struct vh_plane luma = image->plane[0];
    if (x + width > luma.width || height > luma.height)
        return VH_OK; /* no room for words on so small a picture */
    float *scratch = vh_alloc((size_t)width * (size_t)height, sizeof *scratch);
    if (!scratch)
        return VH_ERR_RESOURCE;
    struct vh_plane box = {luma.data + x, luma.stride, width, height};
    fill(box, 0, width, 24 * VH_CODE);
    vh_font_draw(box, scratch, text, pad, pad, &style, 225 * VH_CODE);
    for (int i = 1; i < image->n_planes; i++) {
        struct vh_plane p = image->plane[i];
        p.data += x >> image->sub_x;
        p.height = height >> image->sub_y;
        fill(p, 0, width >> image->sub_x, 128 * VH_CODE);
    }
    vh_free(scratch);
    return VH_OK;
}

int vh_side_compose(
    const AVFrame *a, const AVFrame *b, const char *label_a, const char *label_b, AVFrame *out)
{
    struct vh_image_const ia, ib;
    struct vh_image io;
    int status = vh_frame_image_read(a, &ia);
    if (status == VH_OK)
        status = vh_frame_image_read(b, &ib);
    if (status == VH_OK)
        status = vh_frame_image(out, &io);
    if (status != VH_OK)
        return status;
    for (int i = 0; i < io.n_planes; i++) {
        int gap = VH_SIDE_GAP >> (i ? io.sub_x : 0), width = ia.plane[i].width;
        copy_half(io.plane[i], ia.plane[i], 0);
        fill(io.plane[i], width, io.plane[i].width, i ? 128 * VH_CODE : 16 * VH_CODE);
        copy_half(io.plane[i], ib.plane[i], width + gap);
    }
    status = draw_label(&io, 0, label_a);
    return status == VH_OK ? draw_label(&io, a->width + VH_SIDE_GAP, label_b) : status;
}

int vh_side_label(struct vh_still *still, int x, int y, int height, const char *text)
{
    const struct vh_font_style style = {.height = height, .stroke = height / 6.0, .stretch_x = 1};
    int pad = height / 2, box_h = height + 2 * pad, box_w = (int)ceil(vh_font_width(text, &style)) + 2 * pad;
    float *cover = vh_alloc((size_t)box_w * (size_t)box_h, sizeof *cover);
    if (!cover)
        return VH_ERR_RESOURCE;
    vh_font_cover(cover, box_w, box_h, text, pad, pad, &style);
    for (int j = 0; j < box_h && y + j < still->height; j++)
        for (int i = 0; i < box_w && x + i < still->width; i++) {
            uint8_t *pixel = still->rgb + 3 * ((size_t)(y + j) * (size_t)still->width + (size_t)(x + i));
            float c = cover[(ptrdiff_t)j * box_w + i];
            for (int k = 0; k < 3; k++)
                pixel[k] = (uint8_t)(20 * (1 - c) + 240 * c + 0.5f);
        }
    vh_free(cover);
    return VH_OK;
}
