/* Help as text for a terminal of 80 to 100 columns. */
#include "help.h"

#include "core/memory.h"
#include "core/status.h"
#include "core/text.h"
#include "option/json.h"
#include "pipeline/listing.h"
#include "profile/profile.h"

#include <string.h>

enum { WIDTH = 96, COLUMN = 34 };

static int flush(FILE *file, struct vh_text *text)
{
    bool failed = text->failed;
    if (!failed && text->data)
        fputs(text->data, file);
    vh_text_uninit(text);
    return failed ? VH_ERR_RESOURCE : VH_OK;
}

const char *vh_help_placeholder(const struct vh_option_row *row, int max, char *text, size_t size)
{
    static const char *const words[] = {[VH_OPTION_BOOL] = "",
        [VH_OPTION_INT] = "N",
        [VH_OPTION_DOUBLE] = "N",
        [VH_OPTION_STRING] = "TEXT",
        [VH_OPTION_ENUM] = "WORD",
        [VH_OPTION_TIME] = "TIME",
        [VH_OPTION_RATIONAL] = "A:B",
        [VH_OPTION_SIZE] = "WxH",
        [VH_OPTION_LIST] = "TEXT"};
    size_t n = 0;
    for (const char *const *name = row->names; row->type == VH_OPTION_ENUM && *name; name++)
        n += strlen(*name) + 1;
    snprintf(text, size, "%s", row->word ? row->word : words[row->type]);
    if (n && n <= (size_t)max && n < size) {
        text[0] = 0;
        for (const char *const *name = row->names; *name; name++)
            strcat(strcat(text, name == row->names ? "" : "|"), *name);
    }
    return text;
}

char *vh_help_limits(const struct vh_option_row *row)
{
    struct vh_text text = {0};
    char *allowed = vh_option_describe(row);
    bool plain = row->type == VH_OPTION_BOOL || row->type == VH_OPTION_STRING || row->type == VH_OPTION_LIST;
    if (allowed && !plain)
        vh_text_add(&text, allowed);
    if (row->value && row->value[0])
        vh_text_addf(&text, "%sdefault %s", text.n ? "; " : "", row->value);
    vh_free(allowed);
    char *inner = vh_text_take(&text);
    char *all = inner && inner[0] ? vh_format("(%s)", inner) : vh_strdup("");
    vh_free(inner);
    return all;
}

static void add_option(struct vh_text *text, const struct vh_option_row *row)
{
    char flag[96], words[64], head[180];
    vh_help_placeholder(row, 24, words, sizeof words);
    vh_option_flag_name(row, flag, sizeof flag);
    if (row->letter)
        snprintf(head, sizeof head, "  -%c, --%s %s", row->letter, flag, words);
    else
        snprintf(head, sizeof head, "      --%s %s", flag, words);
    size_t start = text->n;
    vh_text_add(text, head);
    int column = (int)(text->n - start);
    if (column >= COLUMN) {
        vh_text_add(text, "\n");
        column = 0;
    }
    vh_text_pad(text, ' ', COLUMN - column);
    vh_text_wrap(text, row->help, COLUMN, COLUMN, WIDTH);
    if (row->value && row->value[0]) {
        vh_text_addf(text, " [%s]", row->value);
    }
    vh_text_add(text, "\n");
}

static bool is_shown(const struct vh_option_row *row, bool all)
{
    return all || !(row->flags & VH_OPTION_ADVANCED);
}

/* `before` is the heading it stands under; tables with the same one go on without it. */
static void add_table(struct vh_text *text, const struct vh_option_table *table, const char *before, bool all)
{
    bool head = before && !strcmp(before, table->group);
    for (int i = 0; i < table->n_rows; i++) {
        if (!is_shown(&table->rows[i], all))
            continue;
        if (!head)
            vh_text_addf(text, "\n%s:\n", table->group);
        head = true;
        add_option(text, &table->rows[i]);
    }
}

static void add_usage(struct vh_text *text, const struct vh_command *command)
{
    const char *rest = command->usage ? command->usage : command->operands;
    vh_text_addf(text, "usage: vhsup %s%s%s%s\n", command->name, rest ? " " : "", rest ? rest : "",
        command->state_size ? " [options]" : "");
}

int vh_help_command(FILE *file, const struct vh_command *command, bool all)
{
    struct vh_text text = {0};
    struct vh_command_use use;
    int status = vh_command_open(&use, command);
    add_usage(&text, command);
    vh_text_addf(&text, "\n%s\n", command->summary);
    if (command->detail) {
        vh_text_add(&text, "\n");
        vh_text_wrap(&text, command->detail, 0, 0, WIDTH);
        vh_text_add(&text, "\n");
    }
    for (int i = 0; i < use.n_bindings; i++)
        add_table(&text, use.binding[i].table, i ? use.binding[i - 1].table->group : NULL, all);
    if (command->examples)
        vh_text_add(&text, "\nExamples:\n");
    for (const char *const *example = command->examples; example && *example; example++)
        vh_text_addf(&text, "  %s\n", *example);
    vh_text_addf(&text, "\n'vhsup help OPTION' tells more about one option%s.\n",
        all ? "" : ", 'vhsup help all' lists the advanced ones too");
    vh_command_close(&use);
    return status < 0 ? (vh_text_uninit(&text), status) : flush(file, &text);
}

static void add_commands(struct vh_text *text, bool tools)
{
    for (int i = 0; vh_commands[i]; i++)
        if (vh_commands[i]->is_tool == tools)
            vh_text_addf(text, "  %-10s %s\n", vh_commands[i]->name, vh_commands[i]->summary);
}

int vh_help_overview(FILE *file, bool brief)
{
    struct vh_text text = {0};
    vh_text_add(
        &text, "usage: vhsup [restore] IN -o OUT [options]\n       vhsup COMMAND [operands] [options]\n");
    if (brief) {
        vh_text_add(&text, "'vhsup help' lists the commands.\n");
        return flush(file, &text);
    }
    vh_text_add(&text, "\nvhsup turns the capture of an analogue tape into the best file a machine can make "
                       "of it.\n\nCommands:\n");
    add_commands(&text, false);
    vh_text_add(&text, "\nFor packagers and scripts:\n");
    add_commands(&text, true);
    vh_text_add(&text,
        "\n'vhsup help COMMAND' lists the options of a command, 'vhsup help OPTION' tells more about one.\n"
        "\nTopics of help:\n"
        "  all          every command with every option\n"
        "  exit-status  what exit statuses mean\n"
        "  measurements what is measured on a tape\n");
    for (const struct vh_listing *list = vh_listings; list->name; list++)
        vh_text_addf(&text, "  %-12s %s\n", list->name, list->summary);
    return flush(file, &text);
}

static void add_paragraph(struct vh_text *text, const char *paragraph)
{
    vh_text_add(text, "\n");
    vh_text_wrap(text, paragraph, 0, 0, WIDTH);
    vh_text_add(text, "\n");
}

static void add_option_page(
    struct vh_text *text, const struct vh_option_row *row, const struct vh_option_table *table)
{
    char flag[96], words[256];
    char *allowed = vh_option_describe(row);
    vh_help_placeholder(row, 200, words, sizeof words);
    vh_text_addf(text, "--%s %s%s", vh_option_flag_name(row, flag, sizeof flag), words, words[0] ? " " : "");
    if (row->letter)
        vh_text_addf(text, "(-%c) ", row->letter);
    vh_text_addf(text, "[%s]\n", table->group);
    add_paragraph(text, row->help);
    if (row->detail)
        add_paragraph(text, row->detail);
    vh_text_addf(text, "\n  values   %s%s\n", allowed ? allowed : "",
        row->type == VH_OPTION_BOOL ? ", --no-FLAG for no" : "");
    vh_text_addf(text, "  default  %s\n", row->value && row->value[0] ? row->value : "not set");
    vh_text_addf(text, "  preset   %s%s\n", row->flags & VH_OPTION_NO_PRESET ? "not allowed" : "key ",
        row->flags & VH_OPTION_NO_PRESET ? "" : row->key);
    if (row->example)
        vh_text_addf(text, "  example  %s\n", row->example);
    vh_free(allowed);
}

bool vh_help_option(FILE *file, const char *name)
{
    struct vh_text text = {0};
    bool found = false;
    name += strspn(name, "-");
    for (int i = 0; vh_commands[i] && !found; i++) {
        struct vh_command_use use;
        vh_command_open(&use, vh_commands[i]);
        for (int k = 0; k < use.n_bindings && !found; k++) {
            const struct vh_option_table *table = use.binding[k].table;
            const struct vh_option_row *row = vh_option_find(table, name);
            row = row ? row : vh_option_find_flag(table, name, NULL);
            found = row;
            if (row)
                add_option_page(&text, row, table);
        }
        vh_command_close(&use);
    }
    return flush(file, &text) == VH_OK && found;
}

char *vh_help_exit_status(void)
{
    struct vh_text text = {0};
    int n;
    const struct vh_status_row *row = vh_status_rows(&n);
    vh_text_add(&text, "# Exit status\n\nMade by `vhsup help exit-status`; a test compares both.\n\n| status "
                       "| name | meaning |\n|---|---|---|\n");
    for (int i = 0; i < n; i++)
        vh_text_addf(&text, "| %d | %s | %s |\n", row[i].exit, row[i].name, row[i].help);
    return vh_text_take(&text);
}

static int print_measurements(FILE *file)
{
    struct vh_text text = {0};
    int n;
    const struct vh_profile_key *key = vh_profile_keys(&n);
    vh_text_add(&text, "What is measured on a tape; --set KEY=VALUE sets one by hand.\n\n");
    for (int i = 0; i < n; i++) {
        vh_text_addf(&text, "  %-24s %s%s%s%s", key[i].key, key[i].help, key[i].unit[0] ? " (" : "",
            key[i].unit, key[i].unit[0] ? ")" : "");
        for (const char *const *name = key[i].names; name && *name; name++)
            vh_text_addf(&text, "%s%s", name == key[i].names ? ": " : ", ", *name);
        vh_text_add(&text, "\n");
    }
    return flush(file, &text);
}

static int print_exit_status(FILE *file)
{
    char *page = vh_help_exit_status();
    if (page)
        fputs(page, file);
    vh_free(page);
    return page ? VH_OK : VH_ERR_RESOURCE;
}

static int print_all(FILE *file)
{
    int status = vh_help_overview(file, false);
    for (int i = 0; vh_commands[i] && status >= 0; i++) {
        fputs("\n", file);
        status = vh_help_command(file, vh_commands[i], true);
    }
    return status;
}

int vh_help_topic(FILE *file, const char *topic, const struct vh_log *log)
{
    const struct vh_command *command = vh_command_find(topic);
    if (command)
        return vh_help_command(file, command, false);
    if (!strcmp(topic, "all"))
        return print_all(file);
    if (!strcmp(topic, "exit-status"))
        return print_exit_status(file);
    if (!strcmp(topic, "measurements"))
        return print_measurements(file);
    for (const struct vh_listing *list = vh_listings; list->name; list++)
        if (!strcmp(list->name, topic)) {
            list->print(file);
            return VH_OK;
        }
    if (vh_help_option(file, topic))
        return VH_OK;
    return vh_fail(log, VH_ERR_USAGE,
        "'%s' is no command, option or topic; 'vhsup help' lists the commands and topics", topic);
}
