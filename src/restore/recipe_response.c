/* When the response of the tape is undone, in luma (equalise) and in chroma (chroma-restore), and how far the
 * noise that is left allows it: docs/algorithms/luma-response.md, halo.md and chroma-response.md. */
#include "recipe_rule.h"

#include "restore/repairs.h"

#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

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

/* How much of a wide tape it is: 0 where luma ends below 1.9 MHz, 1 from 2.3 MHz on. A narrow tape has much
 * to win back; a wide one has little, at frequencies where a corner that is a fifth too low lifts by twice
 * too much, and so is sharpened with more care (docs/algorithms/luma-response.md). */
static double wideness(double corner_mhz)
{
    static const double narrow = 1.9, wide = 2.3;
    return fmin(1, fmax(0, (corner_mhz - narrow) / (wide - narrow)));
}

/* The noise lies within the bandwidth of the tape, which lifts its power per bin there by about a half. A
 * response that is known roughly must not be undone as if it were known exactly: what the fit left
 * unexplained counts as noise (0.2 nepers on foreign tapes: as much as their noise; 0.4 on the made scene,
 * where the sharper filter rings; docs/algorithms/halo.md). A fifth of the noise beyond the bandwidth is what
 * is left of it in dense texture that moves (luma-response.md). */
static double noise_left(const struct recipe_build *build, double corner_mhz)
{
    static const double per_misfit2 = 12, wide_noise = 3, quiet_sigma = 1, of_floor = 0.2;
    double sigma = recipe_value(build, "noise.luma", 1), misfit = recipe_value(build, "response.misfit", 0);
    double left = fmax(1.5 * sigma * sigma * share_left(build, 0.06), per_misfit2 * misfit * misfit);
    left = fmax(left, of_floor * recipe_value(build, "response.floor", 0));
    double wide = wide_noise * wideness(corner_mhz) * fmin(1, sigma / quiet_sigma);
    return fmax(fmax(left, wide), 0.02);
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
    if (!recipe_known(build, key, &r->corner) || r->corner <= 0)
        return false;
    snprintf(key, sizeof key, "%sorder", prefix);
    r->order = recipe_known(build, key, &r->order) ? r->order : usual_order;
    snprintf(key, sizeof key, "%speak", prefix);
    r->peak = recipe_known(build, key, &r->peak) ? r->peak : 0;
    snprintf(key, sizeof key, "%speak_at", prefix);
    r->peak_at = recipe_known(build, key, &r->peak_at) ? r->peak_at : 0.45 * r->corner;
    snprintf(key, sizeof key, "%sphase", prefix);
    choose_phase(build, key, r);
    return true;
}

/* Where the spectrum tells no limit but edges show a halo: the hump behind it is undone, nothing is lifted.
 */
static bool take_back_halo(const struct recipe_build *build, struct vh_equalise_options *o, char *reason)
{
    static const double no_corner_mhz = 99, steep = 8, usual_detail = 100;
    /* px and MHz: on a tape as soft as that (1.9 MHz) a hump near its end is all the sharpness there is, and
     * without knowing what to lift instead it is better left; a hump far below is a ghost (halo.md). */
    static const double soft_rise = 2.45, sharpness_mhz = 1.2;
    struct vh_response_options *r = &o->response;
    double right = 0, left = 0, peak = NAN, peak_at = NAN;
    if (!build->request->profile || (recipe_value(build, "halo.rise", 0) > soft_rise &&
                                        recipe_value(build, "halo.peak_at", 0) > sharpness_mhz))
        return false;
    bool halo = vh_profile_defect(build->request->profile, "halo.overshoot", &right) |
                vh_profile_defect(build->request->profile, "halo.left", &left);
    if (!halo || !recipe_known(build, "halo.peak", &peak) || !recipe_known(build, "halo.peak_at", &peak_at))
        return false;
    r->corner = no_corner_mhz;
    r->order = steep;
    r->peak = peak;
    r->peak_at = peak_at;
    choose_phase(build, "halo.phase", r);
    o->detail = isnan(o->detail) ? usual_detail : o->detail;
    o->noise = isnan(o->noise) ? noise_left(build, 0) : o->noise;
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

/* The spectrum of a wide tape cannot tell a hump of the tape from a scene rich in middle frequencies, edges
 * can: where they were seen and stand without any overshoot, there is none. */
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

/* Up to where a limit is a tape's: VHS, Video8 and Betamax end below 3.2 MHz, a fit may lie a fifth above.
 * Between lie soft cameras and broadcasts (242_4.mkv, 3.3 MHz), unless something else says tape: colour that
 * ends where only tapes end, or a halo. */
static double widest_mhz(const struct recipe_build *build)
{
    static const double unproven = 3.2, tape = 3.8;
    const struct vh_profile *profile = build->request->profile;
    double value = 0;
    bool is_tape = profile && (vh_profile_known(profile, "response.chroma_corner", &value) ||
                                  vh_profile_defect(profile, "halo.overshoot", &value) ||
                                  vh_profile_defect(profile, "halo.left", &value));
    return is_tape ? tape : unproven;
}

/* A wide tape has little to win back and more to lose than that where the phase is only the usual one, not
 * told by edges (n3 with a made limit of 3 MHz and linear phase: 36.98 dB as it is, 36.23 undone). */
static bool is_doubtful(const struct recipe_build *build, double corner_mhz)
{
    const struct vh_profile *profile = build->request->profile;
    const struct vh_measurement *from = profile ? vh_profile_get(profile, "response.phase_from") : NULL;
    return wideness(corner_mhz) > 0 && from && from->value < 0.5;
}

enum recipe_verdict recipe_decide_equalise(const struct recipe_build *build, void *options, char *reason)
{
    static const double usual_order = 4, usual_detail = 100; /* VHS: docs/algorithms/luma-response.md */
    struct vh_equalise_options *o = options;
    struct vh_response_options *r = &o->response;
    bool by_hand = !isnan(r->corner);
    if (!by_hand && !recipe_may_measure(build, o->mode, reason))
        return o->mode == VH_SWITCH_OFF ? RULE_OFF : RULE_SILENT;
    bool found = known_response(build, "response.", usual_order, r);
    bool narrow = found && (r->corner <= widest_mhz(build) || by_hand || o->mode == VH_SWITCH_ON);
    if (narrow && !by_hand && o->mode == VH_SWITCH_AUTO && is_camera_softness(r)) {
        snprintf(
            reason, REASON_BYTES, "luma falls off gently from %.1f MHz: the camera's softness", r->corner);
        return RULE_OFF;
    }
    if (narrow && !by_hand && o->mode == VH_SWITCH_AUTO && is_doubtful(build, r->corner)) {
        snprintf(reason, REASON_BYTES, "luma ends at %.1f MHz: too few edges to tell the phase", r->corner);
        return RULE_OFF;
    }
    if (!narrow && take_back_halo(build, o, reason))
        return RULE_ON;
    if (!narrow) {
        if (found)
            snprintf(reason, REASON_BYTES, "luma reaches %.1f MHz: no narrow tape, and no halo", r->corner);
        else
            snprintf(reason, REASON_BYTES, "no limit of the luma bandwidth was measured, and no halo");
        return RULE_OFF;
    }
    if (!by_hand && wideness(r->corner) > 0 && edges_deny_hump(build))
        r->peak = 0;
    o->detail = recipe_known(build, "response.detail", &o->detail) ? o->detail : usual_detail;
    o->noise = isnan(o->noise) ? noise_left(build, r->corner) : o->noise;
    snprintf(reason, REASON_BYTES,
        "luma ends at %.2f MHz (%.0f dB per octave), hump %.1f dB at %.2f MHz, %s phase (%s)", r->corner,
        6 * r->order, r->peak, r->peak_at, vh_response_phase_names[r->phase], by_hand ? "given" : "measured");
    return RULE_ON;
}

enum recipe_verdict recipe_decide_dehalo(const struct recipe_build *build, void *options, char *reason)
{
    /* Halos differ from edge to edge; usual: where it is asked for and nothing was measured (halo.md). */
    static const double above_median = 1.25, usual = 0.065, least = 0.01, most = 0.25;
    struct vh_dehalo_options *o = options;
    double rest = recipe_value(build, "halo.rest", NAN), defect = 0;
    /* Where no response was undone the rest is all of it. */
    double halo = isnan(rest) ? recipe_value(build, "halo.overshoot", usual) : rest;
    if (!isnan(o->strength)) {
        snprintf(reason, REASON_BYTES, "halos up to %.0f %% of their edge (given)", 100 * o->strength);
        return o->mode == VH_SWITCH_OFF ? RULE_OFF : RULE_ON;
    }
    if (!recipe_may_measure(build, o->mode, reason))
        return o->mode == VH_SWITCH_OFF ? RULE_OFF : RULE_SILENT;
    bool left = recipe_has_native(build, "equalise") && build->request->profile &&
                vh_profile_defect(build->request->profile, "halo.rest", &defect);
    o->strength = fmin(most, fmax(least, above_median * halo));
    if (left || o->mode == VH_SWITCH_ON) {
        snprintf(reason, REASON_BYTES, "%s: lines up to %.0f %% of an edge beside it go",
            left ? "the response undone leaves a halo" : "asked for", 100 * o->strength);
        return RULE_ON;
    }
    if (isnan(rest) || !recipe_has_native(build, "equalise"))
        return RULE_SILENT;
    snprintf(reason, REASON_BYTES, "the response undone leaves %.1f %% of halo", 100 * rest);
    return RULE_OFF;
}

/* On where undoing the response leaves edges slow, which it does on tapes that end below 2 MHz: natural
 * scenes of foreign sp tapes (3 to 8 px) gain 0.1 to 0.2 dB, what is faster (2.3 px) or noisier (EP,
 * sigma 5.2) loses as much. */
enum recipe_verdict recipe_decide_transients(const struct recipe_build *build, void *options, char *reason)
{
    static const double slow_px = 2.8, narrow_mhz = 1.9, noisy = 3.3;
    struct vh_transients_options *o = options;
    bool by_hand = !isnan(o->strength) || o->mode == VH_SWITCH_ON;
    if (by_hand && o->mode != VH_SWITCH_OFF) {
        snprintf(reason, REASON_BYTES, "asked for");
        return RULE_ON;
    }
    if (!recipe_may_measure(build, o->mode, reason))
        return o->mode == VH_SWITCH_OFF ? RULE_OFF : RULE_SILENT;
    double rise = recipe_value(build, "halo.rise_left", NAN), sigma = recipe_value(build, "noise.luma", NAN),
           corner = recipe_value(build, "response.corner", NAN);
    if (isnan(rise) || isnan(sigma) || isnan(corner) || !recipe_has_native(build, "equalise"))
        return RULE_SILENT;
    snprintf(reason, REASON_BYTES, "luma ends at %.2f MHz, edges take %.1f px with that undone, noise %.1f",
        corner, rise, sigma);
    return rise > slow_px && corner < narrow_mhz && sigma < noisy ? RULE_ON : RULE_OFF;
}

/* Power per bin of the chroma noise that is left: the noise found lies within the bandwidth of chroma, 1.2
 * times its corner wide (both signs of frequency). Colour that lies beside its objects by an unknown amount
 * gains nothing from being sharp, and a gentle fall says little about where chroma ends: there more is taken
 * for noise (chroma-response.md). */
static double chroma_noise_left(const struct recipe_build *build, const struct vh_response_options *r)
{
    static const double usual_sigma = 2, share_unsure = 0.09, share_sure = 0.054, gentle_order = 1.8;
    int sub_x = 0, sub_y = 0;
    av_pix_fmt_get_chroma_sub_sample(build->request->format.pix_fmt, &sub_x, &sub_y);
    double sigma = recipe_value(build, "noise.chroma", usual_sigma), corner = r->corner * (1 << sub_x) / 13.5,
           delay = NAN;
    bool sure = recipe_known(build, "chroma.delay_x", &delay) && r->order >= gentle_order;
    return fmax(sigma * sigma / (2.4 * corner) * share_left(build, sure ? share_sure : share_unsure), 0.02);
}

enum recipe_verdict recipe_decide_chroma_restore(
    const struct recipe_build *build, void *options, char *reason)
{
    static const double usual_order = 2, usual_detail = 5; /* VHS: docs/algorithms/chroma-response.md */
    struct vh_chroma_restore_options *o = options;
    struct vh_response_options *r = &o->response;
    bool by_hand = !isnan(r->corner);
    if (!by_hand && !recipe_may_measure(build, o->mode, reason))
        return o->mode == VH_SWITCH_OFF ? RULE_OFF : RULE_SILENT;
    if (!known_response(build, "response.chroma_", usual_order, r)) {
        snprintf(reason, REASON_BYTES, "no tape-like limit of the chroma bandwidth was measured");
        return RULE_OFF;
    }
    double sigma = recipe_value(build, "noise.chroma", NAN);
    if (!by_hand && o->mode == VH_SWITCH_AUTO && sigma < recipe_dead_zone("noise.chroma")) {
        snprintf(
            reason, REASON_BYTES, "chroma is clean (noise %.1f): its softness may be the scene's", sigma);
        return RULE_OFF;
    }
    o->detail_u = recipe_known(build, "response.detail_u", &o->detail_u) && o->detail_u > 0 ? o->detail_u
                                                                                            : usual_detail;
    o->detail_v = recipe_known(build, "response.detail_v", &o->detail_v) && o->detail_v > 0 ? o->detail_v
                                                                                            : usual_detail;
    o->noise = isnan(o->noise) ? chroma_noise_left(build, r) : o->noise;
    /* Wide chroma went through few combs: its lines still differ; and no recorder sharpens colour: a hump of
     * wide chroma is the scene's (chroma-response.md). */
    static const double combed_mhz = 0.44;
    if (isnan(o->vertical) && r->corner > combed_mhz)
        o->vertical = 0;
    if (!by_hand && r->corner > combed_mhz)
        r->peak = 0;
    snprintf(reason, REASON_BYTES, "chroma ends at %.2f MHz (%.0f dB per octave), noise %.1f per bin (%s)",
        r->corner, 6 * r->order, o->noise, by_hand ? "given" : "measured");
    return RULE_ON;
}
