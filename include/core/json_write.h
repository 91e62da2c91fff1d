/* Writes strict JSON (RFC 8259) as text, value by value: for profiles, presets, reports and JSON lines.
 *
 * Texts are escaped, bytes that are not UTF-8 become U+FFFD, numbers that are not finite become null. `key`
 * is the member's name inside an object and NULL inside an array or for the outermost value. Not thread-safe.
 */
#ifndef VH_CORE_JSON_WRITE_H
#define VH_CORE_JSON_WRITE_H

#include "core/text.h"

#include <stdint.h>

enum { VH_JSON_DEPTH = 32 };

struct vh_json_writer {
    struct vh_text *out;        /* not owned */
    int indent;                 /* blanks per level; 0 = everything on one line */
    int depth;                  /* open objects and arrays */
    char open[VH_JSON_DEPTH];   /* '{' or '[' per level */
    bool filled[VH_JSON_DEPTH]; /* this level has a value already */
};

/* Opens an object ('{') or array ('['); at most VH_JSON_DEPTH deep. */
void vh_json_write_open(struct vh_json_writer *writer, const char *key, char kind);
void vh_json_write_close(struct vh_json_writer *writer);

void vh_json_write_text(struct vh_json_writer *writer, const char *key, const char *value); /* NULL = null */
void vh_json_write_int(struct vh_json_writer *writer, const char *key, int64_t value);
void vh_json_write_double(struct vh_json_writer *writer, const char *key, double value);
void vh_json_write_bool(struct vh_json_writer *writer, const char *key, bool value);
void vh_json_write_null(struct vh_json_writer *writer, const char *key);

#endif
