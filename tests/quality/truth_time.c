/* Places on the tape against places found: each place of one list takes the nearest of the other. */
#include "truth_time.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PLACES = 256 };

struct places {
    double at[MAX_PLACES]; /* frames of the file */
    int n;
};

static void add(struct places *places, double at)
{
    if (places->n < MAX_PLACES)
        places->at[places->n++] = at;
}

/* Where a frame of the tape stands in the file. */
static double in_file(const struct vh_tape_truth *t, int64_t frame)
{
    int64_t at = frame;
    for (int i = 0; i < t->n_doubled; i++)
        at += t->doubled[i] < frame;
    for (int i = 0; i < t->n_lost; i++)
        at -= t->lost[i] < frame;
    return (double)at;
}

static double rate_of(const struct truth_time_tape *t)
{
    return av_q2d(t->truth->frame_rate);
}

/* ---- what is true */
static void t_doubled(struct places *p, const struct truth_time_tape *t)
{
    for (int i = 0; i < t->truth->n_doubled; i++)
        add(p, in_file(t->truth, t->truth->doubled[i]) + 1);
}

/* The motion across a loss is compared with that before and behind it, which takes two frames of the same
 * shot on either side: beside a cut there is none. */
static bool is_inside_shot(int64_t frame, int shot_frames)
{
    int64_t place = shot_frames > 0 ? frame % shot_frames : 0;
    return shot_frames <= 0 || (place >= 2 && place + 2 < shot_frames);
}

static void t_lost(struct places *p, const struct truth_time_tape *t)
{
    for (int i = 0; i < t->truth->n_lost; i++)
        if (is_inside_shot(t->truth->lost[i], t->shot_frames))
            add(p, in_file(t->truth, t->truth->lost[i]));
}

static void t_flip(struct places *p, const struct truth_time_tape *t)
{
    if (t->truth->options.flip_at > 0)
        add(p, t->truth->options.flip_at);
}

static void t_blank(struct places *p, const struct truth_time_tape *t)
{
    if (t->truth->options.blank == VH_TAPE_BLANK_NONE)
        return;
    add(p, t->truth->options.blank_at);
    add(p, t->truth->options.blank_at + t->truth->options.blank_frames);
}

/* Ends of recordings: of the tape, and where blank tape or a flip parts two. */
static void t_recordings(struct places *p, const struct truth_time_tape *t)
{
    add(p, 0);
    t_blank(p, t);
    for (int i = 0; i < 2 && t->truth->options.flip_at > 0; i++)
        add(p, t->truth->options.flip_at);
    add(p, (double)t->truth->n_captured);
}

/* ---- what was found */
static void take_sections(struct places *p, const struct truth_time_tape *t, const char *kind, bool both_ends)
{
    int n;
    const struct vh_section *s = vh_profile_sections(t->profile, &n);
    for (int i = 0; i < n; i++) {
        if (strcmp(s[i].kind, kind))
            continue;
        int count = !strcmp(kind, "drop") ? (int)s[i].value : 1;
        for (int k = 0; k < count; k++)
            add(p, s[i].start_s * rate_of(t));
        if (both_ends)
            add(p, s[i].end_s * rate_of(t));
    }
}

static void f_doubled(struct places *p, const struct truth_time_tape *t)
{
    take_sections(p, t, "duplicate", false);
}
static void f_lost(struct places *p, const struct truth_time_tape *t)
{
    take_sections(p, t, "drop", false);
}
static void f_flip(struct places *p, const struct truth_time_tape *t)
{
    take_sections(p, t, "order", false);
}
static void f_recordings(struct places *p, const struct truth_time_tape *t)
{
    take_sections(p, t, "recording", true);
}
static void f_blank(struct places *p, const struct truth_time_tape *t)
{
    static const char *const kind[] = {"black", "blue", "snow"};
    for (int i = 0; i < 3; i++)
        if (t->truth->options.blank == VH_TAPE_BLANK_NONE ||
            (int)t->truth->options.blank == VH_TAPE_BLANK_BLACK + i)
            take_sections(p, t, kind[i], true);
}

/* ---- what restore met: its events, one JSON object a line */
static double number_of(const char *line, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(line, key);
    return at ? atof(at + strlen(key)) : 0;
}

static void take_events(struct places *p, const struct truth_time_tape *t, const char *event)
{
    for (const char *at = t->events; at && (at = strstr(at, event)); at++) {
        const char *line = at;
        while (line > t->events && line[-1] != '\n')
            line--;
        for (double n = number_of(line, "n"); n > 0; n--)
            add(p, number_of(line, "number"));
    }
}

static void r_doubled(struct places *p, const struct truth_time_tape *t)
{
    take_events(p, t, "\"time.dropped\"");
    take_events(p, t, "\"time.left_copy\"");
    take_events(p, t, "\"time.more_sound\"");
}
static void r_lost(struct places *p, const struct truth_time_tape *t)
{
    take_events(p, t, "\"time.rebuilt\"");
    take_events(p, t, "\"time.repeated\"");
    take_events(p, t, "\"time.left_lost\"");
    take_events(p, t, "\"time.cut_sound\"");
}
static void r_flip(struct places *p, const struct truth_time_tape *t)
{
    take_events(p, t, "\"time.order\"");
}

static void r_blank(struct places *p, const struct truth_time_tape *t)
{
    static const char event[] = "\"time.section\"";
    for (const char *at = t->events; at && (at = strstr(at, event)); at++) {
        add(p, number_of(at, "time_us") * 1e-6 * rate_of(t));
        add(p, number_of(at, "end_us") * 1e-6 * rate_of(t));
    }
}

/* ---- rows */
struct row {
    const char *name;
    void (*truth)(struct places *p, const struct truth_time_tape *t);
    void (*found)(struct places *p, const struct truth_time_tape *t);
    double within; /* frames */
    double share;  /* of the places that have to be found, and of those found that have to be there */
    bool restored; /* asks restore's events, not the profile */
    const char *line;
};

static const struct row rows[] = {
    {"recordings", t_recordings, f_recordings, 10, 1, false, "within 10 frames"},
    {"blank stretches", t_blank, f_blank, 10, 1, false, "within 10 frames"},
    {"order flips", t_flip, f_flip, 6, 1, false, "within 12 fields"},
    {"doubled frames", t_doubled, f_doubled, 1, 0.9, false, "90 % within 1 frame"},
    {"lost frames", t_lost, f_lost, 2, 0.9, false, "90 % of those not beside a cut within 2 frames"},
    {"restore: flips", t_flip, r_flip, 6, 1, true, "within 12 fields"},
    {"restore: blank", t_blank, r_blank, 10, 1, true, "within 10 frames"},
    {"restore: doubled", t_doubled, r_doubled, 1, 0.9, true, "90 % within 1 frame"},
    {"restore: lost", t_lost, r_lost, 2, 0.9, true, "90 % of those not beside a cut within 2 frames"},
};

/* Takes places of `of` that have one of `in` within reach, each of which serves once; *worst is the largest
 * distance of those taken. */
static int match(const struct places *of, const struct places *in, double within, double *worst)
{
    bool used[MAX_PLACES] = {false};
    int count = 0;
    for (int i = 0; i < of->n; i++) {
        int best = -1;
        for (int k = 0; k < in->n; k++)
            if (!used[k] && fabs(in->at[k] - of->at[i]) <= within + 1e-6 &&
                (best < 0 || fabs(in->at[k] - of->at[i]) < fabs(in->at[best] - of->at[i])))
                best = k;
        if (best < 0)
            continue;
        used[best] = true;
        count++;
        *worst = fmax(*worst, fabs(in->at[best] - of->at[i]));
    }
    return count;
}

static void print_places(const char *title, const struct places *p)
{
    printf("    %s:", title);
    for (int i = 0; i < p->n; i++)
        printf(" %.1f", p->at[i]);
    printf("\n");
}

static bool report_row(const struct row *row, const struct truth_time_tape *tape, int n_tapes, bool details)
{
    int n = 0, hit = 0, found = 0;
    double worst = 0;
    for (int i = 0; i < n_tapes; i++) {
        struct places truth = {.n = 0}, seen = {.n = 0};
        if (row->restored && !tape[i].events)
            continue;
        row->truth(&truth, &tape[i]);
        row->found(&seen, &tape[i]);
        n += truth.n;
        found += seen.n;
        hit += match(&truth, &seen, row->within, &worst);
        if (details && truth.n + seen.n) {
            printf("  %s, %s\n", row->name, tape[i].name);
            print_places("truth", &truth);
            print_places("found", &seen);
        }
    }
    bool ok = hit >= row->share * n - 1e-9 && hit >= row->share * found - 1e-9;
    printf("%-18s %4d places, %3d found, %3d of them right, at most %.1f frames off  %-22s %s\n", row->name,
        n, found, hit, worst, row->line,
        n == 0 ? "-"
        : ok   ? "pass"
               : "FAIL");
    return ok;
}

int truth_time_report(const struct truth_time_tape *tape, int n, bool details)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && n > 0; i++)
        failed += !report_row(&rows[i], tape, n, details);
    return failed;
}
