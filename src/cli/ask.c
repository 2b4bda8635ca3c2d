#include "cli/ask.h"

#include <errno.h>
#include <string.h>

enum { ANSWER_CEILING = 64 * 1024 * 1024 };

static bool keep(void *arg, const char *bytes, size_t n)
{
    struct text *t = arg;
    text_add(t, bytes, n);
    return !t->full;
}

json_t *ask_json(const char *socket, const char *sql, enum client_end *end, struct err *why)
{
    struct text body = {.ceiling = ANSWER_CEILING};
    struct client_answer answer;
    struct client_request r = {
        .socket = socket, .path = "/v1/query?format=json", .body = sql, .body_size = strlen(sql), .data = keep, .arg = &body};
    json_t *rows = NULL;
    *end = client_run(&r, &answer, why);
    if (*end == CLIENT_STOPPED) {
        err_set(why, E2BIG, "the answer is larger than %d MiB", ANSWER_CEILING >> 20);
        *end = CLIENT_FAILED;
    } else if (*end == CLIENT_DONE) {
        rows = json_loadb(body.bytes ? body.bytes : "", body.length, 0, NULL);
        if (!json_is_array(rows)) {
            json_decref(rows);
            rows = NULL;
            err_set(why, EPROTO, "the agent's answer could not be read");
            *end = CLIENT_FAILED;
        }
    }
    text_free(&body);
    return rows;
}

size_t ask_histogram(const json_t *row, const char *column, uint64_t *counts, size_t room)
{
    const json_t *list = json_object_get(row, column);
    size_t n = json_array_size(list) < room ? json_array_size(list) : room;
    for (size_t i = 0; i < n; i++) {
        json_int_t v = json_integer_value(json_array_get(list, i));
        counts[i] = v > 0 ? (uint64_t)v : 0;
    }
    return n;
}
