/* Allocation: overflow-checked, zeroed, aligned for the widest SIMD in use. Thread-safe.
 *
 * Every block from here is freed with vh_free. Kernels never allocate; stages allocate in `open`.
 */
#ifndef VH_CORE_MEMORY_H
#define VH_CORE_MEMORY_H

#include <stddef.h>

#define VH_ALIGN_BYTES 64 /* one cache line and one AVX-512 register */

/* n * size zeroed bytes aligned to VH_ALIGN_BYTES, with at least VH_ALIGN_BYTES readable and writable bytes
 * behind the end (kernels may read or write a partial register there). NULL when out of memory or n * size
 * overflows. */
void *vh_alloc(size_t n, size_t size);

/* Frees a block from vh_alloc; NULL is legal. */
void vh_free(void *block);

/* Frees *block and sets it to NULL. */
#define vh_freep(block) (vh_free(*(block)), *(block) = NULL)

/* A copy of `text` (NULL gives NULL), to be freed with vh_free; NULL when out of memory. */
char *vh_strdup(const char *text);

/* printf into a new string, to be freed with vh_free; NULL when out of memory. */
char *vh_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
