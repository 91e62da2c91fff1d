/* Options of encoders: set one by one on the codec's context, so that each error can name its option; what
 * libavcodec does not know goes to the library itself, after its own parser has accepted it.
 *
 * libavcodec only warns about parameters that x264 and x265 refuse. Both libraries are in the process already
 * and export their parsers, so they are asked directly; their parameter blocks are opaque here and given
 * ample room. */
#include "encoder_internal.h"

#include "core/memory.h"
#include "core/status.h"
#include "media_internal.h"

#include <dlfcn.h>
#include <libavutil/dict.h>
#include <libavutil/opt.h>
#include <string.h>

enum { PARAMETER_BLOCK = 1 << 16 }; /* x264_param_t is about 1 KB, EbSvtAv1EncConfiguration 2 KB */

/* A function of a library that is loaded. ISO C has no cast from object to function pointer; POSIX guarantees
 * it. */
typedef void any_function(void);
static any_function *find(const char *name)
{
    any_function *function = NULL;
    void *symbol = dlsym(RTLD_DEFAULT, name);
    memcpy(&function, &symbol, sizeof symbol);
    return function;
}

enum verdict { ACCEPTED, BAD_NAME, BAD_VALUE, CANNOT_ASK };

static enum verdict from_x26x(int result)
{
    return result == -1 ? BAD_NAME : result < 0 ? BAD_VALUE : ACCEPTED;
}

static enum verdict ask_x264(const char *key, const char *value)
{
    void (*init)(void *) = (void (*)(void *))find("x264_param_default");
    int (*parse)(void *, const char *, const char *) =
        (int (*)(void *, const char *, const char *))find("x264_param_parse");
    void (*cleanup)(void *) = (void (*)(void *))find("x264_param_cleanup");
    void *block = vh_alloc(1, PARAMETER_BLOCK);
    enum verdict verdict = CANNOT_ASK;
    if (init && parse && block) {
        init(block);
        verdict = from_x26x(parse(block, key, value));
        if (cleanup)
            cleanup(block);
    }
    vh_free(block);
    return verdict;
}

static enum verdict ask_x265(const char *key, const char *value)
{
    void *(*alloc)(void) = (void *(*)(void))find("x265_param_alloc");
    void (*init)(void *) = (void (*)(void *))find("x265_param_default");
    int (*parse)(void *, const char *, const char *) =
        (int (*)(void *, const char *, const char *))find("x265_param_parse");
    void (*release)(void *) = (void (*)(void *))find("x265_param_free");
    void *block = alloc && init && parse && release ? alloc() : NULL;
    enum verdict verdict = CANNOT_ASK;
    if (!block)
        return CANNOT_ASK;
    init(block);
    verdict = from_x26x(parse(block, key, value));
    release(block);
    return verdict;
}

static enum verdict ask_svtav1(const char *key, const char *value)
{
    int (*parse)(void *, const char *, const char *) =
        (int (*)(void *, const char *, const char *))find("svt_av1_enc_parse_parameter");
    void *block = vh_alloc(1, PARAMETER_BLOCK);
    enum verdict verdict = CANNOT_ASK;
    if (parse && block)
        verdict = parse(block, key, value) ? BAD_NAME : ACCEPTED; /* it does not tell names from values */
    vh_free(block);
    return verdict;
}

static enum verdict ask_library(const char *passthrough, const char *key, const char *value)
{
    if (!strcmp(passthrough, "x264-params"))
        return ask_x264(key, value);
    if (!strcmp(passthrough, "x265-params"))
        return ask_x265(key, value);
    return ask_svtav1(key, value);
}

static int add_library_option(struct vh_encoder *encoder, const char *key, const char *value)
{
    const char *name = encoder->info->name;
    switch (ask_library(encoder->info->passthrough, key, value)) {
    case ACCEPTED:
        av_bprintf(&encoder->passthrough, "%s%s=%s", encoder->passthrough.len ? ":" : "", key, value);
        av_bprintf(&encoder->settings, " %s=%s", key, value);
        return VH_OK;
    case BAD_VALUE:
        return vh_fail(&encoder->log, VH_ERR_USAGE, "encoder %s: option %s does not take the value \"%s\"",
            name, key, value);
    case CANNOT_ASK:
        return vh_fail(&encoder->log, VH_ERR_UNSUPPORTED,
            "encoder %s: option %s is not libavcodec's, and the library cannot be asked about it", name, key);
    default:
        return vh_fail(
            &encoder->log, VH_ERR_USAGE, "encoder %s has no option %s that takes \"%s\"", name, key, value);
    }
}

static int explain_refusal(struct vh_encoder *encoder, const AVOption *option, const char *value, int error)
{
    const char *name = encoder->info->name;
    if (error == AVERROR(ERANGE))
        return vh_fail(&encoder->log, VH_ERR_USAGE, "encoder %s: %s %s is outside %g to %g", name,
            option->name, value, option->min, option->max);
    return vh_fail(&encoder->log, VH_ERR_USAGE, "encoder %s: option %s does not take the value \"%s\"", name,
        option->name, value);
}

static const AVOption *find_option(const struct vh_encoder *encoder, const char *key)
{
    const AVOption *option = encoder->context->codec->priv_class
                                 ? av_opt_find(encoder->context->priv_data, key, NULL, 0, 0)
                                 : NULL;
    return option ? option : av_opt_find(encoder->context, key, NULL, AV_OPT_FLAG_ENCODING_PARAM, 0);
}

int vh_encoder_set(struct vh_encoder *encoder, const char *key, const char *value)
{
    const AVOption *option = find_option(encoder, key);
    int error;
    if (!option)
        return vh_fail(&encoder->log, VH_ERR_USAGE, "encoder %s has no option %s", encoder->info->name, key);
    error = av_opt_set(encoder->context, key, value, AV_OPT_SEARCH_CHILDREN);
    if (error < 0)
        return explain_refusal(encoder, option, value, error);
    av_bprintf(&encoder->settings, " %s=%s", key, value);
    return VH_OK;
}

int vh_encoder_set_extra(struct vh_encoder *encoder, const char *extra)
{
    AVDictionary *dict = NULL;
    const AVDictionaryEntry *entry = NULL;
    int status = vh_dict_parse(&dict, extra, "encoder options", &encoder->log);
    while (status == VH_OK && (entry = av_dict_get(dict, "", entry, AV_DICT_IGNORE_SUFFIX))) {
        if (find_option(encoder, entry->key) || !encoder->info->passthrough)
            status = vh_encoder_set(encoder, entry->key, entry->value);
        else
            status = add_library_option(encoder, entry->key, entry->value);
    }
    av_dict_free(&dict);
    return status;
}

int vh_encoder_set_passthrough(struct vh_encoder *encoder)
{
    uint8_t *before = NULL;
    char *all;
    int status = VH_OK;
    if (!encoder->passthrough.len)
        return VH_OK;
    if (!av_bprint_is_complete(&encoder->passthrough))
        return vh_fail(&encoder->log, VH_ERR_RESOURCE, "out of memory");
    /* What the table or the user set through the option itself stays in front. */
    if (av_opt_get(encoder->context->priv_data, encoder->info->passthrough, 0, &before) < 0)
        before = NULL;
    all = before && *before ? vh_format("%s:%s", (char *)before, encoder->passthrough.str)
                            : vh_strdup(encoder->passthrough.str);
    if (!all || av_opt_set(encoder->context->priv_data, encoder->info->passthrough, all, 0) < 0)
        status = vh_fail(&encoder->log, VH_ERR_RESOURCE, "out of memory");
    vh_free(all);
    av_free(before);
    return status;
}
