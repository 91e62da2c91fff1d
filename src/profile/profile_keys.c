/* The table of everything that can be measured on a tape. Dead zones are those of the detectors' descriptions
 * (docs/algorithms/): what a viewer or listener does not notice, or what a detector reports on clean footage.
 */
#include "profile/profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FACT INFINITY /* never a defect */

static const char *const no_yes[] = {"no", "yes", NULL};
static const char *const aspects[] = {"4:3", "16:9", "letterbox", NULL};
static const char *const cadences[] = {"none", "3:2", "2:2", "mixed", NULL};
static const char *const channels[] = {"none", "left", "right", "both", NULL};
static const char *const orders[] = {"tff", "bff", NULL};
static const char *const phases[] = {"minimum", "linear", NULL};
static const char *const phase_sources[] = {"custom", "edges", NULL};
static const char *const polarities[] = {"normal", "inverted", NULL};
static const char *const scans[] = {"interlaced", "progressive", "telecined", "mixed", NULL};
static const char *const speeds[] = {"sp", "lp", "ep", NULL};
static const char *const standards[] = {"525", "625", "other", NULL};
static const char *const timings[] = {"field", "head-pair", NULL};

/* Sorted by key. */
static const struct vh_profile_key keys[] = {
    {"audio.azimuth", "samples at 48 kHz", "delay of the right channel against the left", 0, 0.1, false, 0.6,
        NULL},
    {"audio.bandwidth", "Hz", "highest frequency with programme above the noise", 0, FACT, false, 0.5, NULL},
    {"audio.buzz.frequency", "Hz", "repetition rate of the head-switching buzz", 0, FACT, false, 0.6, NULL},
    {"audio.buzz.level", "dB", "head-switching buzz above the noise floor", 0, 6, true, 0.6, NULL},
    {"audio.clicks", "1/s", "clicks and pops per second", 0, 0.05, true, 0.6, NULL},
    {"audio.clipping", "%", "samples in clipped runs", 0, 0.01, true, 0.6, NULL},
    {"audio.dc", "of full scale", "largest constant offset of a channel", 0, 0.001, false, 0.6, NULL},
    {"audio.dead_channel", "", "channel without programme", 0, 0.5, true, 0.8, channels},
    {"audio.drift", "ppm", "speed of the sound against the picture", 0, 50, false, 0.6, NULL},
    {"audio.dual_mono", "", "both channels carry the same sound", 0, 0.5, true, 0.8, no_yes},
    {"audio.hiss.level", "dBFS", "noise floor in the quietest passages", 0, -72, true, 0.6, NULL},
    {"audio.hum.frequency", "Hz", "exact frequency of the mains hum", 0, FACT, false, 0.6, NULL},
    {"audio.hum.level", "dB", "strongest hum harmonic above its neighbourhood", 0, 6, true, 0.6, NULL},
    {"audio.loudness", "LUFS", "integrated loudness (EBU R128)", 0, FACT, false, 0.5, NULL},
    {"audio.loudness_range", "LU", "loudness range (EBU Tech 3342)", 0, FACT, false, 0.5, NULL},
    {"audio.polarity", "", "polarity of the channels against each other", 0, 0.5, true, 0.8, polarities},
    {"audio.true_peak", "dBTP", "true peak (ITU-R BS.1770)", 0, FACT, false, 0.5, NULL},
    {"audio.whistle.frequency", "Hz", "frequency of the line whistle", 0, FACT, false, 0.6, NULL},
    {"audio.whistle.level", "dB", "line whistle above its neighbourhood", 0, 10, true, 0.6, NULL},
    {"bandwidth.luma", "MHz", "luma bandwidth: highest frequency above the noise", 0, FACT, false, 0.5, NULL},
    {"bounce.rate", "%", "fields that stand too high, too low or aside", 0, 0.5, true, 0.6, NULL},
    {"chroma.delay_split", "px", "red difference to the right of the blue", 0, 2, false, 0.6, NULL},
    {"chroma.delay_x", "px", "chroma to the right of luma (at 13.5 MHz)", 0, 1.25, false, 0.6, NULL},
    {"chroma.delay_y", "field lines", "chroma below luma", 0, 0.3, false, 0.6, NULL},
    {"chroma.offset_u", "8-bit codes", "tint of neutral areas, blue difference", 0, 1.5, false, 0.7, NULL},
    {"chroma.offset_v", "8-bit codes", "tint of neutral areas, red difference", 0, 1.5, false, 0.7, NULL},
    {"dirt.rate", "1/field", "spots of several lines per field", 0, 0.5, true, 0.75, NULL},
    {"dotcrawl.leak", "of the carrier", "part of the colour carrier left in luma", 0, FACT, true, 0.6, NULL},
    {"dotcrawl.level", "8-bit codes", "carrier left in luma beside saturated colour", 0, 1, true, 0.6, NULL},
    {"dropout.rate", "1/field", "dropouts per field", 0, 0.15, true, 0.6, NULL},
    {"drops.rate", "1/min", "missing frames per minute", 0, 0.1, true, 0.7, NULL},
    {"duplicates.rate", "1/min", "doubled frames per minute", 0, 0.1, true, 0.7, NULL},
    {"flagging", "px", "mean bend of the first field lines", 0, 0.5, false, 0.6, NULL},
    {"flicker", "%", "gain changing from field to field (rms, 3 to 25 Hz)", 0, 0.5, true, 0.6, NULL},
    {"flicker.kind", "", "what the flicker is locked to", 0, FACT, false, 0.6, timings},
    {"generation.index", "", "generation loss: 0 like new, 1 third copy or worse", 0, FACT, false, 0.5, NULL},
    {"geometry.aspect", "", "shape of the programme", 0, FACT, false, 0.6, aspects},
    {"geometry.crop_bottom", "lines", "border at the bottom", 0, 0.5, true, 0.7, NULL},
    {"geometry.crop_left", "px", "border at the left", 0, 0.5, true, 0.7, NULL},
    {"geometry.crop_right", "px", "border at the right", 0, 0.5, true, 0.7, NULL},
    {"geometry.crop_top", "lines", "border at the top", 0, 0.5, true, 0.7, NULL},
    {"halo.distance", "px", "distance of the overshoot from the edge", 0, FACT, false, 0.6, NULL},
    {"halo.left", "of the step", "overshoot before (left of) an edge", 0, 0.06, true, 0.6, NULL},
    {"halo.overshoot", "of the step", "overshoot behind (right of) an edge", 0, 0.06, true, 0.6, NULL},
    {"halo.peak", "dB", "hump of luma that explains the halo", 0, FACT, false, 0.6, NULL},
    {"halo.peak_at", "MHz", "centre of that hump", 0, FACT, false, 0.6, NULL},
    {"halo.phase", "", "phase of that hump", 0, FACT, false, 0.6, phases},
    {"halo.rest", "of the step", "overshoot that undoing the response leaves", 0, 0.05, true, 0.6, NULL},
    {"halo.rise", "px", "how far edges take to rise (10 to 90 %)", 0, FACT, false, 0.6, NULL},
    {"halo.rise_left", "px", "rise of edges with the response undone", 0, FACT, false, 0.6, NULL},
    {"headswitch.lines", "field lines", "head-switching band at the bottom", 0, 0.5, true, 0.6, NULL},
    {"headswitch.start", "field lines", "where the band starts, from the top", 0, FACT, false, 0.6, NULL},
    {"headswitch.wander", "field lines", "how far its start moves from field to field", 0, FACT, false, 0.6,
        NULL},
    {"jitter.correlation", "", "correlation of the jitter from line to line", 0, FACT, false, 0.6, NULL},
    {"jitter.rms", "px", "line jitter, rms of its high-frequency part", 0, 0.15, true, 0.6, NULL},
    {"jitter.torn", "lines per field", "lines torn aside by many samples", 0, 0.5, true, 0.6, NULL},
    {"level.black", "8-bit codes", "black of the programme", 16, 2, false, 0.7, NULL},
    {"level.clipped_black", "%", "samples at the lower end", 0, 0.5, true, 0.7, NULL},
    {"level.clipped_white", "%", "samples at the upper end", 0, 0.5, true, 0.7, NULL},
    {"level.setup", "", "7.5 IRE setup left in the picture", 0, 0.5, true, 0.8, no_yes},
    {"level.white", "8-bit codes", "white of the programme", 235, 4, false, 0.7, NULL},
    {"noise.chroma", "8-bit codes", "noise of the chroma planes (sigma)", 0, 0.5, true, 0.5, NULL},
    {"noise.luma", "8-bit codes", "luma noise (sigma)", 0, 0.5, true, 0.5, NULL},
    {"noise.luma.0", "8-bit codes", "luma noise in the darkest quarter (sigma)", 0, FACT, true, 0.5, NULL},
    {"noise.luma.1", "8-bit codes", "luma noise in the second quarter (sigma)", 0, FACT, true, 0.5, NULL},
    {"noise.luma.2", "8-bit codes", "luma noise in the third quarter (sigma)", 0, FACT, true, 0.5, NULL},
    {"noise.luma.3", "8-bit codes", "luma noise in the brightest quarter (sigma)", 0, FACT, true, 0.5, NULL},
    {"noise.luma.correlation_x", "", "correlation of luma noise between neighbours", 0, FACT, false, 0.5,
        NULL},
    {"rainbow.level", "8-bit codes", "colour flashing over fine luma detail", 0, 1, true, 0.6, NULL},
    {"response.chroma_corner", "MHz", "chroma response: -3 dB point", 0, FACT, false, 0.5, NULL},
    {"response.chroma_order", "", "chroma response: steepness, 6 dB per octave each", 0, FACT, false, 0.5,
        NULL},
    {"response.chroma_peak", "dB", "chroma response: height of a hump", 0, FACT, false, 0.5, NULL},
    {"response.chroma_peak_at", "MHz", "chroma response: centre of a hump", 0, FACT, false, 0.5, NULL},
    {"response.chroma_phase", "", "chroma response: phase", 0, FACT, false, 0.5, phases},
    {"response.corner", "MHz", "luma response: -3 dB point", 0, FACT, false, 0.5, NULL},
    {"response.detail", "codes^2", "detail of the scenes, as power of the derivative", 0, FACT, false, 0.5,
        NULL},
    {"response.detail_u", "codes^2", "detail of the scenes, blue difference", 0, FACT, false, 0.5, NULL},
    {"response.detail_v", "codes^2", "detail of the scenes, red difference", 0, FACT, false, 0.5, NULL},
    {"response.floor", "codes^2", "luma response: power per bin beyond the bandwidth", 0, FACT, false, 0.5,
        NULL},
    {"response.misfit", "nepers", "luma response: what it leaves unexplained (rms)", 0, FACT, false, 0.5,
        NULL},
    {"response.order", "", "luma response: steepness, 6 dB per octave each", 0, FACT, false, 0.5, NULL},
    {"response.peak", "dB", "luma response: height of the peaking hump", 0, FACT, false, 0.5, NULL},
    {"response.peak_at", "MHz", "luma response: centre of the peaking hump", 0, FACT, false, 0.5, NULL},
    {"response.phase", "", "luma response: phase", 0, FACT, false, 0.5, phases},
    {"response.phase_from", "", "luma response: what tells the phase", 0, FACT, false, 0.5, phase_sources},
    {"scan.cadence", "", "film cadence", 0, FACT, false, 0.8, cadences},
    {"scan.order", "", "field order, from pixels", 0, FACT, false, 0.8, orders},
    {"scan.type", "", "scan type, from pixels", 0, FACT, false, 0.8, scans},
    {"standard", "", "television standard", 0, FACT, false, 0.8, standards},
    {"tape.speed", "", "recording speed, a guess from the bandwidth", 0, FACT, false, 0.6, speeds},
    {"tracking.bands", "1/field", "tracking bands per field", 0, 0.05, true, 0.6, NULL},
};

const struct vh_profile_key *vh_profile_keys(int *n)
{
    *n = sizeof keys / sizeof *keys;
    return keys;
}

static int compare(const void *key, const void *row)
{
    return strcmp(key, ((const struct vh_profile_key *)row)->key);
}

const struct vh_profile_key *vh_profile_find_key(const char *key)
{
    return bsearch(key, keys, sizeof keys / sizeof *keys, sizeof *keys, compare);
}
