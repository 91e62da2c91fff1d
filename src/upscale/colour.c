/* What a capture's colours are and what the output's shall be: rules only. The conversion is
 * colour_convert.c. */
#include "upscale/colour.h"

#include <libavutil/pixdesc.h>
#include <stddef.h>

static const char *const target_names[] = {"auto", "keep", "bt709", "bt601-525", "bt601-625", NULL};
static const char *const primaries_names[] = {"convert", "keep", NULL};
static const char *const range_names[] = {"auto", "limited", "full", NULL};
static const char *const source_names[] = {"auto", "bt709", "bt601-525", "bt601-625", NULL};

#define OFFSET(field) offsetof(struct vh_colour_options, field)

static const struct vh_option_row rows[] = {
    {.key = "colour.target",
        .flag = "colour",
        .type = VH_OPTION_ENUM,
        .offset = OFFSET(target),
        .names = target_names,
        .value = "auto",
        .help = "colour of the output",
        .detail = "auto converts to BT.709 where the output has 720 lines or more, because players take such "
                  "pictures for BT.709, and keeps the source's colour below that.",
        .example = "--colour bt709"},
    {.key = "colour.primaries",
        .type = VH_OPTION_ENUM,
        .offset = OFFSET(primaries),
        .names = primaries_names,
        .value = "convert",
        .help = "whether primaries are converted with the matrix",
        .detail =
            "convert goes through linear light. keep changes only the matrix and tags the output with the "
            "source's primaries.",
        .example = "--colour-primaries keep"},
    {.key = "colour.range",
        .flag = "range",
        .type = VH_OPTION_ENUM,
        .offset = OFFSET(range),
        .names = range_names,
        .value = "auto",
        .help = "range of the output's code values",
        .detail = "auto is limited (16 to 235) where the colour is converted, else as the source.",
        .example = "--range limited"},
    {.key = "colour.source",
        .type = VH_OPTION_ENUM,
        .offset = OFFSET(source),
        .names = source_names,
        .value = "auto",
        .help = "what to take the source's colour for",
        .detail =
            "auto trusts the tags; an untagged source is BT.601 of its line standard below 720 lines, BT.709 "
            "from there on.",
        .example = "--colour-source bt601-625"},
};

const struct vh_option_table vh_colour_option_table =
    VH_OPTION_TABLE("Colour", rows, struct vh_colour_options);

struct system {
    enum AVColorSpace matrix;
    enum AVColorPrimaries primaries;
    enum AVColorTransferCharacteristic transfer;
};

static const struct system bt709 = {AVCOL_SPC_BT709, AVCOL_PRI_BT709, AVCOL_TRC_BT709};
static const struct system bt601_525 = {AVCOL_SPC_SMPTE170M, AVCOL_PRI_SMPTE170M, AVCOL_TRC_SMPTE170M};
static const struct system bt601_625 = {AVCOL_SPC_BT470BG, AVCOL_PRI_BT470BG, AVCOL_TRC_SMPTE170M};

/* Line standard of an SD picture: by its lines where they are one standard's, else by its rate. */
static bool is_625(const struct vh_format *f)
{
    static const int lines_625[] = {576, 288, 608}, lines_525[] = {480, 486, 240, 243, 512};
    for (unsigned i = 0; i < sizeof lines_625 / sizeof *lines_625; i++)
        if (f->height == lines_625[i])
            return true;
    for (unsigned i = 0; i < sizeof lines_525 / sizeof *lines_525; i++)
        if (f->height == lines_525[i])
            return false;
    double rate = f->frame_rate.den ? av_q2d(f->frame_rate) : 0;
    return (rate > 24.9 && rate < 25.1) || (rate > 49.9 && rate < 50.1);
}

static const struct system *system_by_size(const struct vh_format *f, const char **why)
{
    if (f->height >= 720) {
        *why = "untagged, 720 lines or more: BT.709";
        return &bt709;
    }
    bool lines_625 = is_625(f);
    *why = lines_625 ? "untagged, 625-line video: BT.601 with EBU primaries"
                     : "untagged, 525-line video: BT.601 with SMPTE 170M primaries";
    return lines_625 ? &bt601_625 : &bt601_525;
}

static void set_system(struct vh_format *f, const struct system *s)
{
    f->matrix = s->matrix;
    f->primaries = s->primaries;
    f->transfer = s->transfer;
}

/* Fills the unspecified parts of a partly tagged source with those of the system its tags belong to. */
static void complete(struct vh_format *f)
{
    const char *unused;
    const struct system *s = system_by_size(f, &unused);
    if (f->matrix == AVCOL_SPC_BT709 || f->primaries == AVCOL_PRI_BT709)
        s = &bt709;
    else if (s == &bt709 && (f->matrix == AVCOL_SPC_SMPTE170M || f->matrix == AVCOL_SPC_BT470BG))
        s = is_625(f) ? &bt601_625 : &bt601_525;
    if (f->matrix == AVCOL_SPC_UNSPECIFIED)
        f->matrix = s->matrix;
    if (f->primaries == AVCOL_PRI_UNSPECIFIED)
        f->primaries = s->primaries;
    if (f->transfer == AVCOL_TRC_UNSPECIFIED)
        f->transfer = s->transfer;
}

static void resolve_range_and_siting(struct vh_format *f, bool rgb)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(f->pix_fmt);
    bool jpeg = f->pix_fmt == AV_PIX_FMT_YUVJ420P || f->pix_fmt == AV_PIX_FMT_YUVJ422P ||
                f->pix_fmt == AV_PIX_FMT_YUVJ444P || f->pix_fmt == AV_PIX_FMT_YUVJ440P ||
                f->pix_fmt == AV_PIX_FMT_YUVJ411P;
    if (rgb)
        f->range = AVCOL_RANGE_MPEG; /* of the YCbCr it is unpacked to */
    else if (jpeg)
        f->range = AVCOL_RANGE_JPEG;
    if (f->range == AVCOL_RANGE_UNSPECIFIED)
        f->range = AVCOL_RANGE_MPEG;
    bool sub = desc && (desc->log2_chroma_w || desc->log2_chroma_h);
    if (f->chroma == AVCHROMA_LOC_UNSPECIFIED && sub)
        f->chroma = jpeg && desc->log2_chroma_h ? AVCHROMA_LOC_CENTER : AVCHROMA_LOC_LEFT;
}

const char *vh_colour_resolve_source(struct vh_format *f, const struct vh_colour_options *options)
{
    static const struct system *const given[] = {NULL, &bt709, &bt601_525, &bt601_625};
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(f->pix_fmt);
    bool rgb =
        f->matrix == AVCOL_SPC_RGB || (desc && desc->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL));
    resolve_range_and_siting(f, rgb);
    if (f->matrix == AVCOL_SPC_RGB || f->matrix == AVCOL_SPC_RESERVED)
        f->matrix = AVCOL_SPC_UNSPECIFIED; /* RGB becomes YCbCr of the standard when it is unpacked */
    if (f->primaries == AVCOL_PRI_RESERVED0 || f->primaries == AVCOL_PRI_RESERVED)
        f->primaries = AVCOL_PRI_UNSPECIFIED;
    if (f->transfer == AVCOL_TRC_RESERVED0 || f->transfer == AVCOL_TRC_RESERVED)
        f->transfer = AVCOL_TRC_UNSPECIFIED;
    if (options && given[options->source]) {
        set_system(f, given[options->source]);
        return "given by --colour-source";
    }
    const char *why = "as tagged";
    if (f->matrix == AVCOL_SPC_UNSPECIFIED && f->primaries == AVCOL_PRI_UNSPECIFIED)
        system_by_size(f, &why);
    else if (f->matrix == AVCOL_SPC_UNSPECIFIED || f->primaries == AVCOL_PRI_UNSPECIFIED ||
             f->transfer == AVCOL_TRC_UNSPECIFIED)
        why = "partly tagged, the rest as its standard has it";
    complete(f);
    return why;
}

static bool is_standard_definition(const struct vh_format *f)
{
    return f->primaries == AVCOL_PRI_SMPTE170M || f->primaries == AVCOL_PRI_SMPTE240M ||
           f->primaries == AVCOL_PRI_BT470BG || f->primaries == AVCOL_PRI_BT470M ||
           f->primaries == AVCOL_PRI_BT709;
}

void vh_colour_resolve_output(
    struct vh_format *out, const struct vh_format *in, const struct vh_colour_options *options)
{
    static const struct vh_colour_options defaults = {0};
    const struct vh_colour_options *o = options ? options : &defaults;
    set_system(out, &(struct system){in->matrix, in->primaries, in->transfer});
    bool big = out->height >= 720 && is_standard_definition(in); /* wide gamut and HDR are not SD captures */
    if (o->target == VH_COLOUR_BT709 || (o->target == VH_COLOUR_AUTO && big))
        set_system(out, &bt709);
    else if (o->target == VH_COLOUR_BT601_525)
        set_system(out, &bt601_525);
    else if (o->target == VH_COLOUR_BT601_625)
        set_system(out, &bt601_625);
    if (o->primaries == VH_PRIMARIES_KEEP)
        out->primaries = in->primaries;
    bool converts = vh_colour_differs(in, out);
    out->range = o->range == VH_RANGE_FULL                  ? AVCOL_RANGE_JPEG
                 : o->range == VH_RANGE_LIMITED || converts ? AVCOL_RANGE_MPEG
                                                            : in->range;
    const AVPixFmtDescriptor *a = av_pix_fmt_desc_get(in->pix_fmt), *b = av_pix_fmt_desc_get(out->pix_fmt);
    bool same_raster = in->width == out->width && in->height == out->height && a && b &&
                       a->log2_chroma_w == b->log2_chroma_w && a->log2_chroma_h == b->log2_chroma_h;
    bool sub = b && (b->log2_chroma_w || b->log2_chroma_h);
    out->chroma = !sub ? AVCHROMA_LOC_UNSPECIFIED : same_raster ? in->chroma : AVCHROMA_LOC_LEFT;
}

/* BT.470BG and SMPTE 170M matrices are the same numbers; so are the curves of BT.601 and BT.709. The display
 * gammas of BT.470 (2.2, 2.8) that MPEG-2 tags carry describe receivers, not cameras: captures use the common
 * camera curve. */
static int matrix_class(enum AVColorSpace m)
{
    return m == AVCOL_SPC_BT470BG ? AVCOL_SPC_SMPTE170M : (int)m;
}

static int transfer_class(enum AVColorTransferCharacteristic t)
{
    switch (t) {
    case AVCOL_TRC_SMPTE170M:
    case AVCOL_TRC_GAMMA22:
    case AVCOL_TRC_GAMMA28:
    case AVCOL_TRC_BT2020_10:
    case AVCOL_TRC_BT2020_12:
    case AVCOL_TRC_IEC61966_2_1:
    case AVCOL_TRC_IEC61966_2_4:
    case AVCOL_TRC_UNSPECIFIED:
        return AVCOL_TRC_BT709;
    default:
        return (int)t;
    }
}

static int primaries_class(enum AVColorPrimaries p)
{
    return p == AVCOL_PRI_SMPTE240M ? AVCOL_PRI_SMPTE170M : (int)p;
}

bool vh_colour_differs(const struct vh_format *a, const struct vh_format *b)
{
    return matrix_class(a->matrix) != matrix_class(b->matrix) ||
           primaries_class(a->primaries) != primaries_class(b->primaries) ||
           transfer_class(a->transfer) != transfer_class(b->transfer);
}
