/* sonde probes: what each hook wanted, what it got, and why nothing better. */
#include "cli/commands.h"
#include "cli/report.h"

#include <string.h>

static const struct grid_column columns[] = {
    {.name = "collector"},
    {.name = "hook"},
    {.name = "mechanism"},
    {.name = "target"},
    {.name = "program"},
    {.name = "sampled runs", .right = true},
    {.name = "ns/run", .right = true},
    {.name = "sees"},
};

/* One line a program; a hook without programs has one line. What is the same as in the line above is left blank. */
static void add_hook(struct grid *g, const json_t *hook, struct text *out)
{
    struct report_row row = {0};
    const json_t *programs = json_object_get(hook, "programs");
    const char *mechanism = member_text(hook, "mechanism");
    size_t n = json_array_size(programs);
    for (size_t i = 0; i == 0 || i < n; i++) {
        const json_t *program = json_array_get(programs, i);
        row_text(&row, i ? " " : member_text(hook, "collector"));
        row_text(&row, i ? " " : member_text(hook, "hook"));
        row_text(&row, i ? " " : *mechanism ? mechanism : "none");
        row_text(&row, i ? " " : member_text(hook, "target"));
        row_text(&row, member_text(program, "name"));
        program ? row_count(&row, member_count(program, "runs")) : row_text(&row, "");
        program ? row_count(&row, member_count(program, "ns_per_run")) : row_text(&row, "");
        row_text(&row, i ? " " : member_text(hook, "purpose"));
        row_end(&row, g, out);
    }
    text_free(&row.room);
}

/* Why a better mechanism was not taken, and what is missed when none was. */
static void add_reason(struct text *out, const json_t *hook, bool *begun)
{
    const char *why = member_text(hook, "why"), *missing = member_text(hook, "missing");
    bool none = !*member_text(hook, "mechanism");
    if (!*why && !none)
        return;
    text_adds(out, *begun ? "" : "\n");
    *begun = true;
    text_addf(out, "%s %s: ", member_text(hook, "collector"), member_text(hook, "hook"));
    grid_add_display(out, why, strlen(why), 0);
    if (none) {
        text_adds(out, *why ? "; " : "no mechanism works here; ");
        grid_add_display(out, missing, strlen(missing), 0);
    }
    text_addc(out, '\n');
}

static void show(struct text *out, const json_t *root, const struct terminal *terminal)
{
    struct grid g;
    size_t i;
    bool begun = false;
    const json_t *hook;
    grid_begin(&g, columns, sizeof columns / sizeof columns[0], terminal);
    json_array_foreach(root, i, hook) add_hook(&g, hook, out);
    grid_settle(&g, out);
    grid_end(&g);
    json_array_foreach(root, i, hook) add_reason(out, hook, &begun);
}

static int run(const struct invocation *in)
{
    return report_run(in, "/v1/probes", show);
}

static const struct example examples[] = {
    {"sonde probes", "each hook, its mechanism and its cost, and why nothing better was taken"},
    {"sonde probes -o json | jq '.[] | select(.mechanism == null)'", "what this kernel does not let us see"},
};

const struct command command_probes = {
    .name = "probes",
    .summary = "how each signal is taken from the kernel, and its cost",
    .operands = "",
    .options = report_options,
    .n_options = 2,
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .run = run,
};
