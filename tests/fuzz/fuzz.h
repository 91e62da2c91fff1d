/* A fuzz target has libFuzzer's entry point; fuzz_replay.c is a main for it where libFuzzer is not there. */
#ifndef VH_FUZZ_H
#define VH_FUZZ_H

#include "core/memory.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process when a property does not hold, so that the fuzzer keeps the input. */
static inline void fuzz_require(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz: %s\n", what);
        abort();
    }
}

/* The input as text: cut at its first NUL. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = vh_alloc(size + 1, 1);
    fuzz_require(text != NULL, "out of memory");
    if (size)
        memcpy(text, data, size);
    return text;
}

#endif
