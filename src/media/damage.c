/* Places of damage gathered into spans, for reports with time codes. */
#include "media/input.h"

#include "media_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NEAR_US INT64_C(2000000) /* closer than this is one span for whoever looks for it on the tape */

void vh_damage_note(struct vh_damage_spans *spans, int64_t source_us)
{
    int last = spans->n_spans - 1;
    if (source_us == VH_TIME_NONE)
        return;
    if (last < 0 || (source_us - spans->span[last].last_us > NEAR_US && spans->n_spans < VH_DAMAGE_SPANS)) {
        last = spans->n_spans++;
        spans->span[last].first_us = spans->span[last].last_us = source_us;
        spans->span[last].n = 0;
    }
    if (source_us > spans->span[last].last_us)
        spans->span[last].last_us = source_us;
    spans->span[last].n++;
}

char *vh_damage_print(const struct vh_damage_spans *spans, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < spans->n_spans && used < size; i++) {
        char first[32], last[32];
        vh_time_print(spans->span[i].first_us, first);
        vh_time_print(spans->span[i].last_us, last);
        used += (size_t)snprintf(text + used, size - used, "%s%s%s%s (%" PRId64 ")", i ? ", " : "", first,
            strcmp(first, last) ? " to " : "", strcmp(first, last) ? last : "", spans->span[i].n);
    }
    return text;
}
