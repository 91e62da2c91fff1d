/* checkasm [--bench] [--level NAME] [--seed N] [--only PART] [--list] [FAMILY...] */
#include "checkasm.h"

#include "checkasm_list.h" /* generated: CHECKASM_FAMILY(name) for each check_<name>.c */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECKASM_DECLARE(name) void check_##name(struct checkasm *ca);
CHECKASM_FAMILIES(CHECKASM_DECLARE)

#define CHECKASM_ROW(name) {#name, check_##name},
static const struct {
    const char *name;
    checkasm_fn *check;
} families[] = {CHECKASM_FAMILIES(CHECKASM_ROW)};
enum { N_FAMILIES = sizeof families / sizeof *families };

static int usage(void)
{
    fprintf(stderr, "usage: checkasm [--bench] [--level c|avx2|avx512|neon] [--seed N] [--only PART] "
                    "[--list] [FAMILY...]\n");
    return 2;
}

static bool is_wanted(const char *name, char **wanted, int n)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(wanted[i], name))
            return true;
    return n == 0;
}

/* Families that nobody knows are a mistake, not an empty success. */
static bool all_known(char **wanted, int n)
{
    for (int i = 0; i < n; i++) {
        bool known = false;
        for (int k = 0; k < N_FAMILIES; k++)
            known |= !strcmp(wanted[i], families[k].name);
        if (!known) {
            fprintf(stderr, "checkasm: no family '%s'; --list shows all\n", wanted[i]);
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct checkasm_options options = {.seed = 1};
    int i = 1, n_failed = 0;
    for (; i < argc && !strncmp(argv[i], "--", 2); i++) {
        bool more = i + 1 < argc;
        if (!strcmp(argv[i], "--bench")) {
            options.bench = true;
        } else if (!strcmp(argv[i], "--list")) {
            for (int k = 0; k < N_FAMILIES; k++)
                puts(families[k].name);
            return 0;
        } else if (!strcmp(argv[i], "--level") && more) {
            options.level = argv[++i];
        } else if (!strcmp(argv[i], "--only") && more) {
            options.only = argv[++i];
        } else if (!strcmp(argv[i], "--seed") && more) {
            options.seed = strtoull(argv[++i], NULL, 10);
        } else {
            return usage();
        }
    }
    if (!all_known(argv + i, argc - i))
        return 2;
    for (int k = 0; k < N_FAMILIES; k++)
        if (is_wanted(families[k].name, argv + i, argc - i))
            n_failed += checkasm_run(families[k].name, families[k].check, &options);
    if (n_failed)
        fprintf(stderr, "checkasm: %d failed (seed %llu)\n", n_failed, (unsigned long long)options.seed);
    return n_failed != 0;
}
