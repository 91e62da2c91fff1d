/* Option dictionaries: "key=value:key=value" in, leftovers refused by name. */
#include "media_internal.h"

#include "core/status.h"

#include <libavutil/dict.h>

int vh_dict_parse(AVDictionary **dict, const char *text, const char *what, const struct vh_log *log)
{
    if (!text || !*text)
        return VH_OK;
    if (av_dict_parse_string(dict, text, "=", ":", 0) < 0)
        return vh_fail(
            log, VH_ERR_USAGE, "%s \"%s\" is not a list of key=value pairs with colons between", what, text);
    return VH_OK;
}

int vh_dict_reject_rest(const AVDictionary *left, const char *what, const struct vh_log *log)
{
    const AVDictionaryEntry *entry = av_dict_get(left, "", NULL, AV_DICT_IGNORE_SUFFIX);
    if (!entry)
        return VH_OK;
    return vh_fail(log, VH_ERR_USAGE, "%s has no option %s (given as %s=%s)", what, entry->key, entry->key,
        entry->value);
}
