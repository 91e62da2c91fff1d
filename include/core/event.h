/* Events: what nodes and stages tell observers (statistics, progress, reports). Observers never touch a
 * frame.
 *
 * An event is a name and a few typed fields, valid during the call only. Names and fields are documented in
 * docs/dataflow.md; the JSON-lines writer prints them as they are. A NULL sink drops the event.
 */
#ifndef VH_CORE_EVENT_H
#define VH_CORE_EVENT_H

#include <stdint.h>

enum vh_field_type { VH_EVENT_INT, VH_EVENT_DOUBLE, VH_EVENT_TEXT };

struct vh_event_field {
    const char *name; /* snake_case, with the unit: "duration_us" */
    enum vh_field_type type;
    union {
        int64_t i;
        double d;
        const char *s; /* borrowed for the call */
    };
};

struct vh_event {
    const char *name; /* "frame.done", "input.damaged", "stage.dropout" */
    const char *node; /* who: "decode", "upscale", … */
    int64_t time_us;  /* source time the event is about, or INT64_MIN when it is about none */
    const struct vh_event_field *field;
    int n_fields;
};

/* May be called from any thread; must not block and must not call back into the sender. */
typedef void vh_event_fn(void *opaque, const struct vh_event *event);

struct vh_event_sink {
    vh_event_fn *fn; /* NULL drops everything */
    void *opaque;    /* not owned */
};

/* Sends one event; `sink` may be NULL. */
static inline void vh_event_send(const struct vh_event_sink *sink, const struct vh_event *event)
{
    if (sink && sink->fn)
        sink->fn(sink->opaque, event);
}

#define VH_EVENT_I(name_, value_)                                                                            \
    {                                                                                                        \
        .name = (name_), .type = VH_EVENT_INT, .i = (value_)                                                 \
    }
#define VH_EVENT_D(name_, value_)                                                                            \
    {                                                                                                        \
        .name = (name_), .type = VH_EVENT_DOUBLE, .d = (value_)                                              \
    }
#define VH_EVENT_S(name_, value_)                                                                            \
    {                                                                                                        \
        .name = (name_), .type = VH_EVENT_TEXT, .s = (value_)                                                \
    }

#endif
