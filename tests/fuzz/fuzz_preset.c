/* Presets: what is accepted is a preset again when it is printed, with the same values. */
#include "fuzz.h"

#include "core/status.h"
#include "job/preset.h"

/* Applies `text` to fresh defaults and prints the result; NULL when it was refused. */
static char *apply(const char *text)
{
    struct vh_request *request = vh_alloc(1, sizeof *request);
    struct vh_binding binding[VH_MAX_BINDINGS];
    char *printed = NULL;
    fuzz_require(request && vh_request_init(request) >= 0, "out of memory");
    int n = vh_request_bind(request, binding);
    if (vh_preset_apply_text(text, "fuzz", binding, n, NULL) >= 0) {
        printed = vh_preset_print(binding, n, NULL);
        fuzz_require(printed != NULL, "a good preset is not printed");
    }
    vh_request_uninit(request);
    vh_free(request);
    return printed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *once = apply(text);
    if (once) {
        char *twice = apply(once);
        fuzz_require(twice && !strcmp(once, twice), "a printed preset does not read back");
        vh_free(twice);
    }
    vh_free(once);
    vh_free(text);
    return 0;
}
