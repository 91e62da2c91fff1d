/* Pixel format conversion of whole frames: depth, packing, range and chroma subsampling, not size and not
 * colour.
 *
 * Native code works on 16-bit limited-range planar YCbCr (frame/image.h). This converter makes that of
 * anything a decoder gives, and makes 8- to 14-bit planar formats for encoders and 8-bit filters of it. Depth
 * is changed by our own kernels (exact expansion; ordered blue-noise dither on the way down, the same for any
 * thread count); chroma is resampled by zimg, per field where the frame is interlaced, each field with its
 * true siting: in interlaced 4:2:0, line k of a field's chroma lies on the field's luma line 2k + 1/4 (top)
 * or 2k + 3/4 (bottom) (ITU-T H.264 figure 6-2). Packed and RGB formats are unpacked by swscale first,
 * without resampling anything.
 */
#ifndef VH_UPSCALE_CONVERT_H
#define VH_UPSCALE_CONVERT_H

#include "core/log.h"
#include "core/pool.h"
#include "frame/format.h"

#include <libavutil/frame.h>
#include <stdbool.h>

struct vh_convert;

/* The 16-bit format native code and the graph use for a source of `pix_fmt`: same subsampling; 4:1:1 and
 * 4:4:0 become 4:2:2 and 4:4:4, 4:1:0 becomes 4:2:0; gray stays gray; RGB becomes 4:4:4. AV_PIX_FMT_NONE for
 * formats that cannot be read (hardware, Bayer, palettes of alpha only). */
enum AVPixelFormat vh_convert_working(enum AVPixelFormat pix_fmt);

/* The planar format of `depth` (8, 9, 10, 12, 14 or 16) bits with the subsampling of `pix_fmt` (16-bit
 * working format or any planar YCbCr or gray). AV_PIX_FMT_NONE where FFmpeg has none. */
enum AVPixelFormat vh_convert_depth(enum AVPixelFormat pix_fmt, int depth);

/* True when the converter can read (`in`) and write (`out`) these formats. */
bool vh_convert_can(enum AVPixelFormat in, enum AVPixelFormat out);

struct vh_convert_config {
    struct vh_format in,
        out; /* same size; resolved colour; in.fields decides whether chroma is resampled per field;
                matrix, primaries and transfer of `out` are ignored, its range and siting are honoured */
    struct vh_pool *pool; /* may be NULL */
    unsigned cpu_flags;
    const struct vh_log *log;
};

/* Opens a converter. VH_OK; VH_ERR_UNSUPPORTED (reported) for a pair it cannot do; VH_ERR_INPUT for sizes
 * below the subsampling; VH_ERR_RESOURCE; VH_ERR_EXTERNAL. */
int vh_convert_open(struct vh_convert **convert, const struct vh_convert_config *config);

/* Converts `in` into `out`, whose buffers the caller has allocated with the format and size of config.out;
 * pixel data only: the caller copies properties. VH_OK, VH_ERR_INPUT when `in` is not of config.in's format
 * and size, VH_ERR_EXTERNAL. One thread at a time per converter. */
int vh_convert_run(struct vh_convert *convert, const AVFrame *in, AVFrame *out);

/* Whether a converter needs no more than one 16-bit line at a time: nothing is unpacked or resampled, limited
 * range on both sides. Such lines may then be given to vh_convert_put_line as they are made, instead of a
 * whole frame to vh_convert_run; same bits. */
bool vh_convert_takes_lines(const struct vh_convert *convert);

/* Writes line y of a plane of `out`. From any thread, each line once. */
void vh_convert_put_line(
    const struct vh_convert *convert, AVFrame *out, int plane, int y, const uint16_t *line);

/* One line for the plan: "yuv411p -> yuv422p16, chroma per field by zimg", constant for the converter's life.
 */
const char *vh_convert_describe(const struct vh_convert *convert);

void vh_convert_close(struct vh_convert **convert);

#endif
