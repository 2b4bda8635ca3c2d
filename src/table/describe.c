#include "table/describe.h"

#include "table/histogram.h"

#include <string.h>

/* "key":"value" or "key":null, with what goes before it. */
static void add_member(struct text *json, const char *before, const char *key, const char *value)
{
    text_addf(json, "%s\"%s\":", before, key);
    if (value)
        text_add_json(json, value, strlen(value));
    else
        text_adds(json, "null");
}

/* The smallest value that each bucket counts. */
static void add_bounds(struct text *json)
{
    text_adds(json, ",\"bucket_bounds\":[");
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        text_addf(json, "%s%llu", i ? "," : "", (unsigned long long)histogram_lower(i));
    text_addc(json, ']');
}

static void describe_column(struct text *json, const struct column *c)
{
    add_member(json, "{", "name", c->name);
    add_member(json, ",", "type", type_name(c->type));
    add_member(json, ",", "sql_type", type_sql(c->type));
    add_member(json, ",", "role", role_name(c->role));
    add_member(json, ",", "unit", c->unit);
    add_member(json, ",", "description", c->description);
    if (c->type == TYPE_HISTOGRAM)
        add_bounds(json);
    text_addc(json, '}');
}

void table_describe(struct text *json, const struct table *t)
{
    add_member(json, "{", "name", t->name);
    add_member(json, ",", "description", t->description);
    text_adds(json, ",\"columns\":[");
    for (size_t i = 0; i < t->n_columns; i++) {
        text_adds(json, i ? ",\n" : "\n");
        describe_column(json, &t->columns[i]);
    }
    text_adds(json, "]}");
}
