/* The life of a store, and the calls that any thread may make. */
#include "base/clock.h"
#include "base/log.h"
#include "inside.h"
#include "store/library.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void init_sync(struct store *s)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->work, &attr);
    pthread_cond_init(&s->committed, &attr);
    pthread_cond_init(&s->copier_work, &attr);
    pthread_condattr_destroy(&attr);
}

static int make_shelves(struct store *s, struct err *why)
{
    s->shelves_size = s->options.n_tables + STORE_DECLARED_MAX + UNDECLARED_MAX;
    if (s->shelves_size > STASH_MAX)
        return err_set(why, E2BIG, "more than %d tables", STASH_MAX - UNDECLARED_MAX - STORE_DECLARED_MAX);
    s->shelves = calloc(s->shelves_size, sizeof *s->shelves);
    if (!s->shelves)
        return err_set(why, ENOMEM, "out of memory");
    for (size_t i = 0; i < s->options.n_tables; i++) {
        const struct table *t = s->options.tables[i];
        const char *wrong = table_check(t);
        if (!wrong && strlen(t->name) >= SHELF_NAME_MAX)
            wrong = "its name is too long";
        if (wrong)
            return err_set(why, EINVAL, "table %s: %s", t->name, wrong);
        if (shelf_find(s, t->name, strlen(t->name), false))
            return err_set(why, EINVAL, "two tables are called %s", t->name);
        shelf_find(s, t->name, strlen(t->name), true)->table = t;
    }
    return declarations_load(s, why);
}

static int make_paths(struct store *s, struct err *why)
{
    s->dir = strdup(s->options.dir); /* not made absolute: the way down from / may be closed to us */
    if (!s->dir) {
        int code = errno;
        return err_set(why, code, "the data directory %s: %s", s->options.dir, strerror(code));
    }
    s->tmp_dir = path_join(s->dir, "tmp");
    return s->tmp_dir ? 0 : err_set(why, ENOMEM, "out of memory");
}

static int start_threads(struct store *s, struct err *why)
{
    s->next_tick_ns = clock_mono_ns() + TICK_MS * (int64_t)NS_PER_MS;
    if (pthread_create(&s->copier_thread, NULL, copier_main, s))
        return err_set(why, EAGAIN, "no thread for the store");
    s->copier_runs = true;
    if (pthread_create(&s->writer_thread, NULL, writer_main, s))
        return err_set(why, EAGAIN, "no thread for the store");
    s->writer_runs = true;
    return 0;
}

struct store *store_open(const struct store_options *options, struct store_recovery *recovery, struct err *why)
{
    if (duckdb_library_load(why) < 0)
        return NULL;
    struct store_recovery unwanted;
    struct err ignored = {0};
    struct store *s = calloc(1, sizeof *s);
    recovery = recovery ? recovery : &unwanted;
    why = why ? why : &ignored;
    *recovery = (struct store_recovery){.text = ""};
    if (!s) {
        err_set(why, ENOMEM, "out of memory");
        return NULL;
    }
    s->options = *options;
    s->lock_fd = s->journal.fd = -1;
    s->opened_mono_ns = clock_mono_ns();
    init_sync(s);
    int rc = make_paths(s, why);
    if (!rc)
        rc = make_shelves(s, why);
    if (!rc)
        rc = recovery_run(s, recovery, why);
    if (!rc)
        rc = start_threads(s, why);
    if (!rc)
        return s;
    store_close(s);
    return NULL;
}

static void stop_threads(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_broadcast(&s->work);
    pthread_mutex_unlock(&s->lock);
    if (s->writer_runs)
        pthread_join(s->writer_thread, NULL);
    copier_stop_job(s, true);
    copier_finish(s, clock_mono_ns());
    pthread_mutex_lock(&s->lock);
    s->copier_stop = true;
    pthread_cond_broadcast(&s->copier_work);
    pthread_mutex_unlock(&s->lock);
    if (s->copier_runs)
        pthread_join(s->copier_thread, NULL);
}

static void free_shelves(struct store *s)
{
    for (size_t i = 0; i < s->n_shelves; i++) {
        append_close(&s->shelves[i]);
        free(s->shelves[i].parts);
        free(s->shelves[i].segments);
    }
    backlogs_free(s);
    free(s->shelves);
}

void store_close(struct store *s)
{
    if (!s)
        return;
    bool ran = s->writer_runs;
    stop_threads(s);
    trash_empty(s, true);
    free_shelves(s);
    db_drop(s, s->db);
    if (ran) /* also when degraded: what could not be written was counted */
        marker_put(s);
    recovery_unlock(s);
    journal_close(s);
    queue_free(&s->queue);
    pthread_cond_destroy(&s->work);
    pthread_cond_destroy(&s->committed);
    pthread_cond_destroy(&s->copier_work);
    pthread_mutex_destroy(&s->lock);
    declarations_free(s); /* batches of the queue were of these tables */
    free(s->dir);
    free(s->tmp_dir);
    free(s);
}

bool store_consume(struct store *s, struct batch *b)
{
    pthread_mutex_lock(&s->lock);
    bool taken = !s->stopping && queue_put(&s->queue, b, s->options.queue_ceiling_bytes);
    if (taken) {
        struct shelf *shelf = shelf_of(s, b->table);
        s->queued_seq++;
        if (shelf)
            shelf->queued_seq = s->queued_seq;
        if (s->queue.count == 1)
            pthread_cond_signal(&s->work);
    } else {
        s->losses[LOSS_QUEUE] += b->rows;
        s->rows_lost += b->rows;
    }
    pthread_mutex_unlock(&s->lock);
    return taken;
}

int store_flush(struct store *s, int timeout_ms)
{
    return show_rows(s, NULL, 0, timeout_ms);
}

void store_take_losses(struct store *s, void (*fn)(void *arg, const char *reason, uint64_t rows), void *arg)
{
    static const char *const reasons[LOSS_COUNT] = {
        [LOSS_QUEUE] = "the store's queue was full",
        [LOSS_WRITE] = "the disk could not be written",
        [LOSS_MEMORY] = "the disk could not be written for long, and memory for waiting rows was full",
        [LOSS_STOP] = "the disk could not be written when the store was closed",
        [LOSS_UNDECLARED] = "the store was not told of their table",
        [LOSS_JOURNAL] = "the journal of the run before could not be read to its end",
    };
    uint64_t losses[LOSS_COUNT];
    pthread_mutex_lock(&s->lock);
    memcpy(losses, s->losses, sizeof losses);
    memset(s->losses, 0, sizeof s->losses);
    pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < LOSS_COUNT; i++)
        if (losses[i])
            fn(arg, reasons[i], losses[i]);
}
