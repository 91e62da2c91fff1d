/* See pixel_format.h. */
#include "pixel_format.h"

#include <libavutil/pixdesc.h>
#include <string.h>

enum {
    UNREADABLE = AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT,
    INDIRECT = AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_RGB,
};

static bool native_endian(const AVPixFmtDescriptor *desc)
{
    bool big = desc->flags & AV_PIX_FMT_FLAG_BE;
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return desc->comp[0].depth <= 8 || big == !first;
}

/* Every component in a plane of its own, in whole bytes, without shift. */
static bool is_planar(const AVPixFmtDescriptor *desc, int n)
{
    for (int i = 0; i < n; i++)
        if (desc->comp[i].plane != i || desc->comp[i].step != (desc->comp[0].depth + 7) / 8 ||
            desc->comp[i].shift || desc->comp[i].offset || desc->comp[i].depth != desc->comp[0].depth)
            return false;
    return true;
}

bool vh_layout_of(enum AVPixelFormat pix_fmt, struct vh_layout *layout)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(pix_fmt);
    *layout = (struct vh_layout){0};
    if (!desc || desc->flags & UNREADABLE || !strncmp(desc->name, "xyz", 3) || desc->nb_components < 1)
        return false;
    layout->rgb = desc->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL);
    layout->gray = !layout->rgb && desc->nb_components <= 2;
    layout->n_planes = layout->gray ? 1 : 3;
    layout->sub_x = layout->gray ? 0 : desc->log2_chroma_w;
    layout->sub_y = layout->gray ? 0 : desc->log2_chroma_h;
    layout->depth = desc->comp[0].depth;
    layout->direct = !(desc->flags & INDIRECT) && layout->depth >= 8 && layout->depth <= 16 &&
                     native_endian(desc) && (layout->gray ? desc->nb_components == 1 : true) &&
                     is_planar(desc, layout->n_planes);
    return true;
}

enum AVPixelFormat vh_layout_find(bool gray, int sub_x, int sub_y, int depth)
{
    const AVPixFmtDescriptor *desc = NULL;
    while ((desc = av_pix_fmt_desc_next(desc))) {
        struct vh_layout l;
        enum AVPixelFormat id = av_pix_fmt_desc_get_id(desc);
        if (!strncmp(desc->name, "yuvj", 4) || desc->flags & AV_PIX_FMT_FLAG_ALPHA || !vh_layout_of(id, &l) ||
            !l.direct)
            continue;
        if (l.gray == gray && l.sub_x == sub_x && l.sub_y == sub_y && l.depth == depth)
            return id;
    }
    return AV_PIX_FMT_NONE;
}

static bool is_top(enum AVChromaLocation l)
{
    return l == AVCHROMA_LOC_TOPLEFT || l == AVCHROMA_LOC_TOP;
}

static bool is_bottom(enum AVChromaLocation l)
{
    return l == AVCHROMA_LOC_BOTTOMLEFT || l == AVCHROMA_LOC_BOTTOM;
}

struct vh_siting vh_siting_x(enum AVChromaLocation location, int sub_x)
{
    int ratio = 1 << sub_x;
    bool centred =
        location == AVCHROMA_LOC_CENTER || location == AVCHROMA_LOC_TOP || location == AVCHROMA_LOC_BOTTOM;
    return (struct vh_siting){ratio, centred ? (ratio - 1) / 2.0 : 0};
}

struct vh_siting vh_siting_y(enum AVChromaLocation location, int sub_y, int parity)
{
    int ratio = 1 << sub_y;
    if (is_top(location))
        return (struct vh_siting){ratio, 0};
    if (is_bottom(location))
        return (struct vh_siting){ratio, ratio - 1};
    double centre = (ratio - 1) / 2.0;
    /* Line k of a field's chroma is line 2k + parity of the plane, at ratio * (2k + parity) + centre of the
     * frame's luma, which is ratio * k + ((ratio - 1) * parity + centre) / 2 in lines of the field. */
    return (struct vh_siting){ratio, parity < 0 ? centre : ((ratio - 1) * parity + centre) / 2};
}
