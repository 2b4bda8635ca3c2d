/* POST /v1/query: rows as a stream. The first rows are awaited before the status is sent, so that most failures have a status of
 * their own; what fails later is told in the trailers Sonde-Status, Sonde-Error and Sonde-Rows. */
#include "query/query.h"
#include "api/gaps.h"
#include "base/clock.h"
#include "inside.h"
#include "query/render.h"
#include "store/reader.h"
#include "store/store.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct stream {
    struct api *api;
    struct store_reader *reader;
    struct query *query;
    struct render *render; /* NULL: Parquet */
    struct api_job job;
    bool listed;
    struct MHD_Response *response;
    struct text out; /* rendered and not yet sent, from `sent` on */
    size_t sent;
    char path[PATH_MAX]; /* of the Parquet file while it is written; "" else */
    atomic_bool too_large;
    int file; /* Parquet, already unlinked; or -1 */
    int client;
    bool ended;
    struct gaps gaps;
    struct err why;
};

static bool file_too_large(const struct stream *s)
{
    struct stat st;
    return *s->path && !stat(s->path, &st) && st.st_size >> 20 >= API_PARQUET_CEILING_MIB;
}

/* From the query's watcher. */
static bool nobody_waits(void *arg)
{
    struct stream *s = arg;
    if (file_too_large(s))
        atomic_store(&s->too_large, true);
    return atomic_load(&s->too_large) || atomic_load(&s->api->stopping) || request_gone(s->client);
}

static void end_job(void *arg)
{
    query_cancel(arg);
}

static void unlist_job(struct stream *s)
{
    if (s->listed)
        job_remove(s->api, &s->job);
    s->listed = false;
}

static void stream_close(void *arg)
{
    struct stream *s = arg;
    unlist_job(s);
    query_close(s->query);
    render_destroy(s->render);
    store_reader_close(s->reader);
    if (s->file >= 0)
        close(s->file);
    text_free(&s->out);
    free(s);
}

/* Says more than "cancelled" where it was not the client who did it. */
static void explain(struct stream *s)
{
    int revoked = store_reader_revoked(s->reader);
    bool too_large = atomic_load(&s->too_large);
    if (revoked || too_large)
        err_clear(&s->why);
    if (too_large)
        err_set(&s->why, ENOMEM, "the Parquet file grew beyond %d MiB; ask for fewer rows, or for csv or jsonl, which have no limit",
                API_PARQUET_CEILING_MIB);
    else if (revoked == ENOMEM)
        err_set(&s->why, ENOMEM,
                "the store had no memory left beside this query and ended it; filter, group or limit the rows, "
                "or start the agent with a larger --memory-limit");
    else if (revoked)
        err_set(&s->why, EIO, "the store had to reopen its database and ended the query; ask again");
}

/* Renders the next chunk into s->out. 1 there is more, 0 it was the last, -errno. */
static int stream_step(struct stream *s, enum render_format format)
{
    duckdb_data_chunk chunk;
    int rc = query_next(s->query, &chunk, &s->why);
    if (rc >= 0 && !s->render) {
        s->render = render_create(format, query_result(s->query), &s->why);
        if (!s->render)
            rc = -s->why.code;
        else
            render_begin(s->render, &s->out);
    }
    if (rc == 1) {
        gaps_see(&s->gaps, query_result(s->query), chunk);
        render_chunk(s->render, chunk, &s->out);
    } else if (rc == 0)
        render_end(s->render, &s->out);
    if (s->out.full && rc >= 0)
        rc = err_set(&s->why, ENOMEM, "the rows of one chunk need more than %d MiB as text; select fewer columns", TEXT_CEILING >> 20);
    duckdb_destroy_data_chunk(&chunk);
    s->ended = rc != 1;
    if (rc < 0)
        explain(s);
    return rc;
}

static const char *outcome(const struct err *why)
{
    return !why->code ? "ok" : why->code == ETIMEDOUT ? "timeout" : why->code == ECANCELED ? "cancelled" : "error";
}

/* The query is over: its connection can be asked what was lost in the times it showed. */
static void add_gaps(struct stream *s)
{
    char number[24];
    query_close(s->query);
    s->query = NULL;
    if (s->gaps.rests_on_tables || gaps_in_answer(&s->gaps))
        store_show(s->api->options.store, "agent_losses", strlen("agent_losses"));
    uint64_t count = gaps_count(&s->gaps, store_reader_connection(s->reader));
    snprintf(number, sizeof number, "%llu", (unsigned long long)count);
    if (!count)
        return;
    MHD_add_response_footer(s->response, "Sonde-Gaps", number);
    MHD_add_response_footer(s->response, "Sonde-Gaps-In", gaps_in_answer(&s->gaps) ? "answer" : "store");
}

static void add_trailers(struct stream *s)
{
    char rows[24];
    unlist_job(s); /* who has read the answer may use its id again */
    snprintf(rows, sizeof rows, "%llu", (unsigned long long)(s->render ? render_rows(s->render) : query_copied(s->query)));
    MHD_add_response_footer(s->response, "Sonde-Status", outcome(&s->why));
    MHD_add_response_footer(s->response, "Sonde-Rows", rows);
    for (char *p = s->why.text; *p; p++) /* a header is one line */
        if ((unsigned char)*p < ' ')
            *p = ' ';
    if (s->why.code)
        MHD_add_response_footer(s->response, "Sonde-Error", s->why.text);
    else
        add_gaps(s);
}

static ssize_t send_out(struct stream *s, char *buffer, size_t max)
{
    size_t n = s->out.length - s->sent < max ? s->out.length - s->sent : max;
    memcpy(buffer, s->out.bytes + s->sent, n);
    s->sent += n;
    if (s->sent == s->out.length) {
        text_clear(&s->out);
        s->sent = 0;
    }
    return (ssize_t)n;
}

static ssize_t next_rows(void *arg, uint64_t at, char *buffer, size_t max)
{
    struct stream *s = arg;
    (void)at;
    while (!s->out.length && !s->ended)
        stream_step(s, 0);
    if (s->out.length)
        return send_out(s, buffer, max);
    add_trailers(s);
    return MHD_CONTENT_READER_END_OF_STREAM;
}

static ssize_t next_bytes(void *arg, uint64_t at, char *buffer, size_t max)
{
    struct stream *s = arg;
    ssize_t n = pread(s->file, buffer, max, (off_t)at);
    if (n > 0)
        return n;
    if (n < 0)
        err_set(&s->why, EIO, "the Parquet file could not be read back: %s", strerror(errno));
    add_trailers(s);
    return MHD_CONTENT_READER_END_OF_STREAM;
}

/* A client that reads slowly has its query's time; `sonde query … | less` is one. */
static unsigned reader_timeout_s(uint64_t query_timeout_ns)
{
    uint64_t seconds = query_timeout_ns / NS_PER_S + API_SENDER_TIMEOUT_S;
    return query_timeout_ns && seconds < API_READER_TIMEOUT_S ? (unsigned)seconds : API_READER_TIMEOUT_S;
}

static api_result send_stream(struct api_request *r, struct stream *s, const char *mime, uint64_t timeout_ns)
{
    MHD_ContentReaderCallback next = s->file >= 0 ? next_bytes : next_rows;
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, API_BLOCK_BYTES, next, s, stream_close);
    if (!response) {
        stream_close(s);
        return MHD_NO;
    }
    s->response = response;
    MHD_set_connection_option(r->connection, MHD_CONNECTION_OPTION_TIMEOUT, reader_timeout_s(timeout_ns));
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, mime);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, MHD_HTTP_HEADER_TRAILER, "Sonde-Status, Sonde-Rows, Sonde-Error, Sonde-Gaps, Sonde-Gaps-In");
    api_result queued = MHD_queue_response(r->connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    r->answered = true;
    return queued;
}

static api_result send_failure(struct api_request *r, struct stream *s)
{
    struct err why = s->why;
    stream_close(s);
    return reply_error(r, reply_status(&why), "%s", why.text);
}

static int list_job(struct stream *s, const char *id)
{
    snprintf(s->job.id, sizeof s->job.id, "%s", id ? id : "");
    s->job.end = end_job;
    s->job.arg = s->query;
    s->listed = job_add(s->api, &s->job);
    if (s->listed)
        return 0;
    if (atomic_load(&s->api->stopping))
        return err_set(&s->why, EIO, "the agent is stopping");
    return err_set(&s->why, EINVAL, "a query with the id \"%s\" is already running", s->job.id);
}

/* Writes the whole file, opens it, and takes its name away: it goes when the last byte is sent. */
static int write_parquet(struct stream *s)
{
    duckdb_data_chunk chunk;
    int rc = query_next(s->query, &chunk, &s->why);
    if (!rc) {
        s->file = open(s->path, O_RDONLY | O_CLOEXEC);
        if (s->file < 0)
            rc = err_set(&s->why, EIO, "the Parquet file %s could not be opened: %s", s->path, strerror(errno));
    }
    if (rc)
        explain(s);
    unlink(s->path);
    return rc;
}

static api_result run_parquet(struct api_request *r, struct stream *s, const struct query_options *options)
{
    snprintf(s->path, sizeof s->path, "%s/query-%d-%u.parquet", store_reader_export_dir(s->reader), (int)getpid(),
             atomic_fetch_add(&s->api->next_file, 1));
    int rc = query_open_parquet(store_reader_connection(s->reader), r->body.bytes, r->body.length, s->path, options, &s->query, &s->why);
    if (!rc)
        rc = list_job(s, request_parameter(r, "id"));
    if (!rc)
        rc = write_parquet(s);
    return rc ? send_failure(r, s) : send_stream(r, s, "application/vnd.apache.parquet", options->timeout_ns);
}

static api_result run_rows(struct api_request *r, struct stream *s, enum render_format format, const struct query_options *options)
{
    int rc = query_open(store_reader_connection(s->reader), r->body.bytes, r->body.length, options, &s->query, &s->why);
    if (!rc)
        rc = list_job(s, request_parameter(r, "id"));
    if (!rc)
        rc = stream_step(s, format);
    return rc < 0 ? send_failure(r, s) : send_stream(r, s, render_format_mime(format), options->timeout_ns);
}

static bool names_table(struct store *store, const struct text *sql)
{
    const struct table *tables[STORE_TABLES_MAX];
    size_t n = store_tables(store, tables, STORE_TABLES_MAX);
    for (size_t i = 0; i < n && i < STORE_TABLES_MAX; i++)
        if (text_has_word(sql->bytes ? sql->bytes : "", sql->length, tables[i]->name))
            return true;
    return false;
}

static struct stream *stream_create(struct api_request *r)
{
    struct stream *s = calloc(1, sizeof *s);
    if (s) {
        s->api = r->door->api;
        s->file = -1;
        gaps_begin(&s->gaps);
        s->gaps.rests_on_tables = names_table(s->api->options.store, &r->body);
        s->client = request_fd(r);
    }
    return s;
}

static bool read_options(struct api_request *r, struct query_options *options, api_result *sent)
{
    uint64_t ceiling = r->door->api->options.query_timeout_ns, ms = 0;
    if (!request_number(r, "timeout_ms", &ms, sent))
        return false;
    uint64_t asked = ms > UINT64_MAX / NS_PER_MS ? UINT64_MAX : ms * NS_PER_MS;
    options->timeout_ns = asked && (!ceiling || asked < ceiling) ? asked : ceiling;
    const char *id = request_parameter(r, "id");
    if (!id || strlen(id) <= API_ID_MAX)
        return true;
    *sent = reply_error(r, MHD_HTTP_BAD_REQUEST, "the id is longer than %d characters", API_ID_MAX);
    return false;
}

api_result route_query(struct api_request *r)
{
    struct query_options options = {.gone = nobody_waits};
    const char *name = request_parameter(r, "format");
    int format = render_format_find(name ? name : "json");
    bool parquet = name && !strcmp(name, "parquet");
    api_result sent;
    if (format < 0 && !parquet)
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "there is no format \"%.40s\"; use json, jsonl, csv, rows or parquet", name);
    if (!read_options(r, &options, &sent))
        return sent;
    struct stream *s = stream_create(r);
    if (!s)
        return reply_error(r, MHD_HTTP_INSUFFICIENT_STORAGE, "out of memory");
    options.arg = s;
    text_add(&r->body, "", 0); /* an empty body is a text, too */
    if (store_reader_open(s->api->options.store, r->body.bytes, r->body.length, &s->reader, &s->why))
        return send_failure(r, s);
    return parquet ? run_parquet(r, s, &options) : run_rows(r, s, (enum render_format)format, &options);
}

api_result route_cancel(struct api_request *r)
{
    const char *id = request_parameter(r, "id");
    struct text out = {0};
    if (!id || !*id)
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "say which query: DELETE /v1/query?id=X");
    if (!job_end(r->door->api, id))
        return reply_error(r, MHD_HTTP_NOT_FOUND, "no query with the id \"%.100s\" is running", id);
    text_adds(&out, "{\"cancelled\":true}\n");
    return reply_text(r, MHD_HTTP_OK, "application/json", &out);
}
