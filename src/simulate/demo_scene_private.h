/* The inside of the demo scene: a canvas of colours, and what is drawn on it once. */
#ifndef VH_SIMULATE_DEMO_SCENE_PRIVATE_H
#define VH_SIMULATE_DEMO_SCENE_PRIVATE_H

struct vh_colour {
    float r, g, b; /* 0 … 1, gamma-encoded */
};

enum {
    PANORAMA_WIDTH = 2048, /* wraps around */
    PANORAMA_HEIGHT = 600, /* the canvas is 576 high, the rest is for swaying */
    CREDITS_WIDTH = 190,
    CREDITS_HEIGHT = 1024, /* wraps around */
};

/* Draws the view: sky, hills, house, trees, fence, grass. */
void vh_scene_draw_panorama(struct vh_colour *panorama);

static inline struct vh_colour vh_colour_blend(struct vh_colour under, struct vh_colour over, float cover)
{
    under.r += (over.r - under.r) * cover;
    under.g += (over.g - under.g) * cover;
    under.b += (over.b - under.b) * cover;
    return under;
}

#endif
