/* Profiles: what is accepted prints and reads back to the same; values by hand are tried too. */
#include "fuzz.h"

#include "core/status.h"
#include "profile/profile.h"

static char *read_and_print(const char *text)
{
    struct vh_profile *profile;
    fuzz_require(vh_profile_create(&profile) >= 0, "out of memory");
    char *printed =
        vh_profile_parse_json(profile, text, "fuzz", NULL) >= 0 ? vh_profile_print_json(profile) : NULL;
    vh_profile_destroy(&profile);
    return printed;
}

static void set_by_hand(const char *text)
{
    struct vh_profile *profile;
    fuzz_require(vh_profile_create(&profile) >= 0, "out of memory");
    if (vh_profile_set_text(profile, text, NULL) >= 0) {
        char *printed = vh_profile_print_json(profile), *again = printed ? read_and_print(printed) : NULL;
        fuzz_require(again && !strcmp(printed, again), "a value by hand does not read back");
        vh_free(printed);
        vh_free(again);
    }
    vh_profile_destroy(&profile);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *once = read_and_print(text);
    if (once) {
        char *twice = read_and_print(once);
        fuzz_require(twice && !strcmp(once, twice), "a printed profile does not read back");
        vh_free(twice);
    }
    set_by_hand(text);
    vh_free(once);
    vh_free(text);
    return 0;
}
