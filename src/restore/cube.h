/* Look-up tables for colours: .cube files, the built-in looks, and how strong they are.
 *
 * Format: Adobe "Cube LUT Specification" 1.0 (2013), with what DaVinci Resolve adds (LUT_1D_INPUT_RANGE,
 * LUT_3D_INPUT_RANGE, a 1D shaper before a 3D table in one file). Errors name file and line. Red is the
 * fastest index.
 */
#ifndef VH_RESTORE_CUBE_H
#define VH_RESTORE_CUBE_H

#include "core/log.h"

#include <stdbool.h>
#include <stddef.h>

enum { VH_CUBE_MAX_1D = 65536, VH_CUBE_MAX_3D = 129 };

/* One table as it stands in the file. Values are R, G, B triples. */
struct vh_cube_table {
    int size;              /* entries per axis; 0 = there is no such table */
    float low[3], high[3]; /* input that the first and last entry stand for */
    float *value;          /* size or size^3 triples */
};

struct vh_cube {
    struct vh_cube_table one, three; /* the shaper comes first */
};

/* Parses `n` bytes of text; `name` is used in messages. VH_OK, VH_ERR_USAGE (reported: NAME:LINE: what is
 * wrong) or VH_ERR_RESOURCE. On error *cube is empty. */
int vh_cube_parse(
    struct vh_cube *cube, const char *text, size_t n, const char *name, const struct vh_log *log);

/* The same from a file. VH_ERR_USAGE also when it cannot be read. */
int vh_cube_read(struct vh_cube *cube, const char *path, const struct vh_log *log);

/* A built-in look by name ("restore", "warm", "cool") as a 3D table of 33 entries; VH_ERR_USAGE, not
 * reported, when there is none of this name. */
int vh_cube_look(struct vh_cube *cube, const char *name);

/* What the tables make of one colour: clipped to the input range, linear along one axis, tetrahedral in
 * three. The specification of the kernels. */
void vh_cube_apply(const struct vh_cube *cube, const double in[3], double out[3]);

void vh_cube_free(struct vh_cube *cube);

#endif
