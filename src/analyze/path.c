/* Response of luma and chroma, collected over windows. */
#include "analyze/path.h"

#include "core/memory.h"
#include "core/select.h"
#include "core/status.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EVERY = 4, MARGIN = 16, LINE_STEP = 3, LEAST = 2 * (2 * MARGIN + 8) };
enum { USUAL_NOISE = 2 }; /* sigma, codes: before the noise itself is known */

/* Spectrum and edges of one plane of one field. */
static void add_plane(struct vh_path *path, const struct vh_image_const *frame, int plane, int parity)
{
    struct vh_plane_const field = vh_plane_field_read(frame->plane[plane], parity);
    struct vh_spectrum *spectrum = plane ? &path->chroma[plane - 1] : &path->spectrum;
    vh_spectrum_add(spectrum, field.data, field.stride, field.width, field.height,
        plane ? MARGIN / 2 : MARGIN, plane ? 1 : LINE_STEP);
    vh_edges_add(plane ? &path->chroma_edges : &path->edges, field.data, field.stride, field.width,
        field.height, MARGIN, 1, USUAL_NOISE);
}

int vh_path_add(
    struct vh_path *path, const struct vh_image_const *frame, const struct vh_image_const *previous)
{
    const struct vh_plane_const *luma = &frame->plane[0];
    if (path->n_frames++ % EVERY != 1 || luma->height < LEAST)
        return VH_OK;
    path->sub_x = frame->sub_x;
    int status = frame->n_planes == 3 ? vh_chroma_delay_add(&path->delay, frame, previous) : VH_OK;
    if (status != VH_OK)
        return status;
    for (int i = 0; i < 2 * frame->n_planes; i++)
        add_plane(path, frame, i / 2, i & 1);
    return VH_OK;
}

void vh_path_end_window(struct vh_path *path)
{
    path->n_windows += path->n_frames > 0;
    path->n_frames = 0;
}

static int set(struct vh_profile *profile, const char *key, const struct vh_measurement *like, double value)
{
    struct vh_measurement m = *like;
    m.value = value;
    return vh_profile_set(profile, key, &m);
}

/* Misfits of 0.17 to 0.27 nepers came with right answers (eight foreign tapes), 0.38 with a wrong one (a made
 * scene of gratings and letters, whose spectrum is no picture's). */
static double spectral_confidence(const struct vh_response_fit *fit)
{
    return fmax(0, fmin(0.95, 1.7 - 4 * fit->error));
}

/* Whether edges tell the response instead of the spectrum that found a limit: where that is unsure, or where
 * edges rise faster than the limit allows. A profile of which all edges are copies fits within 0.024 of the
 * step (drawn scenes, 0.005 to 0.024; natural ones, which bring soft edges of their own, 0.027 to 0.055). */
static bool edges_know_better(const struct vh_edge_response *edges, int n, const struct vh_response_fit *fit)
{
    static const double alike = 0.0245, faster = 1.15;
    static const double lowest =
        1.5 / 13.5; /* worn EP; softer edges are those of a scene (n1 worn, 1.1 MHz) */
    static const int enough = 1000;
    return n >= enough && edges->error < alike && edges->response.corner > lowest &&
           (spectral_confidence(fit) < 0.5 || edges->response.corner > faster * fit->response.corner);
}

/* Fills *found_fit, whose corner is 0 where nothing was found. */
static int report_response(
    const struct vh_path *path, struct vh_profile *profile, struct vh_response_fit *found_fit)
{
    static const double mhz = 13.5, by_edges_confidence = 0.75;
    /* 1 % of the step is worth 0.2 nepers of the spectrum: with that the sharpening suits drawn tapes. */
    static const double nepers_per_step = 20;
    struct vh_response_fit blind = vh_response_fit(&path->spectrum);
    struct vh_response_fit fit = vh_response_refine(&blind, &path->spectrum, &path->edges);
    *found_fit = fit;
    if (fit.response.corner <= 0)
        return VH_OK;
    struct vh_edge_response edges = vh_edges_response(&path->edges);
    bool by_edges = edges_know_better(&edges, path->edges.n, &fit);
    double misfit_of_spectrum = fit.error;
    if (by_edges) {
        fit = vh_response_explain(&edges.response, &fit, &path->spectrum);
        misfit_of_spectrum = fit.error;
        *found_fit = fit;
        fit.error = nepers_per_step * edges.error;
    }
    struct vh_measurement m = {.confidence = by_edges ? by_edges_confidence : spectral_confidence(&fit),
        .n = by_edges ? path->edges.n : (int)path->spectrum.n_segments};
    if (by_edges)
        snprintf(m.evidence, sizeof m.evidence,
            "shape of %d edges, %.1f %% of the step left; misfit of the spectrum %.2f", path->edges.n,
            100 * edges.error, misfit_of_spectrum);
    else
        snprintf(m.evidence, sizeof m.evidence,
            "%.0f line segments, misfit %.2f, scene slope %.1f dB/octave, floor %.2f; %d edges",
            path->spectrum.n_segments, misfit_of_spectrum, fit.slope, fit.floor, path->edges.n);
    const struct {
        const char *key;
        double value;
    } found[] = {{"response.corner", mhz * fit.response.corner}, {"response.order", fit.response.order},
        {"response.peak", 10 * log10(1 + fit.response.peak)},
        {"response.peak_at", mhz * fit.response.peak_at}, {"response.phase", fit.response.linear_phase},
        {"response.phase_from", by_edges || fit.phase_told}, {"response.misfit", fit.error},
        {"response.detail", fit.detail}, {"response.floor", fit.floor},
        {"bandwidth.luma", mhz * (by_edges ? fit.response.corner : fit.reach)}};
    int status = VH_OK;
    for (size_t i = 0; i < sizeof found / sizeof *found && status == VH_OK; i++)
        status = set(profile, found[i].key, &m, found[i].value);
    return status;
}

/* The halo as it stands beside edges. A thousand edges of several scenes leave no doubt: the median of fewer
 * may be one object's shading. */
static int report_halo(
    const struct vh_path *path, const struct vh_response_fit *fit, struct vh_profile *profile)
{
    static const double sure = 1000, one_scene = 0.7;
    struct vh_halo halo = vh_edges_halo(&path->edges);
    if (path->edges.n < 100)
        return VH_OK;
    struct vh_measurement m = {.n = path->edges.n,
        .confidence = fmin(0.95, path->edges.n / sure) * (path->n_windows > 2 ? 1 : one_scene)};
    snprintf(m.evidence, sizeof m.evidence, "median of %d edges", m.n);
    int status = set(profile, "halo.overshoot", &m, halo.behind);
    if (status == VH_OK)
        status = set(profile, "halo.left", &m, halo.before);
    if (status == VH_OK)
        status = set(profile, "halo.distance", &m,
            halo.behind >= halo.before ? halo.distance_behind : halo.distance_before);
    if (status == VH_OK)
        status = set(profile, "halo.rise", &m, halo.rise);
    if (status == VH_OK && fit->response.corner > 0) {
        struct vh_edge_rest rest = vh_edges_rest(&path->edges, fit);
        status = set(profile, "halo.rest", &m, rest.overshoot);
        if (status == VH_OK)
            status = set(profile, "halo.rise_left", &m, rest.rise);
    }
    struct vh_response hump = vh_halo_response(&path->edges);
    if (status != VH_OK || hump.peak <= 0)
        return status;
    status = set(profile, "halo.peak", &m, 10 * log10(1 + hump.peak));
    if (status == VH_OK)
        status = set(profile, "halo.peak_at", &m, 13.5 * hump.peak_at);
    return status == VH_OK ? set(profile, "halo.phase", &m, hump.linear_phase) : status;
}

/* Where chroma has too few edges of its own, both went through the same machine: luma's phase, which a halo
 * tells too. Where neither is known, linear: the delay of an unknown phase is part of the delay that was
 * measured. */
static bool is_chroma_linear(
    const struct vh_path *path, const struct vh_response_fit *fit, const struct vh_profile *profile)
{
    double luma = 1, overshoot = 0;
    if (path->chroma_edges.n >= VH_EDGE_ENOUGH)
        return vh_edges_linear_phase(&path->chroma_edges, fit);
    if (!vh_profile_known(profile, "response.phase", &luma) &&
        vh_profile_defect(profile, "halo.overshoot", &overshoot))
        (void)vh_profile_known(profile, "halo.phase", &luma);
    return luma > 0.5;
}

struct chroma_fit {
    struct vh_response_fit plane[2];
    int best; /* both planes went the same way: the one with more to show tells it */
    double confidence;
};

static struct chroma_fit fit_chroma(const struct vh_path *path)
{
    struct chroma_fit fit = {.best = 0};
    vh_response_fit_chroma(path->chroma, fit.plane);
    const struct vh_response_fit *u = &fit.plane[0], *v = &fit.plane[1];
    fit.best = v->response.corner > 0 && (u->response.corner <= 0 || v->detail > u->detail);
    fit.confidence =
        fit.plane[fit.best].response.corner > 0 ? fmax(0, fmin(0.95, 1.2 - fit.plane[fit.best].error)) : 0;
    return fit;
}

static int report_chroma_response(
    const struct vh_path *path, const struct chroma_fit *both, struct vh_profile *profile)
{
    int best = both->best;
    const struct vh_response_fit *fit = both->plane;
    double mhz = 13.5 / (1 << path->sub_x);
    if (fit[best].response.corner <= 0)
        return VH_OK;
    struct vh_measurement m = {.confidence = both->confidence, .n = (int)path->chroma[best].n_segments};
    snprintf(m.evidence, sizeof m.evidence, "%.0f line segments of plane %s, misfit %.2f; %d edges",
        path->chroma[best].n_segments, best ? "V" : "U", fit[best].error, path->chroma_edges.n);
    const struct {
        const char *key;
        double value;
    } found[] = {{"response.chroma_corner", mhz * fit[best].response.corner},
        {"response.chroma_order", fit[best].response.order},
        {"response.chroma_peak", 10 * log10(1 + fit[best].response.peak)},
        {"response.chroma_peak_at", mhz * fit[best].response.peak_at}, {"response.detail_u", fit[0].detail},
        {"response.detail_v", fit[1].detail},
        {"response.chroma_phase", is_chroma_linear(path, &fit[best], profile)}};
    int status = VH_OK;
    for (size_t i = 0; i < sizeof found / sizeof *found && status == VH_OK; i++)
        status = set(profile, found[i].key, &m, found[i].value);
    return status;
}

int vh_path_report(const struct vh_path *path, struct vh_profile *profile)
{
    struct vh_response_fit fit = {.detail = 0};
    int status = report_response(path, profile, &fit);
    if (status == VH_OK)
        status = report_halo(path, &fit, profile);
    const struct chroma_fit chroma = fit_chroma(path);
    static const double known = 0.5;
    struct vh_chroma_delay_facts facts = {path->n_windows, chroma.confidence >= known};
    if (status == VH_OK)
        status = vh_chroma_delay_report(&path->delay, &facts, profile);
    return status == VH_OK ? report_chroma_response(path, &chroma, profile) : status;
}

void vh_path_uninit(struct vh_path *path)
{
    vh_chroma_delay_uninit(&path->delay);
}
