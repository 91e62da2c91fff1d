/* Sorts measurements by what they mean to somebody with a tape. */
#include "pipeline/analysis_text.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { VALUE_BYTES = 64 };

/* Units of the profile as people say them: shares in percent, rates in words. */
static const struct {
    const char *unit, *said;
    double factor;
    int decimals;
} said[] = {
    {"%", "%", 1, 2},
    {"1/field", "per field", 1, 2},
    {"1/min", "per minute", 1, 1},
    {"1/s", "per second", 1, 2},
    {"Hz", "Hz", 1, 0},
    {"of full scale", "% of full scale", 100, 2},
    {"of the carrier", "% of the carrier", 100, 0},
    {"of the step", "% of the step", 100, 0},
};

static const char *print_value(const struct vh_profile_key *key, const struct vh_measurement *m, char *text)
{
    if (key->names)
        return vh_profile_print_value(key, m->value, text, VALUE_BYTES);
    double value = m->value;
    const char *unit = key->unit;
    int decimals = 2;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (!strcmp(said[i].unit, key->unit)) {
            unit = said[i].said;
            value *= said[i].factor;
            decimals = said[i].decimals;
        }
    double step = pow(10, -decimals);
    bool nothing = fabs(value) < step / 2; /* no minus before a nought */
    snprintf(text, VALUE_BYTES, *unit ? "%.*f %s" : "%.*f%s", decimals, nothing ? 0 : value, unit);
    return text;
}

/* "sure" in words, since two decimals of a confidence say more than anybody can use. */
static const char *how_sure(const struct vh_measurement *m, const struct vh_profile_key *key)
{
    if (m->by_hand)
        return "by hand";
    if (m->confidence < key->min_confidence)
        return "unsure";
    return m->confidence < 0.85 ? "likely" : "sure";
}

static void print_all(const struct vh_profile *profile, FILE *file)
{
    int n;
    const struct vh_profile_key *key = vh_profile_keys(&n);
    fprintf(file, "measured\n");
    for (int i = 0; i < n; i++) {
        char text[VALUE_BYTES];
        double value;
        const struct vh_measurement *m = vh_profile_get(profile, key[i].key);
        if (m)
            fprintf(file, "  %c %-24s %22s  %-8s %s\n",
                vh_profile_defect(profile, key[i].key, &value) ? '!' : ' ', key[i].key,
                print_value(&key[i], m, text), how_sure(m, &key[i]), m->evidence);
    }
}

/* Where a measurement stands in the text. */
enum part { FAULTS, PERHAPS, IN_ORDER, FACTS, PARTS };

static enum part part_of(const struct vh_profile *profile, const struct vh_profile_key *key)
{
    double value;
    const struct vh_measurement *m = vh_profile_get(profile, key->key);
    if (isinf(key->dead_zone))
        return FACTS;
    if (vh_profile_defect(profile, key->key, &value))
        return FAULTS;
    double off = key->one_sided ? m->value - key->neutral : fabs(m->value - key->neutral);
    return off >= key->dead_zone ? PERHAPS : IN_ORDER;
}

static void print_row(const struct vh_profile_key *key, const struct vh_measurement *m, FILE *file)
{
    char text[VALUE_BYTES];
    fprintf(
        file, "  %-53s %20s  %-7s  %s\n", key->help, print_value(key, m, text), how_sure(m, key), key->key);
}

/* The rest is a list: "jitter.rms 0.00 px, flicker 0.06 %". */
static void print_short(
    const struct vh_profile_key *key, const struct vh_measurement *m, int *column, FILE *file)
{
    enum { WIDTH = 100 };
    char text[VALUE_BYTES], item[VALUE_BYTES + 40];
    int n = snprintf(item, sizeof item, "%s %s", key->key, print_value(key, m, text));
    if (*column + n + 2 > WIDTH) {
        fprintf(file, "\n ");
        *column = 1;
    }
    fprintf(file, "%s%s", *column > 1 ? ", " : " ", item);
    *column += n + 2;
}

/* What a measurement of nought says is not there; keys of one fault share a name and follow each other. */
static const struct {
    const char *key, *name;
} absent[] = {
    {"dotcrawl.level", "dot crawl"},
    {"dropout.rate", "dropouts"},
    {"flagging", "flagging"},
    {"flicker", "flicker"},
    {"geometry.crop", "borders"},
    {"halo.", "halo"},
    {"headswitch.lines", "head-switching band"},
    {"jitter.rms", "line jitter"},
    {"jitter.torn", "torn lines"},
    {"level.clipped", "clipping"},
    {"noise.", "noise"},
    {"rainbow.level", "rainbows"},
    {"tracking.bands", "tracking bands"},
};

/* Its name when the measurement shows nothing, or NULL. */
static const char *absent_name(const struct vh_profile_key *key, const struct vh_measurement *m)
{
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        if (!strncmp(key->key, absent[i].key, strlen(absent[i].key)))
            return fabs(m->value - key->neutral) < 0.005 ? absent[i].name : NULL;
    return NULL;
}

/* "  no dropouts, line jitter, tracking bands". */
static void print_absent(const struct vh_profile *profile, FILE *file)
{
    int n, count = 0;
    const struct vh_profile_key *key = vh_profile_keys(&n);
    const char *last = NULL;
    for (int i = 0; i < n; i++) {
        const struct vh_measurement *m = vh_profile_get(profile, key[i].key);
        bool here = m && part_of(profile, &key[i]) == IN_ORDER;
        const char *name = here ? absent_name(&key[i], m) : NULL;
        if (!name || name == last)
            continue;
        fprintf(file, "%s%s", count++ ? ", " : "  no ", name);
        last = name;
    }
    if (count)
        fprintf(file, "\n");
}

/* What the tape is comes first, in words; fitted curves and what belongs to a fault are for the machine:
 * --all and the JSON have them. */
static const char *const headline[] = {"standard", "scan.type", "scan.order", "scan.cadence", "tape.speed"};

static bool is_of_interest(const struct vh_profile_key *key, const struct vh_measurement *m)
{
    static const char *const shown[] = {"geometry.aspect", "generation.index", "bandwidth.luma",
        "duplicates.rate", "drops.rate", "audio.bandwidth", "audio.loudness", "audio.loudness_range",
        "audio.true_peak"};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        if (!strcmp(shown[i], key->key))
            return m->by_hand || m->confidence >= key->min_confidence;
    return false;
}

/* "the tape  525 lines, interlaced, bff" */
static void print_headline(const struct vh_profile *profile, FILE *file)
{
    static const char *const before[] = {"", "", "", "cadence ", "speed "};
    int n = 0;
    for (size_t i = 0; i < sizeof headline / sizeof *headline; i++) {
        double value;
        char text[VALUE_BYTES];
        const struct vh_profile_key *key = vh_profile_find_key(headline[i]);
        if (!vh_profile_known(profile, headline[i], &value))
            continue;
        vh_profile_print_value(key, value, text, VALUE_BYTES);
        if (strcmp(text, "none") && strcmp(text, "other"))
            fprintf(file, "%s%s%s%s", n++ ? ", " : "the tape  ", before[i], text, i ? "" : " lines");
    }
    if (n)
        fprintf(file, "\n");
}

static void print_part(const struct vh_profile *profile, enum part part, const char *title, FILE *file)
{
    int n, count = 0, column = 1;
    const struct vh_profile_key *key = vh_profile_keys(&n);
    for (int i = 0; i < n; i++) {
        const struct vh_measurement *m = vh_profile_get(profile, key[i].key);
        if (!m || part_of(profile, &key[i]) != part)
            continue;
        if (part == FACTS && !is_of_interest(&key[i], m))
            continue;
        bool named = part == IN_ORDER && absent_name(&key[i], m);
        if (!count++) {
            fprintf(file, "%s\n", title);
            if (part == IN_ORDER)
                print_absent(profile, file);
        }
        if (named)
            continue;
        if (part >= IN_ORDER && column == 1)
            fprintf(file, " ");
        if (part < IN_ORDER)
            print_row(&key[i], m, file);
        else
            print_short(&key[i], m, &column, file);
    }
    if (column > 1)
        fprintf(file, "\n");
    if (!count && part == FAULTS)
        fprintf(file, "%s\n  none\n", title);
}

void vh_analysis_print_profile(const struct vh_profile *profile, bool all, FILE *file)
{
    static const char *const title[PARTS] = {"faults found", "perhaps, but not sure enough to act on",
        "in order", "also measured (--all shows everything)"};
    if (!all)
        print_headline(profile, file);
    for (int part = FAULTS; part < PARTS && !all; part++)
        print_part(profile, (enum part)part, title[part], file);
    if (all)
        print_all(profile, file);
}

void vh_analysis_print_steps(const struct vh_recipe *recipe, FILE *file)
{
    fprintf(file, "what `vhsup restore` would do\n");
    for (int i = 0; i < recipe->n_steps; i++)
        if (!recipe->step[i].off)
            fprintf(file, "  %-18s %s\n", recipe->step[i].name, recipe->step[i].reason);
    for (int i = 0; i < recipe->n_steps; i++)
        if (recipe->step[i].off)
            fprintf(file, "  not %-14s %s\n", recipe->step[i].name, recipe->step[i].reason);
}
