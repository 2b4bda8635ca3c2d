/* The copier: a thread that writes one sealed part at a time to a Parquet file, while the writer goes on filling the next part.
 * Temporary name, fsync, rename, fsync of the directory; then the writer swaps part for segment in one transaction. */
#include "base/clock.h"
#include "base/log.h"
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void add_columns(struct text *sql, const struct shelf *shelf, struct shape shape)
{
    const struct table *t = shelf->table; /* the writer may put a longer one there: the first columns stay the same */
    bool any = false;
    for (size_t i = 0; t && i < t->n_columns; i++)
        if (shape.has >> i & 1) {
            text_addf(sql, "%s\"%s\"", any ? "," : "", t->columns[i].name);
            any = true;
        }
    if (!any)
        text_addc(sql, '*');
}

static int write_parquet(struct copy_job *job, const char *path, struct err *why)
{
    char name[PART_NAME_MAX];
    struct text sql = {0};
    struct cursor c;
    part_name(name, job->shelf, job->part.key);
    text_adds(&sql, "COPY (SELECT ");
    add_columns(&sql, job->shelf, job->part.shape);
    text_addf(&sql, " FROM hot.parts.\"%s\") TO ", name);
    sql_text(&sql, path, strlen(path));
    text_adds(&sql, " (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE 122880, USE_TMP_FILE false)");
    int rc = sql.full ? err_set(why, ENOMEM, "out of memory") : cursor_open(&c, job->db->copier, sql.bytes, why);
    text_free(&sql);
    if (rc)
        return rc;
    uint64_t rows = cursor_next(&c) ? (uint64_t)cursor_i64(&c, 0) : 0;
    cursor_close(&c);
    return rows == job->part.rows
               ? 0
               : err_set(why, EIO, "%s has %llu rows instead of %llu", path, (unsigned long long)rows, (unsigned long long)job->part.rows);
}

static int publish(const char *temporary, const char *path, const char *dir, struct err *why)
{
    int rc = file_sync(temporary);
    if (!rc && rename(temporary, path))
        rc = -errno;
    if (!rc)
        rc = dir_sync(dir);
    return rc ? err_set(why, -rc, "cannot finish %s: %s", path, strerror(-rc)) : 0;
}

static int copy(struct store *s, struct copy_job *job, struct err *why)
{
    char *dir = segment_dir(s, job->shelf), *path = segment_path(s, job->shelf, job->part.key), *temporary = NULL;
    int rc = !dir || !path || asprintf(&temporary, "%s.tmp", path) < 0 ? err_set(why, ENOMEM, "out of memory") : dir_make(dir, why);
    if (!rc)
        rc = write_parquet(job, temporary, why);
    if (!rc)
        rc = publish(temporary, path, dir, why);
    if (rc && temporary)
        unlink(temporary);
    job->bytes = rc ? 0 : file_bytes(path);
    free(dir);
    free(path);
    free(temporary);
    return rc;
}

void *copier_main(void *arg)
{
    struct store *s = arg;
    pthread_setname_np(pthread_self(), "store-copier");
    setpriority(PRIO_PROCESS, 0, STORE_NICE);
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (!s->copier_stop && !(s->job.db && !s->job.done))
            pthread_cond_wait(&s->copier_work, &s->lock);
        if (s->copier_stop)
            break;
        pthread_mutex_unlock(&s->lock);
        copy(s, &s->job, &s->job.why);
        pthread_mutex_lock(&s->lock);
        s->job.done = true;
        pthread_cond_broadcast(&s->committed);
        pthread_cond_signal(&s->work);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static bool pick(struct store *s, struct shelf **shelf, struct part **part)
{
    *part = NULL;
    for (size_t i = 0; i < s->n_shelves; i++)
        for (size_t k = 0; k < s->shelves[i].n_parts; k++) {
            struct part *p = &s->shelves[i].parts[k];
            if (!p->sealed || p->memory || (*part && (*part)->newest_ns <= p->newest_ns))
                continue;
            *shelf = &s->shelves[i];
            *part = p;
        }
    return *part != NULL;
}

void copier_start_next(struct store *s, int64_t now_mono_ns)
{
    struct shelf *shelf;
    struct part *part;
    if (s->job.db || !s->db || s->db->memory || now_mono_ns < s->copy_retry_ns)
        return;
    if (!pick(s, &shelf, &part))
        return;
    pthread_mutex_lock(&s->lock);
    db_hold(s->db);
    s->job = (struct copy_job){.db = s->db, .shelf = shelf, .part = *part};
    pthread_cond_signal(&s->copier_work);
    pthread_mutex_unlock(&s->lock);
}

/* The part leaves and the segment enters, in the index and in the view, in one transaction. */
static int swap(struct store *s, const struct copy_job *job, struct err *why)
{
    struct segment g = {.key = job->part.key,
                        .shape = job->part.shape,
                        .rows = job->part.rows,
                        .bytes = job->bytes,
                        .oldest_ns = job->part.oldest_ns,
                        .newest_ns = job->part.newest_ns};
    int rc = segment_add(s, job->shelf, g);
    if (rc)
        return err_set(why, -rc, "too many segments of %s", job->shelf->name);
    if (job->db == s->db)
        return part_forget(s, job->shelf, job->part, why);
    job->shelf->expected_rows -= job->part.rows; /* the database was given up meanwhile; its next open drops the part */
    return s->db ? view_update(s, job->shelf, why) : 0;
}

static void learn_ratio(struct shelf *shelf, const struct copy_job *job)
{
    double ratio = (double)job->bytes / (double)(job->part.raw_bytes + 1);
    if (job->part.rows > 1000)
        shelf->bytes_per_raw = shelf->bytes_per_raw > 0 ? (shelf->bytes_per_raw + ratio) / 2 : ratio;
}

/* A failed copy harms nothing: the part stays. Want of space is retention's to cure. */
static void copy_failed(struct store *s, const struct copy_job *job, int64_t now_mono_ns)
{
    if (job->why.code == EINTR)
        return;
    log_warn("store: a segment of %s could not be written, next try in 10 s: %s", job->shelf->name, job->why.text);
    s->copy_retry_ns = now_mono_ns + 10LL * NS_PER_S;
    s->next_retention_ns = 0;
}

void copier_finish(struct store *s, int64_t now_mono_ns)
{
    struct err why = {0};
    pthread_mutex_lock(&s->lock);
    struct copy_job job = s->job;
    bool done = job.db && job.done;
    if (done)
        s->job = (struct copy_job){.db = NULL};
    pthread_mutex_unlock(&s->lock);
    if (!done)
        return;
    if (job.why.code) {
        copy_failed(s, &job, now_mono_ns);
    } else {
        learn_ratio(job.shelf, &job);
        if (swap(s, &job, &why))
            degrade(s, &why);
        s->next_retention_ns = 0;
    }
    db_drop(s, job.db);
}

void copier_stop_job(struct store *s, bool interrupt)
{
    pthread_mutex_lock(&s->lock);
    if (s->job.db && !s->job.done && interrupt)
        duckdb_interrupt(s->job.db->copier);
    while (s->job.db && !s->job.done)
        pthread_cond_wait(&s->committed, &s->lock);
    pthread_mutex_unlock(&s->lock);
}
