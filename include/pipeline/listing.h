/* What this build and this machine can do, for `vhsup help encoders`, `engines` and `repairs`: found by
 * asking the components, which open what they claim.
 */
#ifndef VH_PIPELINE_LISTING_H
#define VH_PIPELINE_LISTING_H

#include <stdio.h>

/* A subject of lists: a word for the command line, one line of help, and what prints it. Opening hardware
 * takes up to a second an encoder; nothing else blocks. */
struct vh_listing {
    const char *name, *summary;
    void (*print)(FILE *file);
};

/* All subjects, ended by a NULL name. */
extern const struct vh_listing vh_listings[];

/* What this program is made of, a few lines: the libraries it runs with, its compiler, what this CPU offers.
 */
void vh_listing_print_build(FILE *file);

#endif
