/* Every command's row and option tables are well-formed, flags are unique among all tables of a command, and
 * what is generated from them is complete. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/command.h"
#include "core/memory.h"
#include "core/status.h"
#include "help.h"
#include "manual.h"

#include <string.h>

static void tell(void *opaque, enum vh_log_level level, const char *path, const char *message)
{
    (void)opaque, (void)level, (void)path;
    print_error("%s\n", message);
}
static const struct vh_log log_errors = {.sink = tell, .level = VH_LOG_ERROR};

static void rows_are_well_formed(void **state)
{
    (void)state;
    for (int i = 0; vh_commands[i]; i++) {
        const struct vh_command *c = vh_commands[i];
        size_t n = strlen(c->summary);
        assert_true(c->name[0] && n > 0 && n <= 70 && c->summary[n - 1] != '.');
        assert_ptr_equal(vh_command_find(c->name), c);
        assert_true(c->max_operands < 0 || c->min_operands <= c->max_operands);
        assert_int_equal(c->operands != NULL, c->max_operands != 0);
        assert_int_equal(c->state_size != 0, c->init && c->uninit && c->bind);
        for (const char *const *example = c->examples; example && *example; example++)
            assert_memory_equal(*example, "vhsup ", 6);
    }
}

static void check_pair(const struct vh_option_row *a, const struct vh_option_row *b)
{
    char x[96], y[96];
    if (!strcmp(vh_option_flag_name(a, x, sizeof x), vh_option_flag_name(b, y, sizeof y)))
        fail_msg("--%s is used twice", x);
    if (!strcmp(a->key, b->key))
        fail_msg("key %s is used twice", a->key);
    if (a->letter && a->letter == b->letter)
        fail_msg("-%c is used twice: --%s, --%s", a->letter, x, y);
}

static void flags_are_unique(void **state)
{
    (void)state;
    for (int i = 0; vh_commands[i]; i++) {
        struct vh_command_use use;
        const struct vh_option_row *rows[1024];
        int n = 0;
        assert_int_equal(vh_command_open(&use, vh_commands[i]), VH_OK);
        assert_true(use.n_bindings <= VH_CLI_BINDINGS);
        for (int k = 0; k < use.n_bindings; k++) {
            assert_int_equal(vh_option_check(use.binding[k].table, &log_errors), VH_OK);
            for (int r = 0; r < use.binding[k].table->n_rows && n < 1024; r++)
                rows[n++] = &use.binding[k].table->rows[r];
        }
        for (int a = 0; a < n; a++)
            for (int b = 0; b < a; b++)
                check_pair(rows[a], rows[b]);
        vh_command_close(&use);
    }
}

static void every_option_is_in_what_is_generated(void **state)
{
    (void)state;
    char *made[] = {vh_completion_bash(), vh_completion_zsh(), vh_completion_fish(), vh_manual_page()};
    static const char *const lead[] = {"--", "--", "-l ", "\\-\\-"};
    for (int i = 0; vh_commands[i]; i++) {
        struct vh_command_use use;
        vh_command_open(&use, vh_commands[i]);
        for (int k = 0; k < use.n_bindings; k++)
            for (int r = 0; r < use.binding[k].table->n_rows; r++)
                for (int m = 0; m < 4; m++) {
                    char flag[96], text[256], *to = text + strlen(lead[m]);
                    strcpy(text, lead[m]);
                    vh_option_flag_name(&use.binding[k].table->rows[r], flag, sizeof flag);
                    for (const char *c = flag; *c; c++) {
                        if (m == 3 && *c == '-')
                            *to++ = '\\';
                        *to++ = *c;
                    }
                    *to = 0;
                    if (!strstr(made[m], text))
                        fail_msg("%s is not in generated file %d", text, m);
                }
        vh_command_close(&use);
    }
    for (int m = 0; m < 4; m++)
        vh_free(made[m]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_well_formed),
        cmocka_unit_test(flags_are_unique),
        cmocka_unit_test(every_option_is_in_what_is_generated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
