/* The defect profile: one slot per key of the table, and a sorted list of sections. */
#include "profile/profile.h"

#include "core/memory.h"
#include "core/status.h"
#include "core/text.h"
#include "option/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vh_profile {
    struct vh_measurement *value; /* one per key of the table */
    bool *present;
    struct vh_section *section; /* sorted by start, then end */
    int n_sections, capacity;
};

int vh_profile_create(struct vh_profile **profile)
{
    int n;
    vh_profile_keys(&n);
    struct vh_profile *p = *profile = vh_alloc(1, sizeof *p);
    if (!p)
        return VH_ERR_RESOURCE;
    p->value = vh_alloc((size_t)n, sizeof *p->value);
    p->present = vh_alloc((size_t)n, sizeof *p->present);
    if (!p->value || !p->present) {
        vh_profile_destroy(profile);
        return VH_ERR_RESOURCE;
    }
    return VH_OK;
}

void vh_profile_destroy(struct vh_profile **profile)
{
    if (!profile || !*profile)
        return;
    vh_free((*profile)->value);
    vh_free((*profile)->present);
    vh_free((*profile)->section);
    vh_freep(profile);
}

/* Room for n sections. */
static int reserve(struct vh_profile *p, int n)
{
    if (n <= p->capacity)
        return VH_OK;
    int capacity = n > 2 * p->capacity ? n : 2 * p->capacity;
    struct vh_section *section = vh_alloc((size_t)capacity, sizeof *section);
    if (!section)
        return VH_ERR_RESOURCE;
    if (p->n_sections)
        memcpy(section, p->section, (size_t)p->n_sections * sizeof *section);
    vh_free(p->section);
    p->section = section;
    p->capacity = capacity;
    return VH_OK;
}

int vh_profile_copy(struct vh_profile *to, const struct vh_profile *from)
{
    int n;
    vh_profile_keys(&n);
    if (to == from)
        return VH_OK;
    if (reserve(to, from->n_sections) < 0)
        return VH_ERR_RESOURCE;
    memcpy(to->value, from->value, (size_t)n * sizeof *to->value);
    memcpy(to->present, from->present, (size_t)n * sizeof *to->present);
    if (from->n_sections)
        memcpy(to->section, from->section, (size_t)from->n_sections * sizeof *to->section);
    to->n_sections = from->n_sections;
    return VH_OK;
}

static int index_of(const struct vh_profile_key *key)
{
    int n;
    return (int)(key - vh_profile_keys(&n));
}

static bool is_choice(const struct vh_profile_key *key, double value)
{
    int n = 0;
    while (key->names[n])
        n++;
    return value >= 0 && value < n && value == floor(value);
}

int vh_profile_set(struct vh_profile *profile, const char *key, const struct vh_measurement *m)
{
    const struct vh_profile_key *row = vh_profile_find_key(key);
    if (!row || !isfinite(m->value) || !isfinite(m->spread) || !(m->confidence >= 0 && m->confidence <= 1))
        return VH_ERR_INTERNAL;
    if (row->names && !is_choice(row, m->value))
        return VH_ERR_INTERNAL;
    int i = index_of(row);
    if (profile->present[i] && profile->value[i].by_hand && !m->by_hand)
        return VH_OK;
    profile->value[i] = *m;
    profile->value[i].evidence[sizeof m->evidence - 1] = 0;
    profile->present[i] = true;
    return VH_OK;
}

const struct vh_measurement *vh_profile_get(const struct vh_profile *profile, const char *key)
{
    const struct vh_profile_key *row = vh_profile_find_key(key);
    return row && profile->present[index_of(row)] ? &profile->value[index_of(row)] : NULL;
}

bool vh_profile_known(const struct vh_profile *profile, const char *key, double *value)
{
    const struct vh_measurement *m = vh_profile_get(profile, key);
    if (!m || (!m->by_hand && m->confidence < vh_profile_find_key(key)->min_confidence))
        return false;
    *value = m->value;
    return true;
}

bool vh_profile_defect(const struct vh_profile *profile, const char *key, double *value)
{
    const struct vh_profile_key *row = vh_profile_find_key(key);
    if (!row || isinf(row->dead_zone) || !vh_profile_known(profile, key, value))
        return false;
    double off = *value - row->neutral;
    return (row->one_sided ? off : fabs(off)) >= row->dead_zone;
}

const char *vh_profile_print_value(const struct vh_profile_key *key, double value, char *text, size_t size)
{
    char number[VH_NUMBER_BYTES];
    snprintf(text, size, "%s",
        key->names && is_choice(key, value) ? key->names[(int)value] : vh_text_number(value, number));
    return text;
}

static int unknown_key(const char *key, const struct vh_log *log)
{
    const char *names[256] = {0};
    int n;
    const struct vh_profile_key *rows = vh_profile_keys(&n);
    for (int i = 0; i < n && i < 255; i++)
        names[i] = rows[i].key;
    const char *near = vh_option_nearest(key, names);
    if (near)
        return vh_fail(log, VH_ERR_USAGE, "'%s' is not a measurement; did you mean '%s'?", key, near);
    return vh_fail(log, VH_ERR_USAGE, "'%s' is not a measurement; 'vhsup help measurements' lists them", key);
}

/* The word of a choice as its index; fails with the list of words. */
static int parse_choice(
    const struct vh_profile_key *key, const char *text, double *value, const struct vh_log *log)
{
    struct vh_text words = {0};
    for (int i = 0; key->names[i]; i++) {
        if (!strcmp(key->names[i], text)) {
            vh_text_uninit(&words);
            *value = i;
            return VH_OK;
        }
        vh_text_addf(&words, "%s%s", i ? ", " : "", key->names[i]);
    }
    vh_fail(log, VH_ERR_USAGE, "%s '%s' is not one of %s", key->key, text, words.data);
    vh_text_uninit(&words);
    return VH_ERR_USAGE;
}

int vh_profile_set_text(struct vh_profile *profile, const char *text, const struct vh_log *log)
{
    struct vh_measurement m = {.confidence = 1, .n = 1, .evidence = "set by hand", .by_hand = true};
    char key[64], *end;
    const char *equals = strchr(text, '=');
    if (!equals || equals - text >= (ptrdiff_t)sizeof key)
        return vh_fail(log, VH_ERR_USAGE, "'%s' is not KEY=VALUE, as in noise.luma=4", text);
    snprintf(key, sizeof key, "%.*s", (int)(equals - text), text);
    const struct vh_profile_key *row = vh_profile_find_key(key);
    if (!row)
        return unknown_key(key, log);
    if (row->names) {
        int status = parse_choice(row, equals + 1, &m.value, log);
        return status < 0 ? status : vh_profile_set(profile, key, &m);
    }
    m.value = strtod(equals + 1, &end);
    if (end == equals + 1 || *end || !isfinite(m.value) || equals[1 + strspn(equals + 1, "+-.0123456789eE")])
        return vh_fail(log, VH_ERR_USAGE, "%s '%s' is not a number%s%s", key, equals + 1,
            row->unit[0] ? " in " : "", row->unit);
    return vh_profile_set(profile, key, &m);
}

static bool comes_after(const struct vh_section *a, const struct vh_section *b)
{
    return a->start_s > b->start_s || (a->start_s == b->start_s && a->end_s > b->end_s);
}

int vh_profile_add_section(struct vh_profile *profile, const struct vh_section *section)
{
    if (!section->kind[0] || !memchr(section->kind, 0, sizeof section->kind) || !isfinite(section->start_s) ||
        !isfinite(section->end_s) || !isfinite(section->value) || section->end_s < section->start_s ||
        !(section->confidence >= 0 && section->confidence <= 1))
        return VH_ERR_INTERNAL;
    if (reserve(profile, profile->n_sections + 1) < 0)
        return VH_ERR_RESOURCE;
    int i = profile->n_sections++;
    for (; i > 0 && comes_after(&profile->section[i - 1], section); i--)
        profile->section[i] = profile->section[i - 1];
    profile->section[i] = *section;
    return VH_OK;
}

void vh_profile_remove_sections(struct vh_profile *profile, const char *kind)
{
    int kept = 0;
    for (int i = 0; i < profile->n_sections; i++)
        if (kind && strcmp(profile->section[i].kind, kind))
            profile->section[kept++] = profile->section[i];
    profile->n_sections = kept;
}

const struct vh_section *vh_profile_sections(const struct vh_profile *profile, int *n)
{
    *n = profile->n_sections;
    return profile->section;
}
