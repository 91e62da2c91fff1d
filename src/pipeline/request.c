/* Option rows of a run and of the encoders, and the list of all tables of a restore job. */
#include "pipeline/request.h"

#include "core/memory.h"
#include "core/status.h"

#include <stddef.h>

static const char *const cpu_names[] = {"auto", "c", "avx2", "avx512", "neon", NULL};
static const char *const audio_names[] = {"none", "copy", "auto", NULL};
static const char *const pixel_names[] = {"420", "422", "444", "source", NULL};
static const char *const layout_names[] = {"original", "mono", "stereo", "5.1", "7.1", NULL};

#define RUN(field) offsetof(struct vh_run_options, field)
#define ONCE       VH_OPTION_NO_PRESET

#define SOURCE(field)  offsetof(struct vh_source_options, field)
#define MACHINE(field) offsetof(struct vh_machine_options, field)

static const struct vh_option_row source_rows[] = {
    {.key = "analyze",
        .type = VH_OPTION_BOOL,
        .offset = SOURCE(analyze),
        .value = "yes",
        .help = "measure the tape before restoring it",
        .detail =
            "What is measured decides about field order and repairs. With --no-analyze only the flags of the "
            "decoded frames are looked at, and only what is asked for is repaired.",
        .example = "--no-analyze"},
    {.key = "analysis",
        .type = VH_OPTION_STRING,
        .word = "FILE",
        .offset = SOURCE(analysis),
        .flags = ONCE,
        .help = "measurements from a file of `vhsup analyze --json`",
        .example = "--analysis tape.json"},
    {.key = "set",
        .type = VH_OPTION_LIST,
        .word = "KEY=VALUE",
        .offset = SOURCE(set),
        .help = "a measurement by hand, KEY=VALUE; may be given several times",
        .detail = "Wins over what is measured. `vhsup analyze` shows the keys.",
        .example = "--set noise.luma=4"},
    {.key = "join",
        .type = VH_OPTION_LIST,
        .word = "FILE",
        .offset = SOURCE(join),
        .flags = ONCE,
        .help = "next file of the same capture; may be given several times",
        .detail = "Capture programs begin a new file every few gigabytes. Each file goes on where the "
                  "picture of the "
                  "one before ends; times, ranges and chapters count through all of them. The streams have "
                  "to be of "
                  "the same kinds in the same order.",
        .example = "--join tape-2.avi --join tape-3.avi"},
    {.key = "start",
        .type = VH_OPTION_TIME,
        .offset = SOURCE(start_us),
        .min = 0,
        .max = 1e14,
        .value = "0",
        .flags = ONCE,
        .help = "begin here in the input",
        .example = "--start 1:30"},
    {.key = "end",
        .type = VH_OPTION_TIME,
        .offset = SOURCE(end_us),
        .min = 0,
        .max = 1e14,
        .value = "0",
        .flags = ONCE,
        .help = "stop here in the input (0 = at its end)",
        .example = "--end 0:02:00"},
    {.key = "duration",
        .type = VH_OPTION_TIME,
        .offset = SOURCE(duration_us),
        .min = 0,
        .max = 1e14,
        .value = "0",
        .flags = ONCE,
        .help = "restore at most this long (0 = all)",
        .example = "--duration 10"},
};

const struct vh_option_table vh_source_table =
    VH_OPTION_TABLE("Input", source_rows, struct vh_source_options);

static const struct vh_option_row machine_rows[] = {
    {.key = "threads",
        .type = VH_OPTION_INT,
        .offset = MACHINE(threads),
        .min = 1,
        .max = 256,
        .flags = ONCE | VH_OPTION_AUTO,
        .value = "auto",
        .help = "threads for our own filters and the encoder",
        .detail = "The frames are the same bits for every number."},
    {.key = "cpu",
        .type = VH_OPTION_ENUM,
        .offset = MACHINE(cpu),
        .names = cpu_names,
        .value = "auto",
        .flags = ONCE | VH_OPTION_ADVANCED,
        .help = "instruction set to use",
        .detail =
            "The frames are the same bits for every level; this is for measuring and for reports of faults."},
};

const struct vh_option_table vh_machine_table =
    VH_OPTION_TABLE("Machine", machine_rows, struct vh_machine_options);

static const struct vh_option_row run_rows[] = {
    {.key = "output",
        .letter = 'o',
        .type = VH_OPTION_STRING,
        .word = "FILE",
        .offset = RUN(output),
        .flags = ONCE,
        .help = "file to write; its extension chooses the container",
        .detail = "The file is written under a temporary name beside it and renamed when it is complete and "
                  "checked. The input is never written to.",
        .example = "-o tape.mkv"},
    {.key = "overwrite",
        .letter = 'y',
        .type = VH_OPTION_BOOL,
        .offset = RUN(overwrite),
        .flags = ONCE,
        .help = "replace the output if it exists"},
    {.key = "keep-existing",
        .letter = 'n',
        .type = VH_OPTION_BOOL,
        .offset = RUN(keep_existing),
        .flags = ONCE,
        .help = "never replace an output that exists (the default)"},
    {.key = "json",
        .type = VH_OPTION_BOOL,
        .offset = RUN(json),
        .flags = ONCE,
        .help = "progress and result as JSON lines on standard output"},
    {.key = "dry-run",
        .type = VH_OPTION_BOOL,
        .offset = RUN(dry_run),
        .flags = ONCE,
        .help = "print what would be done, with reasons, and stop"},
    {.key = "strict",
        .type = VH_OPTION_BOOL,
        .offset = RUN(strict),
        .flags = ONCE,
        .help = "damage and fallbacks end with an error instead of a warning"},
    {.key = "bitexact",
        .type = VH_OPTION_BOOL,
        .offset = RUN(bitexact),
        .flags = ONCE | VH_OPTION_ADVANCED,
        .help = "write no versions and no times, so that files can be compared"},
    {.key = "framemd5",
        .type = VH_OPTION_STRING,
        .word = "FILE",
        .offset = RUN(framemd5),
        .flags = ONCE,
        .help = "write the MD5 of every frame and sound block handed to an encoder"},
    {.key = "stats",
        .type = VH_OPTION_STRING,
        .word = "FILE",
        .offset = RUN(stats),
        .flags = ONCE,
        .help = "write statistics of every stage as JSON lines"},
    {.key = "metrics",
        .type = VH_OPTION_STRING,
        .word = "FILE",
        .offset = RUN(metrics),
        .flags = ONCE,
        .help = "write statistics as a Prometheus text file"},
    {.key = "baseline",
        .type = VH_OPTION_STRING,
        .word = "FILE",
        .offset = RUN(baseline),
        .flags = ONCE,
        .help = "warn where this run costs more than one in a --stats file",
        .detail = "The last job in the file counts. A warning is given for stage times above 1.2 times (per "
                  "picture) and for peak memory above 1.5 times of what it was then. The file may be that of "
                  "--stats itself.",
        .example = "--baseline runs.jsonl --stats runs.jsonl"},
};

const struct vh_option_table vh_run_table = VH_OPTION_TABLE("Run", run_rows, struct vh_run_options);

#define ENC(field) offsetof(struct vh_encode_options, field)

static const struct vh_option_row encode_rows[] = {
    {.key = "encoder",
        .type = VH_OPTION_STRING,
        .word = "NAME",
        .offset = ENC(encoder),
        .value = "x264",
        .help = "video encoder",
        .detail = "`vhsup help encoders` lists what this machine can open.",
        .example = "--encoder ffv1"},
    {.key = "crf",
        .type = VH_OPTION_DOUBLE,
        .offset = ENC(crf),
        .min = 0,
        .max = 63,
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "constant quality in the encoder's own scale (x264: 18)",
        .example = "--crf 20"},
    {.key = "quality",
        .type = VH_OPTION_INT,
        .offset = ENC(quality),
        .min = 0,
        .max = 100,
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "one scale for every encoder, 100 is best",
        .example = "--quality 80"},
    {.key = "encoder-preset",
        .type = VH_OPTION_STRING,
        .word = "NAME",
        .offset = ENC(encoder_preset),
        .help = "the encoder's own speed preset (x264: medium)",
        .example = "--encoder-preset slow"},
    {.key = "encoder-option",
        .type = VH_OPTION_LIST,
        .word = "KEY=VALUE",
        .offset = ENC(encoder_options),
        .help = "key=value for the encoder; may be given several times",
        .example = "--encoder-option tune=grain"},
    {.key = "encoder-threads",
        .type = VH_OPTION_INT,
        .offset = ENC(encoder_threads),
        .min = 1,
        .max = 256,
        .flags = VH_OPTION_AUTO | VH_OPTION_ADVANCED | ONCE,
        .value = "auto",
        .help = "threads of the encoder"},
    {.key = "bit-depth",
        .type = VH_OPTION_INT,
        .offset = ENC(bit_depth),
        .min = 8,
        .max = 10,
        .value = "8",
        .help = "bits per sample of the output, dithered: 8 or 10",
        .example = "--bit-depth 10"},
    {.key = "pixel",
        .type = VH_OPTION_ENUM,
        .offset = ENC(pixel),
        .names = pixel_names,
        .value = "420",
        .help = "chroma of the output",
        .example = "--pixel 422"},
    {.key = "format",
        .type = VH_OPTION_STRING,
        .word = "NAME",
        .offset = ENC(format),
        .help = "container, when the output's extension does not say it",
        .example = "--format matroska"},
};

const struct vh_option_table vh_encode_table =
    VH_OPTION_TABLE("Encoding", encode_rows, struct vh_encode_options);

#define TRACK(field) offsetof(struct vh_track_options, field)

static const struct vh_option_row track_rows[] = {
    {.key = "audio",
        .type = VH_OPTION_ENUM,
        .offset = TRACK(audio),
        .names = audio_names,
        .value = "auto",
        .help = "none, copy untouched, or as good as possible",
        .detail = "auto repairs what was measured to be wrong, copies what is clean and the container can "
                  "hold, and encodes "
                  "the rest.",
        .example = "--audio copy"},
    {.key = "audio-codec",
        .type = VH_OPTION_STRING,
        .word = "NAME",
        .offset = TRACK(audio_codec),
        .help = "codec for sound that is not copied (aac)",
        .example = "--audio-codec flac"},
    {.key = "audio-bitrate",
        .type = VH_OPTION_INT,
        .offset = TRACK(audio_bitrate_kbps),
        .min = 16,
        .max = 1536,
        .unit = "kbit/s",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "bit rate per track (stereo aac: 192)"},
    {.key = "audio-rate",
        .type = VH_OPTION_INT,
        .offset = TRACK(audio_rate),
        .min = 8000,
        .max = 192000,
        .unit = "Hz",
        .flags = VH_OPTION_AUTO,
        .value = "auto",
        .help = "sample rate of the output (as the source)"},
    {.key = "audio-layout",
        .type = VH_OPTION_ENUM,
        .offset = TRACK(audio_layout),
        .names = layout_names,
        .value = "original",
        .help = "channels of the output"},
    {.key = "audio-gain",
        .type = VH_OPTION_DOUBLE,
        .offset = TRACK(audio_gain_db),
        .min = -60,
        .max = 60,
        .unit = "dB",
        .value = "0",
        .help = "louder or softer by this much"},
};

const struct vh_option_table vh_track_table = VH_OPTION_TABLE("Sound", track_rows, struct vh_track_options);

static const struct vh_option_row measure_rows[] = {
    {.key = "cache",
        .type = VH_OPTION_BOOL,
        .offset = offsetof(struct vh_measure_options, cache),
        .value = "yes",
        .flags = ONCE,
        .help = "keep what was measured, and use what was measured earlier",
        .detail =
            "Measurements of the picture are kept in $XDG_CACHE_HOME/vhsup (or ~/.cache/vhsup), so that "
            "analyze "
            "and then restore measure once. They are found again by the file's content, time and size, the "
            "range, and this version of the program. --no-cache measures anew and keeps nothing.",
        .example = "--no-cache"},
};

const struct vh_option_table vh_measure_table =
    VH_OPTION_TABLE("Measuring", measure_rows, struct vh_measure_options);

static const char *const timeline_names[] = {"auto", "follow", "keep", "off", NULL};

#define TIME(field) offsetof(struct vh_time_options, field)

static const struct vh_option_row time_rows[] = {
    {.key = "timeline",
        .type = VH_OPTION_ENUM,
        .offset = TIME(timeline),
        .names = timeline_names,
        .value = "auto",
        .help = "what is done about frames that the capture lost or doubled",
        .detail =
            "follow: lost frames are rebuilt from their neighbours along the motion and doubled ones "
            "dropped, "
            "so that the picture follows the sound, which stays untouched. keep: the frames stay as they are "
            "and the sound is cut or extended, with cross-fades. off: neither is looked for, nor changes of "
            "the field order in mid-tape. auto: follow, but off with --no-analyze or --repair none.",
        .example = "--timeline keep"},
    {.key = "chapters",
        .type = VH_OPTION_BOOL,
        .offset = TIME(chapters),
        .value = "yes",
        .help = "chapters where recordings begin, if the input has none",
        .detail = "Recordings are separated by snow, a recorder's blue, two seconds of black, or a flip of "
                  "the field "
                  "order. They are found while the tape is restored, so with --timeline off there are none.",
        .example = "--no-chapters"},
    {.key = "split-recordings",
        .type = VH_OPTION_BOOL,
        .offset = TIME(split_recordings),
        .flags = ONCE,
        .help = "write each recording on the tape to a file of its own",
        .detail = "-o tape.mkv then means tape-1.mkv, tape-2.mkv and so on; what lies between recordings is "
                  "left out. "
                  "The tape is looked at as a whole first, then each recording is measured and restored by "
                  "itself. The "
                  "first failure ends the job; files that were finished stay.",
        .example = "--split-recordings"},
};

const struct vh_option_table vh_time_table = VH_OPTION_TABLE("Time", time_rows, struct vh_time_options);

int vh_request_bind_restore(struct vh_request *request, struct vh_binding *bindings)
{
    int n = 0;
    bindings[n++] = (struct vh_binding){&vh_restore_option_table, &request->restore};
    for (int i = 0; vh_stages[i] && i < VH_MAX_STAGES; i++)
        if (vh_stages[i]->options && request->stage_options[i])
            bindings[n++] = (struct vh_binding){vh_stages[i]->options, request->stage_options[i]};
    return n;
}

int vh_request_bind(struct vh_request *request, struct vh_binding *bindings)
{
    int n = 0;
    bindings[n++] = (struct vh_binding){&vh_run_table, &request->run};
    bindings[n++] = (struct vh_binding){&vh_source_table, &request->source};
    n += vh_request_bind_restore(request, bindings + n);
    bindings[n++] = (struct vh_binding){&vh_measure_table, &request->measure};
    bindings[n++] = (struct vh_binding){&vh_time_table, &request->time};
    bindings[n++] = (struct vh_binding){&vh_geometry_option_table, &request->geometry};
    bindings[n++] = (struct vh_binding){&vh_colour_option_table, &request->colour};
    bindings[n++] = (struct vh_binding){&vh_upscale_option_table, &request->upscale};
    bindings[n++] = (struct vh_binding){&vh_encode_table, &request->encode};
    bindings[n++] = (struct vh_binding){&vh_track_table, &request->track};
    bindings[n++] = (struct vh_binding){&vh_sound_option_table, &request->sound};
    bindings[n++] = (struct vh_binding){&vh_machine_table, &request->machine};
    return n;
}

int vh_request_init(struct vh_request *request)
{
    struct vh_binding binding[VH_MAX_BINDINGS];
    int status = VH_OK;
    *request = (struct vh_request){0};
    for (int i = 0; vh_stages[i] && i < VH_MAX_STAGES; i++)
        if (vh_stages[i]->options) {
            request->stage_options[i] = vh_alloc(1, vh_stages[i]->options->size);
            if (!request->stage_options[i])
                status = VH_ERR_RESOURCE;
        }
    int n = vh_request_bind(request, binding);
    for (int i = 0; i < n && status == VH_OK; i++)
        status = vh_option_init(binding[i].table, binding[i].values);
    return status;
}

void vh_request_uninit(struct vh_request *request)
{
    struct vh_binding binding[VH_MAX_BINDINGS];
    int n = vh_request_bind(request, binding);
    for (int i = 0; i < n; i++)
        vh_option_uninit(binding[i].table, binding[i].values);
    for (int i = 0; i < VH_MAX_STAGES; i++)
        vh_freep(&request->stage_options[i]);
    vh_freep(&request->input);
}
