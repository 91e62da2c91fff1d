/* Separators in order, and what lies between them. */
#include "analyze/recordings.h"

#include "core/status.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool separates(const struct vh_section *s)
{
    double length = s->end_s - s->start_s;
    if (!strcmp(s->kind, "snow") || !strcmp(s->kind, "blue"))
        return true;
    if (!strcmp(s->kind, "black"))
        return length >= VH_RECORDING_BLACK_S;
    return !strcmp(s->kind, "order");
}

static int add(struct vh_profile *profile, double start_s, double end_s, int *n)
{
    struct vh_section section = {
        .kind = "recording", .start_s = start_s, .end_s = end_s, .value = *n + 1, .confidence = 0.9};
    if (end_s - start_s < VH_RECORDING_LEAST_S)
        return VH_OK;
    ++*n;
    return vh_profile_add_section(profile, &section);
}

int vh_recordings_find(struct vh_profile *profile, double start_s, double end_s, int *n)
{
    int status = VH_OK, n_sections;
    double from = start_s;
    *n = 0;
    vh_profile_remove_sections(profile, "recording");
    /* Adding moves the list: the search starts anew behind the last separator. */
    for (bool more = true; more && status == VH_OK;) {
        const struct vh_section *s = vh_profile_sections(profile, &n_sections), *next = NULL;
        for (int i = 0; i < n_sections && !next; i++)
            if (s[i].start_s >= from - 1e-9 && s[i].end_s > start_s && separates(&s[i]) &&
                (s[i].end_s > from + 1e-9 || s[i].start_s > from + 1e-9))
                next = &s[i];
        more = next != NULL;
        double to = next ? next->start_s : end_s, behind = next ? next->end_s : end_s;
        status = add(profile, from, to, n);
        from = behind;
    }
    return status;
}

const struct vh_section *vh_recording_get(const struct vh_profile *profile, int i)
{
    int n;
    const struct vh_section *s = vh_profile_sections(profile, &n);
    for (int k = 0; k < n; k++)
        if (!strcmp(s[k].kind, "recording") && i-- == 0)
            return &s[k];
    return NULL;
}
