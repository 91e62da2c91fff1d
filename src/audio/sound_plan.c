/* Builds the sound plan: one function per place in the chain, called in order (sound_plan_builder.h), and
 * prints it. */
#include "sound_plan_builder.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

const struct vh_sound_mode_adds vh_sound_mode_adds[] = {
    [VH_SOUND_MODE_AUTO] = {.hiss_db = 18},
    [VH_SOUND_MODE_NONE] = {.hiss_db = 18},
    [VH_SOUND_MODE_LIGHT] = {80, 15000, 6, .compress = {-20, 2, 20, 250}},
    [VH_SOUND_MODE_MODERATE] = {100, 14000, 10, {{VH_SOUND_BELL, 3000, 1, 2}}, {-18, 3, 10, 200}},
    [VH_SOUND_MODE_AGGRESSIVE] = {120, 12000, 18, .compress = {-15, 4, 5, 150}},
    [VH_SOUND_MODE_VOICE] = {100, 8000, 14,
        {{VH_SOUND_BELL, 200, 1, -3}, {VH_SOUND_BELL, 2500, 1, 4}, {VH_SOUND_BELL, 5000, 1, 2}},
        {-20, 3, 5, 100}},
    [VH_SOUND_MODE_MUSIC] = {30, 0, 8, .compress = {-24, 2, 50, 500}},
};

struct vh_sound_item *vh_sound_plan_add(
    struct vh_sound_builder *b, enum vh_sound_step_kind kind, const char *format, ...)
{
    struct vh_sound_plan *plan = b->plan;
    if (plan->n_items == VH_SOUND_ITEMS - 1)
        b->status = vh_fail(b->log, VH_ERR_INTERNAL, "more than %d sound repairs", VH_SOUND_ITEMS - 1);
    else
        plan->n_items++;
    struct vh_sound_item *item = &plan->item[plan->n_items - 1];
    memset(item, 0, sizeof *item);
    item->native = true;
    item->params.kind = kind;
    item->n_channels = b->n_channels;
    va_list args;
    va_start(args, format);
    vsnprintf(item->reason, sizeof item->reason, format, args);
    va_end(args);
    return item;
}

void vh_sound_plan_note(struct vh_sound_builder *b, const char *format, ...)
{
    size_t used = strlen(b->plan->note);
    va_list args;
    va_start(args, format);
    if (used && used + 3 < sizeof b->plan->note) {
        strcat(b->plan->note, "; ");
        used += 2;
    }
    vsnprintf(b->plan->note + used, sizeof b->plan->note - used, format, args);
    va_end(args);
}

bool vh_sound_plan_known(const struct vh_sound_builder *b, const char *key, double *value)
{
    return b->config->profile && vh_profile_known(b->config->profile, key, value);
}

bool vh_sound_plan_runs(const struct vh_sound_builder *b, int sw, const char *key, double *value)
{
    bool defect = b->config->profile && vh_profile_defect(b->config->profile, key, value);
    return sw == VH_SOUND_ON || (sw == VH_SOUND_AUTO && defect && b->o->mode != VH_SOUND_MODE_NONE);
}

int vh_sound_plan_fail(struct vh_sound_builder *b, const char *option, const char *what)
{
    return b->status = vh_fail(b->log, VH_ERR_USAGE, "%s on: its %s was not measured; say it with %s-%s",
               option, what, option, what);
}

struct vh_sound_item *vh_sound_plan_add_filter(
    struct vh_sound_builder *b, const char *filter, const char *reason)
{
    struct vh_sound_item *item = vh_sound_plan_add(b, VH_SOUND_DC, "%s", reason);
    item->native = false;
    snprintf(item->filter, sizeof item->filter, "%s", filter);
    if (strlen(filter) >= sizeof item->filter)
        b->status = vh_fail(b->log, VH_ERR_USAGE, "filter description is longer than %zu characters",
            sizeof item->filter - 1);
    return item;
}

int vh_sound_plan_create(
    struct vh_sound_plan **plan, const struct vh_sound_plan_config *config, const struct vh_log *log)
{
    *plan = NULL;
    int status = vh_pcm_format_check(&config->format, log);
    if (status < 0)
        return status;
    struct vh_sound_builder b = {.plan = vh_alloc(1, sizeof *b.plan),
        .config = config,
        .o = config->options,
        .log = log,
        .n_channels = config->format.n_channels};
    if (!b.plan)
        return vh_fail(log, VH_ERR_RESOURCE, "out of memory for the sound plan");
    static void (*const part[])(struct vh_sound_builder *) = {vh_sound_plan_clip, vh_sound_plan_dc,
        vh_sound_plan_wiring, vh_sound_plan_azimuth, vh_sound_plan_buzz, vh_sound_plan_hum,
        vh_sound_plan_whistle, vh_sound_plan_click, vh_sound_plan_hiss, vh_sound_plan_mono,
        vh_sound_plan_taste, vh_sound_plan_upmix, vh_sound_plan_level};
    for (size_t i = 0; i < sizeof part / sizeof *part && b.status >= 0; i++)
        part[i](&b);
    b.plan->n_channels = b.n_channels;
    if (b.status < 0)
        vh_sound_plan_destroy(&b.plan);
    *plan = b.plan;
    return b.status;
}

void vh_sound_plan_destroy(struct vh_sound_plan **plan)
{
    vh_freep(plan);
}

bool vh_sound_options_ask(const struct vh_sound_options *o)
{
    const int switches[] = {o->dc, o->dead, o->polarity, o->azimuth, o->mono, o->click, o->clip, o->buzz,
        o->hum, o->whistle, o->hiss};
    const double values[] = {o->azimuth_delay, o->clip_level, o->buzz_rate, o->hum_hz, o->whistle_hz,
        o->hiss_reduction, o->hiss_floor, o->loudness_lufs};
    bool ask = o->mode >= VH_SOUND_MODE_LIGHT || (o->filter && *o->filter) || o->upmix != VH_SOUND_UPMIX_NONE;
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        ask |= switches[i] == VH_SOUND_ON;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        ask |= !isnan(values[i]);
    return ask || o->highpass_hz > 0 || o->lowpass_hz > 0 || o->compress_ratio > 1;
}

const char *vh_sound_step_name(enum vh_sound_step_kind kind)
{
    static const char *const names[] = {[VH_SOUND_DC] = "offset",
        [VH_SOUND_MIX] = "matrix",
        [VH_SOUND_FILTER] = "filter",
        [VH_SOUND_AZIMUTH] = "azimuth",
        [VH_SOUND_CLICK] = "declick",
        [VH_SOUND_CLIP] = "declip",
        [VH_SOUND_BUZZ] = "buzz",
        [VH_SOUND_HUM] = "hum",
        [VH_SOUND_HISS] = "hiss",
        [VH_SOUND_COMPRESS] = "compressor",
        [VH_SOUND_LEVEL] = "level",
        [VH_SOUND_TIME] = "time"};
    return names[kind];
}

void vh_sound_plan_print(const struct vh_sound_plan *plan, FILE *file, const char *indent)
{
    for (int i = 0; i < plan->n_items; i++) {
        const struct vh_sound_item *item = &plan->item[i];
        if (item->native)
            fprintf(file, "%s%-10s %s\n", indent, vh_sound_step_name(item->params.kind), item->reason);
        else
            fprintf(file, "%s%-10s %s: %s\n", indent, "filter", item->reason, item->filter);
    }
    if (plan->wants_loudness)
        fprintf(file, "%s%-10s gain from the loudness of the repaired sound, measured before the run\n",
            indent, "level");
    if (*plan->note)
        fprintf(file, "%snote       %s\n", indent, plan->note);
}
