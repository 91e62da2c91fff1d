/* Moving scenes made from nothing, with the statistics of pictures: shots of overlapping shapes ("dead
 * leaves") of every size, coloured and textured, seen by a panning camera, with objects that move by
 * themselves; or the demo scene. Each kind differs in sizes, colour, texture and motion. Same seed, same
 * bits.
 *
 * Most shots hold some exact black (16) and white (235), so that levels have a truth.
 */
#ifndef VH_TESTS_MADE_SCENE_H
#define VH_TESTS_MADE_SCENE_H

#include <stdint.h>

enum made_scene_kind {
    MADE_LEAVES,   /* colourful shapes of all sizes */
    MADE_STREET,   /* rectangles, rows of windows, little colour */
    MADE_PORTRAIT, /* large smooth shapes, warm colours */
    MADE_MEADOW,   /* fine texture, faint colour */
    MADE_DEMO,     /* simulate/demo_scene.h */
    MADE_KINDS
};

struct made_scene_config {
    enum made_scene_kind kind;
    uint32_t seed;
    int width, height; /* of the picture; 4:2:0 */
    double field_rate; /* instants per second */
    int shot_fields;   /* instants from cut to cut */
};

struct made_scene;

/* NULL when out of memory. */
struct made_scene *made_scene_create(const struct made_scene_config *config);
void made_scene_destroy(struct made_scene **scene);

/* Draws the scene at `instant` (in fields; fractions are fine) of shot `shot` as planar 8-bit 4:2:0. */
void made_scene_draw(struct made_scene *scene, int shot, double instant, uint8_t *out);

const char *made_scene_name(enum made_scene_kind kind);

#endif
