/* The truth as JSON, out and in. Lists stand on one line each; options go through their rows. */
#include "simulate/tape_truth.h"

#include "core/memory.h"
#include "core/status.h"
#include "option/json.h"

#include <limits.h>
#include <math.h>
#include <string.h>

static const char schema_name[] = "vhsup-tape-truth";
enum { VERSION = 1 };

/* ---- out ---- */

static void open_list(struct vh_json_writer *w, const char *key)
{
    vh_json_write_open(w, key, '[');
    w->indent = 0;
}

static void close_list(struct vh_json_writer *w)
{
    vh_json_write_close(w);
    w->indent = 2;
}

static void write_ints(struct vh_json_writer *w, const char *key, const int64_t *value, int n)
{
    open_list(w, key);
    for (int i = 0; i < n; i++)
        vh_json_write_int(w, NULL, value[i]);
    close_list(w);
}

static void write_doubles(struct vh_json_writer *w, const char *key, const double *value, int n)
{
    open_list(w, key);
    for (int i = 0; value && i < n; i++)
        vh_json_write_double(w, NULL, value[i]);
    close_list(w);
}

static void write_dropouts(struct vh_json_writer *w, const struct vh_tape_truth *t)
{
    open_list(w, "dropouts");
    for (int i = 0; i < t->n_dropouts; i++) {
        const struct vh_dropout *d = &t->dropout[i].what;
        vh_json_write_open(w, NULL, '{');
        vh_json_write_int(w, "field", t->dropout[i].field);
        vh_json_write_int(w, "line", d->line);
        vh_json_write_int(w, "lines", d->n_lines);
        vh_json_write_int(w, "start", d->start);
        vh_json_write_int(w, "length", d->length);
        vh_json_write_double(w, "tail", d->tail);
        vh_json_write_text(w, "kind", vh_dropout_kind_name(d->kind));
        vh_json_write_close(w);
    }
    close_list(w);
}

static void write_losses(struct vh_json_writer *w, const struct vh_tape_truth *t)
{
    open_list(w, "chroma_losses");
    for (int i = 0; i < t->n_losses; i++) {
        vh_json_write_open(w, NULL, '{');
        vh_json_write_int(w, "field", t->loss[i].field);
        vh_json_write_int(w, "line", t->loss[i].line);
        vh_json_write_close(w);
    }
    close_list(w);
}

static void write_sound(struct vh_json_writer *w, const struct vh_tape_truth *t)
{
    vh_json_write_open(w, "sound", '{');
    vh_json_write_int(w, "samples", t->n_samples);
    vh_json_write_int(w, "rate", t->sample_rate);
    vh_json_write_int(w, "channels", t->n_channels);
    open_list(w, "clicks");
    for (int i = 0; i < t->n_clicks; i++) {
        vh_json_write_open(w, NULL, '{');
        vh_json_write_int(w, "sample", t->click[i].sample);
        vh_json_write_double(w, "amplitude", t->click[i].amplitude);
        vh_json_write_close(w);
    }
    close_list(w);
    open_list(w, "holes");
    for (int i = 0; i < t->n_holes; i++) {
        vh_json_write_open(w, NULL, '{');
        vh_json_write_int(w, "sample", t->hole[i].sample);
        vh_json_write_int(w, "length", t->hole[i].length);
        vh_json_write_close(w);
    }
    close_list(w);
    vh_json_write_close(w);
}

static void write_format(struct vh_json_writer *w, const struct vh_tape_truth *t)
{
    vh_json_write_open(w, "format", '{');
    vh_json_write_int(w, "width", t->width);
    vh_json_write_int(w, "height", t->height);
    vh_json_write_int(w, "planes", t->n_planes);
    vh_json_write_int(w, "sub_x", t->sub_x);
    vh_json_write_int(w, "sub_y", t->sub_y);
    vh_json_write_int(w, "rate_num", t->frame_rate.num);
    vh_json_write_int(w, "rate_den", t->frame_rate.den);
    vh_json_write_text(w, "order", t->order == VH_FIELDS_BFF ? "bff" : "tff");
    vh_json_write_close(w);
}

char *vh_tape_truth_print(const struct vh_tape_truth *t)
{
    struct vh_text text = {0};
    struct vh_json_writer w = {.out = &text, .indent = 2};
    vh_json_write_open(&w, NULL, '{');
    vh_json_write_text(&w, "schema", schema_name);
    vh_json_write_int(&w, "version", VERSION);
    write_format(&w, t);
    vh_json_write_open(&w, "options", '{');
    for (int i = 0; i < vh_simulate_table.n_rows; i++)
        if (vh_json_write_option(&w, vh_simulate_table.rows[i].key, &vh_simulate_table.rows[i], &t->options) <
            0)
            text.failed = true;
    vh_json_write_close(&w);
    vh_json_write_int(&w, "frames", t->n_frames);
    vh_json_write_int(&w, "captured", t->n_captured);
    vh_json_write_double(&w, "overshoot", t->overshoot);
    vh_json_write_int(&w, "switch_line_top", t->switch_line[0]);
    vh_json_write_int(&w, "switch_line_bottom", t->switch_line[1]);
    write_ints(&w, "doubled", t->doubled, t->n_doubled);
    write_ints(&w, "lost", t->lost, t->n_lost);
    write_dropouts(&w, t);
    write_losses(&w, t);
    write_doubles(&w, "gain", t->gain, t->n_fields);
    write_doubles(&w, "tracking_band", t->band, t->n_fields);
    write_sound(&w, t);
    vh_json_write_close(&w);
    vh_text_add(&text, "\n");
    return vh_text_take(&text);
}

/* ---- in ---- */

struct reader {
    const struct vh_json *json;
    const struct vh_log *log;
    int status; /* first error; later reads do nothing */
};

static double read_double(struct reader *r, const struct vh_json_value *object, const char *key)
{
    const struct vh_json_value *value = NULL;
    if (r->status >= 0)
        r->status = vh_json_need(r->json, object, key, VH_JSON_NUMBER, &value, r->log);
    if (r->status < 0)
        return 0;
    double number = vh_json_number(value);
    if (!isfinite(number))
        r->status = vh_json_fail(r->json, value, r->log, "is too large");
    return number;
}

static int64_t read_int(
    struct reader *r, const struct vh_json_value *object, const char *key, double min, double max)
{
    double number = read_double(r, object, key);
    if (r->status >= 0 && (number != floor(number) || number < min || number > max))
        r->status = vh_json_fail(r->json, vh_json_get(object, key), r->log,
            "is %g; a whole number from %.0f to %.0f is expected", number, min, max);
    return r->status < 0 ? 0 : (int64_t)number;
}

static const double max_count = 1e9, max_place = 9e15;

/* The member `key` as an array, its length in *n, and room for that many items (NULL when empty or failed).
 */
static void *begin_list(struct reader *r, const struct vh_json_value *object, const char *key, size_t size,
    int *n, const struct vh_json_value **first)
{
    const struct vh_json_value *value = NULL;
    *n = 0;
    *first = NULL;
    if (r->status >= 0)
        r->status = vh_json_need(r->json, object, key, VH_JSON_ARRAY, &value, r->log);
    if (r->status < 0 || vh_json_length(value) == 0)
        return NULL;
    void *data = vh_alloc((size_t)vh_json_length(value), size);
    if (!data) {
        r->status = vh_fail(r->log, VH_ERR_RESOURCE, "out of memory for the truth");
        return NULL;
    }
    *n = vh_json_length(value);
    *first = vh_json_first(value);
    return data;
}

static bool is_object(struct reader *r, const struct vh_json_value *value, const char *const *known)
{
    if (r->status >= 0 && vh_json_type(value) != VH_JSON_OBJECT)
        r->status = vh_json_fail(
            r->json, value, r->log, "is %s; an object is expected", vh_json_type_name(vh_json_type(value)));
    if (r->status >= 0)
        r->status = vh_json_only(r->json, value, known, r->log);
    return r->status >= 0;
}

static double list_number(struct reader *r, const struct vh_json_value *value)
{
    if (r->status >= 0 && (vh_json_type(value) != VH_JSON_NUMBER || !isfinite(vh_json_number(value))))
        r->status = vh_json_fail(r->json, value, r->log, "is no finite number");
    return r->status < 0 ? 0 : vh_json_number(value);
}

static void read_frames(
    struct reader *r, const struct vh_json_value *root, const char *key, int64_t **list, int *n)
{
    const struct vh_json_value *v;
    *list = begin_list(r, root, key, sizeof **list, n, &v);
    for (int i = 0; v && r->status >= 0; v = vh_json_next(v), i++) {
        double number = list_number(r, v);
        if (r->status >= 0 && (number != floor(number) || number < 0 || number > max_place))
            r->status = vh_json_fail(r->json, v, r->log, "is no frame number");
        (*list)[i] = r->status < 0 ? 0 : (int64_t)number;
    }
}

/* One number per field, or none at all. */
static void read_fields(
    struct reader *r, const struct vh_json_value *root, const char *key, double **list, int n_fields)
{
    const struct vh_json_value *v;
    int n;
    *list = begin_list(r, root, key, sizeof **list, &n, &v);
    if (r->status >= 0 && n != 0 && n != n_fields)
        r->status = vh_json_fail(r->json, vh_json_get(root, key), r->log,
            "has %d numbers; none or one for each of the %d fields is expected", n, n_fields);
    for (int i = 0; v && r->status >= 0; v = vh_json_next(v), i++)
        (*list)[i] = list_number(r, v);
}

static enum vh_dropout_kind read_kind(struct reader *r, const struct vh_json_value *object)
{
    const struct vh_json_value *value = NULL;
    if (r->status >= 0)
        r->status = vh_json_need(r->json, object, "kind", VH_JSON_TEXT, &value, r->log);
    for (int kind = VH_DROPOUT_WHITE; r->status >= 0 && kind <= VH_DROPOUT_CONCEALED; kind++)
        if (!strcmp(vh_json_text(value), vh_dropout_kind_name((enum vh_dropout_kind)kind)))
            return (enum vh_dropout_kind)kind;
    if (r->status >= 0)
        r->status = vh_json_fail(r->json, value, r->log,
            "is \"%s\"; white, black, noise or concealed is expected", vh_json_text(value));
    return VH_DROPOUT_WHITE;
}

static void read_dropouts(struct reader *r, const struct vh_json_value *root, struct vh_tape_truth *t)
{
    static const char *const known[] = {"field", "line", "lines", "start", "length", "tail", "kind", NULL};
    const struct vh_json_value *v;
    t->dropout = begin_list(r, root, "dropouts", sizeof *t->dropout, &t->n_dropouts, &v);
    for (int i = 0; v && is_object(r, v, known); v = vh_json_next(v), i++) {
        struct vh_dropout *d = &t->dropout[i].what;
        t->dropout[i].field = read_int(r, v, "field", 0, max_place);
        d->line = (int)read_int(r, v, "line", 0, max_count);
        d->n_lines = (int)read_int(r, v, "lines", 1, max_count);
        d->start = (int)read_int(r, v, "start", 0, max_count);
        d->length = (int)read_int(r, v, "length", 0, max_count);
        d->tail = read_double(r, v, "tail");
        d->kind = read_kind(r, v);
    }
}

static void read_losses(struct reader *r, const struct vh_json_value *root, struct vh_tape_truth *t)
{
    static const char *const known[] = {"field", "line", NULL};
    const struct vh_json_value *v;
    t->loss = begin_list(r, root, "chroma_losses", sizeof *t->loss, &t->n_losses, &v);
    for (int i = 0; v && is_object(r, v, known); v = vh_json_next(v), i++) {
        t->loss[i].field = read_int(r, v, "field", 0, max_place);
        t->loss[i].line = (int)read_int(r, v, "line", 0, max_count);
    }
}

static void read_sound(struct reader *r, const struct vh_json_value *root, struct vh_tape_truth *t)
{
    static const char *const known[] = {"samples", "rate", "channels", "clicks", "holes", NULL};
    static const char *const click_keys[] = {"sample", "amplitude", NULL};
    static const char *const hole_keys[] = {"sample", "length", NULL};
    const struct vh_json_value *sound = NULL, *v;
    if (r->status >= 0)
        r->status = vh_json_need(r->json, root, "sound", VH_JSON_OBJECT, &sound, r->log);
    if (r->status < 0 || !is_object(r, sound, known))
        return;
    t->n_samples = read_int(r, sound, "samples", 0, max_place);
    t->sample_rate = (int)read_int(r, sound, "rate", 0, max_count);
    t->n_channels = (int)read_int(r, sound, "channels", 0, 64);
    t->click = begin_list(r, sound, "clicks", sizeof *t->click, &t->n_clicks, &v);
    for (int i = 0; v && is_object(r, v, click_keys); v = vh_json_next(v), i++) {
        t->click[i].sample = read_int(r, v, "sample", 0, max_place);
        t->click[i].amplitude = read_double(r, v, "amplitude");
    }
    t->hole = begin_list(r, sound, "holes", sizeof *t->hole, &t->n_holes, &v);
    for (int i = 0; v && is_object(r, v, hole_keys); v = vh_json_next(v), i++) {
        t->hole[i].sample = read_int(r, v, "sample", 0, max_place);
        t->hole[i].length = read_int(r, v, "length", 0, max_count);
    }
}

static void read_format(struct reader *r, const struct vh_json_value *root, struct vh_tape_truth *t)
{
    static const char *const known[] = {
        "width", "height", "planes", "sub_x", "sub_y", "rate_num", "rate_den", "order", NULL};
    const struct vh_json_value *format = NULL, *order = NULL;
    if (r->status >= 0)
        r->status = vh_json_need(r->json, root, "format", VH_JSON_OBJECT, &format, r->log);
    if (r->status < 0 || !is_object(r, format, known))
        return;
    t->width = (int)read_int(r, format, "width", 1, 65535);
    t->height = (int)read_int(r, format, "height", 1, 65535);
    t->n_planes = (int)read_int(r, format, "planes", 1, 3);
    t->sub_x = (int)read_int(r, format, "sub_x", 0, 2);
    t->sub_y = (int)read_int(r, format, "sub_y", 0, 2);
    t->frame_rate.num = (int)read_int(r, format, "rate_num", 1, max_count);
    t->frame_rate.den = (int)read_int(r, format, "rate_den", 1, max_count);
    if (r->status >= 0)
        r->status = vh_json_need(r->json, format, "order", VH_JSON_TEXT, &order, r->log);
    if (r->status < 0)
        return;
    t->order = !strcmp(vh_json_text(order), "bff") ? VH_FIELDS_BFF : VH_FIELDS_TFF;
    if (t->order == VH_FIELDS_TFF && strcmp(vh_json_text(order), "tff") != 0)
        r->status =
            vh_json_fail(r->json, order, r->log, "is \"%s\"; tff or bff is expected", vh_json_text(order));
}

static void read_options(struct reader *r, const struct vh_json_value *root, struct vh_tape_truth *t)
{
    const struct vh_json_value *options = NULL;
    if (r->status >= 0)
        r->status = vh_json_need(r->json, root, "options", VH_JSON_OBJECT, &options, r->log);
    if (r->status < 0)
        return;
    for (const struct vh_json_value *v = vh_json_first(options); v && r->status >= 0; v = vh_json_next(v)) {
        const struct vh_option_row *row = vh_option_find(&vh_simulate_table, vh_json_key(v));
        r->status = row ? vh_json_set_option(r->json, v, row, &t->options, r->log)
                        : vh_json_fail(r->json, v, r->log, "is no option of the tape simulator");
    }
    for (int i = 0; r->status >= 0 && i < vh_simulate_table.n_rows; i++)
        if (!vh_json_get(options, vh_simulate_table.rows[i].key))
            r->status = vh_json_fail(r->json, options, r->log, "lacks \"%s\"", vh_simulate_table.rows[i].key);
}

static void check_schema(struct reader *r, const struct vh_json_value *root)
{
    static const char *const known[] = {"schema", "version", "format", "options", "frames", "captured",
        "overshoot", "switch_line_top", "switch_line_bottom", "doubled", "lost", "dropouts", "chroma_losses",
        "gain", "tracking_band", "sound", NULL};
    const struct vh_json_value *schema = NULL;
    if (!is_object(r, root, known))
        return;
    r->status = vh_json_need(r->json, root, "schema", VH_JSON_TEXT, &schema, r->log);
    if (r->status >= 0 && strcmp(vh_json_text(schema), schema_name) != 0)
        r->status = vh_json_fail(
            r->json, schema, r->log, "is \"%s\"; \"%s\" is expected", vh_json_text(schema), schema_name);
    read_int(r, root, "version", VERSION, VERSION);
}

int vh_tape_truth_parse(struct vh_tape_truth *t, const char *text, const char *name, const struct vh_log *log)
{
    *t = (struct vh_tape_truth){0};
    struct vh_json *json = NULL;
    int status = vh_json_parse(&json, text, name, log);
    if (status < 0)
        return status;
    struct reader r = {json, log, VH_OK};
    const struct vh_json_value *root = vh_json_root(json);
    check_schema(&r, root);
    read_format(&r, root, t);
    read_options(&r, root, t);
    t->n_frames = read_int(&r, root, "frames", 0, max_count);
    t->n_captured = read_int(&r, root, "captured", 0, max_count);
    t->overshoot = read_double(&r, root, "overshoot");
    t->switch_line[0] = (int)read_int(&r, root, "switch_line_top", 0, 65535);
    t->switch_line[1] = (int)read_int(&r, root, "switch_line_bottom", 0, 65535);
    t->n_fields = (int)(2 * t->n_frames);
    read_frames(&r, root, "doubled", &t->doubled, &t->n_doubled);
    read_frames(&r, root, "lost", &t->lost, &t->n_lost);
    read_dropouts(&r, root, t);
    read_losses(&r, root, t);
    read_fields(&r, root, "gain", &t->gain, t->n_fields);
    read_fields(&r, root, "tracking_band", &t->band, t->n_fields);
    read_sound(&r, root, t);
    vh_json_destroy(&json);
    if (r.status < 0)
        vh_tape_truth_uninit(t);
    return r.status;
}
