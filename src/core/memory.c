/* Aligned, zeroed allocation. The tail padding lets kernels work in whole registers at the end of a plane.
 *
 * Large blocks ask for huge pages: pictures are walked along by dozens of lines at a time, each on a page of
 * its own, which is more than the processor's table of pages holds.
 */
#include "core/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_BYTES = 2 << 20 }; /* on x86-64 and on most others */

static void *allocate(size_t bytes)
{
    if (bytes < HUGE_BYTES)
        return aligned_alloc(VH_ALIGN_BYTES, bytes);
    void *block = NULL;
    if (posix_memalign(&block, HUGE_BYTES, bytes))
        return NULL;
#ifdef MADV_HUGEPAGE
    madvise(block, bytes / HUGE_BYTES * HUGE_BYTES, MADV_HUGEPAGE); /* a refusal costs speed only */
#endif
    return block;
}

void *vh_alloc(size_t n, size_t size)
{
    if (size && n > (SIZE_MAX - 2 * VH_ALIGN_BYTES) / size)
        return NULL;
    size_t bytes = (n * size + 2 * VH_ALIGN_BYTES - 1) / VH_ALIGN_BYTES * VH_ALIGN_BYTES;
    void *block = allocate(bytes);
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
