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

/* Words to stderr come behind what was printed before them. */
static void complain_format(struct session *r, const struct action *a, const char *payload, const char *word)
{
    struct text line = {0};
    format_print(a->format, &r->style, payload, a->size, &line);
    session_flush(r);
    fprintf(stderr, "%s: %.*s", word, (int)line.length, line.bytes ? line.bytes : "");
    text_free(&line);
}

void session_action(void *arg, const void *record, size_t size)
{
    struct session *r = arg;
    const struct action_record *head = record;
    if (size < sizeof *head || head->action >= r->unit->n_actions)
        return;
    const struct action *a = r->actions[head->action];
    const char *payload = (const char *)(head + 1);
    if (size < sizeof *head + a->size || (r->ended && a->kind == ACTION_EXIT))
        return;
    switch (a->kind) {
    case ACTION_EXIT:
        r->ended = true;
        r->exit_code = a->n_arguments ? (int)(argument(a, payload, 0) & 0xff) : 0;
        break;
    case ACTION_PRINTF: print_format(r, a, payload, "printf"); break;
    case ACTION_ERRORF: complain_format(r, a, payload, "ERROR"); break;
    case ACTION_WARNF: complain_format(r, a, payload, "WARNING"); break;
    case ACTION_PRINT_VALUE: print_value_event(&r->style, a->arguments[0].type, payload, &r->out); break;
    case ACTION_PRINT_MAP: session_print_map(r, a->map, argument(a, payload, 0), argument(a, payload, 1)); break;
    case ACTION_CLEAR_MAP: session_clear_map(r, a->map, false); break;
    case ACTION_ZERO_MAP: session_clear_map(r, a->map, true); break;
    case ACTION_TIME: print_time(r, a); break;
    default: break;
    }
    if (r->out.length > 1 << 16)
        session_flush(r);
}
