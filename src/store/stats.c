/* Figures of the store for status, banner and metrics. */
#include "base/clock.h"
#include "inside.h"

/* Bytes on disk for a byte of rows: measured on the segments made so far, or typical for such rows. */
static double growth(const struct store *s)
{
    const double typical = 0.12;
    double weighed = 0, raw = 0;
    for (size_t i = 0; i < s->n_declared; i++) {
        const struct shelf *shelf = &s->shelves[i];
        if (shelf->bytes_per_raw > 0) {
            weighed += shelf->bytes_per_raw * (double)shelf->rows_written;
            raw += (double)shelf->rows_written;
        }
    }
    return raw > 0 ? weighed / raw : typical;
}

static void forecast(const struct store *s, struct store_stats *out)
{
    double seconds = (double)(clock_mono_ns() - s->opened_mono_ns) / NS_PER_S;
    if (seconds < 10 || !s->raw_bytes_written)
        return;
    double per_day = (double)s->raw_bytes_written / seconds * 86400 * growth(s);
    double by_time = (double)s->options.retention_ns / NS_PER_S / 86400, by_bytes = (double)s->options.max_disk_bytes / (per_day + 1);
    out->bytes_per_day = (uint64_t)per_day;
    out->days_kept = by_time < by_bytes ? by_time : by_bytes;
}

void store_stats(struct store *s, struct store_stats *out)
{
    *out = (struct store_stats){.disk_limit_bytes = s->options.max_disk_bytes, .free_bytes = free_bytes(s)};
    pthread_mutex_lock(&s->lock);
    out->disk_bytes = disk_bytes(s);
    out->queued_rows = s->queue.rows;
    out->queued_bytes = s->queue.bytes;
    out->rows_written = s->rows_written;
    out->rows_lost = s->rows_lost;
    out->degraded = s->degraded || s->switching;
    memcpy(out->why, s->why, sizeof out->why);
    forecast(s, out);
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
    struct store_table_stats t = {.table = shelf->table, .rows_written = shelf->rows_written};
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
    return t;
}

size_t store_table_stats(struct store *s, struct store_table_stats *out, size_t max)
{
    size_t n = 0;
    pthread_mutex_lock(&s->lock);
    for (; n < s->n_declared && n < max; n++)
        out[n] = table_stats(&s->shelves[n]);
    pthread_mutex_unlock(&s->lock);
    return n;
}
