/* sonde run --as-table: events become rows of tables of the running agent. */
#include "cli/client.h"
#include "cli/run.h"
#include "cli/table_writer.h"
#include "objects/columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One kind of records. */
struct kind {
    const struct stream_buffer *buffer;
    const struct record_type *type; /* NULL: bytes */
    struct columns *columns;
    size_t index; /* of the writer's table */
};

struct run_table {
    struct run *run;
    struct table_writer *writer;
    struct kind kinds[TABLE_WRITER_TABLES];
    size_t n;
    bool ready;       /* all tables are declared */
    uint64_t unknown; /* records of no known kind */
};

static void say(void *arg, const char *sentence)
{
    run_say(arg, sentence);
}

static int add_kind(struct run_table *t, const struct stream_buffer *b, const struct record_type *type, struct err *why)
{
    if (t->n == TABLE_WRITER_TABLES)
        return err_set(why, E2BIG, "the object has more than %d kinds of records; --map says which buffers to take", TABLE_WRITER_TABLES);
    t->kinds[t->n++] = (struct kind){.buffer = b, .type = type};
    return 0;
}

static int find_kinds(struct run_table *t, struct err *why)
{
    int rc = 0;
    for (size_t i = 0; i < stream_buffers(t->run->stream); i++) {
        const struct stream_buffer *b = stream_buffer_at(t->run->stream, i);
        if (!run_wants_map(t->run, b->map->name))
            continue;
        if (!b->types.n)
            rc = add_kind(t, b, NULL, why);
        for (size_t j = 0; !rc && j < b->types.n; j++)
            rc = add_kind(t, b, &b->types.types[j], why);
        if (rc)
            return rc;
    }
    if (t->n)
        return 0;
    return err_set(why, EINVAL, "%s has no ring buffer and no perf event array (or --map names none): there are no events to be rows",
                   t->run->object.path);
}

static void add_lower(struct text *name, const char *part)
{
    text_addc(name, '_');
    for (; *part; part++) {
        char c = *part >= 'A' && *part <= 'Z' ? (char)(*part | 0x20) : *part;
        text_addc(name, (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_');
    }
}

/* NAME when there is one kind of records; else NAME_MAP, or NAME_MAP_TYPE where a buffer has several. */
static void add_name(const struct run_table *t, const struct kind *k, struct text *name)
{
    text_adds(name, run_option(t->run, "as_table"));
    if (t->n > 1)
        add_lower(name, k->buffer->map->name);
    if (k->buffer->types.n > 1)
        add_lower(name, k->type->name);
}

static int declare(struct run_table *t, struct kind *k, struct err *why)
{
    struct text name = {0}, words = {0};
    const char *file = strrchr(t->run->object.path, '/');
    add_name(t, k, &name);
    text_addf(&words, "records of %.100s, from the buffer %s", file ? file + 1 : t->run->object.path, k->buffer->map->name);
    if (name.full || words.full)
        err_set(why, ENOMEM, "out of memory");
    else
        k->columns =
            columns_create(name.bytes, words.bytes, k->type ? k->type->btf : NULL, k->type ? k->type->type : 0, &t->run->show.values, why);
    if (k->columns && !table_writer_declare(t->writer, columns_table(k->columns), &k->index, why))
        fprintf(stderr, "%-24s rows of the table %s, %zu columns\n", k->buffer->map->name, name.bytes,
                columns_table(k->columns)->n_columns);
    text_free(&name);
    text_free(&words);
    return -why->code;
}

int run_table_open(struct run *r)
{
    struct err why = {0};
    struct run_table *t = r->table = calloc(1, sizeof *t);
    if (!t) {
        run_say(r, "out of memory");
        return EXIT_FAILED;
    }
    t->run = r;
    int rc = find_kinds(t, &why);
    if (!rc)
        t->writer = table_writer_open(client_socket(r->in), say, r, &why);
    for (size_t i = 0; t->writer && !why.code && i < t->n; i++)
        declare(t, &t->kinds[i], &why);
    t->ready = !why.code;
    if (t->ready)
        return EXIT_OK;
    run_say(r, why.text);
    return rc == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
}

static struct kind *kind_of(struct run_table *t, const struct stream_buffer *b, const struct record_type *type)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->kinds[i].buffer == b && t->kinds[i].type == type)
            return &t->kinds[i];
    return NULL;
}

void run_table_add(struct run_table *t, const struct stream_event *e, int64_t utc_ns)
{
    struct kind *k = kind_of(t, e->buffer, e->type);
    if (!k) {
        t->unknown++;
        return;
    }
    columns_add_row(k->columns, table_writer_line(t->writer, k->index), e->bytes, e->n, &t->run->show.values, utc_ns);
    table_writer_added(t->writer, k->index);
}

/* Which kind they were nobody knows: the first one is told. */
void run_table_lost(struct run_table *t, const struct stream_buffer *b, uint64_t count)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->kinds[i].buffer == b) {
            table_writer_lost(t->writer, t->kinds[i].index, count);
            return;
        }
}

void run_table_turn(struct run_table *t)
{
    if (t)
        table_writer_turn(t->writer);
}

/* What became of the rows; false when some are missing. */
static bool tell(const struct kind *k, const struct table_counts *c)
{
    fprintf(stderr, "%s: %" PRIu64 " row%s", columns_table(k->columns)->name, c->delivered, c->delivered == 1 ? "" : "s");
    if (c->lost)
        fprintf(stderr, ", %" PRIu64 " could not be delivered", c->lost);
    if (c->unknown)
        fprintf(stderr, ", %" PRIu64 " were sent without an answer: the agent went away", c->unknown);
    fputc('\n', stderr);
    return !c->lost && !c->unknown;
}

bool run_table_close(struct run_table *t)
{
    struct table_counts counts[TABLE_WRITER_TABLES];
    bool whole = true;
    if (!t)
        return true;
    if (t->ready) {
        table_writer_finish(t->writer, counts);
        for (size_t i = 0; i < t->n; i++)
            whole &= tell(&t->kinds[i], &counts[t->kinds[i].index]);
    }
    if (t->unknown)
        fprintf(stderr, "%" PRIu64 " records were of no known type, and are in no table\n", t->unknown);
    table_writer_close(t->writer);
    for (size_t i = 0; i < t->n; i++)
        columns_destroy(t->kinds[i].columns);
    whole &= !t->unknown;
    free(t);
    return whole;
}
