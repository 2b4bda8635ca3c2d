/* Figures of the store for status, banner and metrics. */
#include "base/clock.h"
#include "inside.h"
#include "store/forecast.h"

/* Bytes on disk for a byte of rows: measured on the segments made so far, or typical for such rows. */
static double growth(const struct store *s)
{
    const double typical = 0.12;
    double weighed = 0, raw = 0;
    for (size_t i = 0; i < s->n_shelves; i++) {
        const struct shelf *shelf = &s->shelves[i];
        if (shelf->bytes_per_raw > 0) {
            weighed += shelf->bytes_per_raw * (double)shelf->rows_written;
            raw += (double)shelf->rows_written;
        }
    }
    return raw > 0 ? weighed / raw : typical;
}

/* In the journal: they are on the disk, but for a crash of the machine. */
static uint64_t backlog_bytes(const struct store *s)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < s->n_shelves; i++)
        bytes += s->shelves[i].backlog.raw_bytes;
    return bytes;
}

/* While the file cannot be written they wait in the fallback database. */
static uint64_t memory_rows(const struct store *s)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < s->n_shelves; i++)
        for (size_t k = 0; k < s->shelves[i].n_parts; k++)
            rows += s->shelves[i].parts[k].memory && !s->shelves[i].parts[k].shadow ? s->shelves[i].parts[k].rows : 0;
    return rows;
}

struct forecast forecast_make(uint64_t raw_bytes, double seconds, double disk_per_raw, uint64_t retention_ns, uint64_t max_disk_bytes)
{
    if (seconds < FORECAST_AFTER_S || !raw_bytes)
        return (struct forecast){0, 0};
    double per_day = (double)raw_bytes / seconds * 86400 * disk_per_raw;
    double by_time = (double)retention_ns / NS_PER_S / 86400, by_bytes = (double)max_disk_bytes / (per_day + 1);
    return (struct forecast){(uint64_t)per_day, by_time < by_bytes ? by_time : by_bytes};
}

static void add_forecast(const struct store *s, struct store_stats *out)
{
    double seconds = (double)(clock_mono_ns() - s->opened_mono_ns) / NS_PER_S;
    struct forecast f =
        forecast_make(s->raw_bytes_written + backlog_bytes(s), seconds, growth(s), s->options.retention_ns, s->options.max_disk_bytes);
    out->bytes_per_day = f.bytes_per_day;
    out->days_kept = f.days_kept;
}

void store_stats(struct store *s, struct store_stats *out)
{
    *out = (struct store_stats){.disk_limit_bytes = s->options.max_disk_bytes, .free_bytes = free_bytes(s)};
    pthread_mutex_lock(&s->lock);
    out->disk_bytes = disk_bytes(s);
    out->queued_rows = s->queue.rows + memory_rows(s);
    out->queued_bytes = s->queue.bytes;
    out->rows_written = s->rows_written + backlogs_rows(s);
    out->rows_lost = s->rows_lost;
    out->degraded = s->degraded || s->switching;
    memcpy(out->why, s->why, sizeof out->why);
    add_forecast(s, out);
    pthread_mutex_unlock(&s->lock);
}

static void include(struct store_table_stats *t, int64_t oldest_ns, int64_t newest_ns)
{
    if (oldest_ns && (!t->oldest_utc_ns || oldest_ns < t->oldest_utc_ns))
        t->oldest_utc_ns = oldest_ns;
    if (newest_ns > t->newest_utc_ns)
        t->newest_utc_ns = newest_ns;
}

static struct store_table_stats table_stats(const struct shelf *shelf)
{
    const struct backlog *b = &shelf->backlog;
    struct store_table_stats t = {
        .table = shelf->table, .rows_written = shelf->rows_written + b->rows, .rows_total = shelf->pending_counted};
    t.segments = (uint32_t)shelf->n_segments;
    for (size_t i = 0; i < shelf->n_segments; i++) {
        const struct segment *g = &shelf->segments[i];
        t.rows_total += g->rows;
        t.bytes_on_disk += g->bytes;
        include(&t, g->oldest_ns, g->newest_ns);
    }
    for (size_t i = 0; i < shelf->n_parts; i++) {
        t.rows_total += shelf->parts[i].rows;
        include(&t, shelf->parts[i].oldest_ns, shelf->parts[i].newest_ns);
    }
    if (!b->shown) {
        t.rows_total += b->rows;
        include(&t, b->oldest_ns, b->newest_ns);
    }
    return t;
}

size_t store_table_stats(struct store *s, struct store_table_stats *out, size_t max)
{
    size_t n = 0;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_shelves && n < max; i++)
        if (s->shelves[i].table)
            out[n++] = table_stats(&s->shelves[i]);
    pthread_mutex_unlock(&s->lock);
    return n;
}
