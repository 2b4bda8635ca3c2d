#include "table/batch.h"

#include <pthread.h>
#include <stdlib.h>

struct batch_pool {
    const struct table *table;
    pthread_mutex_t lock;
    struct batch *free_list;
    unsigned n_free, keep_free;
    unsigned references; /* the owner's and one for each batch that is out */
};

enum { VALID_WORDS = BATCH_ROWS / 64 };

struct batch_pool *batch_pool_create(const struct table *table, unsigned keep_free)
{
    struct batch_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pool->table = table;
    pool->keep_free = keep_free;
    pool->references = 1;
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

static void batch_free(struct batch *b)
{
    if (!b)
        return;
    arena_free(&b->arena);
    free(b->columns[0].any);
    free(b);
}

static void pool_unref(struct batch_pool *pool) /* called with the lock held; releases it */
{
    unsigned left = --pool->references;
    pthread_mutex_unlock(&pool->lock);
    if (left)
        return;
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void batch_pool_destroy(struct batch_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    for (struct batch *b = pool->free_list, *next; b; b = next) {
        next = b->next;
        batch_free(b);
    }
    pool->free_list = NULL;
    pool->n_free = pool->keep_free = 0;
    pool_unref(pool);
}

/* One allocation holds every column array and bitmap; untouched pages of it cost nothing. */
static struct batch *batch_create(const struct table *table)
{
    struct batch *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    size_t size = 0;
    for (size_t i = 0; i < table->n_columns; i++)
        size += type_size(table->columns[i].type) * BATCH_ROWS + VALID_WORDS * sizeof(uint64_t);
    char *memory = malloc(size);
    if (!memory) {
        free(b);
        return NULL;
    }
    b->table = table;
    b->columns[0].any = memory; /* owns all of it, whatever the number of columns */
    for (size_t i = 0; i < table->n_columns; i++) {
        b->columns[i].any = memory;
        memory += type_size(table->columns[i].type) * BATCH_ROWS;
        b->valid[i] = (uint64_t *)(void *)memory;
        memory += VALID_WORDS * sizeof(uint64_t);
    }
    return b;
}

void batch_clear(struct batch *b)
{
    b->rows = 0;
    arena_reset(&b->arena);
    for (size_t i = 0; i < b->table->n_columns; i++)
        memset(b->valid[i], 0, VALID_WORDS * sizeof(uint64_t));
}

struct batch *batch_take(struct batch_pool *pool)
{
    static atomic_ullong serial;
    pthread_mutex_lock(&pool->lock);
    struct batch *b = pool->free_list;
    if (b) {
        pool->free_list = b->next;
        pool->n_free--;
    } else {
        b = batch_create(pool->table);
    }
    if (b) {
        pool->references++;
        b->rows = 0;
        b->serial = atomic_fetch_add(&serial, 1) + 1;
        b->pool = pool;
        b->next = NULL;
        atomic_store(&b->references, 1);
        for (size_t i = 0; i < pool->table->n_columns; i++)
            memset(b->valid[i], 0, VALID_WORDS * sizeof(uint64_t));
    }
    pthread_mutex_unlock(&pool->lock);
    return b;
}

struct batch *batch_hold(struct batch *b)
{
    atomic_fetch_add(&b->references, 1);
    return b;
}

void batch_drop(struct batch *b)
{
    if (!b || atomic_fetch_sub(&b->references, 1) != 1)
        return;
    struct batch_pool *pool = b->pool;
    pthread_mutex_lock(&pool->lock);
    if (pool->n_free < pool->keep_free) {
        arena_reset(&b->arena);
        b->next = pool->free_list;
        pool->free_list = b;
        pool->n_free++;
    } else {
        batch_free(b);
    }
    pool_unref(pool);
}

static bool is_beginning(const struct table *of, const struct table *t)
{
    for (size_t i = 0; i < of->n_columns; i++)
        if (i >= t->n_columns || of->columns[i].type != t->columns[i].type || strcmp(of->columns[i].name, t->columns[i].name) != 0)
            return false;
    return true;
}

static bool copy_bytes(struct batch *w, size_t column, uint32_t row)
{
    struct str *s = &w->columns[column].text[row];
    if (!batch_is_valid(w, column, row))
        return true;
    char *copy = arena_alloc(&w->arena, s->n);
    if (copy)
        memcpy(copy, s->p, s->n);
    s->p = copy;
    return copy;
}

struct batch *batch_widen(const struct batch *b, struct batch_pool *to)
{
    struct batch *w = is_beginning(b->table, to->table) ? batch_take(to) : NULL;
    bool good = w;
    for (size_t i = 0; good && i < b->table->n_columns; i++) {
        enum column_type type = b->table->columns[i].type;
        memcpy(w->columns[i].any, b->columns[i].any, type_size(type) * b->rows);
        memcpy(w->valid[i], b->valid[i], VALID_WORDS * sizeof(uint64_t));
        for (uint32_t row = 0; good && type_in_arena(type) && row < b->rows; row++)
            good = copy_bytes(w, i, row);
    }
    if (good) {
        w->rows = b->rows;
        w->born_mono_ns = b->born_mono_ns;
        return w;
    }
    batch_drop(w);
    return NULL;
}

uint32_t batch_add_row(struct batch *b)
{
    return b->rows++;
}

struct str batch_intern(struct batch *b, const char *p, size_t n)
{
    if (n > UINT32_MAX)
        n = UINT32_MAX;
    char *copy = arena_alloc(&b->arena, n);
    if (!copy)
        return (struct str){"", 0};
    memcpy(copy, p, n);
    return (struct str){copy, (uint32_t)n};
}

struct str batch_intern_name(struct batch *b, const char *p, size_t n)
{
    if (text_is_name(p, n))
        return batch_intern(b, p, n);
    if (n > UINT32_MAX / TEXT_NAME_GROWTH)
        n = UINT32_MAX / TEXT_NAME_GROWTH;
    char *copy = arena_alloc(&b->arena, n * TEXT_NAME_GROWTH);
    return copy ? (struct str){copy, (uint32_t)text_escape_name(copy, p, n)} : (struct str){"", 0};
}
