/* The journal's file. What it is for is said in journal.h. */
#include "store/journal.h"

#include "base/clock.h"
#include "base/log.h"
#include "inside.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_file(const struct store *s)
{
    char *path = path_join(s->dir, "journal");
    int flags = O_CLOEXEC | O_NOFOLLOW, fd = path ? open(path, O_RDWR | O_CREAT | O_APPEND | flags, 0640) : -1;
    if (fd < 0 && path) /* it may be read when it cannot be written */
        fd = open(path, O_RDONLY | flags);
    free(path);
    return fd;
}

bool journal_is_full(const struct store *s)
{
    uint64_t part_of_budget = s->budget_bytes / 16;
    return s->journal.bytes >= (part_of_budget < JOURNAL_MAX_BYTES ? part_of_budget : JOURNAL_MAX_BYTES);
}

/* --- writing ------------------------------------------------------------------------------------------------------------------ */

/* Half a record at the end would hide all that follows it: it goes, or nothing follows. */
static bool write_failed(struct store *s, int code)
{
    if (!s->journal.complained)
        log_warn("store: the journal cannot be written: %s; rows go to the database at once", strerror(code));
    s->journal.complained = true;
    s->journal.closed = true;
    if (ftruncate(s->journal.fd, (off_t)s->journal.bytes))
        log_debug("store: the journal cannot be cut: %s", strerror(errno));
    return false;
}

static bool write_record(struct store *s, const char *p, size_t n)
{
    ssize_t written = write(s->journal.fd, p, n);
    if (written != (ssize_t)n)
        return write_failed(s, written < 0 ? errno : ENOSPC);
    s->journal.bytes += n;
    return true;
}

bool journal_take(struct store *s, struct shelf *shelf, const struct batch *b, int64_t now_mono_ns)
{
    struct text *records = &shelf->backlog.records;
    struct record r;
    size_t from = records->length;
    if (s->journal.closed || s->degraded || !s->db || shelf->backlog.old || b->rows == BATCH_ROWS)
        return false;
    if (shelf->pending_rows) /* what a crash leaves of a table is all up to some row: none survives one before it */
        return false;
    if (!record_add(records, b, s->journal.last_number + 1))
        return false;
    if (!record_read(records->bytes + from, records->length - from, &r) || !write_record(s, records->bytes + from, r.bytes)) {
        records->length = from;
        return false;
    }
    s->journal.last_number++;
    if (!s->backlog_since_ns)
        s->backlog_since_ns = now_mono_ns;
    backlog_add(s, shelf, &r);
    return true;
}

void journal_close(struct store *s)
{
    if (s->journal.fd >= 0)
        close(s->journal.fd);
    s->journal.fd = -1;
}

void journal_empty(struct store *s)
{
    struct journal *j = &s->journal;
    if (!j->closed && !j->bytes)
        return;
    if (j->fd < 0)
        j->fd = open_file(s);
    j->closed = j->fd < 0 || ftruncate(j->fd, 0);
    if (j->closed) {
        journal_close(s); /* it may have been opened for reading only: the next try opens it anew */
        return;
    }
    j->bytes = 0;
    j->complained = false;
}

/* --- reading ------------------------------------------------------------------------------------------------------------------ */

static bool fits_backlog(struct shelf *shelf, const struct record *r)
{
    struct backlog *b = &shelf->backlog;
    if (b->old)
        return record_fits(r, b->old);
    if (shelf->table && record_fits(r, shelf->table))
        return true;
    if (b->rows) /* one shape a journal */
        return false;
    b->old = record_table(r);
    return b->old;
}

static bool keep(struct store *s, const struct record *r, const char *bytes)
{
    struct shelf *shelf = record_is_utf8(r) ? shelf_find(s, r->table.p, r->table.n, true) : NULL;
    if (!shelf || !fits_backlog(shelf, r))
        return false;
    text_add(&shelf->backlog.records, bytes, r->bytes);
    if (shelf->backlog.records.full)
        return false;
    backlog_add(s, shelf, r);
    return true;
}

static void read_records(struct store *s, const char *bytes, size_t n)
{
    struct journal *j = &s->journal;
    struct record r;
    for (size_t at = 0; at < n; at += r.bytes) {
        bool whole = record_read(bytes + at, n - at, &r);
        if (r.number > j->last_number)
            j->last_number = r.number;
        if (whole && keep(s, &r, bytes + at))
            continue;
        j->spoilt = true;
        j->spoilt_rows += r.rows;
        if (!whole) /* where the next one begins cannot be known */
            return;
    }
}

static void read_file(struct store *s, size_t n)
{
    char *bytes = malloc(n);
    size_t got = 0;
    ssize_t more = 1;
    while (bytes && got < n && (more = pread(s->journal.fd, bytes + got, n - got, (off_t)got)) > 0)
        got += (size_t)more;
    if (!bytes || more < 0)
        log_warn("store: %s/journal cannot be read: %s", s->dir, strerror(errno));
    s->journal.spoilt = !bytes || more < 0;
    read_records(s, bytes, got);
    free(bytes);
}

void journal_load(struct store *s)
{
    struct stat st;
    s->journal.fd = open_file(s);
    s->journal.closed = true; /* until what is in it is in the database */
    if (s->journal.fd < 0 || fstat(s->journal.fd, &st) || !S_ISREG(st.st_mode) || !st.st_size)
        return;
    s->journal.bytes = (uint64_t)st.st_size;
    read_file(s, s->journal.bytes < JOURNAL_READ_BYTES ? s->journal.bytes : JOURNAL_READ_BYTES);
}
