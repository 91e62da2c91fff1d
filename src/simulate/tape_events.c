/* What happens where on a tape: each event is drawn from the counter generator, so it can be asked for at any
 * time, by the part that makes the picture and by the part that writes the truth. */
#include "tape_private.h"

#include "counter_random.h"

#include <math.h>
#include <string.h>

int vh_simulate_parity(const struct vh_simulate *tape, int64_t field)
{
    int first = tape->order == VH_FIELDS_BFF;
    if (tape->options.flip_at > 0 && field >= 2 * (int64_t)tape->options.flip_at)
        first = !first;
    return first ^ (int)(field & 1);
}

int vh_simulate_field_lines(const struct vh_simulate *tape, int64_t field)
{
    return (tape->format.height + 1 - vh_simulate_parity(tape, field)) / 2;
}

static int field_chroma_lines(const struct vh_simulate *tape, int64_t field)
{
    int height = -(-tape->format.height >> tape->format.sub_y);
    return (height + 1 - vh_simulate_parity(tape, field)) / 2;
}

double vh_simulate_gain(const struct vh_simulate *tape, int64_t field)
{
    double gain = 1 + (field & 1 ? -0.5 : 0.5) * tape->options.head_pair;
    if (tape->options.flicker <= 0)
        return gain;
    uint64_t key = vh_random_key(tape->seed, VH_RANDOM_FLICKER, field, 0);
    return fmax(0.1, gain + tape->options.flicker * vh_random_normal(&key));
}

int vh_simulate_bounce(const struct vh_simulate *tape, int64_t field)
{
    if (tape->options.bounce <= 0)
        return 0;
    uint64_t key = vh_random_key(tape->seed, VH_RANDOM_BOUNCE, field, 0);
    bool jumps = 100 * vh_random_uniform(&key) < tape->options.bounce;
    int by = 1 + (int)(3 * vh_random_uniform(&key));
    return !jumps ? 0 : vh_random_uniform(&key) < 0.5 ? -by : by;
}

int vh_simulate_switch_line(const struct vh_simulate *tape, int64_t field)
{
    int lines = vh_simulate_field_lines(tape, field);
    return tape->options.head_switch < lines ? lines - tape->options.head_switch : 0;
}

int vh_simulate_tracking_band(const struct vh_simulate *tape, int64_t field, double *line)
{
    *line = 0;
    int height = tape->options.tracking;
    if (height <= 0)
        return 0;
    uint64_t key = vh_random_key(tape->seed, VH_RANDOM_TRACKING, 0, 0);
    double cycle = tape->format.height / 2.0 + height;
    double at = cycle * vh_random_uniform(&key) + tape->options.tracking_drift * (double)field;
    *line = at - cycle * floor(at / cycle) - height;
    return height;
}

double vh_simulate_tracking_strength(double band_line, int height, int line)
{
    double at = (line + 0.5 - band_line) / height;
    return height > 0 && at > 0 && at < 1 ? sin(3.14159265358979323846 * at) : 0;
}

/* AR(1) along the lines, started in its stationary state so that the rms holds from the first line on. */
static void add_jitter(const struct vh_simulate *tape, int64_t field, double *shift, int lines)
{
    uint64_t key = vh_random_key(tape->seed, VH_RANDOM_JITTER, field, 0);
    double rho = tape->options.jitter_correlation, rms = tape->options.jitter;
    double state = rms * vh_random_normal(&key), fresh = rms * sqrt(1 - rho * rho);
    for (int j = 0; j < lines; j++) {
        shift[j] += state;
        state = rho * state + fresh * vh_random_normal(&key);
    }
}

/* Single lines whose sync pulse was lost: 6 to 24 px to either side, each in a part of the field of its own.
 */
static void add_tears(const struct vh_simulate *tape, int64_t field, double *shift, int lines)
{
    uint64_t key = vh_random_key(tape->seed, VH_RANDOM_TORN, field, 0);
    double torn = tape->options.torn;
    for (int i = 0, n = (int)ceil(torn); i < n; i++) {
        bool there = vh_random_uniform(&key) < torn - i;
        int line = (int)((i + vh_random_uniform(&key)) * lines / n);
        double by = 6 + 18 * vh_random_uniform(&key);
        if (there)
            shift[line] += vh_random_uniform(&key) < 0.5 ? -by : by;
    }
}

static void add_tracking_shift(const struct vh_simulate *tape, int64_t field, double *shift, int lines)
{
    const double amplitude = 12; /* px at the middle of the band: torn, but still lines */
    double band;
    int height = vh_simulate_tracking_band(tape, field, &band);
    uint64_t key = vh_random_key(tape->seed, VH_RANDOM_TRACKING, field + 1, 1);
    for (int j = 0; height && j < lines; j++) {
        double noise = vh_random_normal(&key);
        shift[j] += amplitude * vh_simulate_tracking_strength(band, height, j) * noise;
    }
}

/* How far to the right all lines of a field stand. */
static double sidestep_of(const struct vh_simulate *tape, int64_t field)
{
    if (tape->options.sidestep <= 0)
        return 0;
    uint64_t key = vh_random_key(tape->seed, VH_RANDOM_SIDESTEP, field, 0);
    bool steps = 100 * vh_random_uniform(&key) < tape->options.sidestep;
    double by = 2 + 10 * vh_random_uniform(&key);
    return !steps ? 0 : vh_random_uniform(&key) < 0.5 ? -by : by;
}

void vh_simulate_line_shifts(const struct vh_simulate *tape, int64_t field, double *shift)
{
    const struct vh_simulate_options *o = &tape->options;
    int lines = vh_simulate_field_lines(tape, field), torn = vh_simulate_switch_line(tape, field);
    const double step = sidestep_of(tape, field),
                 decay = 3; /* flines: the time base has caught itself before the sync */
    for (int j = 0; j < lines; j++) {
        shift[j] = step + (o->flagging != 0 ? o->flagging * exp(-j / o->flagging_lines) : 0);
        if (o->skew != 0)
            shift[j] += o->skew * ((double)j / (lines > 1 ? lines - 1 : 1) - 0.5);
        if (j >= torn)
            shift[j] += o->head_switch_shift * exp(-(j - torn) / decay);
    }
    if (o->jitter > 0)
        add_jitter(tape, field, shift, lines);
    add_tears(tape, field, shift, lines);
    add_tracking_shift(tape, field, shift, lines);
    for (int j = 0; j < lines; j++)
        shift[j] = fmin(fmax(shift[j], -VH_TAPE_MAX_SHIFT), VH_TAPE_MAX_SHIFT);
}

static struct vh_dropout draw_dropout(const struct vh_simulate *tape, uint64_t *key, int lines)
{
    const struct vh_simulate_options *o = &tape->options;
    double scale = tape->format.width / 720.0;
    struct vh_dropout d = {.kind = VH_DROPOUT_WHITE, .tail = o->dropout_tail * scale};
    double length = 10 - (o->dropout_length - 10) * log(1 - vh_random_uniform(key));
    d.length = (int)(fmin(length, 400) * scale + 0.5);
    d.length = d.length < tape->format.width / 2 ? d.length : tape->format.width / 2;
    d.start = (int)(vh_random_uniform(key) * (tape->format.width - d.length));
    double lines_draw = vh_random_uniform(key);
    d.n_lines = lines_draw < 0.7 ? 1 : lines_draw < 0.92 ? 2 : 3;
    d.line = 1 + (int)(vh_random_uniform(key) * (lines - d.n_lines - 1));
    double kind = vh_random_uniform(key);
    if (vh_random_uniform(key) < o->dropout_concealed)
        d.kind = VH_DROPOUT_CONCEALED;
    else if (kind > 0.6)
        d.kind = kind < 0.85 ? VH_DROPOUT_BLACK : VH_DROPOUT_NOISE;
    if (d.kind == VH_DROPOUT_CONCEALED)
        d.tail = 0;
    return d;
}

static bool touches(const struct vh_dropout *a, const struct vh_dropout *b)
{
    if (a->line > b->line + b->n_lines + 1 || b->line > a->line + a->n_lines + 1)
        return false;
    int a_end = a->start + a->length + VH_TAPE_TAIL_REACH * (int)ceil(a->tail);
    int b_end = b->start + b->length + VH_TAPE_TAIL_REACH * (int)ceil(b->tail);
    return a->start <= b_end + 8 && b->start <= a_end + 8;
}

int vh_simulate_dropouts(const struct vh_simulate *tape, int64_t field, struct vh_dropout *list)
{
    if (tape->options.dropouts <= 0)
        return 0;
    uint64_t key = vh_random_key(tape->seed, VH_RANDOM_DROPOUT, field, 0);
    int lines = vh_simulate_field_lines(tape, field), n = 0;
    int wanted = vh_random_count(&key, tape->options.dropouts);
    wanted = wanted < VH_SIMULATE_MAX_DROPOUTS ? wanted : VH_SIMULATE_MAX_DROPOUTS;
    for (int tries = 32 * wanted; n < wanted && tries > 0; tries--) {
        struct vh_dropout d = draw_dropout(tape, &key, lines);
        int clash = 0;
        for (int i = 0; i < n; i++)
            clash |= touches(&d, &list[i]);
        if (!clash)
            list[n++] = d;
    }
    return n;
}

int vh_simulate_chroma_losses(const struct vh_simulate *tape, int64_t field, int *line)
{
    if (tape->options.chroma_loss <= 0 || tape->format.n_planes < 3)
        return 0;
    uint64_t key = vh_random_key(tape->seed, VH_RANDOM_CHROMA_LOSS, field, 0);
    int lines = field_chroma_lines(tape, field), n = 0;
    int wanted = vh_random_count(&key, tape->options.chroma_loss);
    wanted = wanted < VH_SIMULATE_MAX_LOSSES ? wanted : VH_SIMULATE_MAX_LOSSES;
    for (int tries = 4 * wanted; n < wanted && tries > 0; tries--) {
        int at = (int)(vh_random_uniform(&key) * lines), i = n;
        for (i = n; i > 0 && line[i - 1] > at; i--)
            ;
        if (i > 0 && line[i - 1] == at)
            continue;
        memmove(line + i + 1, line + i, (size_t)(n - i) * sizeof *line);
        line[i] = at;
        n++;
    }
    return n;
}

/* True for one frame of every block of 1000 / rate frames. */
static bool strikes(const struct vh_simulate *tape, int64_t index, double rate, int what)
{
    if (rate <= 0)
        return false;
    int64_t block_frames = (int64_t)floor(1000 / rate + 0.5), block = index / block_frames;
    uint64_t key = vh_random_key(tape->seed, VH_RANDOM_TIMELINE, block, what);
    return index - block * block_frames == (int64_t)(vh_random_uniform(&key) * (double)block_frames);
}

int vh_simulate_copies(const struct vh_simulate *tape, int64_t index)
{
    if (strikes(tape, index, tape->options.drops, 0))
        return 0;
    return strikes(tape, index, tape->options.doubles, 1) ? 2 : 1;
}

bool vh_simulate_is_blank(const struct vh_simulate *tape, int64_t index)
{
    const struct vh_simulate_options *o = &tape->options;
    return o->blank != VH_TAPE_BLANK_NONE && index >= o->blank_at &&
           index < (int64_t)o->blank_at + o->blank_frames;
}

const char *vh_dropout_kind_name(enum vh_dropout_kind kind)
{
    static const char *const names[] = {"white", "black", "noise", "concealed"};
    return names[kind];
}
