#include "cli/stream.h"

#include "base/text.h"
#include "cli/at_hand.h"
#include "cli/interrupt.h"
#include "cli/select.h"

#include <stdio.h>
#include <string.h>

static void add_condition(struct text *t, const char *condition)
{
    if (condition && *condition)
        text_addf(t, "%s(%s\n)", t->length ? " AND " : "", condition);
}

static void add_conditions(struct text *t, const struct invocation *in, const struct stream *s, bool with_user)
{
    add_condition(t, s->where);
    if (s->flag && config_bool(in->options, s->flag))
        add_condition(t, s->flag_where);
    if (with_user)
        add_condition(t, config_text(in->options, "where"));
}

static int look_back(const struct invocation *in, const struct stream *s, const char *socket)
{
    struct text sql = {0}, own = {0};
    struct window w;
    window_take(&w, in);
    add_conditions(&own, in, s, false);
    text_addf(&sql, "SELECT %s FROM %s WHERE ", config_bool(in->options, "all_columns") ? "*" : s->columns, s->table);
    window_add_where(&sql, &w, in);
    if (own.length)
        text_addf(&sql, " AND %s", own.bytes);
    text_adds(&sql, " ORDER BY time");
    if (config_number(in->options, "count"))
        text_addf(&sql, " LIMIT %llu", (unsigned long long)config_number(in->options, "count"));
    struct select question = {
        .socket = socket, .sql = sql.bytes ? sql.bytes : "", .format = config_text(in->options, "output"), .for_people = true};
    int code = select_run(in->command, &question);
    text_free(&sql);
    text_free(&own);
    return code;
}

static int watch(const struct invocation *in, const struct stream *s, const char *socket)
{
    struct text where = {0};
    add_conditions(&where, in, s, true);
    struct follow f = {.socket = socket,
                       .table = s->table,
                       .where = where.bytes,
                       .columns = config_bool(in->options, "all_columns") ? NULL : s->columns,
                       .count = config_number(in->options, "count"),
                       .format = config_text(in->options, "output"),
                       .for_people = true};
    int code = follow_run(in->command, &f);
    text_free(&where);
    return code;
}

int stream_run(const struct invocation *in, const struct stream *s)
{
    struct at_hand agent;
    struct err why = {0};
    bool past = config_is_set(in->options, "since");
    if (at_hand_open(&agent, in, s->collectors, past, &why)) {
        if (why.code)
            fprintf(stderr, "sonde %s: %s\n", in->command->name, why.text);
        return why.code ? EXIT_FAILED : interrupt_exit();
    }
    int code = past ? look_back(in, s, agent.socket) : watch(in, s, agent.socket);
    at_hand_close(&agent);
    return code;
}
