/* Selection by rank for the types in use. */
#include "core/select.h"

#define SELECT_NAME vh_select_rank
#define SELECT_TYPE double
#include "core/select_tmpl.h"
#undef SELECT_NAME
#undef SELECT_TYPE

#define SELECT_NAME vh_select_rank_float
#define SELECT_TYPE float
#include "core/select_tmpl.h"
