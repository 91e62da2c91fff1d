/* A growing string, and numbers as text. For reports, JSON, help: not for the way of a frame, since it
 * allocates.
 *
 * Running out of memory is remembered, so that a long run of additions needs one check, at the end
 * (vh_text_take). Not thread-safe; one owner at a time.
 */
#ifndef VH_CORE_TEXT_H
#define VH_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct vh_text {
    char *data;         /* NUL-terminated once something was added; owned; NULL while empty */
    size_t n, capacity; /* bytes without the NUL; bytes allocated */
    bool failed;        /* memory ran out: what is here is not complete */
};

void vh_text_add(struct vh_text *text, const char *more);
void vh_text_add_bytes(struct vh_text *text, const char *more, size_t n);
void vh_text_addf(struct vh_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds `c` n times. */
void vh_text_pad(struct vh_text *text, char c, int n);

/* Adds `more` broken at blanks so that no line is longer than `width` where that is possible; every line but
 * the first is indented by `indent` blanks, and the first one is taken to begin at column `column`. No
 * newline at the end. */
void vh_text_wrap(struct vh_text *text, const char *more, int column, int indent, int width);

/* Empties the text but keeps its memory for the next use. */
void vh_text_clear(struct vh_text *text);

/* Hands the string over (vh_free; "" when nothing was added) and empties the text; NULL when memory ran out.
 */
char *vh_text_take(struct vh_text *text);

void vh_text_uninit(struct vh_text *text);

enum { VH_NUMBER_BYTES = 40 };

/* The shortest decimal that reads back as the same double, without an exponent for whole numbers below 1e15;
 * "nan", "inf" and "-inf" for what is no number. Returns `text`, which holds VH_NUMBER_BYTES. */
char *vh_text_number(double value, char *text);

#endif
