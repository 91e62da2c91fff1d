/* The libav* libraries as a whole. */
#include "media/library.h"

#include "core/status.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
#include <libavutil/error.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <stdlib.h>

void vh_library_set_verbosity(enum vh_log_level level)
{
    if (level < VH_LOG_DEBUG)
        setenv(
            "SVT_LOG", "0", 0); /* SVT-AV1 hears of its log level only this way; the user's own wish stays */
    if (level >= VH_LOG_TRACE)
        av_log_set_level(AV_LOG_VERBOSE);
    else
        av_log_set_level(level >= VH_LOG_DEBUG ? AV_LOG_WARNING : AV_LOG_QUIET);
}

char *vh_library_versions(char *text, size_t size)
{
    const struct {
        const char *name;
        unsigned version;
    } libs[] = {{"libavutil", avutil_version()}, {"libavcodec", avcodec_version()},
        {"libavformat", avformat_version()}, {"libavfilter", avfilter_version()},
        {"libswscale", swscale_version()}, {"libswresample", swresample_version()}};
    size_t used = 0;
    if (size)
        text[0] = '\0';
    for (size_t i = 0; i < sizeof libs / sizeof *libs && used < size; i++) {
        unsigned v = libs[i].version;
        used += (size_t)snprintf(text + used, size - used, "%s%s %u.%u.%u", i ? ", " : "", libs[i].name,
            AV_VERSION_MAJOR(v), AV_VERSION_MINOR(v), AV_VERSION_MICRO(v));
    }
    return text;
}

int vh_library_status(int averror)
{
    if (averror >= 0)
        return VH_OK;
    switch (averror) {
    case AVERROR(ENOMEM):
    case AVERROR(ENOSPC):
    case AVERROR(EDQUOT):
    case AVERROR(EMFILE):
    case AVERROR(ENFILE):
    case AVERROR(EFBIG):
        return VH_ERR_RESOURCE;
    case AVERROR(ENOENT):
    case AVERROR(EACCES):
    case AVERROR(EISDIR):
    case AVERROR(EIO):
    case AVERROR_EOF:
    case AVERROR_INVALIDDATA:
    case AVERROR_STREAM_NOT_FOUND:
    case AVERROR_HTTP_NOT_FOUND:
        return VH_ERR_INPUT;
    case AVERROR(ENOSYS):
    case AVERROR_PATCHWELCOME:
    case AVERROR_DECODER_NOT_FOUND:
    case AVERROR_ENCODER_NOT_FOUND:
    case AVERROR_FILTER_NOT_FOUND:
    case AVERROR_MUXER_NOT_FOUND:
    case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR_PROTOCOL_NOT_FOUND:
        return VH_ERR_UNSUPPORTED;
    case AVERROR_OPTION_NOT_FOUND:
        return VH_ERR_USAGE;
    case AVERROR_EXIT:
        return VH_ERR_CANCELLED;
    default:
        return VH_ERR_EXTERNAL;
    }
}
