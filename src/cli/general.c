/* Rows of the options that every command has. */
#include "general.h"

#include <stddef.h>

static const char *const levels[] = {"error", "warning", "info", "debug", "trace", NULL};
static const char *const progresses[] = {"auto", "bar", "lines", "none", NULL};

static const struct vh_option_row general_rows[] = {
    {.key = "log.level",
        .type = VH_OPTION_ENUM,
        .offset = offsetof(struct vh_general_options, log_level),
        .names = levels,
        .value = "info",
        .flags = VH_OPTION_NO_PRESET,
        .help = "how much is told on standard error",
        .example = "--log-level debug"},
    {.key = "quiet",
        .letter = 'q',
        .type = VH_OPTION_BOOL,
        .offset = offsetof(struct vh_general_options, quiet),
        .flags = VH_OPTION_NO_PRESET,
        .help = "errors and warnings only, no progress"},
    {.key = "verbose",
        .letter = 'v',
        .type = VH_OPTION_BOOL,
        .offset = offsetof(struct vh_general_options, verbose),
        .flags = VH_OPTION_NO_PRESET,
        .help = "tell more, as --log-level debug"},
    {.key = "progress",
        .type = VH_OPTION_ENUM,
        .offset = offsetof(struct vh_general_options, progress),
        .names = progresses,
        .value = "auto",
        .flags = VH_OPTION_NO_PRESET,
        .help = "a bar, lines for a log, or none",
        .detail = "auto draws a bar when standard error is a terminal, and writes 20 lines otherwise."},
};
const struct vh_option_table vh_general_table =
    VH_OPTION_TABLE("Messages", general_rows, struct vh_general_options);

static const struct vh_option_row preset_rows[] = {
    {.key = "preset",
        .type = VH_OPTION_STRING,
        .word = "NAME|FILE",
        .offset = offsetof(struct vh_preset_options, preset),
        .flags = VH_OPTION_NO_PRESET,
        .value = "vhs",
        .help = "start from this preset: a name, a JSON file, or none",
        .detail = "A preset sets options; every option given beside it wins, wherever it stands, and an "
                  "encoder or a size given replaces what the preset says about encoders or sizes. 'vhsup "
                  "preset list' "
                  "shows the names. none does only what is asked: no measuring, no repair, no scaling.",
        .example = "--preset vhs-heavy"},
};
const struct vh_option_table vh_preset_table =
    VH_OPTION_TABLE("Preset", preset_rows, struct vh_preset_options);
