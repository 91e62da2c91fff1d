/* The interface of an upscaler engine. An engine sees image formats and pictures, never codecs, files or
 * jobs.
 *
 * The front (upscale/upscaler.h) validates, chooses, converts, falls back and times; an engine only scales.
 * Engines may be asynchronous: submit hands a picture in, collect takes results out, in order. A synchronous
 * engine does the work in submit and gives the result in collect. One thread at a time.
 */
#ifndef VH_UPSCALE_ENGINE_H
#define VH_UPSCALE_ENGINE_H

#include "core/log.h"
#include "core/pool.h"
#include "frame/format.h"
#include "frame/image.h"
#include "option/option.h"

struct vh_engine;

enum vh_engine_flag {
    VH_ENGINE_GPU = 1 << 0,      /* runs on an accelerator */
    VH_ENGINE_TILES = 1 << 1,    /* may be fed in tiles with overlap */
    VH_ENGINE_ODD_CROP = 1 << 3, /* honours config.odd_left and odd_top */
    VH_ENGINE_CONVERTS = 1 << 2, /* converts matrix, primaries, range and siting itself */
    VH_ENGINE_LINES = 1 << 4,    /* honours engine->lines; synchronous */
};

struct vh_engine_config {
    struct vh_format in, out; /* 16-bit planar; out has the wanted size and colour */
    const void *options; /* the engine's option struct (ops->options), NULL = its defaults; an engine without
                            a table of its own gets the front's struct vh_upscale_options */
    int odd_left, odd_top; /* subsampled chroma begins this many luma samples left of, above luma: 1 after a
                              crop that cuts through a chroma sample, else 0. The chroma planes are then
                              (width + odd_left) / 2 samples wide, rounded up, and so are their lines */
    struct vh_pool *pool;
    unsigned cpu_flags;
    const struct vh_log *log;
};

/* Takes finished lines while they are in the cache, instead of a picture: each line of each plane once, in
 * any order, from several threads. */
struct vh_engine_lines {
    void (*put)(void *opaque, int plane, int y, const uint16_t *line);
    void *opaque;
};

struct vh_engine_ops {
    const char *name;                      /* "zimg" */
    const char *summary;                   /* one line */
    unsigned flags;                        /* enum vh_engine_flag */
    const struct vh_option_table *options; /* NULL = none */
    size_t priv_size;

    /* VH_OK when this machine can run it, else VH_ERR_UNSUPPORTED and one sentence in reason[size]. Opens
     * what it claims to be able to use. */
    int (*probe)(char *reason, size_t size);

    /* VH_OK, VH_ERR_UNSUPPORTED for a format pair it cannot do, or another reported error. */
    int (*open)(struct vh_engine *engine);

    /* Takes a picture (borrowed until collected). VH_OK, VH_AGAIN when results must be collected first. */
    int (*submit)(struct vh_engine *engine, const struct vh_image_const *in, const struct vh_image *out);

    /* Waits for the oldest submitted picture; afterwards its `out` is written. VH_OK or VH_EOF when none is
     * pending. */
    int (*collect)(struct vh_engine *engine);

    void (*close)(struct vh_engine *engine); /* also after a failed open; may be NULL */
};

struct vh_engine {
    const struct vh_engine_ops *ops;
    struct vh_engine_config config;
    struct vh_engine_lines lines; /* set by the front after `open`; put NULL: write `out`, else `out` has no
                                     samples, only sizes */
    void *priv;
};

/* All engines, NULL-terminated, best general choice first; and one by name. src/upscale/engines.c holds the
 * list. */
extern const struct vh_engine_ops *const vh_engines[];
const struct vh_engine_ops *vh_engine_find(const char *name);

#endif
