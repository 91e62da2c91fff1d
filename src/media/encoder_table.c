/* One row per encoder. Quality ranges and preset names are those of the libraries (x264 --fullhelp, x265 CLI
 * reference, SVT-AV1 user guide, libavcodec's option tables); the default of x264, crf 18 with preset medium,
 * is this program's. `quality_at_100` and `quality_at_0` are chosen so that 67 means about the same on x264
 * (18), x265 (20) and SVT-AV1 (25), the values usually called visually lossless. */
#include "media/encoder.h"

#include "core/status.h"
#include "encoder_internal.h"

#include <libavcodec/avcodec.h>
#include <libavutil/hwcontext.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <string.h>

static const enum AVPixelFormat fmt_x264[] = {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10, AV_PIX_FMT_YUV422P,
    AV_PIX_FMT_YUV422P10, AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P10, AV_PIX_FMT_NONE};
static const enum AVPixelFormat fmt_x265[] = {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10, AV_PIX_FMT_YUV420P12,
    AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P10, AV_PIX_FMT_YUV422P12, AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P10,
    AV_PIX_FMT_YUV444P12, AV_PIX_FMT_NONE};
static const enum AVPixelFormat fmt_av1[] = {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10, AV_PIX_FMT_NONE};
static const enum AVPixelFormat fmt_ffv1[] = {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10, AV_PIX_FMT_YUV420P12,
    AV_PIX_FMT_YUV420P16, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P10, AV_PIX_FMT_YUV422P12,
    AV_PIX_FMT_YUV422P16, AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P10, AV_PIX_FMT_YUV444P12,
    AV_PIX_FMT_YUV444P16, AV_PIX_FMT_NONE};
static const enum AVPixelFormat fmt_prores[] = {AV_PIX_FMT_YUV422P10, AV_PIX_FMT_YUV444P10, AV_PIX_FMT_NONE};
static const enum AVPixelFormat fmt_dnxhr[] = {
    AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P10, AV_PIX_FMT_YUV444P10, AV_PIX_FMT_NONE};
static const enum AVPixelFormat fmt_nvenc[] = {
    AV_PIX_FMT_YUV420P, AV_PIX_FMT_P010, AV_PIX_FMT_YUV444P, AV_PIX_FMT_NONE};
static const enum AVPixelFormat fmt_h264_nvenc[] = {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV444P, AV_PIX_FMT_NONE};
static const enum AVPixelFormat fmt_nv12[] = {AV_PIX_FMT_NV12, AV_PIX_FMT_NONE};
static const enum AVPixelFormat fmt_nv12_p010[] = {AV_PIX_FMT_NV12, AV_PIX_FMT_P010, AV_PIX_FMT_NONE};

static const char *const presets_x26x[] = {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium",
    "slow", "slower", "veryslow", "placebo", NULL};
static const char *const presets_av1[] = {
    "13", "12", "11", "10", "9", "8", "7", "6", "5", "4", "3", "2", "1", "0", NULL};
static const char *const presets_prores[] = {"proxy", "lt", "standard", "hq", "4444", "4444xq", NULL};
static const char *const presets_dnxhr[] = {
    "dnxhr_lb", "dnxhr_sq", "dnxhr_hq", "dnxhr_hqx", "dnxhr_444", NULL};
static const char *const presets_nvenc[] = {"p1", "p2", "p3", "p4", "p5", "p6", "p7", NULL};
static const char *const presets_qsv[] = {
    "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", NULL};

static const char *const fixed_x265[] = {"x265-params", "log-level=none", NULL};
/* FFV1 version 3 (RFC 9043) with a CRC per slice: damage is found and stays inside one slice. */
static const char *const fixed_ffv1[] = {"level", "3", "slicecrc", "1", "slices", "16", "g", "1", NULL};
static const char *const fixed_prores[] = {"vendor", "apl0", NULL}; /* or some editors refuse the file */
static const char *const fixed_nvenc[] = {"rc", "vbr", NULL};
static const char *const fixed_experimental[] = {"strict", "experimental", NULL};

static const struct vh_encoder_info table[] = {
    {.name = "x264",
        .libav_name = "libx264",
        .summary = "H.264 through libx264",
        .codec_id = AV_CODEC_ID_H264,
        .interlaced = true,
        .even_size = true,
        .quality_option = "crf",
        .quality_min = 0,
        .quality_max = 51,
        .quality_default = 18,
        .quality_at_100 = 8,
        .quality_at_0 = 38,
        .preset = presets_x26x,
        .preset_option = "preset",
        .preset_default = "medium",
        .pix_fmt = fmt_x264,
        .passthrough = "x264-params"},
    {.name = "x265",
        .libav_name = "libx265",
        .summary = "HEVC through libx265",
        .codec_id = AV_CODEC_ID_HEVC,
        .even_size = true,
        .quality_option = "crf",
        .quality_min = 0,
        .quality_max = 51,
        .quality_default = 20,
        .quality_at_100 = 10,
        .quality_at_0 = 40,
        .preset = presets_x26x,
        .preset_option = "preset",
        .preset_default = "medium",
        .pix_fmt = fmt_x265,
        .fixed = fixed_x265,
        .passthrough = "x265-params"},
    {.name = "svtav1",
        .libav_name = "libsvtav1",
        .summary = "AV1 through SVT-AV1",
        .codec_id = AV_CODEC_ID_AV1,
        .even_size = true,
        .quality_option = "crf",
        .quality_min = 1,
        .quality_max = 63,
        .quality_default = 25,
        .quality_at_100 = 10,
        .quality_at_0 = 55,
        .preset = presets_av1,
        .preset_option = "preset",
        .preset_default = "8",
        .pix_fmt = fmt_av1,
        .passthrough = "svtav1-params"},
    {.name = "ffv1",
        .libav_name = "ffv1",
        .summary = "FFV1 version 3 with slice CRCs, lossless",
        .codec_id = AV_CODEC_ID_FFV1,
        .lossless = true,
        .intra_only = true,
        .interlaced = true,
        .pix_fmt = fmt_ffv1,
        .fixed = fixed_ffv1},
    {.name = "raw",
        .libav_name = "rawvideo",
        .summary = "uncompressed, for pipes (nut, y4m)",
        .codec_id = AV_CODEC_ID_RAWVIDEO,
        .lossless = true,
        .intra_only = true,
        .interlaced = true,
        .pix_fmt = fmt_ffv1},
    {.name = "prores",
        .libav_name = "prores_ks",
        .summary = "Apple ProRes, preset = profile",
        .codec_id = AV_CODEC_ID_PRORES,
        .intra_only = true,
        .interlaced = true,
        .even_size = true,
        .preset = presets_prores,
        .preset_option = "profile",
        .preset_default = "hq",
        .preset_is_quality = true,
        .pix_fmt = fmt_prores,
        .fixed = fixed_prores},
    {.name = "dnxhr",
        .libav_name = "dnxhd",
        .summary = "Avid DNxHR, preset = profile",
        .codec_id = AV_CODEC_ID_DNXHD,
        .intra_only = true,
        .even_size = true,
        .preset = presets_dnxhr,
        .preset_option = "profile",
        .preset_default = "dnxhr_hq",
        .preset_is_quality = true,
        .pix_fmt = fmt_dnxhr},

    {.name = "h264-nvenc",
        .libav_name = "h264_nvenc",
        .summary = "H.264 on NVIDIA hardware",
        .codec_id = AV_CODEC_ID_H264,
        .hardware = true,
        .even_size = true,
        .quality_option = "cq",
        .quality_min = 1,
        .quality_max = 51,
        .quality_default = 19,
        .quality_at_100 = 9,
        .quality_at_0 = 39,
        .preset = presets_nvenc,
        .preset_option = "preset",
        .preset_default = "p5",
        .pix_fmt = fmt_h264_nvenc,
        .fixed = fixed_nvenc},
    {.name = "hevc-nvenc",
        .libav_name = "hevc_nvenc",
        .summary = "HEVC on NVIDIA hardware",
        .codec_id = AV_CODEC_ID_HEVC,
        .hardware = true,
        .even_size = true,
        .quality_option = "cq",
        .quality_min = 1,
        .quality_max = 51,
        .quality_default = 21,
        .quality_at_100 = 11,
        .quality_at_0 = 41,
        .preset = presets_nvenc,
        .preset_option = "preset",
        .preset_default = "p5",
        .pix_fmt = fmt_nvenc,
        .fixed = fixed_nvenc},
    {.name = "h264-qsv",
        .libav_name = "h264_qsv",
        .summary = "H.264 on Intel Quick Sync",
        .codec_id = AV_CODEC_ID_H264,
        .hardware = true,
        .even_size = true,
        .quality_option = "global_quality",
        .quality_min = 1,
        .quality_max = 51,
        .quality_default = 19,
        .quality_at_100 = 9,
        .quality_at_0 = 39,
        .preset = presets_qsv,
        .preset_option = "preset",
        .preset_default = "medium",
        .pix_fmt = fmt_nv12},
    {.name = "hevc-qsv",
        .libav_name = "hevc_qsv",
        .summary = "HEVC on Intel Quick Sync",
        .codec_id = AV_CODEC_ID_HEVC,
        .hardware = true,
        .even_size = true,
        .quality_option = "global_quality",
        .quality_min = 1,
        .quality_max = 51,
        .quality_default = 21,
        .quality_at_100 = 11,
        .quality_at_0 = 41,
        .preset = presets_qsv,
        .preset_option = "preset",
        .preset_default = "medium",
        .pix_fmt = fmt_nv12_p010},
    {.name = "h264-vaapi",
        .libav_name = "h264_vaapi",
        .summary = "H.264 through VAAPI",
        .codec_id = AV_CODEC_ID_H264,
        .hardware = true,
        .even_size = true,
        .quality_option = "qp",
        .quality_min = 1,
        .quality_max = 51,
        .quality_default = 20,
        .quality_at_100 = 10,
        .quality_at_0 = 40,
        .pix_fmt = fmt_nv12},
    {.name = "hevc-vaapi",
        .libav_name = "hevc_vaapi",
        .summary = "HEVC through VAAPI",
        .codec_id = AV_CODEC_ID_HEVC,
        .hardware = true,
        .even_size = true,
        .quality_option = "qp",
        .quality_min = 1,
        .quality_max = 51,
        .quality_default = 22,
        .quality_at_100 = 12,
        .quality_at_0 = 42,
        .pix_fmt = fmt_nv12_p010},

    {.name = "aac",
        .libav_name = "aac",
        .summary = "AAC-LC",
        .codec_id = AV_CODEC_ID_AAC,
        .is_sound = true,
        .bit_rate_per_pair = 192000},
    {.name = "ac3",
        .libav_name = "ac3",
        .summary = "Dolby Digital",
        .codec_id = AV_CODEC_ID_AC3,
        .is_sound = true,
        .bit_rate_per_pair = 192000},
    {.name = "eac3",
        .libav_name = "eac3",
        .summary = "Dolby Digital Plus",
        .codec_id = AV_CODEC_ID_EAC3,
        .is_sound = true,
        .bit_rate_per_pair = 192000},
    {.name = "dts",
        .libav_name = "dca",
        .summary = "DTS coherent acoustics",
        .codec_id = AV_CODEC_ID_DTS,
        .is_sound = true,
        .fixed = fixed_experimental,
        .bit_rate_per_pair = 768000},
    {.name = "opus",
        .libav_name = "libopus",
        .summary = "Opus",
        .codec_id = AV_CODEC_ID_OPUS,
        .is_sound = true,
        .bit_rate_per_pair = 128000},
    {.name = "mp3",
        .libav_name = "libmp3lame",
        .summary = "MPEG-1 layer III",
        .codec_id = AV_CODEC_ID_MP3,
        .is_sound = true,
        .bit_rate_per_pair = 192000},
    {.name = "flac",
        .libav_name = "flac",
        .summary = "FLAC, lossless",
        .codec_id = AV_CODEC_ID_FLAC,
        .is_sound = true,
        .lossless = true},
    {.name = "pcm_s16le",
        .libav_name = "pcm_s16le",
        .summary = "uncompressed, 16 bit",
        .codec_id = AV_CODEC_ID_PCM_S16LE,
        .is_sound = true,
        .lossless = true},
    {.name = "pcm_s24le",
        .libav_name = "pcm_s24le",
        .summary = "uncompressed, 24 bit",
        .codec_id = AV_CODEC_ID_PCM_S24LE,
        .is_sound = true,
        .lossless = true},
};

const struct vh_encoder_info *vh_encoder_table(int *n)
{
    *n = (int)(sizeof table / sizeof *table);
    return table;
}

const struct vh_encoder_info *vh_encoder_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(name, table[i].name) || !strcmp(name, table[i].libav_name))
            return &table[i];
    return !strcmp(name, "pcm") ? vh_encoder_find("pcm_s16le") : NULL;
}

bool vh_encoder_carries_captions(const struct vh_encoder_info *info)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(info->libav_name);
    return codec && codec->priv_class &&
           av_opt_find((void *)&codec->priv_class, "a53cc", NULL, 0, AV_OPT_SEARCH_FAKE_OBJ);
}

double vh_encoder_quality(const struct vh_encoder_info *info, double quality)
{
    double value = info->quality_at_0 + (info->quality_at_100 - info->quality_at_0) * quality / 100.0;
    return fmin(fmax(value, info->quality_min), info->quality_max);
}

const char *vh_encoder_quality_preset(const struct vh_encoder_info *info, double quality)
{
    int n = 0;
    while (info->preset[n])
        n++;
    n = n > 4 ? 4 : n; /* the profiles above are other pixel formats, not more quality */
    return info->preset[(int)fmin(n - 1, quality * n / 100.0)];
}

#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
const enum AVPixelFormat *vh_codec_pix_fmts(const AVCodec *codec)
{
    const void *list = NULL;
    avcodec_get_supported_config(NULL, codec, AV_CODEC_CONFIG_PIX_FORMAT, 0, &list, NULL);
    return list;
}

const enum AVSampleFormat *vh_codec_sample_fmts(const AVCodec *codec)
{
    const void *list = NULL;
    avcodec_get_supported_config(NULL, codec, AV_CODEC_CONFIG_SAMPLE_FORMAT, 0, &list, NULL);
    return list;
}

const int *vh_codec_sample_rates(const AVCodec *codec)
{
    const void *list = NULL;
    avcodec_get_supported_config(NULL, codec, AV_CODEC_CONFIG_SAMPLE_RATE, 0, &list, NULL);
    return list;
}

const AVChannelLayout *vh_codec_layouts(const AVCodec *codec)
{
    const void *list = NULL;
    avcodec_get_supported_config(NULL, codec, AV_CODEC_CONFIG_CHANNEL_LAYOUT, 0, &list, NULL);
    return list;
}
#else
const enum AVPixelFormat *vh_codec_pix_fmts(const AVCodec *codec)
{
    return codec->pix_fmts;
}

const enum AVSampleFormat *vh_codec_sample_fmts(const AVCodec *codec)
{
    return codec->sample_fmts;
}

const int *vh_codec_sample_rates(const AVCodec *codec)
{
    return codec->supported_samplerates;
}

const AVChannelLayout *vh_codec_layouts(const AVCodec *codec)
{
    return codec->ch_layouts;
}
#endif

bool vh_codec_takes(const AVCodec *codec, enum AVPixelFormat pix_fmt)
{
    const enum AVPixelFormat *list = vh_codec_pix_fmts(codec);
    for (; list && *list != AV_PIX_FMT_NONE; list++)
        if (*list == pix_fmt || *list == AV_PIX_FMT_VAAPI)
            return true;
    return !list;
}

/* How far a format falls short of the wish, then how far it overshoots. */
static int distance(enum AVPixelFormat pix_fmt, int depth, int sub_x, int sub_y)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(pix_fmt);
    int have = d->comp[0].depth, less, more;
    less = (d->log2_chroma_w > sub_x) + (d->log2_chroma_h > sub_y) + (have < depth ? depth - have : 0);
    more = (d->log2_chroma_w < sub_x) + (d->log2_chroma_h < sub_y) + (have > depth ? have - depth : 0);
    return 100 * less + more;
}

enum AVPixelFormat vh_encoder_pick_format(const struct vh_encoder_info *info, int depth, int sub_x, int sub_y)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(info->libav_name);
    enum AVPixelFormat best = AV_PIX_FMT_NONE;
    for (const enum AVPixelFormat *p = info->pix_fmt; p && *p != AV_PIX_FMT_NONE; p++)
        if ((!codec || vh_codec_takes(codec, *p)) &&
            (best == AV_PIX_FMT_NONE ||
                distance(*p, depth, sub_x, sub_y) < distance(best, depth, sub_x, sub_y)))
            best = *p;
    return best;
}

int vh_encoder_available(const struct vh_encoder_info *info)
{
    const struct vh_encoder_options options = {.name = info->name, .quality = NAN, .native_quality = NAN};
    struct vh_format format = {.width = 640, .height = 480, .sar = {1, 1}, .frame_rate = {25, 1}};
    struct vh_encoder *encoder;
    int status;
    if (!avcodec_find_encoder_by_name(info->libav_name))
        return VH_ERR_UNSUPPORTED;
    if (!info->hardware)
        return VH_OK;
    format.pix_fmt = info->pix_fmt[0];
    status = vh_encoder_open(&encoder, &options, &format, NULL);
    vh_encoder_close(&encoder);
    return status == VH_OK ? VH_OK : VH_ERR_UNSUPPORTED;
}
