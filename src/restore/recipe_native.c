/* The native parts of the recipe: which stages stand where, and what measurement switches each on.
 *
 * A rule gets the stage's options as the user left them, fills what stands at auto from the profile, and says
 * on, off or silence, with the reason. A stage without a rule never runs.
 */
#include "recipe_build.h"

#include "core/memory.h"
#include "core/status.h"
#include "restore/looks.h"
#include "restore/motion_deinterlace.h"
#include "restore/repairs.h"

#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const vh_repair_switch_names[] = {"auto", "on", "off", NULL};

enum verdict {
    SILENT, /* not even worth a line in the plan */
    OFF,    /* looked at, not needed: say so */
    ON,
};

enum { REASON_BYTES = 192 };

struct rule {
    const char *stage;
    enum verdict (*decide)(const struct recipe_build *build, void *options, char *reason);
};

/* Fills *value from the profile where it is NaN; false when it is not known either. */
static bool known(const struct recipe_build *build, const char *key, double *value)
{
    if (isnan(*value))
        *value = recipe_value(build, key, NAN);
    return !isnan(*value);
}

/* True when the repair may look at measurements; says why not otherwise. */
static bool may_measure(const struct recipe_build *build, int mode, char *reason)
{
    if (mode == VH_SWITCH_OFF)
        snprintf(reason, REASON_BYTES, "switched off");
    else if (mode == VH_SWITCH_AUTO && build->request->options->repair == VH_REPAIR_NONE)
        snprintf(reason, REASON_BYTES, "--repair none");
    else
        return true;
    return false;
}

/* For repairs of fields that a switch alone rules: true when *verdict is settled before any measurement. */
static bool settled(const struct recipe_build *build, int mode, char *reason, enum verdict *verdict)
{
    *verdict = SILENT;
    if (build->kind == VH_KIND_PROGRESSIVE)
        return true;
    if (mode == VH_SWITCH_ON) {
        snprintf(reason, REASON_BYTES, "asked for");
        *verdict = ON;
        return true;
    }
    if (may_measure(build, mode, reason))
        return false;
    *verdict = mode == VH_SWITCH_OFF ? OFF : SILENT;
    return true;
}

static double dead_zone(const char *key)
{
    const struct vh_profile_key *k = vh_profile_find_key(key);
    return k ? k->dead_zone : 0;
}

static enum verdict decide_head_switch(const struct recipe_build *build, void *options, char *reason)
{
    struct vh_head_switch_options *o = options;
    bool by_hand = !isnan(o->lines) || o->mode == VH_HEAD_SWITCH_REBUILD || o->mode == VH_HEAD_SWITCH_MASK;
    if (!by_hand &&
        !may_measure(build, o->mode == VH_HEAD_SWITCH_OFF ? VH_SWITCH_OFF : VH_SWITCH_AUTO, reason))
        return o->mode == VH_HEAD_SWITCH_OFF ? OFF : SILENT;
    if (!known(build, "headswitch.lines", &o->lines) || o->lines <= 0) {
        snprintf(reason, REASON_BYTES, "no head-switching band was found");
        return OFF;
    }
    snprintf(reason, REASON_BYTES, "the last %.0f lines of each field are torn: %s", o->lines,
        o->mode == VH_HEAD_SWITCH_MASK ? "made black" : "rebuilt from those above");
    return ON;
}

static enum verdict decide_tracking(const struct recipe_build *build, void *options, char *reason)
{
    const struct vh_tracking_options *o = options;
    enum verdict verdict;
    double bands = recipe_value(build, "tracking.bands", NAN);
    if (settled(build, o->mode, reason, &verdict))
        return verdict;
    if (isnan(bands))
        return SILENT;
    bool on = bands >= dead_zone("tracking.bands");
    if (on)
        snprintf(reason, REASON_BYTES, "%.2f tracking bands per field were measured", bands);
    else
        snprintf(reason, REASON_BYTES, "no tracking bands were found");
    return on ? ON : OFF;
}

static enum verdict decide_line_sync(const struct recipe_build *build, void *options, char *reason)
{
    const struct vh_line_sync_options *o = options;
    enum verdict verdict;
    double jitter;
    if (settled(build, o->mode, reason, &verdict))
        return verdict;
    jitter = recipe_value(build, "jitter.rms", NAN);
    if (!(jitter >= dead_zone("jitter.rms"))) {
        snprintf(reason, REASON_BYTES,
            isnan(jitter) ? "no line jitter was measured" : "lines are steady (%.2f px)", jitter);
        return OFF;
    }
    snprintf(reason, REASON_BYTES, "lines jitter by %.2f px (measured)", jitter);
    return ON;
}

/* One pass leaves what the neighbours jitter by (line-sync.md); the second sees them steadied. */
static enum verdict decide_line_sync_again(const struct recipe_build *build, void *options, char *reason)
{
    static const double worth_it = 0.3; /* px: a second look costs as much as the first */
    double jitter = recipe_value(build, "jitter.rms", NAN);
    if (decide_line_sync(build, options, reason) != ON || jitter < worth_it)
        return SILENT;
    snprintf(reason, REASON_BYTES, "second pass, against neighbours that are steady now");
    return ON;
}

static enum verdict decide_flicker(const struct recipe_build *build, void *options, char *reason)
{
    const struct vh_flicker_options *o = options;
    enum verdict verdict;
    if (settled(build, o->mode, reason, &verdict))
        return verdict;
    double flicker = recipe_value(build, "flicker", NAN);
    bool on = flicker >= dead_zone("flicker");
    if (isnan(flicker))
        snprintf(reason, REASON_BYTES, "flicker was not measured with enough confidence");
    else
        snprintf(reason, REASON_BYTES, "brightness %s by %.2f %%%s (measured)",
            on ? "flickers" : "is steady: it varies", flicker,
            recipe_value(build, "flicker.kind", 0) > 0.5 ? ", from head to head" : "");
    return on ? ON : OFF;
}

static enum verdict decide_chroma_shift(const struct recipe_build *build, void *options, char *reason)
{
    struct vh_chroma_shift_options *o = options;
    bool by_hand = !isnan(o->delay_x) || !isnan(o->delay_y);
    if (build->request->format.pix_fmt == AV_PIX_FMT_GRAY8 ||
        (!by_hand && !may_measure(build, o->mode, reason)))
        return o->mode == VH_SWITCH_OFF ? OFF : SILENT;
    bool x = known(build, "chroma.delay_x", &o->delay_x), y = known(build, "chroma.delay_y", &o->delay_y);
    if (!x && !y) {
        snprintf(reason, REASON_BYTES, "the delay of chroma was not measured with enough confidence");
        return OFF;
    }
    o->delay_x = x ? o->delay_x : 0;
    o->delay_y = y ? o->delay_y : 0;
    if (!by_hand && o->mode == VH_SWITCH_AUTO) {
        o->delay_x = fabs(o->delay_x) < dead_zone("chroma.delay_x") ? 0 : o->delay_x;
        o->delay_y = fabs(o->delay_y) < dead_zone("chroma.delay_y") ? 0 : o->delay_y;
    }
    snprintf(reason, REASON_BYTES, "chroma lies %.2f px right of and %.2f field lines below luma (%s)",
        o->delay_x, o->delay_y, by_hand ? "given" : "measured");
    return o->delay_x != 0 || o->delay_y != 0 ? ON : OFF;
}

static enum verdict decide_dropouts(const struct recipe_build *build, void *options, char *reason)
{
    const struct vh_dropout_options *o = options;
    enum verdict verdict;
    double rate = recipe_value(build, "dropout.rate", NAN);
    if (build->recipe->order == VH_FIELDS_PROGRESSIVE)
        return SILENT;
    if (settled(build, o->mode, reason, &verdict))
        return verdict;
    if (isnan(rate))
        return SILENT;
    snprintf(reason, REASON_BYTES, "%.2f dropouts per field were measured", rate);
    static const double by_motion = 0.5; /* found on clean footage with hard motion: up to 0.3 (motion.md) */
    return rate > fmax(by_motion, dead_zone("dropout.rate")) ? ON : OFF;
}

/* 7.5 IRE of setup left in the picture: black at 32, white at 235 (SMPTE 170M through a decoder that keeps
 * it). */
static enum verdict take_off_setup(
    const struct recipe_build *build, struct vh_adjust_options *o, char *reason)
{
    double setup = 0;
    if (build->request->options->repair == VH_REPAIR_NONE || !build->request->profile ||
        !vh_profile_defect(build->request->profile, "level.setup", &setup))
        return SILENT;
    o->contrast = 219.0 / (235 - 32);
    o->brightness = -(o->contrast - 1) / 2; /* white stays where it is */
    snprintf(reason, REASON_BYTES, "7.5 IRE setup was left in the picture (measured): black from 32 to 16");
    return ON;
}

static enum verdict decide_adjust(const struct recipe_build *build, void *options, char *reason)
{
    struct vh_adjust_options *o = options;
    if (!vh_adjust_changes(o))
        return take_off_setup(build, o, reason);
    snprintf(reason, REASON_BYTES, "given: brightness %g, contrast %g, gamma %g, saturation %g",
        o->brightness, o->contrast, o->gamma, o->saturation);
    return ON;
}

static enum verdict decide_lut(const struct recipe_build *build, void *options, char *reason)
{
    const struct vh_lut_options *o = options;
    (void)build;
    if (!o->file || !*o->file)
        return SILENT;
    snprintf(reason, REASON_BYTES, "given: %.120s at strength %g", o->file, o->strength);
    return vh_lut_changes(o) ? ON : OFF;
}

/* What of the noise's power is left when pictures are sharpened, by what denoises before: the shares that
 * gave the best PSNR on n1 and p2 (sp and worn; chroma's after a look at n2 and n3 too), for libavfilter's
 * and for none rounded up, since there what is left flickers (docs/algorithms/luma-response.md). */
static double share_left(const struct recipe_build *build, double motion)
{
    static const double filters = 0.2, nothing = 0.5;
    const char *denoise = build->request->options->denoise;
    if (denoise && !strcmp(denoise, "none"))
        return nothing;
    bool by_motion =
        !denoise || !*denoise || !strcmp(denoise, "auto") || !strncmp(denoise, "motion", strlen("motion"));
    return by_motion && recipe_has_native(build, "motion-deinterlace") ? motion : filters;
}

/* The noise lies within the bandwidth of the tape, which lifts its power per bin there by about a half. A
 * response that is known roughly must not be undone as if it were known exactly: what the fit left
 * unexplained counts as noise (0.2 nepers on foreign tapes: as much as their noise; 0.4 on the made scene,
 * where the sharper filter rings; docs/algorithms/halo.md). */
static double noise_left(const struct recipe_build *build)
{
    static const double per_misfit2 = 12;
    double sigma = recipe_value(build, "noise.luma", 1), misfit = recipe_value(build, "response.misfit", 0);
    return fmax(fmax(1.5 * sigma * sigma * share_left(build, 0.06), per_misfit2 * misfit * misfit), 0.02);
}

static void choose_phase(const struct recipe_build *build, const char *key, struct vh_response_options *r)
{
    if (r->phase == VH_PHASE_AUTO)
        r->phase = recipe_value(build, key, 0) > 0.5 ? VH_PHASE_LINEAR : VH_PHASE_MINIMUM;
}

/* Fills what stands at auto of a response; `usual_order` where nothing was measured. False without a corner.
 */
static bool known_response(
    const struct recipe_build *build, const char *prefix, double usual_order, struct vh_response_options *r)
{
    char key[48];
    snprintf(key, sizeof key, "%scorner", prefix);
    if (!known(build, key, &r->corner) || r->corner <= 0)
        return false;
    snprintf(key, sizeof key, "%sorder", prefix);
    r->order = known(build, key, &r->order) ? r->order : usual_order;
    snprintf(key, sizeof key, "%speak", prefix);
    r->peak = known(build, key, &r->peak) ? r->peak : 0;
    snprintf(key, sizeof key, "%speak_at", prefix);
    r->peak_at = known(build, key, &r->peak_at) ? r->peak_at : 0.45 * r->corner;
    snprintf(key, sizeof key, "%sphase", prefix);
    choose_phase(build, key, r);
    return true;
}

/* Where the spectrum tells no limit but edges show a halo: the hump behind it is undone, nothing is lifted.
 */
static bool take_back_halo(const struct recipe_build *build, struct vh_equalise_options *o, char *reason)
{
    static const double no_corner_mhz = 99, steep = 8, usual_detail = 100;
    struct vh_response_options *r = &o->response;
    double right = 0, left = 0, peak = NAN, peak_at = NAN;
    if (!build->request->profile)
        return false;
    bool halo = vh_profile_defect(build->request->profile, "halo.overshoot", &right) |
                vh_profile_defect(build->request->profile, "halo.left", &left);
    if (!halo || !known(build, "halo.peak", &peak) || !known(build, "halo.peak_at", &peak_at))
        return false;
    r->corner = no_corner_mhz;
    r->order = steep;
    r->peak = peak;
    r->peak_at = peak_at;
    choose_phase(build, "halo.phase", r);
    o->detail = isnan(o->detail) ? usual_detail : o->detail;
    o->noise = isnan(o->noise) ? noise_left(build) : o->noise;
    snprintf(reason, REASON_BYTES,
        "edges overshoot by %.0f %% right and %.0f %% left: hump %.1f dB at %.2f MHz undone, %s phase",
        100 * right, 100 * left, r->peak, r->peak_at, vh_response_phase_names[r->phase]);
    return true;
}

/* A picture that falls off gently is a soft camera's or lens's, which is nobody's to sharpen: tapes cut off
 * by 18 dB per octave and more (fits of eighteen tapes: order 3.1 and up; a noisy aerial camera: 2.5, and
 * sharpening it lifted the capture's own compression; docs/algorithms/halo.md). */
static bool is_camera_softness(const struct vh_response_options *r)
{
    static const double gentle_order = 2.8;
    return r->order < gentle_order;
}

/* The spectrum cannot tell a hump of the tape from a scene rich in middle frequencies, edges can: where they
 * were seen and stand without any overshoot, there is none. */
static bool edges_deny_hump(const struct recipe_build *build)
{
    static const double none =
        0.03; /* of the step; tapes with a hump that was worth undoing: 0.05 and more */
    const struct vh_profile *profile = build->request->profile;
    const struct vh_measurement *hump = profile ? vh_profile_get(profile, "response.peak") : NULL;
    double right, left;
    return hump && !hump->by_hand && vh_profile_known(profile, "halo.overshoot", &right) &&
           vh_profile_known(profile, "halo.left", &left) && right < none && left < none;
}

static enum verdict decide_equalise(const struct recipe_build *build, void *options, char *reason)
{
    static const double usual_order = 4, usual_detail = 100; /* VHS: docs/algorithms/luma-response.md */
    static const double widest_mhz =
        3.2; /* VHS, Video8 and Betamax end below; beyond, softness is the camera's */
    struct vh_equalise_options *o = options;
    struct vh_response_options *r = &o->response;
    bool by_hand = !isnan(r->corner);
    if (!by_hand && !may_measure(build, o->mode, reason))
        return o->mode == VH_SWITCH_OFF ? OFF : SILENT;
    bool found = known_response(build, "response.", usual_order, r);
    bool narrow = found && (r->corner <= widest_mhz || by_hand || o->mode == VH_SWITCH_ON);
    if (narrow && !by_hand && o->mode == VH_SWITCH_AUTO && is_camera_softness(r)) {
        snprintf(
            reason, REASON_BYTES, "luma falls off gently from %.1f MHz: the camera's softness", r->corner);
        return OFF;
    }
    if (!narrow && take_back_halo(build, o, reason))
        return ON;
    if (!narrow) {
        if (found)
            snprintf(reason, REASON_BYTES, "luma reaches %.1f MHz: no narrow tape, and no halo", r->corner);
        else
            snprintf(reason, REASON_BYTES, "no limit of the luma bandwidth was measured, and no halo");
        return OFF;
    }
    if (!by_hand && edges_deny_hump(build))
        r->peak = 0;
    o->detail = known(build, "response.detail", &o->detail) ? o->detail : usual_detail;
    o->noise = isnan(o->noise) ? noise_left(build) : o->noise;
    snprintf(reason, REASON_BYTES,
        "luma ends at %.2f MHz (%.0f dB per octave), hump %.1f dB at %.2f MHz, %s phase (%s)", r->corner,
        6 * r->order, r->peak, r->peak_at, vh_response_phase_names[r->phase], by_hand ? "given" : "measured");
    return ON;
}

/* Power per bin of the chroma noise that is left: the noise found lies within the bandwidth of chroma, 1.2
 * times its corner wide (both signs of frequency). */
static double chroma_noise_left(const struct recipe_build *build, double corner_mhz)
{
    static const double usual_sigma = 2;
    int sub_x = 0, sub_y = 0;
    av_pix_fmt_get_chroma_sub_sample(build->request->format.pix_fmt, &sub_x, &sub_y);
    double sigma = recipe_value(build, "noise.chroma", usual_sigma),
           corner = corner_mhz * (1 << sub_x) / 13.5;
    return fmax(sigma * sigma / (2.4 * corner) * share_left(build, 0.09), 0.02);
}

static enum verdict decide_chroma_restore(const struct recipe_build *build, void *options, char *reason)
{
    static const double usual_order = 2, usual_detail = 5; /* VHS: docs/algorithms/chroma-response.md */
    struct vh_chroma_restore_options *o = options;
    struct vh_response_options *r = &o->response;
    bool by_hand = !isnan(r->corner);
    if (!by_hand && !may_measure(build, o->mode, reason))
        return o->mode == VH_SWITCH_OFF ? OFF : SILENT;
    if (!known_response(build, "response.chroma_", usual_order, r)) {
        snprintf(reason, REASON_BYTES, "no tape-like limit of the chroma bandwidth was measured");
        return OFF;
    }
    double sigma = recipe_value(build, "noise.chroma", NAN);
    if (!by_hand && o->mode == VH_SWITCH_AUTO && sigma < dead_zone("noise.chroma")) {
        snprintf(
            reason, REASON_BYTES, "chroma is clean (noise %.1f): its softness may be the scene's", sigma);
        return OFF;
    }
    o->detail_u =
        known(build, "response.detail_u", &o->detail_u) && o->detail_u > 0 ? o->detail_u : usual_detail;
    o->detail_v =
        known(build, "response.detail_v", &o->detail_v) && o->detail_v > 0 ? o->detail_v : usual_detail;
    o->noise = isnan(o->noise) ? chroma_noise_left(build, r->corner) : o->noise;
    /* Wide chroma went through few combs: its lines still differ (chroma-response.md). */
    static const double combed_mhz = 0.44;
    if (isnan(o->vertical) && r->corner > combed_mhz)
        o->vertical = 0;
    snprintf(reason, REASON_BYTES, "chroma ends at %.2f MHz (%.0f dB per octave), noise %.1f per bin (%s)",
        r->corner, 6 * r->order, o->noise, by_hand ? "given" : "measured");
    return ON;
}

/* In the order of processing: docs/algorithms/order.md. */
static const struct rule field_rules[] = {
    {"head-switch", decide_head_switch},
    {"chroma-shift", decide_chroma_shift},
    {"tracking", decide_tracking},
    {"line-sync", decide_line_sync},
    {"line-sync", decide_line_sync_again},
    {"flicker", decide_flicker},
    {"dropouts", decide_dropouts},
};

static const struct rule picture_rules[] = {
    {"chroma-restore", decide_chroma_restore},
    {"equalise", decide_equalise},
    {"adjust", decide_adjust},
    {"lut", decide_lut},
};

static const void *user_options(const struct recipe_build *build, const struct vh_stage_ops *ops)
{
    for (int i = 0; build->request->stage_options && vh_stages[i]; i++)
        if (vh_stages[i] == ops)
            return build->request->stage_options[i];
    return NULL;
}

static int copy_options(const struct recipe_build *build, const struct vh_stage_ops *ops, void **options)
{
    const void *given = user_options(build, ops);
    *options = vh_alloc(1, ops->options->size);
    int status = *options ? vh_option_init(ops->options, *options) : VH_ERR_RESOURCE;
    if (status >= 0 && given)
        status = vh_option_copy(ops->options, *options, given);
    if (status < 0)
        return vh_fail(build->request->log, status, "out of memory for the options of %s", ops->name);
    return VH_OK;
}

static int ask(
    struct recipe_build *build, const struct rule *rule, const struct vh_stage_ops *ops, enum vh_kind in)
{
    char reason[REASON_BYTES] = "";
    void *options = NULL;
    int status = copy_options(build, ops, &options);
    enum verdict verdict = status >= 0 ? rule->decide(build, options, reason) : SILENT;
    if (status >= 0 && verdict == ON)
        return recipe_add_native(build, ops, options, in, in, vh_strdup(reason));
    if (status >= 0 && verdict == OFF)
        status = recipe_add_off(build, ops->name, ops, vh_strdup(reason));
    if (options)
        vh_option_uninit(ops->options, options);
    vh_free(options);
    return status;
}

static int ask_all(struct recipe_build *build, const struct rule *rule, size_t n, enum vh_kind in)
{
    for (size_t i = 0; i < n; i++) {
        const struct vh_stage_ops *ops = rule[i].stage ? vh_stage_find(rule[i].stage) : NULL;
        int status = ops ? ask(build, &rule[i], ops, in) : VH_OK;
        if (status < 0)
            return status;
    }
    return VH_OK;
}

int recipe_native_fields(struct recipe_build *build)
{
    bool whole = build->kind == VH_KIND_PROGRESSIVE;
    return ask_all(build, field_rules, sizeof field_rules / sizeof *field_rules,
        whole ? VH_KIND_PROGRESSIVE : VH_KIND_FIELD);
}

int recipe_native_pictures(struct recipe_build *build)
{
    bool whole = build->kind == VH_KIND_PROGRESSIVE;
    return ask_all(build, picture_rules, sizeof picture_rules / sizeof *picture_rules,
        whole ? VH_KIND_PROGRESSIVE : VH_KIND_FIELD);
}

bool recipe_has_native(const struct recipe_build *build, const char *stage)
{
    for (int i = 0; i < build->recipe->n_steps; i++) {
        const struct vh_recipe_step *step = &build->recipe->step[i];
        if (step->kind == VH_STEP_NATIVE && !step->off && !strcmp(step->stage->name, stage))
            return true;
    }
    return false;
}

/* What --denoise says to the denoiser inside the deinterlacer: nothing to do when another one, or none, was
 * asked for; `motion=STRENGTH` is short for --denoise-strength. */
static int inner_denoise(const struct recipe_build *build, struct vh_motion_deinterlace_options *o)
{
    const char *text = build->request->options->denoise;
    if (!text || !*text || !strcmp(text, "auto") || !strcmp(text, "motion"))
        return VH_OK;
    o->strength = 0;
    if (strncmp(text, "motion=", 7))
        return VH_OK;
    char *end;
    o->strength = strtod(text + 7, &end);
    if (end == text + 7 || *end || !(o->strength >= 0 && o->strength <= 10))
        return vh_fail(build->request->log, VH_ERR_USAGE,
            "denoise %s: the strength of motion is a number from 0 to 10", text);
    return VH_OK;
}

int recipe_native_deinterlace(struct recipe_build *build, char *reason)
{
    const struct vh_stage_ops *ops = vh_stage_find("motion-deinterlace");
    void *options = NULL;
    int status = copy_options(build, ops, &options);
    if (status >= 0)
        status = inner_denoise(build, options);
    if (status < 0) {
        if (options)
            vh_option_uninit(ops->options, options);
        vh_free(options);
        vh_free(reason);
        return status;
    }
    return recipe_add_native(build, ops, options, VH_KIND_FIELD, VH_KIND_PROGRESSIVE, reason);
}
