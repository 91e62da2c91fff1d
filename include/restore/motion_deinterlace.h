/* Options of stage "motion-deinterlace": deinterlacing and denoising along the motion in one step
 * (docs/algorithms/motion.md). Fields in, one whole picture per field out; 8 to 16 bit sources of any size
 * and chroma subsampling, any parity, any neighbour missing. Reads the motion of the field; measures the
 * noise itself when no evidence is handed in.
 */
#ifndef VH_RESTORE_MOTION_DEINTERLACE_H
#define VH_RESTORE_MOTION_DEINTERLACE_H

#include <stdbool.h>

struct vh_motion_deinterlace_options {
    double strength;     /* factor on the noise that is assumed; NaN (auto) = 1, 0 = existing lines stay */
    double sigma_luma;   /* noise, 8-bit codes; NaN (auto) = measured in every field */
    double sigma_chroma; /* the same for both chroma planes */
    bool lossless_lines; /* existing lines stay bit for bit, whatever the noise */
};

#endif
