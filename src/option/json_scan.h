/* The strict scan that runs before cJSON builds the tree (see json_scan.c). */
#ifndef VH_OPTION_JSON_SCAN_H
#define VH_OPTION_JSON_SCAN_H

#include <stddef.h>

/* NULL when `text` is one strict JSON value and nothing else; else what is wrong (a constant), and where in
 * *at. */
const char *vh_json_scan(const char *text, const char **at);

#endif
