#include "cli/select.h"

#include "base/clock.h"
#include "cli/client.h"
#include "cli/output.h"
#include "cli/rows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

static bool pass_through(void *arg, const char *bytes, size_t n)
{
    (void)arg;
    return output_write(bytes, n);
}

static void add_paths(const struct select *s, const char *format, struct text *path, struct text *cancel)
{
    uint64_t id = 0;
    char hex[24], ms[24];
    if (getrandom(&id, sizeof id, 0) < 0)
        id = (uint64_t)clock_mono_ns() ^ (uint64_t)getpid() << 40;
    snprintf(hex, sizeof hex, "%016" PRIx64, id);
    snprintf(ms, sizeof ms, "%" PRIu64, s->timeout_ns / NS_PER_MS);
    text_adds(path, "/v1/query");
    client_add_parameter(path, "format", strcmp(format, "table") ? format : "rows");
    if (s->timeout_ns)
        client_add_parameter(path, "timeout_ms", ms);
    client_add_parameter(path, "id", hex);
    text_adds(cancel, "/v1/query");
    client_add_parameter(cancel, "id", hex);
}

/* Whether the first word is EXPLAIN. */
static bool asks_for_plan(const char *sql)
{
    static const char word[] = "explain";
    sql += strspn(sql, " \t\r\n");
    return !strncasecmp(sql, word, strlen(word)) && (!sql[strlen(word)] || strchr(" \t\r\n(", sql[strlen(word)]));
}

static enum client_end ask_for_table(const struct select *s, struct client_request *r, const struct terminal *terminal,
                                     struct client_answer *answer, struct err *why)
{
    struct rows_view *view = rows_open(terminal, false);
    if (!view) {
        err_set(why, ENOMEM, "out of memory");
        return CLIENT_FAILED;
    }
    if (asks_for_plan(r->body))
        rows_as_text(view);
    if (s->for_people)
        rows_for_people(view);
    r->data = rows_data;
    r->wait_ms = rows_wait_ms;
    r->idle = rows_idle;
    r->arg = view;
    enum client_end end = client_run(r, answer, why);
    if (end == CLIENT_DONE || end == CLIENT_FAILED)
        rows_end(view, end == CLIENT_DONE);
    if (end == CLIENT_DONE && !rows_problem(view) && terminal->is_terminal && !asks_for_plan(r->body))
        fprintf(stderr, "%" PRIu64 " row%s\n", rows_count(view), rows_count(view) == 1 ? "" : "s");
    if (end != CLIENT_FAILED && rows_problem(view)) {
        err_set(why, EPROTO, "%s", rows_problem(view));
        end = CLIENT_FAILED;
    }
    rows_close(view);
    return end;
}

static void tell_gaps(const struct client_answer *a)
{
    fprintf(stderr, "note: %" PRIu64 " loss%s recorded in the time that %s; see: sonde query 'FROM agent_losses'\n", a->gaps,
            a->gaps == 1 ? " is" : "es are", a->gaps_in_answer ? "this shows" : "is stored");
}

static enum client_end ask(const struct select *s, struct err *why)
{
    const char *format = s->format;
    struct text path = {0}, cancel = {0};
    struct terminal terminal;
    struct client_answer answer;
    terminal_probe(&terminal);
    add_paths(s, format, &path, &cancel);
    struct client_request r = {.socket = s->socket,
                               .path = path.bytes,
                               .cancel_path = cancel.bytes,
                               .body = s->sql,
                               .body_size = strlen(s->sql),
                               .data = pass_through};
    enum client_end end = strcmp(format, "table") ? client_run(&r, &answer, why) : ask_for_table(s, &r, &terminal, &answer, why);
    if (end == CLIENT_DONE && answer.gaps && !strstr(r.body, "agent_losses"))
        tell_gaps(&answer);
    text_free(&path);
    text_free(&cancel);
    return end;
}

int select_run(const struct command *c, const struct select *s)
{
    struct err why = {0};
    return client_exit(c, ask(s, &why), &why);
}
