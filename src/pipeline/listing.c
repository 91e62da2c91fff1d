/* Lists of what can be named in options. */
#include "pipeline/listing.h"

#include "core/cpu.h"
#include "core/status.h"
#include "media/encoder.h"
#include "media/library.h"
#include "restore/stage.h"
#include "upscale/engine.h"
#include "upscale/upscaler.h"

static void print_encoders_of(FILE *file, bool is_sound)
{
    int n;
    const struct vh_encoder_info *info = vh_encoder_table(&n);
    for (int i = 0; i < n; i++)
        if (info[i].is_sound == is_sound && vh_encoder_available(&info[i]) == VH_OK)
            fprintf(file, "  %-14s %s\n", info[i].name, info[i].summary);
}

static void print_encoders(FILE *file)
{
    vh_library_set_verbosity(VH_LOG_ERROR); /* a driver that is not there is no news */
    fputs("Encoders that open on this machine.\n\nPicture (--encoder):\n", file);
    print_encoders_of(file, false);
    fputs("\nSound (--audio-codec):\n", file);
    print_encoders_of(file, true);
}

static void print_engines(FILE *file)
{
    char reason[256];
    fputs("What scales the picture (--engine), best general choice first.\n\n", file);
    for (int i = 0; vh_engines[i]; i++) {
        int status = vh_engines[i]->probe(reason, sizeof reason);
        fprintf(file, "  %-14s %s%s%s%s\n", vh_engines[i]->name, vh_engines[i]->summary,
            status ? " (not here: " : "", status ? reason : "", status ? ")" : "");
    }
}

static void print_repairs(FILE *file)
{
    fputs("Stages of our own, switched on by what was measured; 'vhsup restore --dry-run' says which and "
          "why.\n\n",
        file);
    for (int i = 0; vh_stages[i]; i++)
        fprintf(file, "  %-16s %s\n", vh_stages[i]->name, vh_stages[i]->summary);
}

const struct vh_listing vh_listings[] = {
    {"encoders", "encoders that open on this machine", print_encoders},
    {"engines", "what can scale the picture here", print_engines},
    {"repairs", "native stages", print_repairs},
    {NULL, NULL, NULL},
};

void vh_listing_print_build(FILE *file)
{
    unsigned cpu = vh_cpu_detect();
    char text[256];
    fprintf(file, "  FFmpeg    %s\n", vh_library_versions(text, sizeof text));
    fprintf(file, "  scaling   zimg %s\n", vh_upscaler_version(text, sizeof text));
    fprintf(file, "  built     with %s %s, %s\n",
#ifdef __clang__
        "clang", __clang_version__,
#else
        "gcc", __VERSION__,
#endif
#ifdef NDEBUG
        "optimised"
#else
        "with assertions"
#endif
    );
    fprintf(file, "  this CPU  %s\n",
        cpu & VH_CPU_AVX512 ? "AVX2, AVX-512"
        : cpu & VH_CPU_AVX2 ? "AVX2"
        : cpu & VH_CPU_NEON ? "NEON"
                            : "plain C");
}
