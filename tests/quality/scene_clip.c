/* Writes the demo scene as a clean progressive clip at field rate, for tables of made tapes.
 *
 *   scene_clip pal|ntsc PICTURES OUTPUT
 */
#include "core/cpu.h"
#include "core/pool.h"
#include "core/status.h"
#include "pipeline/clip_writer.h"
#include "simulate/demo_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    (void)opaque, (void)level, (void)path;
    fprintf(stderr, "scene_clip: %s\n", message);
}

static const struct vh_log messages = {.sink = say, .level = VH_LOG_WARNING};

static struct vh_format raster(bool ntsc)
{
    return (struct vh_format){.pix_fmt = AV_PIX_FMT_YUV420P16,
        .width = 720,
        .height = ntsc ? 480 : 576,
        .sar = ntsc ? (AVRational){8, 9} : (AVRational){16, 15},
        .frame_rate = ntsc ? (AVRational){60000, 1001} : (AVRational){50, 1},
        .time_base = ntsc ? (AVRational){1001, 60000} : (AVRational){1, 50},
        .fields = VH_FIELDS_PROGRESSIVE,
        .matrix = ntsc ? AVCOL_SPC_SMPTE170M : AVCOL_SPC_BT470BG,
        .primaries = ntsc ? AVCOL_PRI_SMPTE170M : AVCOL_PRI_BT470BG,
        .transfer = ntsc ? AVCOL_TRC_SMPTE170M : AVCOL_TRC_GAMMA28,
        .range = AVCOL_RANGE_MPEG,
        .chroma = AVCHROMA_LOC_LEFT};
}

static int write_picture(struct vh_clip_writer *writer, const struct vh_scene *scene,
    struct vh_frame_pool *frames, const struct vh_format *format, int n)
{
    struct vh_image image;
    AVFrame *frame = vh_frame_pool_acquire(frames);
    if (!frame)
        return VH_ERR_RESOURCE;
    vh_frame_apply_format(frame, format);
    int status = vh_frame_image(frame, &image);
    if (status == VH_OK)
        vh_scene_render(scene, n / av_q2d(format->frame_rate), &image, NULL);
    return status == VH_OK ? vh_clip_write_picture(writer, &frame) : status;
}

int main(int argc, char **argv)
{
    if (argc != 4 || (strcmp(argv[1], "pal") && strcmp(argv[1], "ntsc"))) {
        fprintf(stderr, "usage: scene_clip pal|ntsc PICTURES OUTPUT\n");
        return 2;
    }
    struct vh_format format = raster(!strcmp(argv[1], "ntsc"));
    struct vh_clip_writer_config config = {.path = argv[3],
        .overwrite = true,
        .encoder = "ffv1",
        .depth = 8,
        .picture = format,
        .cpu_flags = vh_cpu_detect(),
        .log = &messages};
    struct vh_scene *scene = NULL;
    struct vh_clip_writer *writer = NULL;
    struct vh_frame_pool *frames = NULL;
    int status = vh_scene_create(&scene, &messages);
    if (status == VH_OK)
        status = vh_frame_pool_create(&frames, format.pix_fmt, format.width, format.height);
    if (status == VH_OK)
        status = vh_clip_writer_open(&writer, &config);
    for (int n = 0, pictures = atoi(argv[2]); n < pictures && status == VH_OK; n++)
        status = write_picture(writer, scene, frames, &format, n);
    if (status == VH_OK)
        status = vh_clip_writer_finish(writer);
    vh_clip_writer_close(&writer);
    vh_frame_pool_destroy(&frames);
    vh_scene_destroy(&scene);
    return vh_status_exit(status);
}
