/* Loaded before the program (LD_PRELOAD) it counts who in the program itself asks for memory: calls of malloc
 * and its kin whose return address lies in the main program, by address. At the end each place goes to the
 * file named by COUNT_ALLOCATIONS, as "count offset", the offset for addr2line. What libraries allocate is
 * theirs. See memory.sh.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { PLACES = 1 << 14 };

static struct {
    _Atomic uintptr_t at; /* offset in the program; 0 = free */
    _Atomic long n;
} place[PLACES];
static uintptr_t begin, end;

/* The first object is the program. */
static int find_program(struct dl_phdr_info *info, size_t size, void *opaque)
{
    (void)size, (void)opaque;
    begin = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD)
            end = begin + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
    return 1;
}

__attribute__((constructor)) static void start(void)
{
    dl_iterate_phdr(find_program, NULL);
}

static void count(void *caller)
{
    static _Thread_local int inside; /* backtrace itself asks for memory the first time */
    uintptr_t at = (uintptr_t)caller;
    void *stack[8];
    if (at < begin || at >= end || inside)
        return;
    inside = 1;
    int n = backtrace(stack, 8), k = 0;
    inside = 0;
    while (k < n && stack[k] != caller)
        k++;
    at = k + 1 < n ? (uintptr_t)stack[k + 1]
                   : at; /* all of ours comes through core/memory.c: who called that? */
    at -= begin;
    for (unsigned i = (unsigned)(at * 2654435761u) % PLACES;; i = (i + 1) % PLACES) {
        uintptr_t none = 0;
        if (atomic_load(&place[i].at) == at || atomic_compare_exchange_strong(&place[i].at, &none, at) ||
            none == at) {
            atomic_fetch_add(&place[i].n, 1);
            return;
        }
    }
}

__attribute__((destructor)) static void finish(void)
{
    const char *path = getenv("COUNT_ALLOCATIONS");
    FILE *file = path ? fopen(path, "w") : NULL;
    for (int i = 0; file && i < PLACES; i++)
        if (place[i].at)
            fprintf(file, "%ld %#lx\n", place[i].n, (unsigned long)place[i].at);
    if (file)
        fclose(file);
}

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

#pragma GCC visibility push(default) /* these are to be found instead of libc's */

void *malloc(size_t n)
{
    count(__builtin_return_address(0));
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    count(__builtin_return_address(0));
    return __libc_calloc(n, size);
}

void *realloc(void *block, size_t n)
{
    count(__builtin_return_address(0));
    return __libc_realloc(block, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    count(__builtin_return_address(0));
    return __libc_memalign(align, n);
}

int posix_memalign(void **block, size_t align, size_t n)
{
    count(__builtin_return_address(0));
    *block = __libc_memalign(align, n);
    return *block ? 0 : ENOMEM;
}
