/* AVFrame as this program uses it: owner helpers, views, pools, and the one place that knows how the frame's
 * fields are spelled in each FFmpeg version.
 *
 * A frame in flight is an `AVFrame *` with exactly one owner; it is moved along queues and freed with
 * vh_frame_free. Its sample memory is reference counted by libavutil and may be shared between several
 * AVFrames, so whoever wants to write either got the frame fresh from a pool or calls av_frame_make_writable
 * first. Native code sees a frame as a struct vh_image of 16-bit samples (frame/image.h); formats with that
 * layout are gray16, yuv420p16, yuv422p16 and yuv444p16 in native byte order, and vh_frame_pool makes frames
 * of any pixel format.
 *
 * All functions are thread-safe for distinct frames; a pool may be used from several threads at once.
 */
#ifndef VH_FRAME_FRAME_H
#define VH_FRAME_FRAME_H

#include "frame/format.h"
#include "frame/image.h"

#include <libavutil/frame.h>

/* Frees *frame (the reference and the shell) and sets it to NULL. NULL and *frame == NULL are legal. */
void vh_frame_free(AVFrame **frame);

/* The same in the shape of vh_queue_free_fn: `item` is the AVFrame *. */
void vh_frame_free_item(void *item);

/* A new reference to the same samples and properties, or NULL when out of memory. The caller owns it. */
AVFrame *vh_frame_ref(const AVFrame *frame);

/* Bytes of sample memory the frame keeps alive (whole buffers, padding counted); for queue limits. 0 for
 * NULL. */
size_t vh_frame_bytes(const AVFrame *frame);

/* The 16-bit format native code works on for a picture of `n_planes` (1 or 3) and log2 chroma subsampling;
 * AV_PIX_FMT_NONE for a layout that has none (4:4:0, 4:1:1: convert to 4:2:2 or 4:4:4 first). */
enum AVPixelFormat vh_frame_native_format(int n_planes, int sub_x, int sub_y);

/* True for the formats of vh_frame_native_format. */
bool vh_frame_is_native(enum AVPixelFormat pix_fmt);

/* The frame as a view. The view borrows: it is valid while the frame holds its reference. VH_OK, or
 * VH_ERR_INTERNAL when the format is not native, or (vh_frame_image only) when the samples are shared and so
 * must not be written. Nothing is reported: both are programmer errors. */
int vh_frame_image(AVFrame *frame, struct vh_image *image);
int vh_frame_image_read(const AVFrame *frame, struct vh_image_const *image);

/* What the decoder said about the frame's two fields. Before FFmpeg 6.1 these were members of AVFrame, since
 * then they are flags. */
struct vh_frame_fields {
    bool interlaced;
    bool top_first;  /* meaningless when not interlaced, except that repeat_fields follows it */
    int repeat_pict; /* extra field periods this frame is shown (MPEG-2 repeat_first_field: 1, 2 or 4) */
};

struct vh_frame_fields vh_frame_get_fields(const AVFrame *frame);

/* TFF, BFF or PROGRESSIVE as flagged; never UNKNOWN. */
enum vh_field_order vh_frame_get_order(const AVFrame *frame);

/* Writes the flags; UNKNOWN leaves them as they are. repeat_pict is not touched. */
void vh_frame_set_order(AVFrame *frame, enum vh_field_order order);

/* How long the frame is shown in its time base; 0 = unknown (AVFrame.pkt_duration before FFmpeg 6). */
int64_t vh_frame_get_duration(const AVFrame *frame);
void vh_frame_set_duration(AVFrame *frame, int64_t duration);

bool vh_frame_is_key(const AVFrame *frame);

/* True when the decoder knows that the picture is damaged (corrupt flag, concealed errors or missing
 * references). */
bool vh_frame_is_corrupt(const AVFrame *frame);

/* Fills *format from what the frame itself says; `frame_rate` and `time_base` come from the caller because
 * frames do not carry the first and not always the second (pass {0, 1} to take the frame's own time base).
 * `fields` is as flagged. */
void vh_format_from_frame(
    struct vh_format *format, const AVFrame *frame, AVRational frame_rate, AVRational time_base);

/* Writes SAR, colour facts, field flags (unless UNKNOWN) and time base of *format to the frame. Size and
 * pixel format are the frame's own and are not touched. */
void vh_frame_apply_format(AVFrame *frame, const struct vh_format *format);

/* True when memory layout agrees: pixel format, width and height. */
bool vh_format_same_layout(const struct vh_format *a, const struct vh_format *b);

/* "720x576 yuv422p10le 16:15 25/1 tff bt470bg/bt470bg/bt709 tv left": one line for logs and plans, at most
 * `size` bytes with the terminating zero; returns `text`. */
char *vh_format_print(const struct vh_format *format, char *text, size_t size);

/* "unknown", "progressive", "tff", "bff"; and back (also "top", "bottom", "tb", "bt"), -1 for an unknown
 * word. */
const char *vh_field_order_name(enum vh_field_order order);
int vh_field_order_parse(const char *text);

/* A pool of frames of one layout. Buffers are reused when the last reference goes, so the steady state takes
 * no memory from the system. Lines start at multiples of VH_ALIGN_BYTES and may be read and written up to the
 * next multiple. */
struct vh_frame_pool;

/* VH_OK, VH_ERR_RESOURCE, or VH_ERR_UNSUPPORTED for a format without planes in memory (hardware, palette). */
int vh_frame_pool_create(struct vh_frame_pool **pool, enum AVPixelFormat pix_fmt, int width, int height);

/* Frames that were acquired stay valid. NULL is legal. */
void vh_frame_pool_destroy(struct vh_frame_pool **pool);

/* A writable frame with undefined samples and default properties, owned by the caller (vh_frame_free gives
 * the memory back), or NULL when out of memory. Thread-safe. */
AVFrame *vh_frame_pool_acquire(struct vh_frame_pool *pool);

#endif
