/* What one restore job is asked to do: paths and the option structs of every component, filled by the command
 * line or a preset, read by the plan. Nothing here is measured; nothing here is decided.
 */
#ifndef VH_PIPELINE_REQUEST_H
#define VH_PIPELINE_REQUEST_H

#include "audio/sound_plan.h"
#include "option/option.h"
#include "restore/recipe.h"
#include "upscale/colour.h"
#include "upscale/geometry.h"
#include "upscale/upscaler.h"

#include <stdbool.h>
#include <stdint.h>

/* Which part of the input, and what is known about it. */
struct vh_source_options {
    int64_t start_us;    /* --start, from the beginning of the input */
    int64_t end_us;      /* --end; 0 = to the end */
    int64_t duration_us; /* --duration; 0 = no limit */
    bool analyze;        /* --no-analyze: flags of the input only, nothing is measured */
    char *analysis;      /* --analysis FILE: measurements from `vhsup analyze --json` instead of new ones */
    struct vh_list set;  /* --set KEY=VALUE: measurements by hand */
    struct vh_list join; /* --join FILE: further files of the same capture, behind the input */
};

/* What the work may use. */
struct vh_machine_options {
    int threads; /* worker pool; VH_AUTO_INT = number of CPUs */
    int cpu;     /* enum index of --cpu */
};

/* About one run: never part of a preset, except where a row says otherwise. */
struct vh_run_options {
    char *output;       /* -o; NULL only for --dry-run without a name */
    bool overwrite;     /* -y */
    bool keep_existing; /* -n, the default behaviour; said so that scripts can be explicit */
    bool json;          /* progress and results as JSON lines on standard output */
    bool dry_run;
    bool strict;    /* damage, fallbacks and unmet wishes are errors */
    bool bitexact;  /* no versions or times in the file, bit-exact encoder flags */
    char *framemd5; /* --framemd5 FILE */
    char *stats;    /* --stats FILE: JSON lines */
    char *metrics;  /* --metrics FILE: Prometheus text */
    char *baseline; /* --baseline FILE: an earlier run's --stats to compare with */
};

/* How measuring is done. */
struct vh_measure_options {
    bool cache; /* --no-cache: measure anew, and keep nothing */
};

/* How the tape's time is kept. */
struct vh_time_options {
    int timeline;          /* VH_TIMES_* */
    bool chapters;         /* --no-chapters: none at the beginnings of recordings */
    bool split_recordings; /* one output for each recording */
};

enum { VH_TIMES_AUTO, VH_TIMES_FOLLOW, VH_TIMES_KEEP, VH_TIMES_OFF };

/* What the picture is encoded with. */
struct vh_encode_options {
    char *encoder;                  /* --encoder, a name of media/encoder.h's table */
    double crf;                     /* --crf in the encoder's own scale; NaN = its default */
    int quality;                    /* --quality 0 … 100, mapped per encoder; VH_AUTO_INT = use crf */
    char *encoder_preset;           /* --encoder-preset */
    struct vh_list encoder_options; /* --encoder-option key=value, repeatable */
    int encoder_threads;            /* VH_AUTO_INT = the pool's number */
    int bit_depth;                  /* 8 or 10 */
    int pixel;                      /* VH_PIXEL_* */
    char *format;                   /* --format, container; NULL = by the output's extension */
};

/* How sound is handled as a stream. */
struct vh_track_options {
    int audio;              /* VH_AUDIO_* */
    char *audio_codec;      /* --audio-codec; NULL = copy if possible, else aac */
    int audio_bitrate_kbps; /* VH_AUTO_INT = by codec and channels */
    int audio_rate;         /* --audio-rate in Hz; VH_AUTO_INT = as the source */
    int audio_layout;       /* VH_LAYOUT_* */
    double audio_gain_db;   /* --audio-gain */
};

enum { VH_AUDIO_NONE, VH_AUDIO_COPY, VH_AUDIO_AUTO };
enum { VH_PIXEL_420, VH_PIXEL_422, VH_PIXEL_444, VH_PIXEL_SOURCE };
enum { VH_LAYOUT_ORIGINAL, VH_LAYOUT_MONO, VH_LAYOUT_STEREO, VH_LAYOUT_51, VH_LAYOUT_71 };

extern const struct vh_option_table vh_source_table;
extern const struct vh_option_table vh_run_table;
extern const struct vh_option_table vh_machine_table;
extern const struct vh_option_table vh_encode_table;
extern const struct vh_option_table vh_track_table;
extern const struct vh_option_table vh_time_table;
extern const struct vh_option_table vh_measure_table;

/* One table with the struct of this request that it fills. */
struct vh_binding {
    const struct vh_option_table *table;
    void *values;
};

enum { VH_MAX_STAGES = 48, VH_MAX_BINDINGS = VH_MAX_STAGES + 16 };

struct vh_request {
    char *input; /* path, URL or "-"; owned */
    struct vh_source_options source;
    struct vh_run_options run;
    struct vh_machine_options machine;
    struct vh_measure_options measure;
    struct vh_time_options time;
    struct vh_restore_options restore;
    void *stage_options[VH_MAX_STAGES]; /* parallel to vh_stages[]: an option struct or NULL; owned */
    struct vh_geometry_options geometry;
    struct vh_colour_options colour;
    struct vh_upscale_options upscale;
    struct vh_encode_options encode;
    struct vh_track_options track;
    struct vh_sound_options sound;
};

/* Fills the request with defaults. VH_OK or VH_ERR_RESOURCE. */
int vh_request_init(struct vh_request *request);

/* Frees what the request owns. Legal on a zeroed request. */
void vh_request_uninit(struct vh_request *request);

/* The tables that say what is done with a picture before it is scaled: methods and stages. Returns the number
 * written. */
int vh_request_bind_restore(struct vh_request *request, struct vh_binding *bindings);

/* Every table of a restore job bound to this request's structs, in the order of help. Returns the number
 * written to `bindings` (at most VH_MAX_BINDINGS). This list is the only place that names all tables. */
int vh_request_bind(struct vh_request *request, struct vh_binding *bindings);

#endif
