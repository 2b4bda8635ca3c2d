/* GET /v1/tail: live rows, each batch sent as soon as it is there. */
#include "inside.h"
#include "query/filter.h"
#include "query/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tail {
    struct api *api;
    struct live_listener *listener;
    struct query_filter *filter; /* NULL: every row */
    struct render *render;
    struct api_job job;
    bool listed;
    struct MHD_Response *response;
    struct text out;
    size_t sent;
    uint64_t limit, lost; /* limit 0: none */
    bool tells_loss, ended;
    int client;
    struct err why;
    uint32_t rows[BATCH_ROWS];
};

static void end_job(void *arg)
{
    struct tail *t = arg;
    live_end(t->listener);
    if (t->filter)
        query_filter_interrupt(t->filter);
}

static void tail_close(void *arg)
{
    struct tail *t = arg;
    if (t->listed)
        job_remove(t->api, &t->job);
    live_close(t->listener);
    query_filter_destroy(t->filter);
    render_destroy(t->render);
    text_free(&t->out);
    free(t);
}

static void add_batch(struct tail *t, const struct batch *b)
{
    uint32_t n = b->rows;
    if (t->filter && query_filter_run(t->filter, b, t->rows, &n, &t->why)) {
        t->ended = true;
        return;
    }
    uint64_t left = t->limit ? t->limit - render_rows(t->render) : UINT64_MAX;
    if (n > left)
        n = (uint32_t)left;
    render_batch(t->render, b, t->filter ? t->rows : NULL, n, &t->out);
    t->ended = n == left;
}

static void add_loss(struct tail *t, uint64_t lost)
{
    t->lost += lost;
    if (lost && t->tells_loss)
        text_addf(&t->out, "{\"lost\":%llu}\n", (unsigned long long)lost);
}

/* Waits for the next batch; a batch without wanted rows adds nothing. */
static void step(struct tail *t)
{
    uint64_t lost = 0;
    struct batch *b = live_next(t->listener, t->client, -1, &lost);
    add_loss(t, lost);
    if (b)
        add_batch(t, b);
    if (t->sent == t->out.length && (live_ended(t->listener) || request_gone(t->client))) /* where rows are sent, sending tells */
        t->ended = true;
    batch_drop(b);
}

static void add_trailers(struct tail *t)
{
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)render_rows(t->render));
    MHD_add_response_footer(t->response, "Sonde-Rows", number);
    snprintf(number, sizeof number, "%llu", (unsigned long long)t->lost);
    MHD_add_response_footer(t->response, "Sonde-Lost", number);
    MHD_add_response_footer(t->response, "Sonde-Status", t->why.code ? "error" : "ok");
    for (char *p = t->why.text; *p; p++) /* a header is one line */
        if ((unsigned char)*p < ' ')
            *p = ' ';
    if (t->why.code)
        MHD_add_response_footer(t->response, "Sonde-Error", t->why.text);
}

static ssize_t next_rows(void *arg, uint64_t at, char *buffer, size_t max)
{
    struct tail *t = arg;
    (void)at;
    while (t->sent == t->out.length && !t->ended) {
        text_clear(&t->out);
        t->sent = 0;
        step(t);
    }
    size_t n = t->out.length - t->sent < max ? t->out.length - t->sent : max;
    if (n) {
        memcpy(buffer, t->out.bytes + t->sent, n);
        t->sent += n;
        return (ssize_t)n;
    }
    add_trailers(t);
    return MHD_CONTENT_READER_END_OF_STREAM;
}

static int tail_open(struct tail *t, struct api_request *r, const struct table *table, enum render_format format)
{
    const char *where = request_parameter(r, "where"), *columns = request_parameter(r, "columns");
    t->api = r->door->api;
    t->client = request_fd(r);
    t->tells_loss = format == RENDER_ROWS || format == RENDER_JSONL; /* an interrupted reader never sees the trailers */
    t->render = columns ? render_create_columns(format, table, columns, &t->why) : render_create_table(format, table, &t->why);
    if (t->render && where)
        t->filter = query_filter_create(table, where, strlen(where), &t->why);
    if (t->why.code)
        return -t->why.code;
    t->listener = live_listen(t->api->options.live, table);
    if (!t->listener)
        return err_set(&t->why, ENOMEM, "out of memory");
    t->job = (struct api_job){.end = end_job, .arg = t};
    t->listed = job_add(t->api, &t->job);
    if (!t->listed)
        return err_set(&t->why, EIO, "the agent is stopping");
    render_begin(t->render, &t->out);
    return 0;
}

static api_result send_tail(struct api_request *r, struct tail *t, const char *mime)
{
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, API_BLOCK_BYTES, next_rows, t, tail_close);
    if (!response) {
        tail_close(t);
        return MHD_NO;
    }
    t->response = response;
    MHD_set_connection_option(r->connection, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)API_READER_TIMEOUT_S);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, mime);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, MHD_HTTP_HEADER_TRAILER, "Sonde-Status, Sonde-Rows, Sonde-Lost, Sonde-Error");
    api_result queued = MHD_queue_response(r->connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    r->answered = true;
    return queued;
}

static api_result start_tail(struct api_request *r, const struct table *table, enum render_format format, uint64_t limit)
{
    struct tail *t = calloc(1, sizeof *t);
    if (!t)
        return reply_error(r, MHD_HTTP_INSUFFICIENT_STORAGE, "out of memory");
    t->limit = limit;
    if (!tail_open(t, r, table, format))
        return send_tail(r, t, render_format_mime(format));
    struct err why = t->why;
    tail_close(t);
    return reply_error(r, reply_status(&why), "%s", why.text);
}

api_result route_tail(struct api_request *r)
{
    const char *name = request_parameter(r, "table"), *form = request_parameter(r, "format"), *where;
    const struct table *table = name ? api_table(r->door->api, name) : NULL;
    int format = render_format_find(form ? form : "jsonl");
    uint64_t limit = 0;
    api_result sent;
    if (!name)
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "say which table: /v1/tail?table=NAME");
    if (!table)
        return reply_no_table(r, name);
    if (format < 0 || format == RENDER_JSON)
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "a live stream has no format \"%.40s\"; use jsonl, csv or rows", form);
    if (request_has(r, "where", &where) && (!where || !*where))
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "where= is empty; leave it out for every row, or say which: where=EXPR");
    if (!request_number(r, "n", &limit, &sent))
        return sent;
    return start_tail(r, table, (enum render_format)format, limit);
}
