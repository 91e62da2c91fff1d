/* --dry-run: the plan in words, with the very graph that would run. */
#include "core/memory.h"
#include "core/status.h"
#include "frame/frame.h"
#include "pipeline/plan_streams.h"
#include "pipeline/plan.h"

#include <stdio.h>

static void print_format(FILE *file, const char *what, const struct vh_format *format)
{
    char text[160];
    fprintf(file, "  %-10s %s\n", what, vh_format_print(format, text, sizeof text));
}

static void print_steps(const struct vh_plan *plan, FILE *file)
{
    fprintf(file, "steps\n");
    for (int i = 0; i < plan->recipe.n_steps; i++) {
        const struct vh_recipe_step *step = &plan->recipe.step[i];
        fprintf(file, "  %-3s %-18s %s%s%s\n", step->off ? "off" : "on", step->name,
            step->filter && !step->off ? step->filter : "", step->filter && !step->off ? "  -- " : "",
            step->reason);
    }
}

static void print_graph(const struct vh_plan *plan, FILE *file)
{
    struct vh_graph *graph = NULL;
    if (vh_plan_open_graph(plan, 1, &graph, NULL) != VH_OK || !graph)
        return;
    char *text = vh_graph_print(graph);
    fprintf(file, "graph\n");
    for (const char *line = text; line && *line;) {
        const char *end = line;
        while (*end && *end != '\n')
            end++;
        fprintf(file, "  %.*s\n", (int)(end - line), line);
        line = *end ? end + 1 : end;
    }
    vh_free(text);
    vh_graph_close(&graph);
}

static void print_encoder(const struct vh_plan *plan, FILE *file)
{
    struct vh_encoder_options options;
    struct vh_encoder *encoder = NULL;
    char *extra = NULL;
    if (vh_plan_encoder_options(plan, &options, &extra, NULL) == VH_OK &&
        vh_encoder_open(&encoder, &options, &plan->out, NULL) == VH_OK)
        fprintf(file, "encoder\n  %s\n", vh_encoder_settings(encoder));
    vh_encoder_close(&encoder);
    vh_free(extra);
}

void vh_plan_print_streams(const struct vh_plan *plan, FILE *file)
{
    static const char *const fate[] = {"leave out", "copy", "convert", "encode", "restore"};
    fprintf(file, "streams into %s\n", plan->container.name);
    for (int i = 0; i < plan->n_streams; i++) {
        const struct vh_plan_stream *s = &plan->stream[i];
        const struct vh_stream_info *info = &plan->info->stream[s->source];
        fprintf(file, "  %-2d %-10s %-8s %-9s", s->source, info->codec, info->language, fate[s->fate]);
        if (s->fate == VH_TRACK_ENCODE) {
            char text[64];
            fprintf(file, " with %s, %s", s->encoder->name, vh_sound_print(&s->sound_out, text, sizeof text));
        }
        fprintf(file, "%s%s\n", s->reason[0] ? "  -- " : "", s->reason);
        if (s->repairs)
            vh_sound_plan_print(s->repairs, file, "       ");
    }
    if (plan->has_captions)
        fprintf(file, "  captions %s: %s\n",
            plan->line21[0] < 0 ? "inside the picture's stream" : "drawn into the picture (line 21)",
            plan->keeps_captions ? "kept inside the picture's stream"
                                 : "lost, this encoder writes none (x264 does)");
}

void vh_plan_print(const struct vh_plan *plan, FILE *file)
{
    fprintf(file, "input     %s\n", plan->info->url);
    print_format(file, "source", &plan->source);
    fprintf(file, "  %-10s %s\n", "colours", plan->colour_reason);
    fprintf(file, "  %-10s %s (%s)\n", "fields", vh_field_order_name(plan->recipe.order),
        plan->recipe.order_reason ? plan->recipe.order_reason : "");
    if (plan->frame_rate.num <= 0)
        fprintf(file, "  %-10s variable: time stamps are kept\n", "rate");
    fprintf(file, "  %-10s %s\n", "time", plan->time_reason);
    print_steps(plan, file);
    print_graph(plan, file);
    fprintf(file, "shape\n  %s\n", plan->geometry.reason);
    if (plan->scaler[0])
        fprintf(file, "  %-10s %s\n", "scaler", plan->scaler);
    print_format(file, "restored", &plan->restored);
    print_format(file, "output", &plan->out);
    if (plan->direct)
        fprintf(file, "  the picture reaches the encoder unchanged\n");
    print_encoder(plan, file);
    vh_plan_print_streams(plan, file);
}

/* ---- the short form ---- */

static void send_step(
    const struct vh_event_sink *events, const char *node, const char *name, bool does, const char *reason)
{
    const struct vh_event_field field[] = {
        VH_EVENT_S("step", name), VH_EVENT_I("does", does), VH_EVENT_S("reason", reason)};
    struct vh_event event = {
        .name = "plan.step", .node = node, .time_us = INT64_MIN, .field = field, .n_fields = 3};
    vh_event_send(events, &event);
}

static const char *print_rate(AVRational rate, char *text, size_t size)
{
    if (rate.num > 0)
        snprintf(text, size, "%.4g pictures/s", av_q2d(rate));
    else
        snprintf(text, size, "variable rate");
    return text;
}

static void tell_sound(const struct vh_plan_stream *s, const struct vh_stream_info *info,
    const struct vh_log *log, const struct vh_event_sink *events)
{
    if (s->fate == VH_TRACK_COPY)
        vh_info(log, "  sound %d (%s): copied, %s", s->source, info->codec, s->reason);
    if (s->fate == VH_TRACK_ENCODE)
        vh_info(log, "  sound %d (%s): %s, to %s", s->source, info->codec, s->reason, s->encoder->name);
    for (int i = 0; s->repairs && i < s->repairs->n_items; i++) {
        const struct vh_sound_item *item = &s->repairs->item[i];
        const char *name = item->native ? vh_sound_step_name(item->params.kind) : "filter";
        vh_info(log, "    %s: %s", name, item->reason);
        send_step(events, "sound", name, true, item->reason);
    }
}

void vh_plan_tell(const struct vh_plan *plan, const char *settings, const struct vh_log *log,
    const struct vh_event_sink *events)
{
    const struct vh_format *in = &plan->source, *out = &plan->out;
    char rate[32];
    vh_info(log, "%s: %dx%d, %s, %s (%s)", plan->info->url, in->width, in->height,
        print_rate(plan->frame_rate, rate, sizeof rate), vh_field_order_name(plan->recipe.order),
        plan->recipe.order_reason ? plan->recipe.order_reason : "");
    for (int i = 0; i < plan->recipe.n_steps; i++) {
        const struct vh_recipe_step *step = &plan->recipe.step[i];
        if (!step->off)
            vh_info(log, "  %s: %s", step->name, step->reason);
        send_step(events, "restore", step->name, !step->off, step->reason);
    }
    vh_info(log, "to %s %dx%d, %s: %s", plan->container.name, out->width, out->height,
        print_rate(out->frame_rate, rate, sizeof rate), settings);
    for (int i = 0; i < plan->n_streams; i++)
        if (plan->stream[i].kind == VH_STREAM_AUDIO)
            tell_sound(&plan->stream[i], &plan->info->stream[plan->stream[i].source], log, events);
}
