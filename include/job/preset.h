/* Presets: JSON files that set options, with inheritance.
 *
 *     {
 *       "version": 1,
 *       "description": "one line",
 *       "extends": "vhs",
 *       "options": {"denoise.strength": 3, "encoder": "ffv1"}
 *     }
 *
 * "version" and "options" are required. Option names are the keys of the option rows; only what differs from
 * the parent (or from the defaults) is written. Values are checked by the same rows as the command line.
 * Options about one run (input, output, -y) are refused.
 *
 * A preset is named by a word, looked for in the user's folder ($XDG_CONFIG_HOME/vhsup/presets or
 * ~/.config/vhsup/presets) and then among the built-in ones, or by a path (with a slash, or ending in .json).
 * "extends" follows the same rules; a path is taken relative to the file that extends. "none" is a built-in
 * preset.
 */
#ifndef VH_JOB_PRESET_H
#define VH_JOB_PRESET_H

#include "core/log.h"
#include "pipeline/request.h"

/* A built-in preset: its file as it is in presets/. */
struct vh_preset_file {
    const char *name;
    const char *text;
};

/* All built-in presets, sorted by name; made from presets/ by the build. */
const struct vh_preset_file *vh_preset_files(int *n);

/* Sets what the preset and its parents say, parents first. VH_OK; VH_ERR_USAGE or VH_ERR_INPUT after one
 * message (then some values may have been set); VH_ERR_RESOURCE. */
int vh_preset_apply(const char *name, const struct vh_binding *bindings, int n, const struct vh_log *log);

/* The same for the text of a preset file; `shown` leads messages, and a path in "extends" is taken relative
 * to it. */
int vh_preset_apply_text(
    const char *text, const char *shown, const struct vh_binding *bindings, int n, const struct vh_log *log);

/* The preset with all parents applied, as a preset without parent: every value that differs from the
 * defaults. A new string (vh_free) in *text. `bindings` hold defaults before; afterwards they hold the
 * preset. */
int vh_preset_flatten(
    const char *name, const struct vh_binding *bindings, int n, char **text, const struct vh_log *log);

/* The values of `bindings` that differ from the defaults, as a preset file: what --save-preset writes. A new
 * string, NULL when memory ran out. */
char *vh_preset_print(const struct vh_binding *bindings, int n, const char *description);

/* The description of a preset. A new string in *text, "" when it has none. */
int vh_preset_describe(const char *name, char **text, const struct vh_log *log);

/* Calls fn for every preset a word can name: the user's, then the built-in ones that no file of the user's
 * hides. */
void vh_preset_each(void (*fn)(void *opaque, const char *name, bool built_in), void *opaque);

/* JSON Schema (draft 2020-12) of preset files for these options. A new string, NULL when memory ran out. */
char *vh_preset_schema(const struct vh_binding *bindings, int n);

#endif
