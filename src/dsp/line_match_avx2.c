/* The line registration kernel compiled for AVX2; bit-identical to plain C. */
#define LINE_MATCH_NAME vh_dsp_line_match_avx2
#include "line_match_tables.h"

#include "line_match_tmpl.h"
