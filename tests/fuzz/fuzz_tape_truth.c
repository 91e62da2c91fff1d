/* Truth files of made tapes: what is accepted prints and reads back to the same text. */
#include "fuzz.h"

#include "core/status.h"
#include "simulate/tape_truth.h"

static char *read_and_print(const char *text)
{
    struct vh_tape_truth truth;
    if (vh_tape_truth_parse(&truth, text, "fuzz", NULL) != VH_OK)
        return NULL;
    char *printed = vh_tape_truth_print(&truth);
    fuzz_require(printed != NULL, "out of memory");
    vh_tape_truth_uninit(&truth);
    return printed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *once = read_and_print(text);
    if (once) {
        char *twice = read_and_print(once);
        fuzz_require(twice && !strcmp(once, twice), "a printed truth does not read back");
        vh_free(twice);
    }
    vh_free(once);
    vh_free(text);
    return 0;
}
