/* Completions for bash, zsh and fish: commands, the flags of each, the words of choices, preset names, files.
 */
#include "manual.h"

#include "cli/command.h"
#include "core/text.h"

#include <string.h>

/* Calls fn for every option of a command. */
static void each_option(const struct vh_command *command, struct vh_text *text,
    void (*fn)(struct vh_text *text, const struct vh_command *command, const struct vh_option_row *row))
{
    struct vh_command_use use;
    vh_command_open(&use, command);
    for (int i = 0; i < use.n_bindings; i++)
        for (int k = 0; k < use.binding[i].table->n_rows; k++)
            fn(text, command, &use.binding[i].table->rows[k]);
    vh_command_close(&use);
}

static void add_flag(struct vh_text *text, const struct vh_command *command, const struct vh_option_row *row)
{
    char flag[96];
    (void)command;
    vh_text_addf(text, " --%s", vh_option_flag_name(row, flag, sizeof flag));
}

static void add_words(struct vh_text *text, const struct vh_option_row *row, const char *between)
{
    for (const char *const *name = row->names; *name; name++)
        vh_text_addf(text, "%s%s", name == row->names ? "" : between, *name);
}

static bool has_words(const struct vh_option_row *row)
{
    return row->type == VH_OPTION_ENUM;
}

/* "deinterlace) words" arms, so that a flag's value is completed by its choices. */
static void add_bash_choice(
    struct vh_text *text, const struct vh_command *command, const struct vh_option_row *row)
{
    char flag[96];
    if (!has_words(row))
        return;
    vh_text_addf(text, "    %s:--%s) words=\"", command->name, vh_option_flag_name(row, flag, sizeof flag));
    add_words(text, row, " ");
    vh_text_add(text, "\" ;;\n");
}

char *vh_completion_bash(void)
{
    struct vh_text text = {0};
    vh_text_add(&text, "# Made by 'vhsup generate bash'.\n_vhsup()\n{\n"
                       "  local current=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\" "
                       "command=restore words=\n"
                       "  case \"${COMP_WORDS[1]}\" in\n");
    for (int i = 0; vh_commands[i]; i++)
        vh_text_addf(&text, "    %s) command=%s ;;\n", vh_commands[i]->name, vh_commands[i]->name);
    vh_text_add(&text, "  esac\n  case \"$command:$before\" in\n");
    for (int i = 0; vh_commands[i]; i++)
        each_option(vh_commands[i], &text, add_bash_choice);
    vh_text_add(&text,
        "    *:--preset) words=\"none $(vhsup preset list --names 2>/dev/null)\" ;;\n  esac\n"
        "  if [ -z \"$words\" ] && [ \"${current#-}\" != \"$current\" ]; then\n    case \"$command\" in\n");
    for (int i = 0; vh_commands[i]; i++) {
        vh_text_addf(&text, "      %s) words=\"--help", vh_commands[i]->name);
        each_option(vh_commands[i], &text, add_flag);
        vh_text_add(&text, "\" ;;\n");
    }
    vh_text_add(
        &text, "    esac\n  fi\n  if [ -z \"$words\" ] && [ \"$COMP_CWORD\" = 1 ]; then\n    words=\"");
    for (int i = 0; vh_commands[i]; i++)
        vh_text_addf(&text, "%s%s", i ? " " : "", vh_commands[i]->name);
    vh_text_add(&text, "\"\n  fi\n  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
                       "  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$current\"))\n}\n"
                       "complete -o filenames -F _vhsup vhsup\n");
    return vh_text_take(&text);
}

/* Text inside single quotes of zsh's _arguments or fish: quotes, brackets and colons out of the way. */
static void add_quoted(struct vh_text *text, const char *plain, const char *escaped)
{
    for (; *plain; plain++) {
        if (*plain == '\'')
            vh_text_add(text, "'\\''");
        else
            vh_text_addf(text, "%s%c", strchr(escaped, *plain) ? "\\" : "", *plain);
    }
}

static void add_zsh_option(
    struct vh_text *text, const struct vh_command *command, const struct vh_option_row *row)
{
    char flag[96];
    (void)command;
    vh_option_flag_name(row, flag, sizeof flag);
    vh_text_addf(text, "        '%s--%s[", row->type == VH_OPTION_LIST ? "*" : "", flag);
    add_quoted(text, row->help, "[]:\\");
    vh_text_add(text, "]");
    if (has_words(row)) {
        vh_text_addf(text, ":%s:(", flag);
        add_words(text, row, " ");
        vh_text_add(text, ")");
    } else if (!strcmp(row->key, "preset")) {
        vh_text_add(text, ":preset:($(vhsup preset list --names 2>/dev/null) none)");
    } else if (row->type != VH_OPTION_BOOL) {
        vh_text_addf(text, ":%s:%s", flag,
            row->type == VH_OPTION_STRING || row->type == VH_OPTION_LIST ? "_files" : "");
    }
    vh_text_add(text, "' \\\n");
}

char *vh_completion_zsh(void)
{
    struct vh_text text = {0};
    vh_text_add(
        &text, "#compdef vhsup\n# Made by 'vhsup generate zsh'.\n_vhsup()\n{\n  local -a commands=(\n");
    for (int i = 0; vh_commands[i]; i++) {
        vh_text_addf(&text, "    '%s:", vh_commands[i]->name);
        add_quoted(&text, vh_commands[i]->summary, ":\\");
        vh_text_add(&text, "'\n");
    }
    vh_text_add(&text, "  )\n  local command=restore\n"
                       "  if (( CURRENT == 2 )) && [[ ${words[2]} != -* ]]; then\n"
                       "    _describe command commands\n    _files\n    return\n  fi\n"
                       "  (( ${+commands[(r)${words[2]}:*]} )) && command=${words[2]}\n  case $command in\n");
    for (int i = 0; vh_commands[i]; i++) {
        vh_text_addf(&text, "    %s)\n      _arguments \\\n        '--help[explain this command]' \\\n",
            vh_commands[i]->name);
        each_option(vh_commands[i], &text, add_zsh_option);
        vh_text_add(&text, "        '*:file:_files' ;;\n");
    }
    vh_text_add(&text, "  esac\n}\n_vhsup \"$@\"\n");
    return vh_text_take(&text);
}

static void add_fish_option(
    struct vh_text *text, const struct vh_command *command, const struct vh_option_row *row)
{
    char flag[96];
    bool is_main = !strcmp(command->name, "restore");
    vh_text_add(text, "complete -c vhsup -n '");
    if (is_main)
        vh_text_add(text, "not __vhsup_other");
    else
        vh_text_addf(text, "__fish_seen_subcommand_from %s", command->name);
    vh_text_addf(text, "' -l %s", vh_option_flag_name(row, flag, sizeof flag));
    if (row->letter)
        vh_text_addf(text, " -s %c", row->letter);
    if (has_words(row)) {
        vh_text_add(text, " -x -a '");
        add_words(text, row, " ");
        vh_text_add(text, "'");
    } else if (!strcmp(row->key, "preset")) {
        vh_text_add(text, " -x -a 'none (vhsup preset list --names 2>/dev/null)'");
    } else if (row->type == VH_OPTION_STRING || row->type == VH_OPTION_LIST) {
        vh_text_add(text, " -r");
    } else if (row->type != VH_OPTION_BOOL) {
        vh_text_add(text, " -x");
    }
    vh_text_add(text, " -d '");
    for (const char *c = row->help; *c; c++)
        vh_text_addf(text, "%s%c", *c == '\'' || *c == '\\' ? "\\" : "", *c);
    vh_text_add(text, "'\n");
}

char *vh_completion_fish(void)
{
    struct vh_text text = {0};
    vh_text_add(
        &text, "# Made by 'vhsup generate fish'.\nfunction __vhsup_other\n  __fish_seen_subcommand_from");
    for (int i = 0; vh_commands[i]; i++)
        if (strcmp(vh_commands[i]->name, "restore"))
            vh_text_addf(&text, " %s", vh_commands[i]->name);
    vh_text_add(&text, "\nend\n");
    for (int i = 0; vh_commands[i]; i++)
        vh_text_addf(&text, "complete -c vhsup -n '__fish_is_first_arg' -a %s -d '%s'\n",
            vh_commands[i]->name, vh_commands[i]->summary);
    for (int i = 0; vh_commands[i]; i++)
        each_option(vh_commands[i], &text, add_fish_option);
    return vh_text_take(&text);
}
