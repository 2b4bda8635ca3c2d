/* Routes that tell about the agent: its tables, its state, its metrics. */
#include "inside.h"
#include "store/store.h"
#include "table/describe.h"

api_result route_tables(struct api_request *r)
{
    const struct table *tables[STORE_TABLES_MAX];
    size_t n = store_tables(r->door->api->options.store, tables, STORE_TABLES_MAX);
    struct text out = {0};
    text_addc(&out, '[');
    for (size_t i = 0; i < n && i < STORE_TABLES_MAX; i++) {
        if (i)
            text_adds(&out, ",\n");
        table_describe(&out, tables[i]);
    }
    text_adds(&out, "]\n");
    return reply_text(r, MHD_HTTP_OK, "application/json", &out);
}

api_result route_table(struct api_request *r)
{
    const struct table *t = api_table(r->door->api, r->rest);
    struct text out = {0};
    if (!t)
        return reply_no_table(r, r->rest);
    table_describe(&out, t);
    text_addc(&out, '\n');
    return reply_text(r, MHD_HTTP_OK, "application/json", &out);
}

static api_result reply_call(struct api_request *r, void (*call)(void *arg, struct text *out), const char *mime)
{
    struct text out = {0};
    if (!call)
        return reply_error(r, MHD_HTTP_SERVICE_UNAVAILABLE, "this agent has nothing to say about %s", r->path);
    call(r->door->api->options.arg, &out);
    return reply_text(r, MHD_HTTP_OK, mime, &out);
}

api_result route_status(struct api_request *r)
{
    return reply_call(r, r->door->api->options.status, "application/json");
}

api_result route_probes(struct api_request *r)
{
    return reply_call(r, r->door->api->options.probes, "application/json");
}

/* Prometheus' text format; a scraper that would rather have OpenMetrics takes it too, since the type says what it is. */
api_result route_metrics(struct api_request *r)
{
    return reply_call(r, r->door->api->options.metrics, "text/plain; version=0.0.4; charset=utf-8");
}

api_result route_health(struct api_request *r)
{
    struct text out = {0};
    text_adds(&out, "{\"healthy\":true}\n");
    return reply_text(r, MHD_HTTP_OK, "application/json", &out);
}
