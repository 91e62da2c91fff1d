/* Option structs of the stages that change the look of a picture because somebody asked for it: nothing here
 * is measured. */
#ifndef VH_RESTORE_LOOKS_H
#define VH_RESTORE_LOOKS_H

#include <stdbool.h>

/* adjust: brightness, contrast, gamma and saturation. */
struct vh_adjust_options {
    double brightness; /* -1 … 1, added to luma (1 = black to white) */
    double contrast;   /* 0 … 4, factor on luma around mid-gray */
    double gamma;      /* 0.1 … 10, above 1 brightens the middle */
    double saturation; /* 0 … 4, factor on chroma */
};

/* lut: a look-up table for colours. */
struct vh_lut_options {
    char *file;      /* --lut: restore, warm, cool, or the path of a .cube file; NULL or "" = none */
    double strength; /* --lut-strength: 0 … 1, share of the table's picture in the result */
};

/* True when the options change anything. */
bool vh_adjust_changes(const struct vh_adjust_options *options);
bool vh_lut_changes(const struct vh_lut_options *options);

#endif
