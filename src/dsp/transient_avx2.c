/* The transient kernel compiled for AVX2: integers, the same bits as plain C. */
#define TRANSIENT_NAME vh_dsp_transient_avx2
#include "transient_tables.h"

#include "transient_tmpl.h"
