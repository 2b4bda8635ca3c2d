#include "cli/declared.h"

#include "cli/client.h"
#include "collectors/collector.h"
#include "table/declare.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool fetch(const char *socket, const char *path, struct text *body)
{
    struct err why = {0};
    return !access(socket, F_OK) && client_fetch(socket, path, body, &why) == CLIENT_DONE && body->length;
}

struct table *declared_table(const char *socket, const char *name)
{
    struct text path = {0}, body = {0};
    struct err why = {0};
    struct table *t = NULL;
    if (!*name || strlen(name) > DECLARE_NAME_MAX || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")])
        return NULL;
    text_addf(&path, "/v1/tables/%s", name);
    if (!path.full && fetch(socket, path.bytes, &body))
        t = table_declare(body.bytes, body.length, &why);
    text_free(&path);
    text_free(&body);
    return t;
}

static void visit(const json_t *object, void (*fn)(void *arg, const struct table *t), void *arg)
{
    const char *name = json_string_value(json_object_get(object, "name"));
    char *json = name && !collector_table(name) ? json_dumps(object, JSON_COMPACT) : NULL;
    struct err why = {0};
    struct table *t = json ? table_declare(json, strlen(json), &why) : NULL;
    if (t)
        fn(arg, t);
    table_undeclare(t);
    free(json);
}

void declared_each(const char *socket, void (*fn)(void *arg, const struct table *t), void *arg)
{
    struct text body = {0};
    if (fetch(socket, "/v1/tables", &body)) {
        json_t *root = json_loadb(body.bytes, body.length, 0, NULL);
        for (size_t i = 0; i < json_array_size(root); i++)
            visit(json_array_get(root, i), fn, arg);
        json_decref(root);
    }
    text_free(&body);
}
