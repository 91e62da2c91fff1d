/* The interface of a native stage, and what a stage sees.
 *
 * A stage is one repair: given a window of fields or pictures around a centre it writes the centre's output.
 * It is a pure function of window, motion, evidence, looks and its settings, so that windows may be computed
 * in any order, chunked jobs know how many neighbours they need (look_back, look_ahead), and results do not
 * depend on threads. State from one call to the next is allowed only where `describe` says so (stateful), and
 * is cleared by `reset` at cuts of the timeline.
 *
 * The runner (pipeline) owns windows, motion field, evidence and frames; it calls a stage's functions from
 * one thread at a time (but see needs.at_once); a stage uses `pool` for slices. Samples are full-range 16 bit
 * (frame/image.h), in the field domain with the source's own chroma subsampling.
 */
#ifndef VH_RESTORE_STAGE_H
#define VH_RESTORE_STAGE_H

#include "core/event.h"
#include "core/log.h"
#include "core/pool.h"
#include "frame/format.h"
#include "frame/window.h"
#include "option/option.h"

struct vh_motion;     /* motion/motion.h: vectors of the centre field to its neighbours */
struct vh_evidence;   /* evidence/evidence.h: what the centre field tells with its motion */
struct vh_field_look; /* evidence/field_look.h: what the lines of a field tell against their predictions */

enum { VH_STAGE_AT_ONCE = 4, VH_STAGE_KEEPS_LUMA = 1, VH_STAGE_KEEPS_CHROMA = 6 };

/* What travels between stages. */
enum vh_kind {
    VH_KIND_WOVEN,       /* frames of two fields, as captured */
    VH_KIND_FIELD,       /* single fields at field rate */
    VH_KIND_PROGRESSIVE, /* whole pictures */
};

/* What a stage needs and makes; filled by `open`. */
struct vh_stage_needs {
    enum vh_kind in, out;
    int look_back, look_ahead; /* neighbours before and after the centre; at most VH_WINDOW_REACH */
    bool motion;               /* reads input->motion (field stages only) */
    bool evidence;             /* reads input->evidence (field stages only) */
    unsigned look;             /* enum vh_look_part: what it reads of input->look (field stages only) */
    bool new_look;             /* looks must be those of the fields as they come to this stage */
    bool moves_picture;        /* displaces samples by more than 2 px: must stand before the motion search */
    bool stateful;             /* keeps state between calls */
    /* Bit p: plane p of the output is that of the centre. The runner may hand out the centre's own plane
     * then, which the stage must leave alone (its data pointer is that of the window's). */
    unsigned keeps;
    /* How many successive centres may be in `process` at once, each with its own input->slot; 0 means 1, at
     * most VH_STAGE_AT_ONCE. For stages whose slices would cost more than whole centres side by side do. */
    int at_once;
    struct vh_format format; /* of the output */
};

/* What stages are opened with. Borrowed for the stage's life. */
struct vh_stage_config {
    struct vh_format format; /* of the input */
    const void *options;     /* the stage's option struct, as described by ops->options */
    struct vh_pool *pool;    /* may be NULL */
    unsigned cpu_flags;      /* enum vh_cpu_flag to use */
    const struct vh_log *log;
    const struct vh_event_sink *events; /* may be NULL */
};

struct vh_stage_input {
    struct vh_window window;            /* fields or pictures; the centre is always present */
    const struct vh_motion *motion;     /* NULL unless needs.motion */
    const struct vh_evidence *evidence; /* NULL unless needs.evidence */
    /* Without needs.look all NULL: [VH_WINDOW_REACH + k] is what the lines of field n + k tell against their
     * neighbours, as the field was when a stage
     * before, or this one, last asked for a new look. */
    const struct vh_field_look *look[VH_WINDOW_SIZE];
    int64_t time_us; /* source time of the centre, for events */
    int slot;        /* 0 to needs.at_once - 1: no other call under way has the same */
};

struct vh_stage;

struct vh_stage_ops {
    const char *name;                      /* "chroma-shift" */
    const char *summary;                   /* one line for help and plan */
    const struct vh_option_table *options; /* NULL = none */
    size_t priv_size;                      /* zeroed private memory at stage->priv */

    /* Checks the configuration, allocates, fills stage->needs. VH_OK or an error that was reported. */
    int (*open)(struct vh_stage *stage);

    /* Writes the centre's output to `out` (same size as the centre for field->field and
     * progressive->progressive, the whole frame for field->progressive and field->woven). `out` never
     * overlaps the window but for needs.keeps. VH_OK or an error. */
    int (*process)(struct vh_stage *stage, const struct vh_stage_input *in, const struct vh_image *out);

    /* Forgets state: called at cuts of the timeline and before a chunk. NULL when not stateful. */
    void (*reset)(struct vh_stage *stage);

    /* Frees what open made; also called after a failed open. May be NULL. */
    void (*close)(struct vh_stage *stage);
};

struct vh_stage {
    const struct vh_stage_ops *ops;
    struct vh_stage_config config;
    struct vh_stage_needs needs; /* valid after open */
    void *priv;                  /* ops->priv_size bytes */
};

/* Opens a stage. VH_OK, or an error with *stage NULL. The caller closes it with vh_stage_close. */
int vh_stage_open(
    struct vh_stage **stage, const struct vh_stage_ops *ops, const struct vh_stage_config *config);
void vh_stage_close(struct vh_stage **stage);

/* All stages, NULL-terminated, and one by name (NULL when unknown). src/restore/stages.c holds the list. */
extern const struct vh_stage_ops *const vh_stages[];
const struct vh_stage_ops *vh_stage_find(const char *name);

#endif
