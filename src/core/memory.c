/* Aligned, zeroed allocation. The tail padding lets kernels work in whole registers at the end of a plane. */
#include "core/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *vh_alloc(size_t n, size_t size)
{
    if (size && n > (SIZE_MAX - 2 * VH_ALIGN_BYTES) / size)
        return NULL;
    size_t bytes = (n * size + 2 * VH_ALIGN_BYTES - 1) / VH_ALIGN_BYTES * VH_ALIGN_BYTES;
    void *block = aligned_alloc(VH_ALIGN_BYTES, bytes);
    if (block)
        memset(block, 0, bytes);
    return block;
}

void vh_free(void *block)
{
    free(block);
}

char *vh_strdup(const char *text)
{
    if (!text)
        return NULL;
    size_t bytes = strlen(text) + 1;
    char *copy = vh_alloc(bytes, 1);
    if (copy)
        memcpy(copy, text, bytes);
    return copy;
}

char *vh_format(const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length < 0 ? NULL : vh_alloc((size_t)length + 1, 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
