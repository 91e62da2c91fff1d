/* The three built-in looks, as formulas on R'G'B': they are drawn into a table when asked for, so no file is
 * needed.
 *
 * The numbers are those of the looks that users of the system before this one know, each re-stated as one
 * chain; docs/algorithms/lut.md shows what they do to a gray scale.
 */
#include "cube.h"

#include "core/memory.h"
#include "core/status.h"

#include <math.h>
#include <string.h>

enum { NODES = 33 };

static double luma_of(const double c[3])
{
    return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
}

static void saturate(double c[3], double by)
{
    double y = luma_of(c);
    for (int i = 0; i < 3; i++)
        c[i] = y + (c[i] - y) * by;
}

static void gain(double c[3], double r, double g, double b)
{
    c[0] *= r;
    c[1] *= g;
    c[2] *= b;
}

static double limit(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* Lifts the middle a little, colour against the fading of tape, red casts out of the shadows. */
static void look_restore(double c[3])
{
    for (int i = 0; i < 3; i++)
        c[i] = pow(limit(c[i]), 0.95);
    saturate(c, 1.10);
    gain(c, 1.02, 1.01, 0.98);
    double shadow = 1 - limit(luma_of(c) / 0.3);
    c[2] *= 1 + 0.03 * shadow;
}

/* Lifted blacks, soft contrast, warm; strong light loses colour. */
static void look_warm(double c[3])
{
    gain(c, 1.15, 1.05, 0.90);
    for (int i = 0; i < 3; i++)
        c[i] = 0.05 + 0.95 * ((c[i] - 0.5) * 0.9 + 0.5);
    double light = limit((luma_of(c) - 0.7) / 0.3);
    saturate(c, 1 - 0.3 * light);
}

/* Blacks pressed down, firm contrast, cool; the middle gains colour. */
static void look_cool(double c[3])
{
    gain(c, 0.95, 1.02, 1.08);
    for (int i = 0; i < 3; i++) {
        double x = (c[i] - 0.5) * 1.15 + 0.5;
        c[i] = x < 0.1 ? limit(x) * (0.5 + 5 * limit(x)) : x; /* meets x at 0.1 */
    }
    double y = luma_of(c), middle = 1 - limit(fabs(y - 0.5) / 0.5);
    saturate(c, 1 + 0.15 * middle);
}

int vh_cube_look(struct vh_cube *cube, const char *name)
{
    static const struct {
        const char *name;
        void (*look)(double c[3]);
    } looks[] = {{"restore", look_restore}, {"warm", look_warm}, {"cool", look_cool}};
    *cube = (struct vh_cube){.three = {.high = {1, 1, 1}}};
    for (unsigned k = 0; k < sizeof looks / sizeof *looks; k++) {
        if (strcmp(looks[k].name, name))
            continue;
        cube->three.value = vh_alloc((size_t)3 * NODES * NODES * NODES, sizeof *cube->three.value);
        if (!cube->three.value)
            return VH_ERR_RESOURCE;
        cube->three.size = NODES;
        for (int i = 0; i < NODES * NODES * NODES; i++) {
            double c[3] = {i % NODES / (NODES - 1.0), i / NODES % NODES / (NODES - 1.0),
                i / NODES / NODES / (NODES - 1.0)};
            looks[k].look(c);
            for (int j = 0; j < 3; j++)
                cube->three.value[3 * i + j] = (float)limit(c[j]);
        }
        return VH_OK;
    }
    return VH_ERR_USAGE;
}
