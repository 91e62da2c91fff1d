/* Classification of frames and merging of runs. */
#include "analyze/sections.h"

#include "core/status.h"

#include <math.h>
#include <stdio.h>

/* Black: limited-range black is 16; a tape's black with setup and noise stays below 24 at the 95th percentile
 * only when nothing is shown (D12). */
#define BLACK_CODE  24.0
#define BLACK_SIGMA 3.0
/* Blue: recorders' mute colour is a generated flat field; tape noise does not touch it. */
#define FLAT_SIGMA  2.0
#define BLUE_CHROMA 40.0
/* Snow: untuned or unrecorded tape. Real pictures correlate above 0.6 between field lines even on worn tapes.
 */
#define SNOW_SIGMA       20.0
#define SNOW_CORRELATION 0.2
#define FREEZE_SHARE     0.995
#define MIN_RUN_S        0.5

enum vh_section_kind vh_section_classify(const struct vh_frame_stats *stats)
{
    if (!stats->n)
        return VH_SECTION_PROGRAMME;
    double flat = fmax(stats->sigma[0], fmax(stats->sigma[1], stats->sigma[2]));
    double colour = fmax(fabs(stats->mean[1] - 128), fabs(stats->mean[2] - 128));
    if (flat < FLAT_SIGMA && colour > BLUE_CHROMA)
        return VH_SECTION_BLUE;
    if (vh_frame_stats_percentile(stats->histogram, 0.95) < BLACK_CODE && stats->sigma[0] < BLACK_SIGMA)
        return VH_SECTION_BLACK;
    if (stats->sigma[0] > SNOW_SIGMA && fabs(stats->vertical_correlation) < SNOW_CORRELATION &&
        (stats->difference[0] < 0 || stats->difference[0] > stats->sigma[0] / 2))
        return VH_SECTION_SNOW;
    if (stats->duplicate_share > FREEZE_SHARE)
        return VH_SECTION_FREEZE;
    return VH_SECTION_PROGRAMME;
}

static int close_run(struct vh_sections *sections, struct vh_profile *profile)
{
    static const char *const name[] = {"", "black", "blue", "snow", "freeze"};
    double end = sections->last_s + sections->frame_s;
    if (!sections->open || sections->kind == VH_SECTION_PROGRAMME || end - sections->start_s < MIN_RUN_S)
        return VH_OK;
    struct vh_section section = {.start_s = sections->start_s, .end_s = end, .confidence = 0.95};
    snprintf(section.kind, sizeof section.kind, "%s", name[sections->kind]);
    return vh_profile_add_section(profile, &section);
}

int vh_sections_add(struct vh_sections *sections, const struct vh_frame_stats *stats, double time_s,
    bool break_before, struct vh_profile *profile)
{
    enum vh_section_kind kind = vh_section_classify(stats);
    int status = VH_OK;
    sections->n_frames++;
    sections->n_blank += kind != VH_SECTION_PROGRAMME;
    if (!sections->open || break_before || kind != sections->kind) {
        status = close_run(sections, profile);
        sections->open = true;
        sections->kind = kind;
        sections->start_s = time_s;
    } else if (time_s > sections->last_s) {
        sections->frame_s = time_s - sections->last_s;
    }
    sections->last_s = time_s;
    return status;
}

int vh_sections_finish(struct vh_sections *sections, struct vh_profile *profile)
{
    int status = close_run(sections, profile);
    sections->open = false;
    return status;
}
