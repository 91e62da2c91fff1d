/* .cube files: what is accepted can be applied to any colour and gives numbers; what is refused leaves
 * nothing behind. */
#include "fuzz.h"

#include "cube.h"
#include "core/status.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const double colours[][3] = {{0, 0, 0}, {1, 1, 1}, {0.2, 0.9, 0.4}, {-3, 7, 0.5}, {1e9, -1e9, 0}};
    struct vh_cube cube;
    if (vh_cube_parse(&cube, (const char *)data, size, "fuzz", NULL) != VH_OK) {
        fuzz_require(!cube.one.value && !cube.three.value, "a refused table left memory behind");
        return 0;
    }
    fuzz_require(cube.one.size || cube.three.size, "an empty table was accepted");
    for (unsigned i = 0; i < sizeof colours / sizeof *colours; i++) {
        double out[3];
        vh_cube_apply(&cube, colours[i], out);
        fuzz_require(isfinite(out[0]) && isfinite(out[1]) && isfinite(out[2]), "a colour became no number");
    }
    vh_cube_free(&cube);
    return 0;
}
