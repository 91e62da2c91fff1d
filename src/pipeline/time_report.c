/* Facts about time as lines for people and events for statistics. */
#include "pipeline/time_report.h"

#include "core/memory.h"
#include "core/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *event, *line;
} facts[VH_TIME_FACTS] = {
    [VH_TIME_REBUILT] = {"time.rebuilt", "missing frames rebuilt from their neighbours"},
    [VH_TIME_REPEATED] = {"time.repeated", "missing frames filled by repeating the one before"},
    [VH_TIME_CUT_SOUND] = {"time.cut_sound", "missing frames: their sound was cut"},
    [VH_TIME_DROPPED] = {"time.dropped", "doubled frames dropped"},
    [VH_TIME_MORE_SOUND] = {"time.more_sound", "doubled frames: sound was inserted under them"},
    [VH_TIME_LEFT_LOST] = {"time.left_lost", "frames seem to be missing; nothing was inserted"},
    [VH_TIME_LEFT_COPY] = {"time.left_copy", "frames seem to be doubled; they were kept"},
    [VH_TIME_FLIP] = {"time.order", "flips of the field order followed"},
};

void vh_time_report_add(struct vh_time_report *report, enum vh_time_fact fact, int64_t time_us,
    int64_t number, int n, const struct vh_event_sink *events)
{
    const struct vh_event_field field[] = {VH_EVENT_I("number", number), VH_EVENT_I("n", n)};
    struct vh_event event = {
        .name = facts[fact].event, .node = "timeline", .time_us = time_us, .field = field, .n_fields = 2};
    report->fact[fact].n += n;
    if (report->fact[fact].n_places < VH_TIME_PLACES)
        report->fact[fact].place_us[report->fact[fact].n_places++] = time_us;
    else
        report->n_more[fact]++;
    vh_event_send(events, &event);
}

/* 00:01:02.345 */
static void add_time(struct vh_text *text, double time_s)
{
    int64_t ms = (int64_t)(time_s * 1e3 + 0.5);
    vh_text_addf(text, "%02d:%02d:%02d.%03d", (int)(ms / 3600000), (int)(ms / 60000 % 60),
        (int)(ms / 1000 % 60), (int)(ms % 1000));
}

static void print_fact(const struct vh_time_report *report, int fact, const struct vh_log *log)
{
    struct vh_text text = {0};
    vh_text_addf(&text, "%lld %s: ", (long long)report->fact[fact].n, facts[fact].line);
    for (int i = 0; i < report->fact[fact].n_places; i++) {
        vh_text_add(&text, i ? ", " : "");
        add_time(&text, (double)report->fact[fact].place_us[i] * 1e-6);
    }
    if (report->n_more[fact])
        vh_text_addf(&text, " and %d more places", report->n_more[fact]);
    if (!text.failed)
        vh_info(log, "%s", text.data);
    vh_text_uninit(&text);
}

static void tell_section(const struct vh_section *section, const struct vh_event_sink *events)
{
    const struct vh_event_field field[] = {
        VH_EVENT_S("kind", section->kind), VH_EVENT_I("end_us", llrint(section->end_s * 1e6))};
    struct vh_event event = {.name = "time.section",
        .node = "timeline",
        .time_us = llrint(section->start_s * 1e6),
        .field = field,
        .n_fields = 2};
    vh_event_send(events, &event);
}

static void print_section(const struct vh_section *section, const struct vh_log *log)
{
    struct vh_text text = {0};
    bool frozen = !strcmp(section->kind, "freeze");
    vh_text_addf(&text, "%s from ", frozen ? "frozen picture" : section->kind);
    add_time(&text, section->start_s);
    vh_text_add(&text, " to ");
    add_time(&text, section->end_s);
    if (!text.failed)
        vh_info(log, "%s", text.data);
    vh_text_uninit(&text);
}

void vh_time_report_print(const struct vh_time_report *report, const struct vh_profile *found,
    const struct vh_event_sink *events, const struct vh_log *log)
{
    for (int i = 0; i < VH_TIME_FACTS; i++)
        if (report->fact[i].n)
            print_fact(report, i, log);
    int n = 0;
    const struct vh_section *section = found ? vh_profile_sections(found, &n) : NULL;
    for (int i = 0; i < n; i++)
        if (section[i].end_s > section[i].start_s) {
            print_section(&section[i], log);
            tell_section(&section[i], events);
        }
}
