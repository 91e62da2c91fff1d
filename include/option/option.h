/* Options as data: one row per option, beside the struct it fills.
 *
 * A component declares a plain struct, its defaults, and a table of rows. Flags, help, man page, shell
 * completion, preset JSON, its schema and all validation are derived from the rows; nothing about an option
 * is written twice. Keys are dotted lower-case paths ("denoise.strength"): the flag is the key with dashes
 * ("--denoise-strength") unless `flag` says otherwise, the place in JSON is the path.
 *
 * Tables are constant and shared freely between threads. Values are written into the caller's struct; strings
 * in it are owned by the struct and freed by vh_option_uninit.
 */
#ifndef VH_OPTION_OPTION_H
#define VH_OPTION_OPTION_H

#include "core/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vh_option_type {
    VH_OPTION_BOOL,   /* bool; text yes/no/on/off/true/false/1/0; a bare flag means yes, --no-FLAG means no */
    VH_OPTION_INT,    /* int */
    VH_OPTION_DOUBLE, /* double */
    VH_OPTION_STRING, /* char *, owned, may be NULL */
    VH_OPTION_ENUM,   /* int, index into `names` */
    VH_OPTION_TIME,   /* int64_t microseconds; text [-][[H:]M:]S[.fraction] or with suffix s, ms, us */
    VH_OPTION_RATIONAL, /* struct vh_rational; text A:B, A/B or a decimal number; "auto" (0:0) if no default
                           or AUTO */
    VH_OPTION_SIZE, /* struct vh_size; text WxH, or a standard's name (pal, ntsc, hd720, hd1080 …); "auto" is
                       0x0 */
    VH_OPTION_LIST, /* struct vh_list of strings; the flag may be repeated; JSON array */
};

struct vh_rational {
    int num, den;
};
struct vh_size {
    int width, height;
};
struct vh_list {
    char **item; /* owned, n strings */
    int n;
};

enum vh_option_flag {
    VH_OPTION_ADVANCED = 1 << 0,  /* listed by `help all` only */
    VH_OPTION_NO_PRESET = 1 << 1, /* about one run, not a look: not allowed in a preset (input, output, -y) */
    VH_OPTION_AUTO = 1 << 2,      /* INT/DOUBLE: the word "auto" is allowed and stores VH_AUTO_INT / NaN;
                                     RATIONAL/SIZE with a default: "auto" is allowed and stores zeros */
};

#define VH_AUTO_INT INT32_MIN

struct vh_option_row {
    const char *key;  /* "denoise.strength" */
    const char *flag; /* long flag without dashes when it is not the key with dashes, else NULL */
    char letter;      /* short flag or 0 */
    enum vh_option_type type;
    size_t offset;   /* of the value in the struct */
    double min, max; /* inclusive range for INT, DOUBLE, TIME (microseconds), RATIONAL (its quotient) and SIZE
                        (both sides); both 0 = unlimited; ±INFINITY or INT_MAX = open on that side */
    const char *unit;         /* "dB", "8-bit codes", NULL = none */
    const char *const *names; /* ENUM: NULL-terminated words, in order of value */
    const char *word;         /* STRING, LIST: what stands for the value in help, "FILE"; NULL = "TEXT" */
    unsigned flags;           /* enum vh_option_flag */
    const char *value;        /* default, as text that parses; NULL = zero / unset */
    const char *help;         /* one line, at most 70 characters, no full stop */
    const char *detail;       /* a paragraph for the manual: what, why, when; NULL = help is enough */
    const char *example;      /* arguments that parse, "--denoise-strength 3"; NULL = none */
};

struct vh_option_table {
    const char *group; /* heading in help: "Deinterlacing" */
    const struct vh_option_row *rows;
    int n_rows;
    size_t size; /* of the struct */
};

/* Fills the struct at `values` with the defaults of `table` (zeroes it first). VH_OK or VH_ERR_RESOURCE; a
 * default that does not parse is a programmer error found by the table test. */
int vh_option_init(const struct vh_option_table *table, void *values);

/* Frees what the struct owns and zeroes it. */
void vh_option_uninit(const struct vh_option_table *table, void *values);

/* Copies every value from `from` to the initialised `to`. VH_OK or VH_ERR_RESOURCE. */
int vh_option_copy(const struct vh_option_table *table, void *to, const void *from);

/* The row of a key, or NULL. */
const struct vh_option_row *vh_option_find(const struct vh_option_table *table, const char *key);

/* The row of a long flag without its dashes, or NULL. *negated (may be NULL) tells "no-FLAG", which only BOOL
 * rows and ENUM rows with the word "none" or "off" have. */
const struct vh_option_row *vh_option_find_flag(
    const struct vh_option_table *table, const char *flag, bool *negated);

/* Parses `text` into the row's value. Reports errors as `NAME VALUE is outside MIN to MAX` and the like, with
 * `name` as the thing named (a flag, a preset's key path). LIST: appends `text` (each line of it, when it has
 * several); "" empties the list. VH_OK, VH_ERR_USAGE or VH_ERR_RESOURCE; on error nothing changes. */
int vh_option_set(const struct vh_option_row *row, void *values, const char *text, const char *name,
    const struct vh_log *log);

/* The value as text from which vh_option_set reads the same value into a freshly zeroed struct; a new string
 * (vh_free), or NULL out of memory. Unset strings give "", lists one item per line. */
char *vh_option_print(const struct vh_option_row *row, const void *values);

/* The long flag of a row, without dashes: row->flag, or the key with dashes. Written to flag[size], which is
 * returned. */
const char *vh_option_flag_name(const struct vh_option_row *row, char *flag, size_t size);

/* What the row accepts, for help and messages: "0 to 10 dB or auto", "one of none, bwdif", "yes or no",
 * "WIDTHxHEIGHT". A new string (vh_free), or NULL out of memory. */
char *vh_option_describe(const struct vh_option_row *row);

/* Checks a table as a programmer's work: keys and flags well-formed and unique, offsets inside the struct,
 * defaults that parse and print back, help in form, examples that parse. Every table's unit test calls it.
 * VH_OK, or VH_ERR_INTERNAL after reporting each fault. */
int vh_option_check(const struct vh_option_table *table, const struct vh_log *log);

/* True when both structs hold the same value. */
bool vh_option_equal(const struct vh_option_row *row, const void *a, const void *b);

#define VH_OPTION_TABLE(group_, rows_, type_)                                                                \
    {                                                                                                        \
        .group = (group_), .rows = (rows_), .n_rows = (int)(sizeof(rows_) / sizeof *(rows_)),                \
        .size = sizeof(type_)                                                                                \
    }

#endif
