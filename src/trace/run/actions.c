/* What a record asks user space to do. */
#include "trace/run/inside.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t argument(const struct action *a, const char *payload, uint32_t i)
{
    uint64_t v = 0;
    if (i < a->n_arguments)
        memcpy(&v, payload + a->arguments[i].offset, a->arguments[i].type->size < 8 ? a->arguments[i].type->size : 8);
    return v;
}

static void print_format(struct session *r, const struct action *a, const char *payload, const char *type)
{
    struct text line = {0};
    format_print(a->format, &r->style, payload, a->size, &line);
    print_event(&r->style, type, line.bytes ? line.bytes : "", line.length, &r->out);
    text_free(&line);
}

static void print_time(struct session *r, const struct action *a)
{
    char line[256];
    time_t now = time(NULL);
    struct tm tm;
    localtime_r(&now, &tm);
    size_t n = strftime(line, sizeof line, a->text, &tm);
    print_event(&r->style, "time", line, n, &r->out);
}

void session_flush(struct session *r)
{
    if (r->out.length)
        fwrite(r->out.bytes, 1, r->out.length, r->options->out);
    fflush(r->options->out);
    text_clear(&r->out);
}

/* "stdin:1:9-62: ", where the call stands. */
static void say_place(const struct session *r, const struct action *a)
{
    uint32_t line;
    uint32_t column;
    uint32_t last_line;
    uint32_t last_column;
    source_locate(&r->unit->source, a->place.at, &line, &column);
    source_locate(&r->unit->source, a->place.at + a->place.length, &last_line, &last_column);
    if (line == last_line)
        fprintf(stderr, "%s:%u:%u-%u: ", r->unit->source.name, line, column, last_column);
    else
        fprintf(stderr, "%s:%u-%u: ", r->unit->source.name, line, last_line);
}

/* Words to stderr come behind what was printed before them. */
static void complain_format(struct session *r, const struct action *a, const char *payload, const char *word)
{
    struct text line = {0};
    format_print(a->format, &r->style, payload, a->size, &line);
    session_flush(r);
    say_place(r, a);
    fprintf(stderr, "%s: %.*s\n", word, (int)line.length, line.bytes ? line.bytes : "");
    text_free(&line);
}

/* assert(): the script ends as by exit(1). */
static void give_up(struct session *r, const struct action *a)
{
    session_flush(r);
    say_place(r, a);
    fprintf(stderr, "ERROR: %s\n", a->text);
    r->ended = r->exited = true;
    r->exit_code = 1;
}

static void leave(struct session *r, const struct action *a, const char *payload)
{
    r->ended = r->exited = true;
    r->exit_code = a->n_arguments ? (int)(argument(a, payload, 0) & 0xff) : 0;
}

void session_action(void *arg, const void *record, size_t size)
{
    struct session *r = arg;
    const struct action_record *head = record;
    if (size < sizeof *head || head->action >= r->unit->n_actions)
        return;
    const struct action *a = r->actions[head->action];
    const char *payload = (const char *)(head + 1);
    if (size < sizeof *head + a->size || r->exited) /* what comes behind exit() is not wanted */
        return;
    switch (a->kind) {
    case ACTION_EXIT: leave(r, a, payload); break;
    case ACTION_ASSERT: give_up(r, a); break;
    case ACTION_PRINTF: print_format(r, a, payload, "printf"); break;
    case ACTION_ERRORF: complain_format(r, a, payload, "ERROR"); break;
    case ACTION_WARNF: complain_format(r, a, payload, "WARNING"); break;
    case ACTION_PRINT_VALUE: print_value_event(&r->style, a->arguments[0].type, payload, &r->out); break;
    case ACTION_PRINT_MAP: session_print_map(r, a->map, argument(a, payload, 0), argument(a, payload, 1)); break;
    case ACTION_CLEAR_MAP: session_clear_map(r, a->map, false); break;
    case ACTION_ZERO_MAP: session_clear_map(r, a->map, true); break;
    case ACTION_TIME: print_time(r, a); break;
    case ACTION_JOIN: action_join(r, a, payload); break;
    case ACTION_CAT: action_cat(r, a, payload); break;
    case ACTION_SYSTEM: action_system(r, a, payload); break;
    default: break;
    }
    if (r->out.length > 1 << 16)
        session_flush(r);
}
