/* Tables that come while the store runs. The writer takes them between two batches: a file with the declaration, so that the rows can be
 * read after a restart; a shelf; a view. */
#include "table/declare.h"

#include "base/log.h"
#include "inside.h"
#include "table/describe.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t count_declared(const struct store *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_shelves; i++)
        n += s->shelves[i].declared;
    return n;
}

/* --- files ------------------------------------------------------------------------------------------------------------------ */

static char *file_path(const struct store *s, const char *name, const char *ending)
{
    char *path;
    return asprintf(&path, "%s/declared/%s.json%s", s->dir, name, ending) < 0 ? NULL : path;
}

static int write_all(const char *path, const struct text *t)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0)
        return -errno;
    ssize_t n = write(fd, t->bytes, t->length);
    int rc = n < 0 ? -errno : n != (ssize_t)t->length ? -ENOSPC : fsync(fd) ? -errno : 0;
    close(fd);
    return rc;
}

static int put_in_place(const struct store *s, const char *from, const char *to)
{
    char *dir = path_join(s->dir, "declared");
    int rc = !dir ? -ENOMEM : rename(from, to) ? -errno : dir_sync(dir);
    free(dir);
    return rc;
}

/* The declaration is there whole or not at all. */
static int write_file(const struct store *s, const struct table *t, struct err *why)
{
    struct text json = {0};
    char *dir = path_join(s->dir, "declared"), *path = file_path(s, t->name, ""), *temporary = file_path(s, t->name, ".tmp");
    table_describe(&json, t);
    text_addc(&json, '\n');
    int rc = !dir || !path || !temporary || json.full ? err_set(why, ENOMEM, "out of memory") : dir_make(dir, why);
    if (!rc) {
        rc = write_all(temporary, &json);
        if (!rc)
            rc = put_in_place(s, temporary, path);
        if (rc) {
            unlink(temporary);
            err_set(why, -rc, "the declaration of %s cannot be written to %s: %s", t->name, path, strerror(-rc));
        }
    }
    free(dir);
    free(path);
    free(temporary);
    text_free(&json);
    return rc;
}

static void remove_file(const struct store *s, const char *name)
{
    char *path = file_path(s, name, "");
    if (path)
        unlink(path);
    free(path);
}

static struct table *read_file(int dir, const char *name, struct err *why)
{
    struct text t = {.ceiling = DECLARE_JSON_CEILING};
    char block[4096];
    ssize_t n = 0;
    struct stat st;
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
        err_set(why, fd < 0 ? errno : EINVAL, "it is no file that can be read");
    while (!why->code && (n = read(fd, block, sizeof block)) > 0)
        text_add(&t, block, (size_t)n);
    if (!why->code && n < 0)
        err_set(why, errno, "%s", strerror(errno));
    if (fd >= 0)
        close(fd);
    struct table *table = why->code ? NULL : table_declare(t.bytes ? t.bytes : "", t.full ? DECLARE_JSON_CEILING + 1 : t.length, why);
    text_free(&t);
    return table;
}

/* --- those that are declared ------------------------------------------------------------------------------------------------ */

static bool own(struct store *s, struct table *t)
{
    struct table **grown = realloc(s->declarations, (s->n_declarations + 1) * sizeof(struct table *));
    if (!grown)
        return false;
    s->declarations = grown;
    s->declarations[s->n_declarations++] = t;
    return true;
}

/* A file is called as its table, and no table of ours is. */
static int load_one(struct store *s, const char *name, struct table *t, struct err *why)
{
    size_t n = strlen(t->name);
    if (strncmp(name, t->name, n) != 0 || strcmp(name + n, ".json") != 0)
        return err_set(why, EINVAL, "it declares a table of another name, %s", t->name);
    if (shelf_find(s, t->name, n, false))
        return err_set(why, EEXIST, "%s is now a table of the agent's own", t->name);
    if (count_declared(s) == STORE_DECLARED_MAX)
        return err_set(why, ENOSPC, "there are %d such tables already", STORE_DECLARED_MAX);
    struct shelf *shelf = own(s, t) ? shelf_find(s, t->name, n, true) : NULL;
    if (!shelf)
        return err_set(why, ENOMEM, "out of memory");
    shelf->table = t;
    shelf->declared = true;
    return 0;
}

static bool is_owned(const struct store *s, const struct table *t)
{
    return s->n_declarations && s->declarations[s->n_declarations - 1] == t;
}

static void load_file(struct store *s, int dir, const char *name)
{
    struct err why = {0};
    struct table *t = read_file(dir, name, &why);
    if (t && load_one(s, name, t, &why) && !is_owned(s, t))
        table_undeclare(t);
    if (why.code)
        log_warn("store: the declaration declared/%s is left alone, and its table's rows cannot be asked for: %s", name, why.text);
}

static int is_declaration(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return e->d_name[0] != '.' && n > 5 && !strcmp(e->d_name + n - 5, ".json");
}

int declarations_load(struct store *s, struct err *why)
{
    struct dirent **names = NULL;
    char *path = path_join(s->dir, "declared");
    if (!path)
        return err_set(why, ENOMEM, "out of memory");
    int n = scandir(path, &names, is_declaration, alphasort), dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < n; i++) {
        load_file(s, dir, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    if (dir >= 0)
        close(dir);
    free(path);
    return 0;
}

void declarations_free(struct store *s)
{
    for (size_t i = 0; i < s->n_declarations; i++)
        table_undeclare(s->declarations[i]);
    free(s->declarations);
}

/* --- the writer's side ------------------------------------------------------------------------------------------------------ */

/* Names that SQL would not take for a table's without quotes, or that DuckDB has for its own. */
static int check_name(struct store *s, const char *name, struct err *why)
{
    static const char *const taken[] = {"duckdb_", "pg_", "sqlite_", "pragma_"};
    struct text sql = {0};
    struct cursor c;
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        if (!strncmp(name, taken[i], strlen(taken[i])))
            return err_set(why, EEXIST, "names that begin with %s are the database's own; choose another", taken[i]);
    text_addf(&sql, "SELECT count(*) FROM duckdb_keywords() WHERE keyword_category='reserved' AND keyword_name='%s'", name);
    int rc = sql.full ? err_set(why, ENOMEM, "out of memory") : cursor_open(&c, s->db->writer, sql.bytes, why);
    text_free(&sql);
    if (rc)
        return rc;
    bool word = cursor_next(&c) && cursor_i64(&c, 0);
    cursor_close(&c);
    return word ? err_set(why, EEXIST, "%s is a word of SQL; choose another name", name) : 0;
}

static int make_segment_dir(const struct store *s, const struct shelf *shelf, struct err *why)
{
    char *path = segment_dir(s, shelf);
    int rc = path ? dir_make(path, why) : err_set(why, ENOMEM, "out of memory");
    free(path);
    return rc;
}

static void set_table(struct store *s, struct shelf *shelf, const struct table *t)
{
    pthread_mutex_lock(&s->lock);
    shelf->table = t;
    shelf->declared = t != NULL;
    pthread_mutex_unlock(&s->lock);
}

/* Rows that are there from before, when their declaration was not, are read by the new one. */
static int show(struct store *s, struct shelf *shelf, struct err *why)
{
    int rc = db_run(s->db->writer, "BEGIN", why);
    if (!rc && !s->db->memory)
        rc = backlogs_admit(s, s->db, why);
    if (!rc)
        rc = view_update(s, shelf, why);
    if (!rc)
        return db_run(s->db->writer, "COMMIT", why);
    db_run(s->db->writer, "ROLLBACK", NULL);
    return rc;
}

/* From here on somebody may have seen it: it stays in memory until the end. */
static int adopt(struct store *s, struct declaring *d)
{
    if (!own(s, d->table))
        return err_set(d->why, ENOMEM, "out of memory");
    d->table = NULL;
    return 0;
}

static int add(struct store *s, struct declaring *d)
{
    const struct table *t = d->table;
    struct err *why = d->why;
    struct shelf *shelf;
    int rc = check_name(s, t->name, why);
    if (!rc && count_declared(s) >= STORE_DECLARED_MAX)
        rc = err_set(why, ENOSPC,
                     "%d tables are declared already; a file of the data directory's folder \"declared\" that is removed while the "
                     "agent does not run makes room",
                     STORE_DECLARED_MAX);
    if (!rc && s->degraded)
        rc = err_set(why, EAGAIN, "the store cannot be written at present (%s); try again", s->why);
    if (rc)
        return rc;
    shelf = shelf_find(s, t->name, strlen(t->name), true);
    rc = shelf ? write_file(s, t, why)
               : err_set(why, ENOSPC, "there are rows of too many other tables; wait until retention has taken some");
    if (!rc)
        rc = make_segment_dir(s, shelf, why);
    if (!rc)
        rc = adopt(s, d);
    if (rc)
        return rc;
    set_table(s, shelf, t);
    rc = parts_reshape(s, shelf, why);
    if (!rc)
        rc = segments_reshape(s, shelf, why);
    if (!rc)
        rc = show(s, shelf, why);
    if (!rc)
        return 0;
    set_table(s, shelf, NULL);
    remove_file(s, t->name);
    return rc;
}

/* The open part has the columns of before: it is closed, and what comes goes into another one. */
static int grow(struct store *s, struct shelf *shelf, struct declaring *d)
{
    const struct table *old = shelf->table, *t = d->table;
    struct err *why = d->why;
    if (s->degraded)
        return err_set(why, EAGAIN, "the store cannot be written at present (%s); try again", s->why);
    if (writer_commit_one(s, shelf))
        return err_set(why, EIO, "the rows of before cannot be written: %s", s->why);
    int rc = write_file(s, t, why);
    if (!rc)
        rc = adopt(s, d);
    if (rc)
        return rc;
    part_seal(s, shelf);
    set_table(s, shelf, t);
    rc = show(s, shelf, why);
    if (!rc)
        return 0;
    set_table(s, shelf, old);
    write_file(s, old, NULL);
    return rc;
}

static int renew(struct store *s, struct shelf *shelf, struct declaring *d)
{
    if (!shelf->declared)
        return err_set(d->why, EEXIST, "%s is a table of the agent's own; choose another name", shelf->name);
    switch (declare_compare(shelf->table, d->table, d->why)) {
    case DECLARE_SAME: return 0;
    case DECLARE_GROWN: return grow(s, shelf, d);
    case DECLARE_CHANGED: break;
    }
    err_prefix(d->why, "there is a table %s already", shelf->name);
    struct err words = *d->why;
    err_clear(d->why);
    return err_set(d->why, EEXIST, "%s; choose another name, or stop the agent and remove declared/%s.json from its data directory",
                   words.text, shelf->name);
}

/* 0: taken, or the same as before. */
static int serve(struct store *s, struct declaring *d)
{
    struct shelf *shelf = shelf_find(s, d->table->name, strlen(d->table->name), false);
    bool there = shelf && shelf->table;
    if (!s->db)
        return err_set(d->why, EAGAIN, "the store reopens its database; try again");
    if (s->n_declarations >= STORE_DECLARED_VERSIONS_MAX)
        return err_set(d->why, ENOSPC, "%d declarations were taken since the agent's start, and it keeps no more; start it again",
                       STORE_DECLARED_VERSIONS_MAX);
    int rc = there ? renew(s, shelf, d) : add(s, d);
    d->created = !rc && !there;
    return rc;
}

static struct declaring *take(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    struct declaring *d = s->declaring;
    if (d)
        s->declaring = d->next;
    pthread_mutex_unlock(&s->lock);
    return d;
}

static void answer(struct store *s, struct declaring *d, int rc)
{
    pthread_mutex_lock(&s->lock);
    d->rc = rc;
    d->done = true;
    pthread_cond_broadcast(&s->committed);
    pthread_mutex_unlock(&s->lock);
}

void declare_serve(struct store *s)
{
    for (struct declaring *d; (d = take(s));)
        answer(s, d, serve(s, d));
}

void declare_refuse(struct store *s)
{
    for (struct declaring *d; (d = take(s));)
        answer(s, d, err_set(d->why, ESHUTDOWN, "the store is being closed"));
}

/* --- who asks --------------------------------------------------------------------------------------------------------------- */

int store_declare(struct store *s, struct table *table, const struct table **out, bool *created, struct err *why)
{
    struct err unwanted = {0};
    struct declaring d = {.table = table, .why = why ? why : &unwanted}, **at;
    char name[DECLARE_NAME_MAX + 1];
    snprintf(name, sizeof name, "%s", table->name);
    pthread_mutex_lock(&s->lock);
    bool closed = s->stopping || !s->writer_runs;
    if (closed)
        d.rc = err_set(d.why, ESHUTDOWN, "the store is being closed");
    for (at = &s->declaring; *at; at = &(*at)->next)
        ;
    if (!closed)
        *at = &d;
    pthread_cond_signal(&s->work);
    while (!closed && !d.done)
        pthread_cond_wait(&s->committed, &s->lock);
    pthread_mutex_unlock(&s->lock);
    table_undeclare(d.table); /* the store has it as it is, or does not want it */
    *created = d.created;
    *out = d.rc ? NULL : store_table(s, name);
    return d.rc;
}

const struct table *store_table(struct store *s, const char *name)
{
    const struct table *t = NULL;
    pthread_mutex_lock(&s->lock);
    struct shelf *shelf = shelf_find(s, name, strlen(name), false);
    if (shelf)
        t = shelf->table;
    pthread_mutex_unlock(&s->lock);
    return t;
}

size_t store_tables(struct store *s, const struct table **out, size_t max)
{
    size_t n = 0;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_shelves; i++) {
        if (!s->shelves[i].table)
            continue;
        if (n < max)
            out[n] = s->shelves[i].table;
        n++;
    }
    pthread_mutex_unlock(&s->lock);
    return n;
}

bool store_is_declared(struct store *s, const struct table *t)
{
    pthread_mutex_lock(&s->lock);
    const struct shelf *shelf = shelf_of(s, t);
    bool declared = shelf && shelf->declared;
    pthread_mutex_unlock(&s->lock);
    return declared;
}
