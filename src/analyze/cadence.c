/* Rhythm of repeated fields and votes of frame pairs, collected per stretch of tape. */
#include "analyze/cadence.h"

#include "core/status.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STRETCH = 15 }; /* frames: six groups of five fields */

/* A group votes when its smallest q is below this share of the mean of the others (noise of sigma 7 lifts a
 * repeat to two thirds of what ordinary motion gives), and the others show motion. */
#define REPEAT_RATIO 0.85
#define MIN_MOTION   1.0
/* 3:2: this share of the groups agree, over at least so many. */
#define AGREEMENT  0.75
#define MIN_GROUPS 4
/* Of the votes of a stretch: so many for progressive or shifted; at most so many for interlaced in film. */
#define PROGRESSIVE_SHARE 0.9
#define SHIFTED_SHARE     0.7
#define FILM_INTERLACED   0.4
/* Of the stretches: the tape's kind, and a second kind that makes it mixed. */
#define MAIN_SHARE  0.85
#define MIXED_SHARE 0.2
/* Of all votes: at most so many may say interlaced on a progressive tape. */
#define STRAY_SHARE 0.05

static void end_group(struct vh_cadence_track *track)
{
    int best = 0;
    double sum = 0;
    for (int i = 0; i < 5; i++) {
        sum += track->group[i];
        if (track->group[i] < track->group[best])
            best = i;
    }
    double others = (sum - track->group[best]) / 4;
    track->filled = 0;
    if (others < MIN_MOTION)
        return;
    track->n_groups++;
    if (track->group[best] < REPEAT_RATIO * others)
        track->phase[best]++;
}

static void add_field(struct vh_cadence_track *track, double q)
{
    track->group[track->filled++] = q;
    if (track->filled == 5)
        end_group(track);
}

static bool has_rhythm(const struct vh_cadence_track *track)
{
    int best = 0;
    for (int i = 0; i < 5; i++)
        best = track->phase[i] > best ? track->phase[i] : best;
    return best >= MIN_GROUPS && best >= AGREEMENT * track->n_groups;
}

/* Which kind the stretch is; VH_CADENCE_KINDS when it does not say. */
static enum vh_cadence_kind kind_of(const struct vh_cadence *c)
{
    int whole = c->votes[VH_SCAN_PROGRESSIVE], shifted = c->votes[VH_SCAN_SHIFTED];
    int interlaced = c->votes[VH_SCAN_TFF] + c->votes[VH_SCAN_BFF], n = whole + shifted + interlaced;
    if (!n)
        return VH_CADENCE_KINDS;
    if (interlaced <= FILM_INTERLACED * n && shifted &&
        (has_rhythm(&c->order[0]) || has_rhythm(&c->order[1])))
        return VH_CADENCE_FILM;
    if (whole >= PROGRESSIVE_SHARE * n)
        return VH_CADENCE_PROGRESSIVE;
    if (shifted >= SHIFTED_SHARE * n)
        return VH_CADENCE_SHIFTED;
    /* whole pictures of both kinds without the rhythm: film that stands still in between */
    return 2 * interlaced >= n ? VH_CADENCE_INTERLACED : VH_CADENCE_KINDS;
}

static void end_stretch(struct vh_cadence *c)
{
    enum vh_cadence_kind kind = kind_of(c);
    if (kind < VH_CADENCE_KINDS)
        c->stretches[kind]++;
    for (int i = 0; i < VH_SCAN_VOTES; i++)
        c->all_votes[i] += c->votes[i];
    memset(c->order, 0, sizeof c->order);
    memset(c->votes, 0, sizeof c->votes);
    c->n_frames = 0;
}

void vh_cadence_finish(struct vh_cadence *cadence)
{
    end_stretch(cadence);
}

void vh_cadence_add(
    struct vh_cadence *cadence, const struct vh_frame_stats *stats, enum vh_scan_vote vote, bool break_before)
{
    if (break_before || cadence->n_frames == STRETCH)
        end_stretch(cadence);
    if (stats->difference[0] < 0)
        return;
    cadence->n_frames++;
    cadence->votes[vote]++;
    for (int order = 0; order < 2; order++) {
        add_field(&cadence->order[order], stats->difference[order]);
        add_field(&cadence->order[order], stats->difference[1 - order]);
    }
}

/* What all stretches together are. */
struct verdict {
    enum vh_cadence_kind kind;
    bool mixed; /* with `second` */
    bool film_in_it;
    int n, winners; /* stretches */
};

static struct verdict judge(const struct vh_cadence *c)
{
    struct verdict v = {.kind = VH_CADENCE_INTERLACED};
    int second = 0;
    for (int i = 0; i < VH_CADENCE_KINDS; i++) {
        v.n += c->stretches[i];
        if (c->stretches[i] > c->stretches[v.kind])
            v.kind = (enum vh_cadence_kind)i;
    }
    for (int i = 0; i < VH_CADENCE_KINDS; i++)
        if (i != (int)v.kind && c->stretches[i] > second)
            second = c->stretches[i];
    v.winners = c->stretches[v.kind];
    v.mixed = v.winners < MAIN_SHARE * v.n && second >= MIXED_SHARE * v.n;
    v.film_in_it = c->stretches[VH_CADENCE_FILM] + c->stretches[VH_CADENCE_SHIFTED] >= MIXED_SHARE * v.n;
    const int *votes = c->all_votes;
    int interlaced = votes[VH_SCAN_TFF] + votes[VH_SCAN_BFF],
        n = interlaced + votes[VH_SCAN_PROGRESSIVE] + votes[VH_SCAN_SHIFTED];
    if (v.kind == VH_CADENCE_PROGRESSIVE && interlaced > STRAY_SHARE * n)
        v.mixed = true;
    return v;
}

int vh_cadence_report(const struct vh_cadence *cadence, struct vh_profile *profile)
{
    enum { INTERLACED, PROGRESSIVE, TELECINED, MIXED };
    enum { NONE, CADENCE_32, CADENCE_22, CADENCE_MIXED };
    static const int type_of[] = {INTERLACED, PROGRESSIVE, TELECINED, TELECINED};
    static const int cadence_of[] = {NONE, NONE, CADENCE_22, CADENCE_32};
    const int *n = cadence->stretches, *votes = cadence->all_votes;
    struct verdict v = judge(cadence);
    if (!v.n)
        return VH_OK;
    int moving =
        votes[VH_SCAN_TFF] + votes[VH_SCAN_BFF] + votes[VH_SCAN_PROGRESSIVE] + votes[VH_SCAN_SHIFTED];
    struct vh_measurement m = {.value = v.mixed ? MIXED : type_of[v.kind], .n = moving};
    /* One vote proves little (0.67), eight much (0.94). */
    m.confidence = (v.mixed ? 1 : (double)v.winners / v.n) * (1 - 1.0 / (1 + 2.0 * moving));
    snprintf(m.evidence, sizeof m.evidence,
        "stretches of half a second: %d interlaced, %d progressive, %d shifted by a field, %d with 3:2 "
        "repeats",
        n[VH_CADENCE_INTERLACED], n[VH_CADENCE_PROGRESSIVE], n[VH_CADENCE_SHIFTED], n[VH_CADENCE_FILM]);
    int status = vh_profile_set(profile, "scan.type", &m);
    m.value = !v.mixed ? cadence_of[v.kind] : v.film_in_it ? CADENCE_MIXED : NONE;
    return status == VH_OK ? vh_profile_set(profile, "scan.cadence", &m) : status;
}
