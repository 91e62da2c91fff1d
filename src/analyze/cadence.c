/* Votes for the phase of repeated fields. */
#include "analyze/cadence.h"

#include "core/status.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A group votes when its smallest q is below this share of the mean of the others, and the others show
 * motion. */
#define REPEAT_RATIO 0.55
#define MIN_MOTION   1.0
/* Telecine: this share of the voting groups agree, over at least so many groups (30 fields). */
#define AGREEMENT  0.8
#define MIN_GROUPS 6

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

/* The phase starts anew behind a break, so each run counts its own strongest one. */
static void end_run(struct vh_cadence_track *track)
{
    int best = 0;
    for (int i = 0; i < 5; i++)
        best = track->phase[i] > best ? track->phase[i] : best;
    track->agreed += best;
    track->filled = 0;
    memset(track->phase, 0, sizeof track->phase);
}

void vh_cadence_finish(struct vh_cadence *cadence)
{
    end_run(&cadence->order[0]);
    end_run(&cadence->order[1]);
}

void vh_cadence_add(struct vh_cadence *cadence, const struct vh_frame_stats *stats, bool break_before)
{
    for (int order = 0; order < 2; order++) {
        struct vh_cadence_track *track = &cadence->order[order];
        if (break_before)
            end_run(track);
        if (stats->difference[0] < 0)
            continue;
        add_field(track, stats->difference[order]);
        add_field(track, stats->difference[1 - order]);
    }
}

static double agreement(const struct vh_cadence_track *track)
{
    return track->n_groups ? (double)track->agreed / track->n_groups : 0;
}

int vh_cadence_report(const struct vh_cadence *cadence, struct vh_profile *profile)
{
    int better = agreement(&cadence->order[1]) > agreement(&cadence->order[0]);
    const struct vh_cadence_track *track = &cadence->order[better];
    if (track->n_groups < MIN_GROUPS)
        return VH_OK;
    double share = agreement(track);
    bool film = share >= AGREEMENT;
    struct vh_measurement m = {.value = film ? 1 : 0, .n = track->n_groups};
    m.confidence = film ? share * (1 - 1.0 / track->n_groups) : 1 - share;
    snprintf(m.evidence, sizeof m.evidence, "%.0f %% of %d moving groups of five fields repeat at one phase",
        100 * share, track->n_groups);
    int status = vh_profile_set(profile, "scan.cadence", &m);
    if (status != VH_OK || !film)
        return status;
    m.value = 2; /* telecined */
    return vh_profile_set(profile, "scan.type", &m);
}
