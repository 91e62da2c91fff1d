/* The truth table of the detectors: what `vhsup analyze` says of made tapes against what is on them.
 *
 *   truth_table list SET [FILTER]          names of the cases whose name holds FILTER
 *   truth_table faults SET NAME            options for `vhsup simulate`
 *   truth_table scene SET NAME             the clean clip as YUV4MPEG2 on standard output
 *   truth_table report SET FOLDER [FILTER [DETECTOR]]
 *
 * FOLDER holds NAME.truth.json and NAME.profile.json of each case. truth_table.sh makes them and calls this.
 * The report exits with 1 when a line fails.
 */
#include "core/memory.h"
#include "core/status.h"
#include "profile/profile.h"
#include "simulate/tape_truth.h"
#include "truth_cases.h"
#include "truth_time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TAPES = 128, MAX_RESULTS = 128 };

struct tape {
    struct truth_case how;
    struct vh_tape_truth truth;
    struct vh_profile *profile;
    char *events; /* what restore printed, where it was run */
};

/* What a detector should have said. */
struct expectation {
    bool there;   /* the fault is on this tape: the value counts */
    bool absent;  /* the fault is not: saying it is there is a false alarm */
    double value; /* in the key's unit */
};

struct detector {
    const char *name, *key;
    void (*expect)(struct expectation *e, const struct tape *t);
    double (*error)(double truth, double found); /* 1 = at the edge of the line */
    double share;     /* of the tapes whose error is at most 1 that the line wants; 0 = no line, only shown */
    double median;    /* largest median error in units of the line; 0 = none */
    const char *line; /* in words */
};

static double e_same(double truth, double found)
{
    return truth == found ? 0 : 2;
}
static double e_sigma(double truth, double found)
{
    return fabs(found - truth) / fmax(0.15 * truth, 0.3);
}
static double e_px(double truth, double found)
{
    return fabs(found - truth);
}
static double e_third(double truth, double found)
{
    return fabs(found - truth) / 0.3;
}
static double e_20(double truth, double found)
{
    return fabs(found - truth) / (0.2 * truth);
}
static double e_factor(double truth, double found)
{
    return found > 0 ? fabs(log(found / truth)) / log(1.5) : 9;
}
static double e_2(double truth, double found)
{
    return fabs(found - truth) / 2;
}

/* ---- what is true */
static bool moves(const struct tape *t)
{
    return t->how.scan != TRUTH_STILL;
}

static void x_order(struct expectation *e, const struct tape *t)
{
    e->there = moves(t) && t->how.scan != TRUTH_PROGRESSIVE;
    e->value = t->truth.order == VH_FIELDS_BFF;
}

static void x_type(struct expectation *e, const struct tape *t)
{
    static const double type[] = {[TRUTH_INTERLACED] = 0,
        [TRUTH_PROGRESSIVE] = 1,
        [TRUTH_SHIFTED] = 2,
        [TRUTH_FILM] = 2,
        [TRUTH_MIXED] = 3};
    e->there = moves(t);
    e->value = e->there ? type[t->how.scan] : 0;
}

static void x_cadence(struct expectation *e, const struct tape *t)
{
    static const double cadence[] = {[TRUTH_INTERLACED] = 0,
        [TRUTH_PROGRESSIVE] = 0, /* 2:2 in phase is plain progressive */
        [TRUTH_SHIFTED] = 2,
        [TRUTH_FILM] = 1,
        [TRUTH_MIXED] = 3};
    e->there = moves(t);
    e->value = e->there ? cadence[t->how.scan] : 0;
}

static void x_sigma(struct expectation *e, const struct tape *t)
{
    e->there = moves(t);
    e->value = t->truth.options.noise;
    e->absent = e->value == 0;
}

static void x_chroma_sigma(struct expectation *e, const struct tape *t)
{
    e->value = t->truth.options.chroma_noise;
    e->there = moves(t) && t->truth.options.hue_noise == 0;
    e->absent = e->there && e->value == 0;
}

static void x_delay_x(struct expectation *e, const struct tape *t)
{
    e->value = t->truth.options.chroma_delay_x;
    e->there = fabs(e->value) >= 2;
    e->absent = e->value == 0;
}

static void x_delay_y(struct expectation *e, const struct tape *t)
{
    e->value = t->truth.options.chroma_delay_y;
    e->there = e->value >= 0.5;
    e->absent = e->value == 0;
}

static void x_head(struct expectation *e, const struct tape *t)
{
    e->value = t->truth.options.head_switch;
    e->there = e->value > 0;
    e->absent = !e->there;
}

static void x_head_top(struct expectation *e, const struct tape *t)
{
    e->there = t->truth.options.head_switch > 0;
    e->value = t->truth.switch_line[0];
}

/* rms of s[j] - (s[j-1] + s[j+1]) / 2, brought to white jitter's own: what the key is defined as. */
static void x_jitter(struct expectation *e, const struct tape *t)
{
    double rho = t->truth.options.jitter_correlation;
    e->value = t->truth.options.jitter * sqrt((1.5 - 2 * rho + 0.5 * rho * rho) / 1.5);
    e->there = e->value >= 0.15;
    e->absent = t->truth.options.jitter == 0 && t->truth.options.tracking == 0;
}

static void x_dropouts(struct expectation *e, const struct tape *t)
{
    e->value = t->truth.n_frames > 0 ? (double)t->truth.n_dropouts / (2.0 * (double)t->truth.n_frames) : 0;
    e->there = e->value > 0.1;
    e->absent = t->truth.options.dropouts == 0 && t->truth.options.tracking == 0;
}

/* A luma code behind gain and setup; the scenes hold black at 16 and white at 235. */
static double on_tape(const struct tape *t, double code)
{
    double pedestal = t->truth.options.setup * 2.19, gain = t->truth.options.video_gain;
    return 16 + pedestal + (code - 16) * gain * (219 - pedestal) / 219;
}

static bool has_levels(const struct tape *t)
{
    return t->how.scene.kind != MADE_DEMO;
}

static void x_black(struct expectation *e, const struct tape *t)
{
    e->there = has_levels(t);
    e->value = on_tape(t, 16);
    e->absent = t->truth.options.setup == 0;
}

static void x_white(struct expectation *e, const struct tape *t)
{
    e->there = has_levels(t);
    e->value = fmin(254, on_tape(t, 235));
    e->absent = t->truth.options.video_gain == 1;
}

static void x_setup(struct expectation *e, const struct tape *t)
{
    e->there = has_levels(t) && !t->how.pal;
    e->value = t->truth.options.setup > 0;
}

static void x_flicker(struct expectation *e, const struct tape *t)
{
    e->value = 100 * t->truth.options.flicker;
    e->there = e->value >= 0.8;
    e->absent = e->value == 0;
}

static void x_luma_band(struct expectation *e, const struct tape *t)
{
    e->value = t->truth.options.luma_bandwidth;
    e->there = e->value > 0;
}

static void x_chroma_band(struct expectation *e, const struct tape *t)
{
    e->value = t->truth.options.chroma_bandwidth;
    e->there = e->value > 0;
}

static void x_speed(struct expectation *e, const struct tape *t)
{
    double band = t->truth.options.luma_bandwidth;
    e->there = band > 0;
    e->value = band > 2.7 ? 0 : band > 2.1 ? 1 : 2;
}

static void x_standard(struct expectation *e, const struct tape *t)
{
    e->there = true;
    e->value = t->how.pal;
}

static void x_flagging(struct expectation *e, const struct tape *t)
{
    e->value = t->truth.options.flagging;
    e->there = e->value > 0 && t->truth.options.blanking > 0; /* only line ends show it */
    e->absent = e->value == 0;
}

static void x_tracking(struct expectation *e, const struct tape *t)
{
    e->absent = t->truth.options.tracking == 0;
}

static void x_halo(struct expectation *e, const struct tape *t)
{
    e->absent = t->truth.options.halo == 0 && t->truth.options.luma_bandwidth == 0;
}

static void x_crawl(struct expectation *e, const struct tape *t)
{
    (void)t;
    e->absent = true; /* on none of the tapes */
}

static const struct detector detectors[] = {
    {"field order", "scan.order", x_order, e_same, 1, 0, "100 %"},
    {"scan type", "scan.type", x_type, e_same, 0.95, 0, ">= 95 %"},
    {"cadence", "scan.cadence", x_cadence, e_same, 0.95, 0, ">= 95 %"},
    {"sigma luma", "noise.luma", x_sigma, e_sigma, 0.95, 0, "within 15 % or .3 on 95 %"},
    {"sigma chroma", "noise.chroma", x_chroma_sigma, e_sigma, 0.95, 0, "within 15 % or .3 on 95 %"},
    {"chroma delay x", "chroma.delay_x", x_delay_x, e_px, 0.9, 0.5, "median .5 px, 90 % within 1"},
    {"chroma delay y", "chroma.delay_y", x_delay_y, e_third, 0.9, 0, "90 % within .3 field lines"},
    {"head switch lines", "headswitch.lines", x_head, e_px, 0.95, 0, "95 % within 1 line"},
    {"head switch start", "headswitch.start", x_head_top, e_px, 0.95, 0, "95 % within 1 line"},
    {"jitter", "jitter.rms", x_jitter, e_20, 0.95, 0, "within 20 % on 95 %"},
    {"dropouts", "dropout.rate", x_dropouts, e_factor, 0.95, 0, "factor 1.5 on 95 %"},
    {"black", "level.black", x_black, e_2, 0.95, 0, "within 2 codes on 95 %"},
    {"white", "level.white", x_white, e_2, 0.95, 0, "within 2 codes on 95 %"},
    {"setup", "level.setup", x_setup, e_same, 0.95, 0, "95 %"},
    {"flicker", "flicker", x_flicker, e_20, 0, 0, "(20 %)"},
    {"luma corner", "response.corner", x_luma_band, e_20, 0, 0, "(20 %)"},
    {"chroma corner", "response.chroma_corner", x_chroma_band, e_20, 0, 0, "(20 %)"},
    {"tape speed", "tape.speed", x_speed, e_same, 0, 0, "(a guess)"},
    {"standard", "standard", x_standard, e_same, 1, 0, "100 %"},
    {"flagging", "flagging", x_flagging, e_20, 0, 0, "(20 %)"},
    {"tracking", "tracking.bands", x_tracking, e_px, 0, 0, "(alarms)"},
    {"halo", "halo.overshoot", x_halo, e_px, 0, 0, "(alarms)"},
    {"clipped white", "level.clipped_white", x_crawl, e_px, 0, 0, "(alarms)"},
    {"clipped black", "level.clipped_black", x_crawl, e_px, 0, 0, "(alarms)"},
    {"dot crawl", "dotcrawl.level", x_crawl, e_px, 0, 0, "(alarms)"},
    {"rainbow", "rainbow.level", x_crawl, e_px, 0, 0, "(alarms)"},
};
enum { N_DETECTORS = sizeof detectors / sizeof *detectors };

/* ---- reading */
static char *read_text(const char *path)
{
    enum { LIMIT = 64 << 20 };
    FILE *file = fopen(path, "rb");
    char *text = file ? malloc(LIMIT) : NULL;
    size_t n = text ? fread(text, 1, LIMIT - 1, file) : 0;
    if (file)
        fclose(file);
    if (text)
        text[n] = 0;
    return text;
}

static bool read_tape(struct tape *t, const char *folder)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.truth.json", folder, t->how.name);
    char *truth = read_text(path);
    snprintf(path, sizeof path, "%s/%s.profile.json", folder, t->how.name);
    char *profile = read_text(path);
    snprintf(path, sizeof path, "%s/%s.restore.json", folder, t->how.name);
    t->events = t->how.time ? read_text(path) : NULL;
    bool ok = truth && profile && vh_tape_truth_parse(&t->truth, truth, t->how.name, NULL) == VH_OK &&
              vh_profile_create(&t->profile) == VH_OK &&
              vh_profile_parse_json(t->profile, profile, path, NULL) == VH_OK;
    free(truth);
    free(profile);
    return ok;
}

/* ---- the table */
struct result {
    int n, known,
        within; /* tapes with the fault; of these with confidence enough; of these inside the line */
    int absent, alarms, clean,
        clean_sure; /* tapes without; of these called defective; clean ones; surely so */
    double error[MAX_RESULTS], confidence;
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* A line of the table holds when enough of what the detector is sure of is right. "Unsure" is an honest
 * answer where the tape cannot tell, but a detector that says it of every second tape is none. */
static bool holds(const struct detector *d, struct result *r, double *median)
{
    qsort(r->error, (size_t)r->known, sizeof *r->error, by_value);
    *median = r->known ? r->error[r->known / 2] : 0;
    return r->n == 0 || (r->within >= d->share * r->known - 1e-9 && 2 * r->known >= r->n &&
                            (d->median == 0 || *median <= d->median));
}

static void add(struct result *r, const struct detector *d, const struct tape *t, bool details)
{
    struct expectation e = {.there = false};
    double unused;
    const struct vh_measurement *m = vh_profile_get(t->profile, d->key);
    bool known = vh_profile_known(t->profile, d->key, &unused);
    bool alarm = vh_profile_defect(t->profile, d->key, &unused);
    d->expect(&e, t);
    if (e.absent) {
        r->absent++;
        r->alarms += alarm;
        r->clean += t->how.clean;
        r->clean_sure += t->how.clean && alarm && m->confidence >= 0.85;
    }
    double error = m ? d->error(e.value, m->value) : 9;
    if (e.there && r->n < MAX_RESULTS) {
        r->n++;
        if (known)
            r->error[r->known++] = error;
        r->within += known && error <= 1;
        r->confidence += m ? m->confidence : 0;
    }
    if (details && (e.there || (e.absent && alarm)))
        printf("  %-34s truth %8.3f found %8.3f sure %.2f%s%s  %s\n", t->how.name, e.value,
            m ? m->value : NAN, m ? m->confidence : 0,
            e.there && error > 1 ? known ? " WRONG" : " unsure" : "", e.absent && alarm ? " ALARM" : "",
            m ? m->evidence : "not measured");
}

static bool print_row(const struct detector *d, const struct tape *tape, int n, bool details)
{
    struct result r = {.n = 0};
    double median;
    if (details)
        printf("%s (%s)\n", d->name, d->key);
    for (int i = 0; i < n; i++)
        if (!tape[i].how.time)
            add(&r, d, &tape[i], details);
    bool ok = holds(d, &r, &median);
    bool quiet = r.clean_sure == 0;
    printf("%-18s %4d %5.0f%% %6.2f %6.2f %5.0f%% %5.2f  %3d/%-3d %3d/%-3d  %-28s %s\n", d->name, r.n,
        r.known ? 100.0 * r.within / r.known : 100, median, r.known ? r.error[r.known - 1] : 0,
        r.n ? 100.0 * r.known / r.n : 100, r.n ? r.confidence / r.n : 0, r.alarms, r.absent, r.clean_sure,
        r.clean, d->line,
        !quiet          ? "FAIL (clean tapes)"
        : d->share == 0 ? "-"
        : ok            ? "pass"
                        : "FAIL");
    return quiet && (d->share == 0 || ok);
}

static int report_time(const struct tape *tape, int n, const char *only)
{
    static struct truth_time_tape list[MAX_TAPES];
    int m = 0;
    for (int i = 0; i < n; i++)
        if (tape[i].how.time)
            list[m++] = (struct truth_time_tape){.name = tape[i].how.name,
                .truth = &tape[i].truth,
                .profile = tape[i].profile,
                .shot_frames = tape[i].how.scene.shot_fields / 2,
                .events = tape[i].events};
    return only && strcmp(only, "time") ? 0 : truth_time_report(list, m, only != NULL);
}

static int report(int set, const char *folder, const char *filter, const char *only)
{
    static struct tape tape[MAX_TAPES];
    struct truth_case c;
    int n = 0, failed = 0, missing = 0;
    for (int i = 0; n < MAX_TAPES && truth_case_get(&c, set, i); i++) {
        tape[n].how = c;
        if (filter && !strstr(c.name, filter))
            continue;
        if (read_tape(&tape[n], folder))
            n++;
        else
            missing += fprintf(stderr, "%s: not there\n", c.name) > 0;
    }
    printf("%d made tapes of set %d; found = known with the key's confidence; within, median, worst: of "
           "these, errors in "
           "units of the line;\nalarms on tapes without the fault; clean = reported with 0.85 or more on "
           "clean tapes\n\n",
        n, set);
    printf("%-18s %4s %6s %6s %6s %6s %5s  %-7s %-7s  %s\n", "detector", "n", "within", "median", "worst",
        "found", "sure", "alarms", "clean", "line");
    for (int i = 0; i < N_DETECTORS; i++)
        if (!only || strstr(detectors[i].key, only) || strstr(detectors[i].name, only))
            failed += !print_row(&detectors[i], tape, n, only != NULL);
    failed += report_time(tape, n, only);
    printf("\n%d of the lines fail\n", failed);
    for (int i = 0; i < n; i++) {
        free(tape[i].events);
        vh_tape_truth_uninit(&tape[i].truth);
        vh_profile_destroy(&tape[i].profile);
    }
    return failed || missing;
}

static bool find(struct truth_case *c, int set, const char *name)
{
    for (int i = 0; truth_case_get(c, set, i); i++)
        if (!strcmp(c->name, name))
            return true;
    fprintf(stderr, "set %d has no case %s\n", set, name);
    return false;
}

static int list(int set, const char *filter)
{
    struct truth_case c;
    for (int i = 0; truth_case_get(&c, set, i); i++)
        if (!filter || strstr(c.name, filter))
            printf("%s\n", c.name);
    return 0;
}

int main(int argc, char **argv)
{
    struct truth_case c;
    const char *command = argc > 2 ? argv[1] : "", *third = argc > 3 ? argv[3] : NULL;
    int set = argc > 2 ? atoi(argv[2]) : 0;
    if (!strcmp(command, "list"))
        return list(set, third);
    if (!strcmp(command, "report") && third)
        return report(set, third, argc > 4 ? argv[4] : NULL, argc > 5 ? argv[5] : NULL);
    if (!strcmp(command, "faults") && third && find(&c, set, third))
        return printf("%s\n", c.faults) < 0;
    if (!strcmp(command, "scene") && third && find(&c, set, third))
        return !truth_case_write(&c, stdout);
    fprintf(stderr, "usage: truth_table list|faults|scene|report SET ...\n");
    return 2;
}
