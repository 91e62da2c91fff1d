/* The tape simulator's line kernels: every level gives the bits of plain C. */
#include "checkasm.h"

#include "dsp/tape_lines.h"

enum { MAX_TAPS = 41 };

struct lines {
    struct checkasm_plane in[3], ref, opt;
};

static struct lines make(int width, int in_bytes, int out_bytes)
{
    struct lines l;
    for (int i = 0; i < 3; i++)
        l.in[i] = checkasm_plane_make(width + MAX_TAPS, 1, in_bytes);
    l.ref = checkasm_plane_make(width, 1, out_bytes);
    l.opt = checkasm_plane_make(width, 1, out_bytes);
    return l;
}

static void fill(struct checkasm *ca, struct lines *l, enum checkasm_fill kind, float low, float high)
{
    for (int i = 0; i < 3; i++) {
        if (l->in[i].sample_bytes == 2)
            checkasm_fill(ca, &l->in[i], kind, 0, 65535);
        else
            checkasm_fill_f32(ca, &l->in[i], kind, low, high);
    }
    if (l->ref.sample_bytes == 4)
        checkasm_fill_f32(ca, &l->ref, kind, low, high);
    checkasm_plane_copy(&l->opt, &l->ref);
}

static void done(struct lines *l)
{
    for (int i = 0; i < 3; i++)
        checkasm_plane_free(&l->in[i]);
    checkasm_plane_free(&l->ref);
    checkasm_plane_free(&l->opt);
}

/* Runs `CALL` on both tables over all widths and fills; inside, t is the table, d the destination, n the
 * width. */
#define OVER(ca, in_bytes, out_bytes, low, high, out_type, CALL)                                             \
    do {                                                                                                     \
        int n_sizes;                                                                                         \
        const struct checkasm_size *size = checkasm_sizes(&n_sizes);                                         \
        for (int s = 0; s < n_sizes; s++)                                                                    \
            for (int kind = 0; kind < CHECKASM_FILLS; kind++) {                                              \
                int n = size[s].width;                                                                       \
                struct lines l = make(n, in_bytes, out_bytes);                                               \
                fill(ca, &l, (enum checkasm_fill)kind, low, high);                                           \
                const struct vh_dsp_tape_lines *t = &ref;                                                    \
                out_type *d = l.ref.data;                                                                    \
                CALL;                                                                                        \
                t = &opt;                                                                                    \
                d = l.opt.data;                                                                              \
                CALL;                                                                                        \
                checkasm_same_plane(ca, "line", &l.ref, &l.opt);                                             \
                if (n == 720 && kind == CHECKASM_RANDOM)                                                     \
                    CHECKASM_BENCH(ca, n)                                                                    \
                    {                                                                                        \
                        CALL;                                                                                \
                    }                                                                                        \
                done(&l);                                                                                    \
            }                                                                                                \
    } while (0)

CHECKASM_CHECK(tape_lines)
{
    struct vh_dsp_tape_lines ref, opt;
    vh_dsp_tape_lines_init(&ref, 0);
    vh_dsp_tape_lines_init(&opt, ca->cpu_flags);
    float taps[MAX_TAPS];
    for (int i = 0; i < MAX_TAPS; i++)
        taps[i] = (float)checkasm_random_in(ca, -1000, 1000) * 1e-3f;

    if (checkasm_begin(ca, "load", ref.load != opt.load))
        OVER(ca, 2, 4, 0, 1, float, t->load(d, l.in[0].data, n));
    if (checkasm_begin(ca, "load_121", ref.load_121 != opt.load_121))
        OVER(ca, 2, 4, 0, 1, float, t->load_121(d, l.in[0].data, l.in[1].data, l.in[2].data, n));
    if (checkasm_begin(ca, "store", ref.store != opt.store))
        OVER(ca, 4, 2, -400, 700, uint16_t, t->store(d, l.in[0].data, n));
    static const char *const firs[] = {"fir_1", "fir_11", "fir_21", "fir_31", "fir_41"};
    for (int i = 0; i < 5; i++)
        if (checkasm_begin(ca, firs[i], ref.fir != opt.fir))
            OVER(ca, 4, 4, -300, 300, float, t->fir(d, l.in[0].data, taps, 1 + 10 * i, n));
    if (checkasm_begin(ca, "noise", ref.noise != opt.noise))
        OVER(ca, 4, 4, 0, 1, float, t->noise(d, 0x123456789abcdef0u + (uint64_t)n, n));
    if (checkasm_begin(ca, "affine", ref.affine != opt.affine))
        OVER(ca, 4, 4, -300, 300, float, t->affine(d, 1.0371f, -7.3f, n));
    if (checkasm_begin(ca, "add", ref.add != opt.add))
        OVER(ca, 4, 4, -300, 300, float, t->add(d, l.in[0].data, 0.713f, n));
    if (checkasm_begin(ca, "mix", ref.mix != opt.mix))
        OVER(ca, 4, 4, -300, 300, float, t->mix(d, l.in[0].data, 0.713f, l.in[1].data, -0.3f, n));
}
