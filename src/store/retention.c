/* Retention: a time goal and a byte budget, both by whole segments, oldest first. Removing is unlinking: it works on a full disk. */
#include "base/clock.h"
#include "base/log.h"
#include "inside.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

uint64_t free_bytes(const struct store *s)
{
    struct statvfs v;
    return statvfs(s->dir, &v) ? UINT64_MAX : (uint64_t)v.f_bavail * v.f_frsize;
}

uint64_t reserve_bytes(const struct store *s)
{
    struct statvfs v;
    uint64_t eighth = statvfs(s->dir, &v) ? UINT64_MAX : (uint64_t)v.f_blocks * v.f_frsize / 8;
    return eighth < RESERVE_MAX_BYTES ? eighth : RESERVE_MAX_BYTES;
}

uint64_t hot_bytes(const struct store *s)
{
    static const char *const ours[] = {"hot.duckdb", "hot.duckdb.wal", "hot.duckdb.broken", "hot.duckdb.wal.broken", "journal"};
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        char *path = path_join(s->dir, ours[i]);
        sum += path ? file_bytes(path) : 0;
        free(path);
    }
    return sum;
}

static uint64_t segment_bytes(const struct store *s)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < s->n_shelves; i++)
        for (size_t k = 0; k < s->shelves[i].n_segments; k++)
            sum += s->shelves[i].segments[k].bytes;
    return sum;
}

/* Rows, wherever they are. What queries spill is not among it: it goes with them, has a bound of its own, and costs no rows. */
uint64_t disk_bytes(const struct store *s)
{
    uint64_t sum = hot_bytes(s) + segment_bytes(s);
    for (const struct trash *t = s->trash; t; t = t->next)
        sum += t->bytes;
    return sum;
}

static void trash_add(struct store *s, const struct shelf *shelf, const struct segment *g)
{
    struct trash *t = calloc(1, sizeof *t);
    char *path = segment_path(s, shelf, g->key);
    if (!t || !path) {
        if (path)
            unlink(path);
        free(path);
        free(t);
        return;
    }
    pthread_mutex_lock(&s->lock);
    *t = (struct trash){path, g->bytes, s->epoch, clock_mono_ns(), s->trash};
    s->trash = t;
    pthread_mutex_unlock(&s->lock);
}

/* Under the lock: may a query that began before the file left the views still open it? */
static bool still_read(const struct store *s, const struct trash *t, int64_t now)
{
    if (now - t->since_mono_ns > TRASH_KEPT_S * (int64_t)NS_PER_S)
        return false;
    return readers_since(s, t->epoch);
}

void trash_empty(struct store *s, bool now_please)
{
    int64_t now = clock_mono_ns();
    pthread_mutex_lock(&s->lock);
    for (struct trash **at = &s->trash, *t; (t = *at);) {
        if (!now_please && still_read(s, t, now)) {
            at = &t->next;
            continue;
        }
        *at = t->next;
        if (unlink(t->path) && errno != ENOENT)
            log_warn("store: cannot remove %s: %s", t->path, strerror(errno));
        free(t->path);
        free(t);
    }
    pthread_mutex_unlock(&s->lock);
}

/* Takes the first n segments of a shelf out of the index and the view; the files follow when no query needs them. */
static int remove_segments(struct store *s, struct shelf *shelf, size_t n, struct err *why)
{
    if (!n)
        return 0;
    for (size_t i = 0; i < n; i++)
        trash_add(s, shelf, &shelf->segments[i]);
    pthread_mutex_lock(&s->lock);
    shelf->n_segments -= n;
    memmove(shelf->segments, shelf->segments + n, shelf->n_segments * sizeof *shelf->segments);
    pthread_mutex_unlock(&s->lock);
    int rc = view_update(s, shelf, why);
    pthread_mutex_lock(&s->lock);
    s->epoch++; /* readers opened from here on see the new view */
    pthread_mutex_unlock(&s->lock);
    return rc;
}

static bool being_copied(const struct store *s, const struct shelf *shelf, const struct part *p)
{
    return s->job.db && s->job.shelf == shelf && s->job.part.key.seq == p->key.seq;
}

static int by_time(struct store *s, struct err *why)
{
    int rc = 0;
    age_look(&s->age, clock_utc_ns(), clock_boot_ns(), s->options.retention_ns);
    for (size_t i = 0; !rc && i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        size_t n = shelf->n_segments > SEGMENTS_MAX ? shelf->n_segments - SEGMENTS_MAX : 0;
        while (n < shelf->n_segments && age_expired(&s->age, shelf->segments[n].newest_ns, shelf->segments[n].key.start_s * NS_PER_S))
            n++;
        rc = remove_segments(s, shelf, n, why);
        struct part *p = shelf->parts;
        if (!rc && !s->db->memory && shelf->n_parts && p->sealed && !being_copied(s, shelf, p) &&
            age_expired(&s->age, p->newest_ns, p->key.start_s * NS_PER_S))
            rc = part_forget(s, shelf, *p, why);
    }
    return rc;
}

/* For others' sake no table gives up its newest one. */
static struct shelf *oldest_segment(struct store *s)
{
    struct shelf *found = NULL;
    size_t kept = s->squeezed;
    for (size_t i = 0; i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        if (shelf->n_segments > kept && (!found || shelf->segments[0].newest_ns < found->segments[0].newest_ns))
            found = shelf;
    }
    return found;
}

/* Rows that go before their time are told of. */
static void tell_squeeze(const struct store *s, uint64_t segments, uint64_t rows)
{
    if (s->squeezed && segments)
        log_warn("store: the disk of %s is full of other things: the oldest %llu segments with %llu rows went to make room for new ones; "
                 "more free space keeps more",
                 s->dir, (unsigned long long)segments, (unsigned long long)rows);
}

static int remove_oldest_until(struct store *s, uint64_t bytes_to_free, struct err *why)
{
    uint64_t freed = 0, rows = 0, segments = 0;
    int rc = 0;
    for (struct shelf *shelf; !rc && freed < bytes_to_free && (shelf = oldest_segment(s));) {
        if (s->squeezed && freed + shelf->segments[0].bytes > bytes_to_free)
            break; /* no more than half goes for others' sake */
        freed += shelf->segments[0].bytes;
        rows += shelf->segments[0].rows;
        segments++;
        rc = remove_segments(s, shelf, 1, why);
    }
    tell_squeeze(s, segments, rows);
    return rc;
}

/* The open part with most rows becomes a segment early: the database is what fills the budget. */
static void seal_largest(struct store *s)
{
    struct shelf *largest = NULL;
    for (size_t i = 0; i < s->n_shelves; i++) {
        struct part *p = part_last(&s->shelves[i]);
        if (p && p->rows && (!largest || p->raw_bytes > part_last(largest)->raw_bytes))
            largest = &s->shelves[i];
    }
    if (largest && !writer_commit(s))
        part_seal(s, largest);
}

static struct shelf *oldest_sealed(struct store *s)
{
    struct shelf *found = NULL;
    for (size_t i = 0; i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        struct part *p = shelf->parts;
        if (shelf->n_parts && p->sealed && !being_copied(s, shelf, p) && (!found || p->newest_ns < found->parts->newest_ns))
            found = shelf;
    }
    return found;
}

/* The budget that holds now: what was asked for, or what the disk has room for when that is less. When others fill the disk the
 * store gives way by up to half of what it had, so that the newest rows can still be written. */
void budget_update(struct store *s)
{
    uint64_t used = disk_bytes(s), available = free_bytes(s), spilled = dir_bytes(s->tmp_dir), floor, room;
    available = available > UINT64_MAX / 2 ? available : available + spilled;
    if (used > s->peak_bytes)
        s->peak_bytes = used;
    floor = s->peak_bytes / 2;
    uint64_t margin = reserve_bytes(s) * 8 / 3; /* a third of a small file system: a checkpoint wants room */
    if (margin > 2 * RESERVE_MAX_BYTES)
        margin = 2 * RESERVE_MAX_BYTES;
    room = available > UINT64_MAX / 2 ? UINT64_MAX : used + available > margin ? used + available - margin : 0;
    s->squeezed = room < floor && room < s->options.max_disk_bytes;
    room = room < floor ? floor : room;
    s->budget_bytes = room < s->options.max_disk_bytes ? room : s->options.max_disk_bytes;
}

/* What the rows in the database take: its file has free blocks, too, and counts those of dropped parts until it is checkpointed. */
static uint64_t live_bytes(const struct store *s)
{
    struct cursor c;
    uint64_t bytes = 0;
    if (cursor_open(&c, s->db->writer, "SELECT (used_blocks * block_size)::BIGINT FROM pragma_database_size() WHERE database_name = 'hot'",
                    NULL))
        return hot_bytes(s);
    if (cursor_next(&c))
        bytes = (uint64_t)cursor_i64(&c, 0);
    cursor_close(&c);
    return bytes > s->dropped_bytes ? bytes - s->dropped_bytes : 0;
}

static uint64_t raw_bytes_in_parts(const struct store *s)
{
    uint64_t sum = 1;
    for (size_t i = 0; i < s->n_shelves; i++)
        for (size_t k = 0; k < s->shelves[i].n_parts; k++)
            sum += s->shelves[i].parts[k].raw_bytes;
    return sum;
}

/* No segment is left to remove, and the copier cannot keep up. What it copies right now goes as well as any other part, and as long as it
 * copies, its transaction keeps the file from shrinking. */
static int forget_oldest_until(struct store *s, uint64_t live, uint64_t limit, struct err *why)
{
    struct shelf *shelf;
    int rc = 0;
    copier_stop_job(s, true);
    copier_finish(s, clock_mono_ns());
    double disk_per_raw = (double)live / (double)raw_bytes_in_parts(s);
    while (!rc && !s->degraded && live > limit && (shelf = oldest_sealed(s))) {
        uint64_t bytes = (uint64_t)((double)shelf->parts->raw_bytes * disk_per_raw);
        s->dropped_bytes += bytes;
        live -= bytes < live ? bytes : live;
        rc = part_forget(s, shelf, *shelf->parts, why);
    }
    return rc;
}

static int by_bytes(struct store *s, struct err *why)
{
    uint64_t limit = s->budget_bytes, used = disk_bytes(s), hot = hot_bytes(s);
    int rc = 0;
    if (used > limit - limit / 16) { /* some way below, so that what comes in the next second fits as well */
        rc = remove_oldest_until(s, used - (limit - limit / 8), why);
        trash_empty(s, disk_bytes(s) > limit || free_bytes(s) < reserve_bytes(s));
    }
    if (rc || s->db->memory || s->squeezed || hot < limit / 2)
        return rc;
    uint64_t live = live_bytes(s);
    if (live > limit - limit / 4 || hot > limit)
        rc = forget_oldest_until(s, live, limit / 2, why);
    if (!rc && !s->degraded && !oldest_sealed(s))
        seal_largest(s);
    return rc;
}

/* Lets the file shrink after parts were dropped. Busy is no failure: DuckDB will do it at its next chance. */
static int checkpoint(struct store *s, struct err *why)
{
    if (!s->want_checkpoint || s->db->memory || hot_bytes(s) < CHECKPOINT_WORTH_BYTES || free_bytes(s) < reserve_bytes(s))
        return 0;
    s->want_checkpoint = false;
    struct err mine = {0};
    int rc = db_run(s->db->writer, "CHECKPOINT", &mine);
    if (rc == -EBUSY || rc == -EINTR)
        return 0;
    if (!rc)
        s->dropped_bytes = 0;
    return rc ? err_set(why, -rc, "%s", mine.text) : 0;
}

void retention_run(struct store *s)
{
    struct err why = {0};
    if (!s->db)
        return;
    budget_update(s);
    int rc = by_time(s, &why);
    if (!rc)
        rc = by_bytes(s, &why);
    if (!rc)
        rc = checkpoint(s, &why);
    if (rc && why.code)
        degrade(s, &why);
}
