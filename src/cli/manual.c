/* The manual page. Tables that several commands share are described once, where they first appear. */
#include "manual.h"

#include "core/memory.h"
#include "core/status.h"
#include "core/text.h"
#include "help.h"

#include <string.h>

/* The code point at *c, which is stepped over; a byte that is no UTF-8 stands for itself. */
static unsigned take_code_point(const char **c)
{
    const unsigned char *s = (const unsigned char *)*c;
    int more = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : s[0] >= 0xc2 ? 1 : 0;
    unsigned code = more ? s[0] & (0x3fu >> more) : s[0];
    for (int i = 1; i <= more && (s[i] & 0xc0) == 0x80; i++, ++*c)
        code = code << 6 | (s[i] & 0x3f);
    ++*c;
    return code;
}

/* Text in roff: backslashes, dashes and what is not ASCII escaped, no line that begins like a request. */
static void add(struct vh_text *text, const char *plain)
{
    bool line_start = text->n == 0 || text->data[text->n - 1] == '\n';
    for (const char *c = plain; *c;) {
        unsigned code = take_code_point(&c);
        if (line_start && (code == '.' || code == '\''))
            vh_text_add(text, "\\&");
        if (code == '\\')
            vh_text_add(text, "\\e");
        else if (code == '-')
            vh_text_add(text, "\\-");
        else if (code >= 0x80)
            vh_text_addf(text, "\\[u%04X]", code);
        else
            vh_text_addf(text, "%c", (int)code);
        line_start = code == '\n';
    }
}

static void add_heading(struct vh_text *text, const char *request, const char *words)
{
    vh_text_addf(text, ".%s \"", request);
    add(text, words);
    vh_text_add(text, "\"\n");
}

/* A bold term and what it means. */
static void add_term(struct vh_text *text, const char *term, const char *rest)
{
    vh_text_add(text, ".TP\n\\fB");
    add(text, term);
    vh_text_add(text, "\\fR");
    if (rest[0]) {
        vh_text_add(text, " \\fI");
        add(text, rest);
        vh_text_add(text, "\\fR");
    }
    vh_text_add(text, "\n");
}

static void add_option(struct vh_text *text, const struct vh_option_row *row)
{
    char flag[96], term[110], words[256];
    char *limits = vh_help_limits(row);
    vh_option_flag_name(row, flag, sizeof flag);
    if (row->letter)
        snprintf(term, sizeof term, "-%c, --%s", row->letter, flag);
    else
        snprintf(term, sizeof term, "--%s", flag);
    add_term(text, term, vh_help_placeholder(row, 60, words, sizeof words));
    add(text, row->help);
    if (limits && limits[0]) {
        vh_text_add(text, " ");
        add(text, limits);
    }
    vh_text_add(text, ".\n");
    if (row->detail) {
        add(text, row->detail);
        vh_text_add(text, "\n");
    }
    if (row->example) {
        vh_text_add(text, "Example: \\fB");
        add(text, row->example);
        vh_text_add(text, "\\fR\n");
    }
    vh_free(limits);
}

/* Tables described so far. */
struct seen {
    const struct vh_option_table *table[128];
    int n;
};

static bool is_new(struct seen *seen, const struct vh_option_table *table)
{
    for (int i = 0; i < seen->n; i++)
        if (seen->table[i] == table)
            return false;
    if (seen->n < 128)
        seen->table[seen->n++] = table;
    return true;
}

static void add_command(struct vh_text *text, const struct vh_command *command, struct seen *seen)
{
    struct vh_command_use use;
    char line[160];
    vh_command_open(&use, command);
    const char *rest = command->usage ? command->usage : command->operands, *group = NULL;
    snprintf(line, sizeof line, "%s%s%s", command->name, rest ? " " : "", rest ? rest : "");
    add_heading(text, "SS", line);
    add(text, command->summary);
    vh_text_add(text, ".\n");
    if (command->detail) {
        vh_text_add(text, ".PP\n");
        add(text, command->detail);
        vh_text_add(text, "\n");
    }
    for (int i = 0; i < use.n_bindings; i++) {
        const struct vh_option_table *table = use.binding[i].table;
        if (!is_new(seen, table))
            continue;
        if (!group || strcmp(group, table->group)) {
            vh_text_add(text, ".PP\n\\fI");
            add(text, table->group);
            vh_text_add(text, "\\fR\n");
        }
        group = table->group;
        for (int k = 0; k < table->n_rows; k++)
            add_option(text, &table->rows[k]);
    }
    for (const char *const *example = command->examples; example && *example; example++) {
        vh_text_add(text, example == command->examples ? ".PP\n.nf\n" : "");
        add(text, *example);
        vh_text_add(text, example[1] ? "\n" : "\n.fi\n");
    }
    vh_command_close(&use);
}

static void add_exit_status(struct vh_text *text)
{
    int n;
    const struct vh_status_row *row = vh_status_rows(&n);
    add_heading(text, "SH", "EXIT STATUS");
    for (int i = 0; i < n; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", row[i].exit);
        add_term(text, number, "");
        add(text, row[i].name);
        vh_text_add(text, ": ");
        add(text, row[i].help);
        vh_text_add(text, ".\n");
    }
}

char *vh_manual_page(void)
{
    struct vh_text text = {0};
    struct seen seen = {0};
    vh_text_add(&text, ".\\\" Made by 'vhsup generate man'.\n.TH VHSUP 1 \"\" \"vhsup " VHSUP_VERSION
                       "\" \"User commands\"\n");
    add_heading(&text, "SH", "NAME");
    vh_text_add(&text, "vhsup \\- restore captures of analogue tapes\n");
    add_heading(&text, "SH", "SYNOPSIS");
    vh_text_add(&text,
        "\\fBvhsup\\fR [\\fBrestore\\fR] \\fIIN\\fR \\fB\\-o\\fR \\fIOUT\\fR [\\fIoptions\\fR]\n.br\n"
        "\\fBvhsup\\fR \\fICOMMAND\\fR [\\fIoperands\\fR] [\\fIoptions\\fR]\n");
    add_heading(&text, "SH", "DESCRIPTION");
    vh_text_add(&text,
        "vhsup turns the capture of an analogue tape (VHS, S\\-VHS, Video8, Betamax: anything interlaced, "
        "noisy and "
        "standard definition) into the best file a machine can make of it, in one command, and says what it "
        "did and why.\n");
    add_heading(&text, "SH", "COMMANDS");
    for (int i = 0; vh_commands[i]; i++)
        add_command(&text, vh_commands[i], &seen);
    add_exit_status(&text);
    add_heading(&text, "SH", "FILES");
    add_term(&text, "~/.config/vhsup/presets/NAME.json", "");
    add(&text, "Presets of the user; found before the built-in ones. $XDG_CONFIG_HOME is honoured.\n");
    add_heading(&text, "SH", "SIGNALS");
    add(&text, "SIGINT and SIGTERM end the job in order: nothing is left under the output's name and the "
               "exit status is 130. A second "
               "one ends the process at once.\n");
    return vh_text_take(&text);
}
