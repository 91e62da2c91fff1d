/* The halo kernel compiled for AVX2: integers, the same bits as plain C. */
#define DEHALO_NAME vh_dsp_dehalo_avx2
#include "dehalo_tables.h"

#include "dehalo_tmpl.h"
