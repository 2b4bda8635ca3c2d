/* From a file to attached programs. */
#include "base/arena.h"
#include "base/clock.h"
#include "cli/run.h"
#include "objects/explain.h"
#include "objects/needs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void run_say(const struct run *r, const char *sentence)
{
    fprintf(stderr, "sonde %s: %s\n", r->in->command->name, sentence);
}

static int fail(const struct run *r, const struct err *why)
{
    run_say(r, why->text);
    return EXIT_FAILED;
}

static int misuse(const struct run *r, const struct err *why)
{
    run_say(r, why->text);
    return EXIT_USAGE;
}

/* Whether the refused program can be left out, and the others be tried. */
static bool leave_out(struct run *r, const struct explanation *e)
{
    if (!config_bool(r->in->options, "partial") || !programs_find(&r->programs, e->program) || r->n_refused == RUN_MAX_REFUSED)
        return false;
    for (size_t i = 0; i < r->n_refused; i++)
        if (!strcmp(r->refused[i], e->program))
            return false;
    snprintf(r->refused[r->n_refused++], sizeof r->refused[0], "%s", e->program);
    fprintf(stderr, "sonde run: %s is left out, it was refused: %s\n", e->program, e->summary);
    return true;
}

/* A refused program is explained; without privilege that is the whole explanation. */
static int refuse_load(const struct run *r, const struct explanation *e)
{
    struct text words = {0};
    explain_add_text(&words, e);
    fprintf(stderr, "sonde run: the kernel refuses %s\n%s", r->object.path, words.bytes ? words.bytes : "");
    if (r->programs.n > 1)
        fputs("\nsonde run: --partial runs the object's other programs; --attach PROGRAM=none leaves one out, PROGRAM=KIND:TARGET gives it "
              "another place\n",
              stderr);
    text_free(&words);
    return EXIT_FAILED;
}

/* Opens and loads; when a refused program was left out, all again. */
static int load(struct run *r)
{
    struct err why = {0};
    char privilege[512];
    if (object_open(&r->object, r->in->operands[0], &why))
        return fail(r, &why);
    if (run_check_maps(r, &why) || run_choose_forms(r, &why) || run_choose_targets(r, &why))
        return misuse(r, &why);
    if (needs_check(&r->object, &why) || programs_prepare(&r->programs, &why))
        return fail(r, &why);
    int rc = object_load(&r->object);
    if (!rc)
        return EXIT_OK;
    const struct refused refused = {.step = REFUSED_AT_LOAD, .error = -rc};
    struct explanation e;
    explain_object(&r->object, &refused, &e);
    object_missing_privilege(privilege, sizeof privilege);
    if (*privilege && !e.from_verifier && (rc == -EPERM || rc == -EACCES)) {
        run_say(r, privilege);
        return EXIT_FAILED;
    }
    return leave_out(r, &e) ? RUN_AGAIN : refuse_load(r, &e);
}

static void on_event(void *arg, const struct stream_event *e)
{
    struct run *r = arg;
    uint64_t most = config_number(r->in->options, "count");
    if ((most && r->events == most) || (r->format == RUN_PROMETHEUS && !r->table) || !run_wants_map(r, e->buffer->map->name))
        return;
    int64_t now = clock_utc_ns();
    if (r->table)
        run_table_add(r->table, e, now);
    if (!r->quiet && r->format != RUN_PROMETHEUS) {
        run_begin_record(r);
        show_event(&r->out, &r->show, e, now);
        run_end_record(r);
    }
    r->events++;
    r->ended |= r->events == most;
}

static void on_lost(void *arg, struct stream_buffer *b, uint64_t count)
{
    struct run *r = arg;
    if (r->table)
        run_table_lost(r->table, b, count);
    if (r->quiet || r->format == RUN_TEXT || r->format == RUN_PROMETHEUS)
        return; /* said in the end */
    run_begin_record(r);
    show_lost(&r->out, b, count, clock_utc_ns());
    run_end_record(r);
}

/* "events=struct small" */
static int read_choices(const struct run *r, struct stream_choice *choices, size_t room, size_t *n, struct arena *arena, struct err *why)
{
    const char *const *items;
    size_t count = config_list(r->in->options, "type", &items);
    for (*n = 0; *n < count && *n < room; (*n)++) {
        const char *equals = strchr(items[*n], '=');
        if (!equals || equals == items[*n] || !equals[1])
            return err_set(why, EINVAL, "--type %.100s: write MAP=STRUCT, as in events=event", items[*n]);
        char *map = arena_copy(arena, items[*n], (size_t)(equals - items[*n]));
        if (!map)
            return err_set(why, ENOMEM, "out of memory");
        if (!object_map(&r->object, map))
            return err_set(why, EINVAL, "--type %.100s: %s has no map of that name", items[*n], r->object.path);
        choices[*n] = (struct stream_choice){map, equals + 1};
    }
    return 0;
}

static int open_stream(struct run *r, struct err *why)
{
    struct stream_choice choices[64];
    struct arena arena = {0};
    size_t n;
    const struct stream_reader reader = {on_event, on_lost, r};
    int rc = read_choices(r, choices, 64, &n, &arena, why);
    if (!rc) {
        r->stream = stream_open(&r->object, choices, n, &reader, why);
        rc = r->stream ? 0 : -why->code;
    }
    arena_free(&arena);
    return rc;
}

static void on_left_out(void *arg, const char *sentence)
{
    struct run *r = arg;
    r->left_out++;
    run_say(r, sentence);
}

static void on_attached(void *arg, const char *program, const char *where)
{
    (void)arg;
    fprintf(stderr, "%-24s %s\n", program, where);
}

static void say_buffers(struct run *r)
{
    r->show.name_maps = stream_buffers(r->stream) > 1;
    for (size_t i = 0; i < stream_buffers(r->stream); i++) {
        const struct stream_buffer *b = stream_buffer_at(r->stream, i);
        fprintf(stderr, "%-24s ", b->map->name);
        for (size_t j = 0; j < b->types.n; j++)
            fprintf(stderr, "%s%s", j ? ", " : "", b->types.types[j].name);
        fprintf(stderr, b->types.n ? " (%s)\n" : "%s\n", b->types.why);
    }
}

static int attach(struct run *r, struct err *why)
{
    const struct programs_listener l = {on_left_out, on_attached, r};
    int rc = programs_attach(&r->programs, config_bool(r->in->options, "partial"), &l, why);
    if (rc)
        return fail(r, why);
    if (r->programs.n_attachments + r->programs.n_operations)
        return EXIT_OK;
    run_say(r, r->left_out ? "no program is attached; see above what each needs" : "the object has no program that could be attached");
    return EXIT_USAGE;
}

/* Programs that print are read along; that others print, too, is said. */
static void open_printk(struct run *r)
{
    struct err why = {0};
    if (!r->object.code->prints || config_is_set(r->in->options, "map"))
        return;
    r->printk = printk_open(&why);
    if (r->printk)
        fprintf(stderr, "%-24s the kernel's trace pipe, which has the lines of every program on the system\n", "bpf_printk");
    else
        run_say(r, why.text);
}

static void tell_need(void *arg, const char *sentence)
{
    run_say(arg, sentence);
}

int run_set_up(struct run *r)
{
    struct err why = {0};
    const char *metrics = run_option(r, "metrics");
    int code;
    while ((code = load(r)) == RUN_AGAIN) {
        programs_close(&r->programs);
        object_close(&r->object);
    }
    if (code != EXIT_OK)
        return code;
    run_name_addresses(r);
    if (open_stream(r, &why))
        return fail(r, &why);
    say_buffers(r);
    if (config_is_set(r->in->options, "as_table") && (code = run_table_open(r)) != EXIT_OK)
        return code;
    if (!r->quiet)
        open_printk(r);
    if (metrics && run_metrics_open(r, metrics, &why))
        return fail(r, &why);
    code = attach(r, &why);
    if (code == EXIT_OK)
        needs_tell(&r->object, &r->programs, tell_need, r);
    return code;
}

void run_tear_down(struct run *r)
{
    run_table_close(r->table);
    run_metrics_close(r->metrics);
    programs_close(&r->programs);
    printk_close(r->printk);
    run_forget_names(r);
    stream_close(r->stream);
    object_close(&r->object);
    text_free(&r->out);
}
