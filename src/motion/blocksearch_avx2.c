/* Block matching for AVX2: the template, compiled for it. */
#define SEARCH_NAME vh_search_steps_avx2
#include "blocksearch_tmpl.h"
