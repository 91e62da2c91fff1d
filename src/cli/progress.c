/* Progress: counting is separate from showing, so that the tests can count lines without a clock or a
 * terminal. */
#include "progress.h"

#include "core/clock.h"
#include "core/json_write.h"
#include "core/memory.h"
#include "core/status.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct vh_progress {
    pthread_mutex_t lock; /* guards all below */
    FILE *out, *err;
    enum vh_progress_mode mode;
    int64_t done, total;
    int64_t start_ns, shown_ns; /* first step; last time something was shown */
    int64_t n_start;            /* pictures done at start_ns */
    int n_lines;
    bool bar_shown;
    struct vh_text json; /* memory kept between lines */
};

static const int64_t second_ns = 1000000000;

int vh_progress_create(struct vh_progress **progress, FILE *out, FILE *err)
{
    struct vh_progress *p = *progress = vh_alloc(1, sizeof *p);
    if (!p)
        return VH_ERR_RESOURCE;
    pthread_mutex_init(&p->lock, NULL);
    p->out = out;
    p->err = err;
    return VH_OK;
}

void vh_progress_destroy(struct vh_progress **progress)
{
    if (!progress || !*progress)
        return;
    pthread_mutex_destroy(&(*progress)->lock);
    vh_text_uninit(&(*progress)->json);
    vh_freep(progress);
}

void vh_progress_set_mode(struct vh_progress *p, enum vh_progress_mode mode)
{
    pthread_mutex_lock(&p->lock);
    p->mode = mode;
    pthread_mutex_unlock(&p->lock);
}

/* Pictures per second since the first step; 0 before there is anything to divide. */
static double rate(const struct vh_progress *p, int64_t now_ns)
{
    int64_t passed = now_ns - p->start_ns;
    return passed > 0 ? (double)(p->done - p->n_start) * 1e9 / (double)passed : 0;
}

/* Seconds to go, -1 when not known. */
static double remaining_s(const struct vh_progress *p, int64_t now_ns)
{
    double per_second = rate(p, now_ns);
    return p->total && per_second > 0 ? (double)(p->total - p->done) / per_second : -1;
}

static void format_time(double s, char *text, size_t size)
{
    unsigned whole = s < 0 ? 0 : s > 3.6e6 ? 3600000 : (unsigned)(s + 0.5);
    snprintf(text, size, "%u:%02u:%02u", whole / 3600, whole / 60 % 60, whole % 60);
}

/* "42.3 %  1234/2917 pictures  87.5 fps  0:00:19 to go" */
static void describe(const struct vh_progress *p, int64_t now_ns, char *text, size_t size)
{
    char share[32] = "", of[32] = "", left[48] = "", time[24];
    double eta = remaining_s(p, now_ns);
    if (p->total) {
        snprintf(share, sizeof share, "%5.1f %%  ", 100.0 * (double)p->done / (double)p->total);
        snprintf(of, sizeof of, "/%" PRId64, p->total);
    }
    if (eta >= 0) {
        format_time(eta, time, sizeof time);
        snprintf(left, sizeof left, "  %s to go", time);
    }
    snprintf(text, size, "%s%" PRId64 "%s pictures  %.1f fps%s", share, p->done, of, rate(p, now_ns), left);
}

static int terminal_columns(FILE *file)
{
    struct winsize size;
    if (ioctl(fileno(file), TIOCGWINSZ, &size) || !size.ws_col)
        return 80;
    return size.ws_col;
}

static void erase_bar(struct vh_progress *p)
{
    if (p->bar_shown)
        fputs("\r\033[K", p->err);
    p->bar_shown = false;
}

static void show_bar(struct vh_progress *p, int64_t now_ns)
{
    enum { MAX_BAR = 40 };
    char text[160], bar[MAX_BAR + 1];
    describe(p, now_ns, text, sizeof text);
    int width = terminal_columns(p->err) - (int)strlen(text) - 5;
    width = width > MAX_BAR ? MAX_BAR : width;
    erase_bar(p);
    if (p->total && width >= 8) {
        int filled = (int)((double)p->done / (double)p->total * width);
        memset(bar, '-', (size_t)width);
        memset(bar, '#', (size_t)(filled < 0 ? 0 : filled > width ? width : filled));
        bar[width] = 0;
        fprintf(p->err, "[%s] ", bar);
    }
    fputs(text, p->err);
    fflush(p->err);
    p->bar_shown = true;
}

static void show_line(struct vh_progress *p, int64_t now_ns)
{
    char text[160];
    describe(p, now_ns, text, sizeof text);
    fprintf(p->err, "vhsup: %s\n", text);
    fflush(p->err);
    p->n_lines++;
}

static void show_json(struct vh_progress *p, int64_t now_ns)
{
    struct vh_json_writer w = {.out = &p->json};
    double eta = remaining_s(p, now_ns);
    vh_text_clear(&p->json);
    vh_json_write_open(&w, NULL, '{');
    vh_json_write_text(&w, "type", "progress");
    vh_json_write_int(&w, "frames_done", p->done);
    if (p->total) {
        vh_json_write_int(&w, "frames_total", p->total);
        vh_json_write_double(&w, "percent", 100.0 * (double)p->done / (double)p->total);
    } else {
        vh_json_write_null(&w, "frames_total");
        vh_json_write_null(&w, "percent");
    }
    vh_json_write_double(&w, "fps", rate(p, now_ns));
    if (eta >= 0)
        vh_json_write_double(&w, "eta_s", eta);
    else
        vh_json_write_null(&w, "eta_s");
    vh_json_write_close(&w);
    if (!p->json.failed)
        fprintf(p->out, "%s\n", p->json.data);
    fflush(p->out);
}

/* Lines due by now, without the last one, which belongs to the end. */
static int lines_due(const struct vh_progress *p)
{
    int due = 0;
    if (p->total >= VH_PROGRESS_MAX_LINES)
        due = (int)(p->done >= p->total ? VH_PROGRESS_MAX_LINES - 1
                                        : p->done * VH_PROGRESS_MAX_LINES / p->total);
    else if (!p->total)
        for (int64_t next = 100; next <= p->done; next *= 2)
            due++;
    return due < VH_PROGRESS_MAX_LINES - 1 ? due : VH_PROGRESS_MAX_LINES - 1;
}

static void show(struct vh_progress *p, int64_t now_ns, bool last)
{
    bool is_due = last || now_ns - p->shown_ns >= second_ns / 10;
    if (p->mode == VH_PROGRESS_AS_LINES) {
        /* A step may pass several marks at once; each has its line, so that their number does not depend on
         * speed. */
        for (int due = last ? p->n_lines + 1 : lines_due(p); p->n_lines < due;)
            show_line(p, now_ns);
        return;
    }
    if (p->mode == VH_PROGRESS_SILENT || !is_due)
        return;
    p->shown_ns = now_ns;
    if (p->mode == VH_PROGRESS_AS_BAR)
        show_bar(p, now_ns);
    else if (last || p->done > p->n_start)
        show_json(p, now_ns);
}

void vh_progress_step(struct vh_progress *p, int64_t done, int64_t total, int64_t now_ns)
{
    pthread_mutex_lock(&p->lock);
    if (!p->start_ns) {
        p->start_ns = now_ns;
        p->n_start = done;
        p->shown_ns = now_ns - second_ns;
    }
    p->done = done;
    p->total = total > 0 && total < done ? done : total;
    show(p, now_ns, false);
    pthread_mutex_unlock(&p->lock);
}

void vh_progress_finish(struct vh_progress *p, int64_t now_ns)
{
    pthread_mutex_lock(&p->lock);
    if (p->start_ns) {
        p->total = p->done;
        show(p, now_ns, true);
        if (p->bar_shown)
            fputc('\n', p->err);
        p->bar_shown = false;
    }
    p->start_ns = 0;
    pthread_mutex_unlock(&p->lock);
}

void vh_progress_abandon(struct vh_progress *p)
{
    pthread_mutex_lock(&p->lock);
    erase_bar(p);
    p->start_ns = 0;
    pthread_mutex_unlock(&p->lock);
}

/* What happens once or rarely: the plan's steps, edits in time, damage. */
static bool is_fact(const char *name)
{
    static const char *const kinds[] = {"plan.", "time.", "input.", "decode."};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strncmp(name, kinds[i], strlen(kinds[i])))
            return true;
    return false;
}

static void show_fact(struct vh_progress *p, const struct vh_event *event)
{
    struct vh_json_writer w = {.out = &p->json};
    vh_text_clear(&p->json);
    vh_json_write_open(&w, NULL, '{');
    vh_json_write_text(&w, "type", "event");
    vh_json_write_text(&w, "event", event->name);
    vh_json_write_text(&w, "node", event->node);
    if (event->time_us != INT64_MIN)
        vh_json_write_int(&w, "time_us", event->time_us);
    for (int i = 0; i < event->n_fields; i++) {
        const struct vh_event_field *f = &event->field[i];
        if (f->type == VH_EVENT_INT)
            vh_json_write_int(&w, f->name, f->i);
        else if (f->type == VH_EVENT_DOUBLE)
            vh_json_write_double(&w, f->name, f->d);
        else
            vh_json_write_text(&w, f->name, f->s);
    }
    vh_json_write_close(&w);
    if (!p->json.failed)
        fprintf(p->out, "%s\n", p->json.data);
    fflush(p->out);
}

void vh_progress_event(void *opaque, const struct vh_event *event)
{
    struct vh_progress *p = opaque;
    int64_t done = -1, total = 0;
    if (is_fact(event->name)) {
        pthread_mutex_lock(&p->lock);
        if (p->mode == VH_PROGRESS_AS_JSON)
            show_fact(p, event);
        pthread_mutex_unlock(&p->lock);
        return;
    }
    if (strcmp(event->name, "job.progress"))
        return;
    for (int i = 0; i < event->n_fields; i++) {
        if (!strcmp(event->field[i].name, "frames_done"))
            done = event->field[i].i;
        else if (!strcmp(event->field[i].name, "frames_total"))
            total = event->field[i].i;
    }
    if (done >= 0)
        vh_progress_step(opaque, done, total, vh_clock_ns());
}

void vh_progress_print_line(struct vh_progress *p, const char *line)
{
    pthread_mutex_lock(&p->lock);
    erase_bar(p);
    fprintf(p->err, "%s\n", line);
    fflush(p->err);
    pthread_mutex_unlock(&p->lock);
}
