/* The routes as one table. */
#include "inside.h"

#include <string.h>

struct route {
    const char *method, *path; /* a path that ends in / takes the rest as a name */
    api_result (*answer)(struct api_request *r);
    bool public; /* without the token */
    const char *shown;
};

static const struct route routes[] = {
    {"POST", "/v1/query", route_query, false, "POST /v1/query?format=json|jsonl|csv|rows|parquet&timeout_ms=N&id=X"},
    {"DELETE", "/v1/query", route_cancel, false, "DELETE /v1/query?id=X"},
    {"GET", "/v1/tail", route_tail, false, "GET /v1/tail?table=T&where=EXPR&format=jsonl|csv|rows&n=N"},
    {"GET", "/v1/tables", route_tables, false, "GET /v1/tables"},
    {"GET", "/v1/tables/", route_table, false, "GET /v1/tables/NAME"},
    {"PUT", "/v1/tables/", route_declare, false, "PUT /v1/tables/NAME"},
    {"POST", "/v1/tables/", route_rows, false, "POST /v1/tables/NAME/rows?lost=N"},
    {"GET", "/v1/status", route_status, false, "GET /v1/status"},
    {"GET", "/v1/probes", route_probes, false, "GET /v1/probes"},
    {"GET", "/metrics", route_metrics, true, "GET /metrics"},
    {"GET", "/healthz", route_health, true, "GET /healthz"},
};

enum { ROUTES = sizeof routes / sizeof routes[0] };

static bool path_fits(const struct route *route, const char *path, const char **rest)
{
    size_t n = strlen(route->path);
    if (route->path[n - 1] != '/')
        return !strcmp(path, route->path);
    if (strncmp(path, route->path, n) || !path[n])
        return false;
    *rest = path + n;
    return true;
}

bool route_is_public(const char *path)
{
    const char *rest;
    for (size_t i = 0; i < ROUTES; i++)
        if (routes[i].public && path_fits(&routes[i], path, &rest))
            return true;
    return false;
}

static api_result no_route(struct api_request *r, unsigned status)
{
    struct text out = {0}, sentence = {0};
    if (r->allow)
        text_addf(&sentence, "%.20s does not work on %.200s; allowed: %s", r->method, r->path, r->allow);
    else
        text_addf(&sentence, "there is no %.200s", r->path);
    text_adds(&out, "{\"error\":");
    text_add_json(&out, sentence.bytes, sentence.length);
    text_adds(&out, ",\"routes\":[");
    for (size_t i = 0; i < ROUTES; i++) {
        text_adds(&out, i ? ",\n" : "\n");
        text_add_json(&out, routes[i].shown, strlen(routes[i].shown));
    }
    text_adds(&out, "]}\n");
    text_free(&sentence);
    return reply_text(r, status, "application/json", &out);
}

api_result route_dispatch(struct api_request *r)
{
    struct text allowed = {0};
    for (size_t i = 0; i < ROUTES; i++) {
        if (!path_fits(&routes[i], r->path, &r->rest))
            continue;
        if (!strcmp(routes[i].method, r->method)) {
            text_free(&allowed);
            return routes[i].answer(r);
        }
        text_addf(&allowed, "%s%s", allowed.length ? ", " : "", routes[i].method);
    }
    r->allow = allowed.bytes;
    api_result sent = no_route(r, r->allow ? MHD_HTTP_METHOD_NOT_ALLOWED : MHD_HTTP_NOT_FOUND);
    r->allow = NULL;
    text_free(&allowed);
    return sent;
}
