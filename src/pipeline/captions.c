/* A ring of caption triplets with their times. */
#include "pipeline/captions.h"

#include "core/memory.h"
#include "core/status.h"

#include <pthread.h>
#include <string.h>

enum {
    TRIPLET = 3,              /* bytes: marker and type, two of data (A/53 part 4, 6.2.3) */
    PICTURE_LIMIT = 31,       /* triplets a picture may carry */
    RING = 64 * PICTURE_LIMIT /* far more than is under way between decoder and encoder */
};

struct triplet {
    int64_t time_us;
    uint8_t byte[TRIPLET];
};

struct vh_captions {
    bool kept;
    pthread_mutex_t lock; /* guards all below */
    struct triplet ring[RING];
    int first, n;
    int64_t n_lost;
};

int vh_captions_create(struct vh_captions **captions, bool kept)
{
    struct vh_captions *c = *captions = vh_alloc(1, sizeof *c);
    if (!c)
        return VH_ERR_RESOURCE;
    c->kept = kept;
    pthread_mutex_init(&c->lock, NULL);
    return VH_OK;
}

void vh_captions_destroy(struct vh_captions **captions)
{
    if (!captions || !*captions)
        return;
    pthread_mutex_destroy(&(*captions)->lock);
    vh_freep(captions);
}

/* cc_valid; padding of an encoder that has nothing to say is not. */
static bool says_something(const uint8_t *triplet)
{
    return triplet[0] & 4;
}

/* False when it is lost. */
static bool append(struct vh_captions *c, const uint8_t *triplet, int64_t time_us)
{
    if (!c->kept || c->n == RING)
        return false;
    struct triplet *t = &c->ring[(c->first + c->n++) % RING];
    t->time_us = time_us;
    memcpy(t->byte, triplet, TRIPLET);
    return true;
}

void vh_captions_take(struct vh_captions *c, AVFrame *frame, int64_t time_us)
{
    const AVFrameSideData *data = av_frame_get_side_data(frame, AV_FRAME_DATA_A53_CC);
    bool lost = false;
    if (!data)
        return;
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i + TRIPLET <= data->size; i += TRIPLET)
        if (says_something(data->data + i))
            lost |= !append(c, data->data + i, time_us);
    c->n_lost += lost;
    pthread_mutex_unlock(&c->lock);
    av_frame_remove_side_data(frame, AV_FRAME_DATA_A53_CC);
}

void vh_captions_add(struct vh_captions *c, bool second, const uint8_t pair[2], int64_t time_us)
{
    enum { MARKER = 0xf8, VALID = 4, FIELD_2 = 1, NOTHING = 0x80 };
    const uint8_t triplet[TRIPLET] = {MARKER | VALID | (second ? FIELD_2 : 0), pair[0], pair[1]};
    if (pair[0] == NOTHING && pair[1] == NOTHING)
        return;
    pthread_mutex_lock(&c->lock);
    c->n_lost += !append(c, triplet, time_us);
    pthread_mutex_unlock(&c->lock);
}

/* Triplets due at `time_us`, at most what one picture carries. */
static int n_due(const struct vh_captions *c, int64_t time_us)
{
    int n = 0;
    while (n < c->n && n < PICTURE_LIMIT && c->ring[(c->first + n) % RING].time_us <= time_us)
        n++;
    return n;
}

int vh_captions_give(struct vh_captions *c, AVFrame *frame, int64_t time_us)
{
    int status = VH_OK;
    pthread_mutex_lock(&c->lock);
    int n = n_due(c, time_us);
    AVFrameSideData *data =
        n ? av_frame_new_side_data(frame, AV_FRAME_DATA_A53_CC, (size_t)n * TRIPLET) : NULL;
    if (n && !data)
        status = VH_ERR_RESOURCE;
    for (int i = 0; data && i < n; i++) {
        memcpy(data->data + i * TRIPLET, c->ring[c->first].byte, TRIPLET);
        c->first = (c->first + 1) % RING;
        c->n--;
    }
    pthread_mutex_unlock(&c->lock);
    return status;
}

int64_t vh_captions_lost(struct vh_captions *c)
{
    pthread_mutex_lock(&c->lock);
    int64_t n = c->n_lost;
    pthread_mutex_unlock(&c->lock);
    return n;
}
