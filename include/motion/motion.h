/* One motion field per field of the tape: searched once, read by everybody.
 *
 * DRAFT CONTRACT. Vectors of field n to its neighbours n-2, n-1, n+1, n+2 on a block grid; the search plane, pyramid,
 * candidates and composition are described in docs/algorithms/motion.md.
 */
#ifndef VH_MOTION_MOTION_H
#define VH_MOTION_MOTION_H

struct vh_motion;

#endif
