/* The start: takes the directory, finds out how the last run ended, removes what it left unfinished, opens the database. */
#include "base/clock.h"
#include "base/log.h"
#include "inside.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static bool cannot_write(int rc)
{
    return rc == -EROFS || rc == -ENOSPC || rc == -EDQUOT;
}

static int lock_dir(struct store *s, struct err *why)
{
    char *path = path_join(s->dir, "lock"), pid[32] = "";
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640) : -1;
    if (fd < 0 && path && errno == EROFS)
        fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(path);
    if (fd < 0) {
        int code = errno;
        return err_set(why, code, "cannot write in the data directory %s: %s; choose another with --data, or change its owner", s->dir,
                       strerror(code));
    }
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
        pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
        close(fd);
        return err_set(why, EBUSY, "the data directory %s is in use by process %s; stop that one, or choose another with --data", s->dir,
                       *pid ? pid : "(unknown)");
    }
    int n = snprintf(pid, sizeof pid, "%d\n", getpid());
    if (ftruncate(fd, 0) || pwrite(fd, pid, (size_t)n, 0) != n)
        log_debug("store: the process id cannot be noted in %s/lock", s->dir);
    s->lock_fd = fd;
    return 0;
}

void recovery_unlock(struct store *s)
{
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    s->lock_fd = -1;
}

static int make_dirs(struct store *s, struct err *why)
{
    char *segments = path_join(s->dir, "segments");
    int rc = segments ? dir_make(segments, why) : err_set(why, ENOMEM, "out of memory");
    free(segments);
    return rc ? rc : dir_make(s->tmp_dir, why);
}

static bool set_aside(struct store *s, const char *name)
{
    char *from = path_join(s->dir, name), *to = NULL;
    bool moved = from && asprintf(&to, "%s.broken", from) >= 0 && !rename(from, to);
    if (moved)
        log_warn("store: %s cannot be read and was set aside as %s", from, to);
    free(from);
    free(to);
    return moved;
}

static int open_and_load(struct store *s, struct store_recovery *r, struct err *why)
{
    struct db *db = NULL;
    int rc = db_open(s, false, &db, why);
    if (rc)
        return rc;
    s->db = db;
    rc = segments_load(s, why);
    if (!rc)
        rc = backlogs_prepare(s, db, why);
    if (!rc)
        rc = parts_load(s, &r->recovered_rows, why);
    if (!rc)
        rc = views_update_all(s, why);
    return rc;
}

static void forget_all(struct store *s)
{
    s->segments_known = false;
    for (size_t i = 0; i < s->n_shelves; i++)
        s->shelves[i].n_parts = s->shelves[i].n_segments = 0;
    struct db *db = s->db;
    s->db = NULL;
    db_drop(s, db);
}

static bool writable(struct store *s, struct err *why)
{
    return free_bytes(s) >= reserve_bytes(s) && !write_probe(s, why);
}

/* As it is; without its log when that is damaged (what was committed since the last checkpoint goes); as an empty one. */
static int open_database(struct store *s, struct store_recovery *r, struct err *why)
{
    static const char *const damaged[] = {NULL, "hot.duckdb.wal", "hot.duckdb"};
    int rc = -EIO;
    for (size_t i = 0; rc && i < sizeof damaged / sizeof damaged[0]; i++) {
        if (damaged[i] && !set_aside(s, damaged[i]))
            continue;
        err_clear(why);
        rc = open_and_load(s, r, why);
        if (rc)
            forget_all(s);
        else if (damaged[i])
            snprintf(r->text, sizeof r->text, "%s was damaged and set aside as %s.broken", damaged[i], damaged[i]);
        if (rc && !writable(s, NULL))
            break; /* not damaged: it is the disk */
    }
    return rc;
}

static int64_t newest(const struct store *s)
{
    int64_t newest_ns = 0;
    for (size_t i = 0; i < s->n_shelves; i++) {
        const struct shelf *shelf = &s->shelves[i];
        for (size_t k = 0; k < shelf->n_parts; k++)
            if (shelf->parts[k].newest_ns > newest_ns)
                newest_ns = shelf->parts[k].newest_ns;
        for (size_t k = 0; k < shelf->n_segments; k++)
            if (shelf->segments[k].newest_ns > newest_ns)
                newest_ns = shelf->segments[k].newest_ns;
    }
    return newest_ns;
}

static void add_thousands(struct text *t, uint64_t v)
{
    if (v >= 1000) {
        add_thousands(t, v / 1000);
        text_addf(t, ",%03u", (unsigned)(v % 1000));
    } else {
        text_add_u64(t, v);
    }
}

/* What the last run had not committed. On failure the store is degraded, with shadows of it. */
static void replay_journal(struct store *s, struct store_recovery *r)
{
    if (!s->degraded)
        writer_commit(s);
    r->journal_rows = s->rows_written + backlogs_rows(s);
    r->recovered_rows += r->journal_rows;
    s->rows_written = s->raw_bytes_written = 0;
    for (size_t i = 0; i < s->n_shelves; i++)
        s->shelves[i].rows_written = 0;
    if (s->journal.spoilt_rows)
        store_lose(s, LOSS_JOURNAL, s->journal.spoilt_rows);
}

static void say(const struct store *s, struct store_recovery *r)
{
    struct text t = {0};
    if (*r->text)
        text_addf(&t, "%s; ", r->text);
    if (r->unclean) {
        text_adds(&t, "the last run ended without closing the store: ");
        add_thousands(&t, r->recovered_rows);
        text_adds(&t, r->recovered_rows == 1 ? " row recovered" : " rows recovered");
        if (r->journal_rows) {
            text_adds(&t, " (");
            add_thousands(&t, r->journal_rows);
            text_adds(&t, " of them from the journal)");
        }
        if (r->last_row_utc_ns)
            text_addf(&t, ", the newest %.1f s before this start", (double)(clock_utc_ns() - r->last_row_utc_ns) / NS_PER_S);
    }
    if (!r->unclean && r->journal_rows) {
        add_thousands(&t, r->journal_rows);
        text_adds(&t, r->journal_rows == 1 ? " row of the journal recovered" : " rows of the journal recovered");
    }
    if (r->dropped_files)
        text_addf(&t, "%s%u unfinished file%s removed", t.length ? ", " : "", r->dropped_files, r->dropped_files == 1 ? "" : "s");
    if (s->journal.spoilt) {
        text_addf(&t, "%sthe journal ends with bytes that are no whole record", t.length ? "; " : "");
        if (s->journal.spoilt_rows)
            text_addf(&t, ": %llu rows lost", (unsigned long long)s->journal.spoilt_rows);
    }
    if (s->degraded)
        text_addf(&t, "%sthe store cannot be written: %s", t.length ? "; " : "", s->why);
    snprintf(r->text, sizeof r->text, "%s", t.bytes ? t.bytes : "");
    text_free(&t);
}

int recovery_run(struct store *s, struct store_recovery *r, struct err *why)
{
    int rc = lock_dir(s, why);
    if (rc && !cannot_write(rc))
        return rc;
    err_clear(why);
    r->unclean = marker_take(s);
    rc = make_dirs(s, why);
    if (rc && !cannot_write(rc))
        return rc;
    if (!rc)
        dir_empty(s->tmp_dir);
    budget_update(s);
    journal_load(s);
    bool can = rc ? false : writable(s, why);
    if (!can && !why->code)
        err_set(why, ENOSPC, "the file system of %s has less than %llu MiB free; free some space, or lower max_disk", s->dir,
                (unsigned long long)(reserve_bytes(s) >> 20));
    rc = can ? open_database(s, r, why) : -why->code;
    if (rc && can && writable(s, NULL))
        return rc;
    if (rc)
        degrade(s, why);
    err_clear(why);
    replay_journal(s, r);
    r->last_row_utc_ns = newest(s);
    r->dropped_files = s->dropped_files;
    say(s, r);
    return 0;
}
