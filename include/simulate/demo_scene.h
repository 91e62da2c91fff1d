/* A moving scene made from nothing: sharp text, a face, fast and slow motion, texture, gratings; and its
 * sound.
 *
 * Used by `demo` and by tests that want a moving picture with known truth. The scene is a function of time on
 * a canvas of 768 by 576 units (4:3), so a circle is round on any 4:3 raster: a panning, slightly swaying
 * view of a house, trees and a fence; a talking head; a turning wheel; a ball crossing at 9 units a field;
 * credits rolling at one line a field; a still caption, gratings of 1 to 4 MHz and colour bars. Colours are
 * BT.601, limited range.
 *
 * Pictures depend on nothing but the time: same time, same bits, whatever the pool.
 */
#ifndef VH_SIMULATE_DEMO_SCENE_H
#define VH_SIMULATE_DEMO_SCENE_H

#include "core/log.h"
#include "core/pool.h"
#include "frame/image.h"

#include <stdint.h>

struct vh_scene;

/* Draws the parts that do not change (a few tenths of a second). VH_OK or VH_ERR_RESOURCE. */
int vh_scene_create(struct vh_scene **scene, const struct vh_log *log);
void vh_scene_destroy(struct vh_scene **scene);

/* Renders the scene at `time_s` seconds into `out`: any size of at least 16x16, 1 or 3 planes, 4:4:4, 4:2:2
 * or 4:2:0 (chroma sited left, as MPEG-2). `pool` may be NULL. Thread-safe for different `out`. */
void vh_scene_render(
    const struct vh_scene *scene, double time_s, const struct vh_image *out, struct vh_pool *pool);

/* Writes n samples of the scene's sound from sample `first` on into every channel: a tune with a voice-like
 * lead on the left and chords on the right, peaks below 0.5. Pure. */
void vh_scene_sound(int64_t first, int n, int sample_rate, float *const *channel, int n_channels);

#endif
