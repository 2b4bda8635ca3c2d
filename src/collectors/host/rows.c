#include "collectors/host/host.h"

#include <stdlib.h>

struct batch *host_row(const struct host_tick *tick, const struct table *table, uint64_t interval_ns)
{
    struct batch *b = tick->row ? tick->row(tick->arg, table) : NULL;
    if (!b)
        return NULL;
    batch_set_time(b, HOST_TIME, tick->utc_ns);
    if (interval_ns)
        batch_set_u64(b, HOST_INTERVAL, interval_ns);
    return b;
}

void host_set_growth(struct batch *b, size_t column, uint64_t before, uint64_t now, uint64_t scale)
{
    if (now >= before && batch_is_valid(b, HOST_INTERVAL, b->rows - 1))
        batch_set_u64(b, column, (now - before) * scale);
}

static struct host_name *item(const struct host_items *list, size_t i)
{
    return (struct host_name *)((char *)list->items + i * list->item_size);
}

static bool grow(struct host_items *list)
{
    size_t room = list->room ? list->room * 2 : 16;
    void *items = room <= HOST_MAX_ITEMS ? realloc(list->items, room * list->item_size) : NULL;
    if (!items)
        return false;
    list->items = items;
    list->room = room;
    return true;
}

void host_items_begin(struct host_items *list)
{
    list->round++;
    list->at = 0;
}

/* The kernel lists things in the same order each time, so the next one is nearly always where the last one ended. */
static struct host_name *find(struct host_items *list, struct span name)
{
    for (size_t i = 0; i < list->count; i++) {
        size_t at = (list->at + i) % list->count;
        if (span_is(name, item(list, at)->text)) {
            list->at = at + 1;
            return item(list, at);
        }
    }
    return NULL;
}

static struct host_name *add(struct host_items *list, struct span name)
{
    size_t n = span_length(name);
    if (!n || n >= HOST_NAME || (list->count == list->room && !grow(list)))
        return NULL;
    struct host_name *new = item(list, list->count++);
    memset(new, 0, list->item_size);
    memcpy(new->text, name.p, n);
    list->at = list->count;
    return new;
}

void *host_items_get(struct host_items *list, struct span name)
{
    struct host_name *found = find(list, name);
    if (found && found->round == list->round)
        return NULL; /* a second line of one name */
    if (!found && !(found = add(list, name)))
        return NULL;
    found->known = found->round == list->round - 1 && found->round;
    found->round = list->round;
    return found;
}

void host_items_end(struct host_items *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (item(list, i)->round == list->round) {
            if (kept != i)
                memcpy(item(list, kept), item(list, i), list->item_size);
            kept++;
        }
    list->count = kept;
}

void host_items_free(struct host_items *list)
{
    free(list->items);
    *list = (struct host_items){0};
}
