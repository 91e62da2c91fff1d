/* The defect profile: what was measured on a tape, with how much confidence, and from what.
 *
 * A profile is a set of measurements under fixed keys ("noise.luma", "chroma.delay_x"). Detectors add them,
 * the recipe and the sound chain read them. The table of keys (vh_profile_keys) says unit, meaning and dead
 * zone of each; a key that is not in the table cannot be stored. Below its confidence a measurement must not
 * switch a repair on. Not thread-safe; one owner at a time.
 */
#ifndef VH_PROFILE_PROFILE_H
#define VH_PROFILE_PROFILE_H

#include "core/log.h"

#include <stdbool.h>
#include <stddef.h>

struct vh_profile_key {
    const char *key;  /* "chroma.delay_x" */
    const char *unit; /* "px", "8-bit codes", "" */
    const char *help; /* what it is, one line */
    double neutral;   /* the value of a perfect tape (black level: 16) */
    double dead_zone; /* |value - neutral| below this counts as no defect; INFINITY: never a defect, only a
                         fact */
    bool one_sided;   /* only values above neutral count: value - neutral against dead_zone (which may be
                         negative) */
    double min_confidence; /* below this nothing may be switched on by it */
    const char *const
        *names; /* for values that are a choice: NULL-terminated words, value = index; else NULL */
};

struct vh_measurement {
    double value;       /* in the key's unit */
    double confidence;  /* 0 (a guess) to 1 (certain) */
    double spread;      /* inter-quartile range over the samples it was taken from; 0 when only one */
    int n;              /* number of independent samples (probes, fields, lines) behind it */
    char evidence[160]; /* one line for people: counts, votes, what was seen */
    bool by_hand;       /* set by the user, not measured */
};

struct vh_profile;

/* The constant table of all keys, sorted by key; *n receives the number. */
const struct vh_profile_key *vh_profile_keys(int *n);
const struct vh_profile_key *vh_profile_find_key(const char *key); /* NULL when unknown */

int vh_profile_create(struct vh_profile **profile); /* VH_OK or VH_ERR_RESOURCE */
void vh_profile_destroy(struct vh_profile **profile);
int vh_profile_copy(struct vh_profile *to, const struct vh_profile *from);

/* Stores a copy of *m under `key`, replacing what was there. VH_OK, VH_ERR_INTERNAL for a key not in the
 * table or a value that is not finite. A value set by hand is not replaced by a measured one. */
int vh_profile_set(struct vh_profile *profile, const char *key, const struct vh_measurement *m);

/* The measurement, or NULL when it was not made. Valid until the next change of the profile. */
const struct vh_measurement *vh_profile_get(const struct vh_profile *profile, const char *key);

/* True when it was measured with at least the key's confidence (or set by hand); *value receives the value.
 */
bool vh_profile_known(const struct vh_profile *profile, const char *key, double *value);

/* True when vh_profile_known and the value is out of the key's dead zone: a defect worth acting on. *value
 * receives the value when it is known. */
bool vh_profile_defect(const struct vh_profile *profile, const char *key, double *value);

/* `text` "noise.luma=4" (or a name for keys that are a choice) set by hand with confidence 1. VH_OK or
 * VH_ERR_USAGE with the message naming key, value and what is allowed. */
int vh_profile_set_text(struct vh_profile *profile, const char *text, const struct vh_log *log);

/* The value as people and JSON read it: a number, or the word of a choice. Written to text[size], which is
 * returned. */
const char *vh_profile_print_value(const struct vh_profile_key *key, double value, char *text, size_t size);

/* JSON with "schema" ("vhsup-profile") and "version"; sections (blank, cuts, …) are stored by
 * vh_profile_add_section. A new string (vh_free) or NULL out of memory. */
char *vh_profile_print_json(const struct vh_profile *profile);

/* Reads what vh_profile_print_json wrote into an empty profile; strict: unknown keys, wrong types, other
 * versions are errors that name the place. VH_OK, VH_ERR_USAGE or VH_ERR_RESOURCE. `name` is used in
 * messages. */
int vh_profile_parse_json(
    struct vh_profile *profile, const char *text, const char *name, const struct vh_log *log);

/* A stretch of the tape with a kind of its own. */
struct vh_section {
    char
        kind[24]; /* "black", "blue", "snow", "freeze", "cut", "recording", "order", "drop", "duplicate", … */
    double start_s, end_s; /* source time; equal for an instant */
    double value;          /* by kind: new field order, number of fields, …; 0 when it means nothing */
    double confidence;     /* 0 to 1 */
};

/* VH_OK, VH_ERR_RESOURCE, or VH_ERR_INTERNAL for an empty kind, numbers that are not finite, or an end before
 * the start. */
int vh_profile_add_section(struct vh_profile *profile, const struct vh_section *section);

/* Removes all sections of a kind; NULL = all there are. */
void vh_profile_remove_sections(struct vh_profile *profile, const char *kind);
const struct vh_section *vh_profile_sections(const struct vh_profile *profile, int *n); /* by start time */

#endif
