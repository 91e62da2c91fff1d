/* vhsup preset: list, show and check presets. */
#include "command_list.h"

#include "core/memory.h"
#include "core/status.h"
#include "core/text.h"
#include "job/preset.h"

#include <stddef.h>
#include <string.h>

struct state {
    bool names;
};

static const struct vh_option_row rows[] = {
    {.key = "names",
        .type = VH_OPTION_BOOL,
        .offset = offsetof(struct state, names),
        .flags = VH_OPTION_NO_PRESET,
        .help = "with list: names only, one per line"},
};
static const struct vh_option_table table = VH_OPTION_TABLE("Preset lists", rows, struct state);

static int init(void *state)
{
    return vh_option_init(&table, state);
}

static void uninit(void *state)
{
    vh_option_uninit(&table, state);
}

static int bind(void *state, struct vh_binding *bindings)
{
    bindings[0] = (struct vh_binding){&table, state};
    return 1;
}

/* The options of restore, which is what presets are about. */
struct target {
    struct vh_request request;
    struct vh_binding binding[VH_MAX_BINDINGS];
    int n;
};

static struct target *open_target(void)
{
    struct target *target = vh_alloc(1, sizeof *target);
    if (!target)
        return NULL;
    if (vh_request_init(&target->request) < 0) {
        vh_request_uninit(&target->request);
        vh_free(target);
        return NULL;
    }
    target->n = vh_request_bind(&target->request, target->binding);
    return target;
}

static void close_target(struct target *target)
{
    vh_request_uninit(&target->request);
    vh_free(target);
}

struct listing {
    struct vh_cli *cli;
    bool names;
    int status;
};

static void list_one(void *opaque, const char *name, bool built_in)
{
    struct listing *listing = opaque;
    char *description = NULL;
    if (listing->names) {
        fprintf(listing->cli->out, "%s\n", name);
        return;
    }
    int status = vh_preset_describe(name, &description, &listing->cli->log);
    if (status < 0)
        listing->status = status; /* a broken file of the user's does not hide the others */
    else
        fprintf(listing->cli->out, "%-16s %s%s\n", name, description, built_in ? "" : " (yours)");
    vh_free(description);
}

static int list(struct vh_cli *cli, bool names)
{
    struct listing listing = {cli, names, VH_OK};
    vh_preset_each(list_one, &listing);
    return listing.status;
}

static int show(struct vh_cli *cli, const char *name)
{
    struct target *target = open_target();
    char *text = NULL;
    int status =
        target ? vh_preset_flatten(name, target->binding, target->n, &text, &cli->log) : VH_ERR_RESOURCE;
    if (text)
        fputs(text, cli->out);
    vh_free(text);
    if (target)
        close_target(target);
    return status;
}

static int check(struct vh_cli *cli, const char *name)
{
    struct target *target = open_target();
    int status = target ? vh_preset_apply(name, target->binding, target->n, &cli->log) : VH_ERR_RESOURCE;
    if (status >= 0)
        fprintf(cli->out, "%s: good\n", name);
    if (target)
        close_target(target);
    return status;
}

static int run(struct vh_cli *cli, void *opaque, char *const *operand, int n)
{
    const struct state *state = opaque;
    int status = VH_OK;
    if (!strcmp(operand[0], "list") && n == 1)
        return list(cli, state->names);
    if (!strcmp(operand[0], "show") && n == 2)
        return show(cli, operand[1]);
    if (!strcmp(operand[0], "check") && n >= 2) {
        for (int i = 1; i < n; i++) {
            int each = check(cli, operand[i]);
            status = each < 0 ? each : status;
        }
        return status;
    }
    return vh_fail(&cli->log, VH_ERR_USAGE, "preset takes 'list', 'show NAME' or 'check NAME…'");
}

static const char *const examples[] = {
    "vhsup preset list", "vhsup preset show vhs-heavy", "vhsup preset check my.json", NULL};

const struct vh_command vh_command_preset = {
    .name = "preset",
    .operands = "list|show NAME|check NAME…",
    .summary = "list, show and check presets",
    .detail =
        "A preset is a JSON file that sets options of restore; it may extend another one. show prints it "
        "with everything it "
        "inherits; check reads it as restore would and says what is wrong. NAME is a name or a JSON file.",
    .examples = examples,
    .min_operands = 1,
    .max_operands = -1,
    .state_size = sizeof(struct state),
    .init = init,
    .uninit = uninit,
    .bind = bind,
    .run = run,
};
