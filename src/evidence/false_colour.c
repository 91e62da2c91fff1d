/* Two estimates of a block's false colour, and what they have in common. */
#include "evidence/false_colour.h"

#include <complex.h>
#include <math.h>

#define PI 3.14159265358979323846

bool vh_false_colour_open(
    struct vh_false_colour_job *job, const struct vh_window *window, const struct vh_motion *motion)
{
    const struct vh_image_const *now = vh_window_at(window, 0), *before = vh_window_at(window, -2),
                                *behind = vh_window_at(window, 2);
    if (!motion || !before || !behind || now->n_planes < 3 || !vh_is_525(window->frame_height) ||
        !vh_motion_usable(motion, -2) || !vh_motion_usable(motion, 2))
        return false;
    *job = (struct vh_false_colour_job){.carrier = vh_carrier_of(now->plane[0].width, window->frame_height),
        .now = *now,
        .before = *before,
        .behind = *behind,
        .motion = motion};
    return true;
}

/* Colour of a line at x in units of the carrier; `at` lies inside. */
static double complex colour_at(const struct vh_image_const *image, int y, double x)
{
    const struct vh_plane_const *u = &image->plane[1], *v = &image->plane[2];
    x = fmin(fmax(x, 0), u->width - 1);
    int at = (int)x, next = at + 1 < u->width ? at + 1 : at;
    const uint16_t *a = u->data + y * u->stride, *b = v->data + y * v->stride;
    double part = x - at, cb = a[at] + part * (a[next] - a[at]), cr = b[at] + part * (b[next] - b[at]);
    return VH_CARRIER_PER_CR * cr - I * VH_CARRIER_PER_CB * cb;
}

/* The way to one of the neighbours. */
struct way {
    const struct vh_image_const *to;
    double right;        /* samples of chroma */
    int down;            /* lines of chroma */
    double complex turn; /* exp(i D) */
};

static bool find_way(struct way *way, const struct vh_false_colour_job *job, bool behind, struct vh_mv mv)
{
    static const double least = 0.3; /* of |1 - exp(i D)|: noise is amplified by as much */
    int lines = (int)lrint(mv.y / 8.0), mask = (1 << job->now.sub_y) - 1;
    double right = mv.x / 4.0;
    double turns = (behind ? -0.5 : 0.5) - job->carrier.per_sample * right - job->carrier.per_line * lines;
    *way = (struct way){.to = behind ? &job->behind : &job->before,
        .right = right / (1 << job->now.sub_x),
        .down = lines / (mask + 1),
        .turn = cexp(I * 2 * PI * (turns - floor(turns)))};
    return !(lines & mask) && cabs(1 - way->turn) >= least;
}

static bool reaches(const struct vh_false_colour *b, const struct way *way)
{
    return b->y0 + way->down >= 0 && b->y1 + way->down <= way->to->plane[1].height;
}

static bool find_ways(
    struct way way[2], const struct vh_false_colour *b, const struct vh_false_colour_job *job, int bx, int by)
{
    const struct vh_motion *motion = job->motion;
    const struct vh_motion_ref *before = &motion->ref[0], *behind = &motion->ref[VH_MOTION_REFS - 1];
    int at = (2 * by + 1) * motion->n_x + 2 * bx + 1, texture = motion->activity[at];
    struct vh_mv p = before->mv[at], q = behind->mv[at];
    bool stands = p.x == 0 && p.y == 0 && q.x == 0 && q.y == 0;
    return !stands && before->sad[at] <= texture && behind->sad[at] <= texture &&
           find_way(&way[0], job, false, p) && find_way(&way[1], job, true, q) && reaches(b, &way[0]) &&
           reaches(b, &way[1]);
}

bool vh_false_colour_look(
    struct vh_false_colour *found, const struct vh_false_colour_job *job, int bx, int by)
{
    static const double apart = 0.5; /* of 1 - cos: carriers forward and backward that can be told apart */
    struct vh_false_colour *b = found;
    const struct vh_plane_const *chroma = &job->now.plane[1];
    struct way way[2];
    b->x0 = bx * VH_FALSE_COLOUR_W >> job->now.sub_x;
    b->x1 = (bx + 1) * VH_FALSE_COLOUR_W >> job->now.sub_x;
    b->x1 = b->x1 < chroma->width ? b->x1 : chroma->width;
    b->y0 = by * VH_FALSE_COLOUR_H >> job->now.sub_y;
    b->y1 = (by + 1) * VH_FALSE_COLOUR_H >> job->now.sub_y;
    b->y1 = b->y1 < chroma->height ? b->y1 : chroma->height;
    if (b->x1 <= b->x0 || b->y1 <= b->y0 || !find_ways(way, b, job, bx, by))
        return false;
    double complex both = 0, one = 1 / (1 - way[0].turn), other = 1 / (1 - way[1].turn);
    double power = 1;
    int k = 0;
    for (int y = b->y0; y < b->y1; y++)
        for (int x = b->x0; x < b->x1; x++, k++) {
            double complex c = colour_at(&job->now, y, x);
            double complex p = one * (c - colour_at(way[0].to, y + way[0].down, x + way[0].right));
            double complex q = other * (c - colour_at(way[1].to, y + way[1].down, x + way[1].right));
            both += p * conj(q);
            power += creal(p * conj(p)) + creal(q * conj(q));
            b->u[k] = (float)(-0.5 / VH_CARRIER_PER_CB * cimag(p + q));
            b->v[k] = (float)(0.5 / VH_CARRIER_PER_CR * creal(p + q));
        }
    b->coherence = fmax(0, 2 * creal(both) / power);
    double complex mirror = way[0].turn * conj(way[1].turn);
    double differ = 1 - creal(mirror);
    b->amplitude2 =
        differ < apart ? NAN : (creal(both) - creal(mirror * both)) / (differ * k) / (VH_CODE * VH_CODE);
    return true;
}
