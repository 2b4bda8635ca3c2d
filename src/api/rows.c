/* PUT /v1/tables/NAME and POST /v1/tables/NAME/rows: tables and rows that clients bring. Rows are taken while the body arrives, a line
 * each, so that it may be longer than memory. */
#include "api/inbox.h"
#include "base/clock.h"
#include "inside.h"
#include "store/store.h"
#include "table/declare.h"
#include "table/describe.h"
#include "table/row_json.h"

#include <stdlib.h>
#include <string.h>

enum {
    INTAKE_BATCH_BYTES = 1024 * 1024, /* of texts, then the batch goes */
    INTAKE_AGE_MS = 200,              /* then it goes, too */
    INTAKE_PIECE = 16 * 1024,         /* a smaller piece of the body: the sender has no more at present */
};

struct api_intake {
    struct inbox *inbox;
    const struct table *table;
    struct batch *batch;                /* NULL: none is open */
    struct text line;                   /* its beginning, when a piece ended in it */
    uint64_t lines, first, taken, lost; /* first: the line of the batch's first row */
    unsigned status;                    /* 0: good so far */
    struct err why;
};

static const char *const local_only =
    "tables and rows are taken on the agent's unix socket only, whose file mode says who may; this is its TCP address";

/* --- declarations ----------------------------------------------------------------------------------------------------------- */

static unsigned declare_status(const struct err *why)
{
    switch (why->code) {
    case EEXIST: return MHD_HTTP_CONFLICT;
    case EINVAL:
    case E2BIG: return MHD_HTTP_BAD_REQUEST;
    case ENOSPC:
    case ENOMEM:
    case EDQUOT: return MHD_HTTP_INSUFFICIENT_STORAGE;
    default: return MHD_HTTP_SERVICE_UNAVAILABLE;
    }
}

static api_result declare(struct api_request *r, struct table *t)
{
    struct err why = {0};
    struct text out = {0};
    const struct table *declared;
    bool created;
    if (store_declare(r->door->api->options.store, t, &declared, &created, &why))
        return reply_error(r, declare_status(&why), "%s", why.text);
    table_describe(&out, declared);
    text_addc(&out, '\n');
    return reply_text(r, created ? MHD_HTTP_CREATED : MHD_HTTP_OK, "application/json", &out);
}

api_result route_declare(struct api_request *r)
{
    struct err why = {0};
    if (r->door->tcp)
        return reply_error(r, MHD_HTTP_FORBIDDEN, "%s", local_only);
    if (!r->door->api->options.inbox)
        return reply_error(r, MHD_HTTP_SERVICE_UNAVAILABLE, "this agent takes no tables");
    struct table *t = table_declare(r->body.bytes ? r->body.bytes : "", r->body.length, &why);
    if (!t)
        return reply_error(r, declare_status(&why), "%s", why.text);
    if (!strcmp(t->name, r->rest))
        return declare(r, t);
    api_result sent = reply_error(r, MHD_HTTP_BAD_REQUEST, "the declaration is that of %s, and the path says %.100s", t->name, r->rest);
    table_undeclare(t);
    return sent;
}

/* --- rows ------------------------------------------------------------------------------------------------------------------- */

static bool refuse(struct api_intake *in, unsigned status, const char *sentence)
{
    in->status = status;
    err_clear(&in->why);
    err_set(&in->why, EIO, "%s", sentence);
    return false;
}

static bool hand_over(struct api_intake *in)
{
    if (!in->batch || !in->batch->rows)
        return true;
    uint32_t rows = in->batch->rows;
    int rc = inbox_put(in->inbox, in->batch);
    if (!rc) {
        in->batch = NULL;
        in->taken += rows;
        return true;
    }
    batch_drop(in->batch);
    in->batch = NULL;
    in->lines = in->first;
    if (rc == -ESHUTDOWN)
        return refuse(in, MHD_HTTP_SERVICE_UNAVAILABLE, "the agent is stopping");
    if (rc == -EAGAIN)
        return refuse(in, MHD_HTTP_SERVICE_UNAVAILABLE, "more rows wait than there is room for; send the rest again in a second");
    return refuse(in, MHD_HTTP_TOO_MANY_REQUESTS, "more than 250,000 rows a second come in; send the rest again in a second");
}

static bool is_blank(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r')
            return false;
    return true;
}

static bool take_line(struct api_intake *in, char *p, size_t n)
{
    in->lines++;
    if (is_blank(p, n))
        return true;
    if (in->batch && (in->batch->rows == BATCH_ROWS || in->batch->arena.total > INTAKE_BATCH_BYTES) && !hand_over(in))
        return false;
    if (!in->batch)
        in->batch = inbox_batch(in->inbox, in->table);
    if (in->batch && !in->batch->rows)
        in->first = in->lines;
    if (!in->batch)
        return refuse(in, MHD_HTTP_INSUFFICIENT_STORAGE, "out of memory");
    if (!row_json_add(in->batch, p, n, clock_utc_ns(), &in->why))
        return true;
    err_prefix(&in->why, "line %llu", (unsigned long long)in->lines);
    in->status = MHD_HTTP_BAD_REQUEST;
    struct err words = in->why; /* the rows before it are good */
    if (hand_over(in)) {
        in->why = words;
        in->status = MHD_HTTP_BAD_REQUEST;
    }
    return false;
}

/* The line that a piece ends in is kept until the rest of it comes. */
static bool take_lines(struct api_intake *in, const char *p, size_t n)
{
    const char *end;
    for (; (end = memchr(p, '\n', n)); n -= (size_t)(end + 1 - p), p = end + 1) {
        text_add(&in->line, p, (size_t)(end - p));
        bool good = !in->line.full && take_line(in, in->line.bytes ? in->line.bytes : (char[1]){0}, in->line.length);
        if (in->line.full)
            break;
        text_clear(&in->line);
        if (!good)
            return false;
    }
    if (!in->line.full)
        text_add(&in->line, p, n);
    if (!in->line.full)
        return true;
    if (!hand_over(in))
        return false;
    in->lines++;
    in->status = MHD_HTTP_BAD_REQUEST;
    return err_set(&in->why, E2BIG, "line %llu: it is longer than %d bytes", (unsigned long long)in->lines, ROW_JSON_LINE_MAX) == 0;
}

void intake_take(struct api_intake *in, const char *bytes, size_t n)
{
    if (in->status || !take_lines(in, bytes, n))
        return;
    bool old = in->batch && clock_mono_ns() - in->batch->born_mono_ns > INTAKE_AGE_MS * (int64_t)NS_PER_MS;
    if (old || n < INTAKE_PIECE)
        hand_over(in);
}

static void add_answer(const struct api_intake *in, struct text *out)
{
    if (in->status) {
        text_adds(out, "{\"error\":");
        text_add_json(out, in->why.text, strlen(in->why.text));
        text_addf(out, ",\"line\":%llu,\"taken\":%llu}\n", (unsigned long long)in->lines, (unsigned long long)in->taken);
    } else {
        text_addf(out, "{\"taken\":%llu}\n", (unsigned long long)in->taken);
    }
}

api_result intake_answer(struct api_request *r)
{
    struct api_intake *in = r->intake;
    struct text out = {0};
    if (!in->status && in->line.length)
        take_line(in, in->line.bytes, in->line.length);
    if (!in->status)
        hand_over(in);
    if (in->lost)
        inbox_lose(in->inbox, in->table, in->lost);
    add_answer(in, &out);
    return reply_text(r, in->status ? in->status : MHD_HTTP_OK, "application/json", &out);
}

void intake_free(struct api_intake *in)
{
    if (!in)
        return;
    hand_over(in); /* the client hung up: what came whole stays */
    batch_drop(in->batch);
    text_free(&in->line);
    free(in);
}

/* "NAME/rows" */
static bool rows_of(const char *path, char *name, size_t size)
{
    static const char before[] = "/v1/tables/", after[] = "/rows";
    size_t n = strlen(path), fixed = sizeof before - 1 + sizeof after - 1;
    if (n <= fixed || strncmp(path, before, sizeof before - 1) != 0 || strcmp(path + n - (sizeof after - 1), after) != 0)
        return false;
    n -= fixed;
    if (n >= size)
        return false;
    memcpy(name, path + sizeof before - 1, n);
    name[n] = '\0';
    return !strchr(name, '/');
}

bool intake_wanted(const struct api_request *r)
{
    char name[DECLARE_NAME_MAX + 1];
    return !strcmp(r->method, MHD_HTTP_METHOD_POST) && rows_of(r->path, name, sizeof name);
}

api_result intake_open(struct api_request *r)
{
    char name[DECLARE_NAME_MAX + 1];
    struct api *api = r->door->api;
    api_result sent = MHD_YES;
    uint64_t lost = 0;
    if (r->door->tcp)
        return reply_error(r, MHD_HTTP_FORBIDDEN, "%s", local_only);
    if (!api->options.inbox || !rows_of(r->path, name, sizeof name))
        return reply_error(r, MHD_HTTP_SERVICE_UNAVAILABLE, "this agent takes no rows");
    const struct table *t = api_table(api, name);
    if (!t)
        return reply_no_table(r, name);
    if (!store_is_declared(api->options.store, t))
        return reply_error(r, MHD_HTTP_CONFLICT, "%s is a table of the agent's own: it fills it by itself", name);
    if (!request_number(r, "lost", &lost, &sent))
        return sent;
    struct api_intake *in = calloc(1, sizeof *in);
    if (!in)
        return reply_error(r, MHD_HTTP_INSUFFICIENT_STORAGE, "out of memory");
    in->inbox = api->options.inbox;
    in->table = t;
    in->lost = lost;
    in->line.ceiling = ROW_JSON_LINE_MAX + 1;
    r->intake = in;
    return sent;
}

/* Only a path that is no table's comes so far: the others have an intake. */
api_result route_rows(struct api_request *r)
{
    return reply_error(r, MHD_HTTP_NOT_FOUND, "rows go to /v1/tables/NAME/rows");
}
