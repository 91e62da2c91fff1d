/* Asking a tape for everything that was done to it. Lists grow by doubling. */
#include "simulate/tape_truth.h"

#include "core/memory.h"
#include "core/status.h"

#include <string.h>

/* A list of items of one size, growing. */
struct list {
    void *data;
    int n, room;
    bool failed;
};

static void list_add(struct list *list, const void *item, size_t size)
{
    if (list->n == list->room && !list->failed) {
        int room = list->room ? 2 * list->room : 64;
        void *more = vh_alloc((size_t)room, size);
        if (!more) {
            list->failed = true;
            return;
        }
        if (list->n)
            memcpy(more, list->data, (size_t)list->n * size);
        vh_free(list->data);
        list->data = more;
        list->room = room;
    }
    if (!list->failed)
        memcpy((char *)list->data + (size_t)list->n++ * size, item, size);
}

struct lists {
    struct list doubled, lost, dropout, loss, gain, band, click, hole;
};

static void collect_frames(struct lists *lists, struct vh_tape_truth *truth, const struct vh_simulate *tape)
{
    for (int64_t t = 0; t < truth->n_frames; t++) {
        int copies = vh_simulate_copies(tape, t);
        truth->n_captured += copies;
        if (copies != 1)
            list_add(copies ? &lists->doubled : &lists->lost, &t, sizeof t);
    }
}

static void collect_field(struct lists *lists, const struct vh_simulate *tape, int64_t field)
{
    struct vh_dropout dropout[VH_SIMULATE_MAX_DROPOUTS];
    int n = vh_simulate_dropouts(tape, field, dropout);
    for (int i = 0; i < n; i++) {
        struct vh_truth_dropout item = {field, dropout[i]};
        list_add(&lists->dropout, &item, sizeof item);
    }
    int line[VH_SIMULATE_MAX_LOSSES];
    n = vh_simulate_chroma_losses(tape, field, line);
    for (int i = 0; i < n; i++) {
        struct vh_truth_loss item = {field, line[i]};
        list_add(&lists->loss, &item, sizeof item);
    }
    if (vh_simulate_options(tape)->flicker > 0 || vh_simulate_options(tape)->head_pair != 0) {
        double gain = vh_simulate_gain(tape, field);
        list_add(&lists->gain, &gain, sizeof gain);
    }
    double band;
    if (vh_simulate_tracking_band(tape, field, &band))
        list_add(&lists->band, &band, sizeof band);
}

static void collect_sound(struct lists *lists, const struct vh_tape_sound *sound, int64_t n_samples)
{
    int rate = vh_tape_sound_format(sound)->sample_rate;
    struct vh_click click[VH_TAPE_MAX_CLICKS];
    for (int64_t second = 0; second * rate < n_samples; second++) {
        int n = vh_tape_sound_clicks(sound, second, click);
        for (int i = 0; i < n; i++)
            if (click[i].sample < n_samples)
                list_add(&lists->click, &click[i], sizeof *click);
    }
    struct vh_sound_hole hole[VH_TAPE_MAX_HOLES];
    for (int64_t block = 0; block * 10 * rate < n_samples; block++) {
        int n = vh_tape_sound_holes(sound, block, hole);
        for (int i = 0; i < n; i++)
            if (hole[i].sample < n_samples)
                list_add(&lists->hole, &hole[i], sizeof *hole);
    }
}

/* Moves the lists into the truth; false when one of them ran out of memory. */
static bool hand_over(struct vh_tape_truth *truth, const struct lists *l)
{
    truth->doubled = l->doubled.data, truth->n_doubled = l->doubled.n;
    truth->lost = l->lost.data, truth->n_lost = l->lost.n;
    truth->dropout = l->dropout.data, truth->n_dropouts = l->dropout.n;
    truth->loss = l->loss.data, truth->n_losses = l->loss.n;
    truth->gain = l->gain.data;
    truth->band = l->band.data;
    truth->click = l->click.data, truth->n_clicks = l->click.n;
    truth->hole = l->hole.data, truth->n_holes = l->hole.n;
    return !(l->doubled.failed || l->lost.failed || l->dropout.failed || l->loss.failed || l->gain.failed ||
             l->band.failed || l->click.failed || l->hole.failed);
}

int vh_tape_truth_collect(struct vh_tape_truth *truth, const struct vh_simulate *tape,
    const struct vh_tape_sound *sound, int64_t n_frames, int64_t n_samples)
{
    const struct vh_simulate_format *f = vh_simulate_format(tape);
    *truth = (struct vh_tape_truth){.options = *vh_simulate_options(tape),
        .width = f->width,
        .height = f->height,
        .sub_x = f->sub_x,
        .sub_y = f->sub_y,
        .n_planes = f->n_planes,
        .frame_rate = f->frame_rate,
        .order = vh_simulate_order(tape),
        .n_frames = n_frames,
        .overshoot = vh_simulate_overshoot(tape),
        .n_fields = (int)(2 * n_frames)};
    for (int field = 0; field < 2; field++)
        truth->switch_line[vh_simulate_parity(tape, field)] = vh_simulate_switch_line(tape, field);
    struct lists lists = {0};
    collect_frames(&lists, truth, tape);
    for (int64_t field = 0; field < 2 * n_frames; field++)
        collect_field(&lists, tape, field);
    if (sound) {
        truth->n_samples = n_samples;
        truth->sample_rate = vh_tape_sound_format(sound)->sample_rate;
        truth->n_channels = vh_tape_sound_format(sound)->n_channels;
        collect_sound(&lists, sound, n_samples);
    }
    if (!hand_over(truth, &lists)) {
        vh_tape_truth_uninit(truth);
        return VH_ERR_RESOURCE;
    }
    return VH_OK;
}

void vh_tape_truth_uninit(struct vh_tape_truth *truth)
{
    vh_free(truth->doubled);
    vh_free(truth->lost);
    vh_free(truth->dropout);
    vh_free(truth->loss);
    vh_free(truth->gain);
    vh_free(truth->band);
    vh_free(truth->click);
    vh_free(truth->hole);
    *truth = (struct vh_tape_truth){0};
}
