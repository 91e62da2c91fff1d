/* Options: the first byte chooses a row of restore, the rest is its value. What is accepted prints and reads
 * back. */
#include "fuzz.h"

#include "core/status.h"
#include "pipeline/request.h"

static void try_row(const struct vh_binding *binding, const struct vh_option_row *row, const char *text)
{
    int64_t place[4] = {0}, again[4] = {0};
    struct vh_option_row at_zero = *row;
    at_zero.offset = 0;
    const struct vh_option_table one = {binding->table->group, &at_zero, 1, sizeof place};
    if (vh_option_set(&at_zero, place, text, row->key, NULL) >= 0) {
        char *printed = vh_option_print(&at_zero, place);
        fuzz_require(printed && vh_option_set(&at_zero, again, printed, row->key, NULL) >= 0,
            "printed value is refused");
        fuzz_require(vh_option_equal(&at_zero, place, again), "printed value differs");
        vh_free(printed);
    }
    vh_option_uninit(&one, place);
    vh_option_uninit(&one, again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vh_request *request = vh_alloc(1, sizeof *request);
    struct vh_binding binding[VH_MAX_BINDINGS];
    int wanted = size ? data[0] : 0, seen = 0;
    char *text = fuzz_text(data + (size > 0), size - (size > 0));
    fuzz_require(request && vh_request_init(request) >= 0, "out of memory");
    int n = vh_request_bind(request, binding);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < binding[i].table->n_rows; k++)
            if (seen++ % 256 == wanted)
                try_row(&binding[i], &binding[i].table->rows[k], text);
    vh_request_uninit(request);
    vh_free(request);
    vh_free(text);
    return 0;
}
