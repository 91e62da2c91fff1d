/* Shape rules as arithmetic on exact rationals; see the header for the rules and their source. */
#include "upscale/geometry.h"

#include "core/status.h"

#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *const sar_names[] = {"square", "keep", NULL};
static const char *const geometry_names[] = {"full", "itu", NULL};

#define OFFSET(field) offsetof(struct vh_geometry_options, field)

static const struct vh_option_row rows[] = {
    {.key = "picture.height",
        .flag = "height",
        .type = VH_OPTION_INT,
        .offset = OFFSET(height),
        .min = 0,
        .max = VH_GEOMETRY_MAX,
        .unit = "lines",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "lines of the output; the width follows from the shape",
        .detail =
            "auto is 1080, unless --scale or --size is given. 0 keeps the number of lines. The width is "
            "rounded to the nearest even number.",
        .example = "--height 720"},
    {.key = "picture.scale",
        .flag = "scale",
        .type = VH_OPTION_DOUBLE,
        .offset = OFFSET(scale),
        .min = 0,
        .max = 16,
        .value = "0",
        .help = "factor on the lines of the source, 0 = not used",
        .detail = "Lines times this factor; the width follows from the shape, so that 2 makes 1536x1152 of "
                  "720x576.",
        .example = "--scale 2"},
    {.key = "picture.size",
        .flag = "size",
        .type = VH_OPTION_SIZE,
        .offset = OFFSET(size),
        .help = "exactly this size, WxH",
        .detail =
            "Where the size does not have the shape of the picture, the sample aspect ratio of the output "
            "says so, and players show the right shape.",
        .example = "--size 1440x1080"},
    {.key = "picture.sar",
        .flag = "sar",
        .type = VH_OPTION_ENUM,
        .offset = OFFSET(sar),
        .names = sar_names,
        .value = "square",
        .help = "sample aspect ratio of the output",
        .detail =
            "square gives square pixels. keep keeps the ratio of the source and scales width and height "
            "alike.",
        .example = "--sar keep"},
    {.key = "picture.geometry",
        .flag = "geometry",
        .type = VH_OPTION_ENUM,
        .offset = OFFSET(geometry),
        .names = geometry_names,
        .value = "full",
        .help = "which part of the line is the 4:3 picture",
        .detail = "full takes the whole width, as consumer equipment does. itu takes the 704 samples in the "
                  "middle (ITU-R BT.601) and cuts the rest off.",
        .example = "--geometry itu"},
    {.key = "picture.crop",
        .flag = "crop",
        .type = VH_OPTION_STRING,
        .word = "T:B:L:R|auto|none",
        .offset = OFFSET(crop),
        .value = "none",
        .help = "cut off top:bottom:left:right samples, auto or none",
        .detail = "Samples of the source, cut before scaling; any numbers, the picture keeps its shape. auto "
                  "cuts the black "
                  "borders that were measured, and the head-switching band at the bottom.",
        .example = "--crop 0:8:6:10"},
};

const struct vh_option_table vh_geometry_option_table =
    VH_OPTION_TABLE("Size and shape", rows, struct vh_geometry_options);

static bool one_of(int value, const int *list, int n)
{
    for (int i = 0; i < n; i++)
        if (list[i] == value)
            return true;
    return false;
}

/* The sampling rasters of BT.601 and their halves, as capture cards, DVD and (S)VCD use them. None has square
 * pixels. */
static bool is_sd_raster(int width, int height)
{
    static const int widths[] = {720, 704, 360, 352, 480}, heights[] = {480, 486, 576, 240, 243, 288};
    if (width == 480 && height != 480 && height != 576) /* SVCD; 480x240 and the like are somebody's own */
        return false;
    return one_of(width, widths, 5) && one_of(height, heights, 6);
}

/* Whether a raster of SD sampling has the line count of 625-line systems. */
static bool is_625(int height)
{
    return height == 576 || height == 288;
}

static AVRational reduced(int64_t num, int64_t den)
{
    AVRational r;
    av_reduce(&r.num, &r.den, num, den, INT_MAX);
    return r;
}

/* BT.601 pixels are 12:11 (625) or 10:11 (525); wide-screen is 4/3 of that; half rasters change accordingly.
 */
static AVRational itu_sar(int width, int height, bool wide)
{
    int64_t num = is_625(height) ? 12 : 10, den = 11;
    if (width <= 480)
        num *= width == 480 ? 3 : 2, den *= width == 480 ? 2 : 1;
    if (height < 480)
        den *= 2;
    if (wide)
        num *= 4, den *= 3;
    return reduced(num, den);
}

static bool is_wide(int width, int height, AVRational stated)
{
    return stated.num > 0 && stated.den > 0 &&
           (double)width * stated.num / ((double)height * stated.den) > (4.0 / 3 + 16.0 / 9) / 2;
}

AVRational vh_geometry_sar(
    int width, int height, AVRational stated, enum vh_geometry_mode mode, const char **why)
{
    const char *unused;
    if (!why)
        why = &unused;
    bool known = stated.num > 0 && stated.den > 0;
    bool square = known && stated.num == stated.den;
    if (is_sd_raster(width, height)) {
        if (mode == VH_GEOMETRY_ITU) {
            *why = "ITU-R BT.601 raster";
            return itu_sar(width, height, !square && is_wide(width, height, stated));
        }
        if (!known || square) {
            *why = known ? "1:1 stated, but no such raster is square: 4:3 over the full width"
                         : "unknown SAR: 4:3 over the full width";
            return reduced(4LL * height, 3LL * width);
        }
    }
    *why = known ? square ? "square" : "as stated" : "unknown SAR: square";
    return known ? reduced(stated.num, stated.den) : (AVRational){1, 1};
}

int vh_crop_parse(struct vh_crop *crop, const char *text, const struct vh_log *log)
{
    *crop = (struct vh_crop){0};
    if (!text || !*text || !strcmp(text, "none"))
        return VH_OK;
    int side[4], end = 0;
    if (sscanf(text, "%5d:%5d:%5d:%5d%n", &side[0], &side[1], &side[2], &side[3], &end) != 4 || text[end] ||
        strspn(text, "0123456789:") != strlen(text))
        return vh_fail(log, VH_ERR_USAGE,
            "crop \"%s\" is not understood; expected none, auto or TOP:BOTTOM:LEFT:RIGHT in samples, as in "
            "0:8:6:10",
            text);
    *crop = (struct vh_crop){.top = side[0], .bottom = side[1], .left = side[2], .right = side[3]};
    return VH_OK;
}

/* Adds what `itu` cuts: the samples beyond 704 of 720 (352 of 360), half on each side. */
static struct vh_crop with_itu(struct vh_crop crop, const struct vh_geometry_source *source)
{
    int beyond = source->width == 720 ? 16 : source->width == 360 ? 8 : 0;
    if (!is_sd_raster(source->width, source->height) || !beyond)
        return crop;
    if (crop.left < beyond / 2)
        crop.left = beyond / 2;
    if (crop.right < beyond / 2)
        crop.right = beyond / 2;
    return crop;
}

static int check_crop(
    const struct vh_crop *crop, const struct vh_geometry_source *source, const struct vh_log *log)
{
    int width = source->width - crop->left - crop->right, height = source->height - crop->top - crop->bottom;
    if (crop->top < 0 || crop->bottom < 0 || crop->left < 0 || crop->right < 0)
        return vh_fail(log, VH_ERR_USAGE, "crop %d:%d:%d:%d has a negative side", crop->top, crop->bottom,
            crop->left, crop->right);
    if (width < VH_GEOMETRY_MIN || height < VH_GEOMETRY_MIN)
        return vh_fail(log, VH_ERR_USAGE,
            "crop %d:%d:%d:%d leaves %dx%d of a %dx%d picture; at least %dx%d must stay", crop->top,
            crop->bottom, crop->left, crop->right, width, height, source->width, source->height,
            VH_GEOMETRY_MIN, VH_GEOMETRY_MIN);
    return VH_OK;
}

static int even(double value)
{
    return value >= INT_MAX - 2 ? INT_MAX - 1 : 2 * (int)floor(value / 2 + 0.5);
}

/* At most one way of asking for a size. */
static int check_wishes(const struct vh_geometry_options *o, const struct vh_log *log)
{
    bool height = o->height != VH_AUTO_INT && o->height != 0;
    bool scale = o->scale > 0, size = o->size.width || o->size.height;
    if (height + scale + size > 1)
        return vh_fail(log, VH_ERR_USAGE, "%s and %s both set the size of the output; give one of them",
            height ? "--height" : "--scale", size ? "--size" : "--scale");
    if (size && (o->size.width % 2 || o->size.height % 2))
        return vh_fail(log, VH_ERR_USAGE, "size %dx%d is odd; width and height must be even numbers",
            o->size.width, o->size.height);
    if (height && o->height % 2)
        return vh_fail(log, VH_ERR_USAGE, "height %d is odd; it must be an even number of lines", o->height);
    return VH_OK;
}

/* Fills size and SAR of the output from the cropped size and the source's SAR. */
static void choose_size(struct vh_geometry *g, int width, int height, const struct vh_geometry_options *o)
{
    double shape = (double)width * g->source_sar.num / g->source_sar.den / height; /* display aspect ratio */
    g->sar = (AVRational){1, 1};
    if (o->size.width) {
        g->width = o->size.width;
        g->height = o->size.height;
        AVRational sar = reduced(
            (int64_t)width * g->source_sar.num * g->height, (int64_t)g->width * g->source_sar.den * height);
        if (fabs(av_q2d(sar) - 1) > 0.01) /* within 1 % no player and no eye can tell */
            g->sar = sar;
        return;
    }
    bool automatic = o->height == VH_AUTO_INT;
    if (o->scale > 0)
        g->height = even(height * o->scale);
    else
        g->height = automatic ? VH_GEOMETRY_DEFAULT_HEIGHT : o->height ? o->height : even(height);
    if (o->sar == VH_SAR_KEEP) {
        g->width = even((double)width * g->height / height);
        g->sar = g->source_sar;
    } else {
        g->width = even(g->height * shape);
    }
}

int vh_geometry_resolve(struct vh_geometry *g, const struct vh_geometry_source *source,
    const struct vh_geometry_options *o, const struct vh_log *log)
{
    *g = (struct vh_geometry){0};
    if (source->width < VH_GEOMETRY_MIN || source->height < VH_GEOMETRY_MIN ||
        source->width > VH_GEOMETRY_MAX || source->height > VH_GEOMETRY_MAX)
        return vh_fail(log, VH_ERR_INPUT,
            "a picture of %dx%d cannot be handled; %d to %d samples each way are", source->width,
            source->height, VH_GEOMETRY_MIN, VH_GEOMETRY_MAX);
    const char *why;
    enum vh_geometry_mode mode = (enum vh_geometry_mode)o->geometry;
    g->source_sar = vh_geometry_sar(source->width, source->height, source->sar, mode, &why);
    g->crop = mode == VH_GEOMETRY_ITU ? with_itu(source->crop, source) : source->crop;
    int status = check_crop(&g->crop, source, log);
    if (status == VH_OK)
        status = check_wishes(o, log);
    if (status != VH_OK)
        return status;
    int width = source->width - g->crop.left - g->crop.right,
        height = source->height - g->crop.top - g->crop.bottom;
    choose_size(g, width, height, o);
    if (g->width < VH_GEOMETRY_MIN || g->height < VH_GEOMETRY_MIN || g->width > VH_GEOMETRY_MAX ||
        g->height > VH_GEOMETRY_MAX)
        return vh_fail(log, VH_ERR_USAGE, "the output would be %dx%d; %d to %d samples each way are possible",
            g->width, g->height, VH_GEOMETRY_MIN, VH_GEOMETRY_MAX);
    g->scales = g->width != width || g->height != height;
    char cut[48] = "";
    if (g->crop.top || g->crop.bottom || g->crop.left || g->crop.right)
        snprintf(cut, sizeof cut, "cropped by %d:%d:%d:%d to ", g->crop.top, g->crop.bottom, g->crop.left,
            g->crop.right);
    snprintf(g->reason, sizeof g->reason, "%s%dx%d at %d:%d (%s) -> %dx%d at %d:%d", cut, width, height,
        g->source_sar.num, g->source_sar.den, why, g->width, g->height, g->sar.num, g->sar.den);
    return VH_OK;
}

struct vh_axis vh_axis_make(
    struct vh_siting in, struct vh_siting out, double crop, double length, double out_length)
{
    /* Output sample j lies at luma index out.ratio * j + out.offset; that is source luma index
     * (index + 0.5) * step_luma + crop - 0.5, and source plane sample (that - in.offset) / in.ratio. */
    double luma = length / out_length;
    double step = out.ratio * luma / in.ratio;
    double first =
        ((out.offset + 0.5) * luma + crop - 0.5 - in.offset) / in.ratio + 0.5; /* centre of sample 0 */
    return (struct vh_axis){.start = first - 0.5 * step, .step = step};
}
