/* One DuckDB instance: how it is opened, locked down and let go; and the little SQL plumbing the room needs. */
#include "base/log.h"
#include "inside.h"
#include "store/functions.h"

#include <stdlib.h>
#include <string.h>

void sql_text(struct text *t, const char *p, size_t n)
{
    text_addc(t, '\'');
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\'')
            text_addc(t, '\'');
        text_addc(t, p[i]);
    }
    text_addc(t, '\'');
}

/* A commit for which the engine's memory did not suffice is a transaction error by its type: "… (63.7 MiB/64.0 MiB used)". */
static bool lacks_memory(const char *words)
{
    return words && (strstr(words, "failed to pin block") || strstr(words, "could not allocate") || strstr(words, "failed to allocate"));
}

static int code_of(duckdb_error_type type, const char *words)
{
    if (lacks_memory(words))
        return ENOMEM;
    switch (type) {
    case DUCKDB_ERROR_IO: return EIO;
    case DUCKDB_ERROR_OUT_OF_MEMORY: return ENOMEM;
    case DUCKDB_ERROR_INTERRUPT: return EINTR;
    case DUCKDB_ERROR_TRANSACTION: return EBUSY;
    default: return EINVAL;
    }
}

int db_words(struct err *why, int code, const char *words)
{
    words = words ? words : "no reason given";
    return err_set(why, code, "DuckDB: %.*s", (int)strcspn(words, "\n"), words);
}

int db_run(duckdb_connection c, const char *sql, struct err *why)
{
    duckdb_result r;
    int rc = 0;
    if (duckdb_query(c, sql, &r) == DuckDBError)
        rc = db_words(why, code_of(duckdb_result_error_type(&r), duckdb_result_error(&r)), duckdb_result_error(&r));
    duckdb_destroy_result(&r);
    return rc;
}

int cursor_open(struct cursor *c, duckdb_connection connection, const char *sql, struct err *why)
{
    *c = (struct cursor){.row = 0};
    if (duckdb_query(connection, sql, &c->result) == DuckDBSuccess)
        return 0;
    const char *words = duckdb_result_error(&c->result);
    int rc = db_words(why, code_of(duckdb_result_error_type(&c->result), words), words);
    duckdb_destroy_result(&c->result);
    return rc;
}

bool cursor_next(struct cursor *c)
{
    if (c->chunk && ++c->row < c->rows)
        return true;
    do {
        duckdb_destroy_data_chunk(&c->chunk);
        c->chunk = duckdb_fetch_chunk(c->result);
        c->rows = c->chunk ? duckdb_data_chunk_get_size(c->chunk) : 0;
        c->row = 0;
    } while (c->chunk && !c->rows);
    return c->chunk != NULL;
}

static void *cursor_value(struct cursor *c, idx_t column, size_t size)
{
    duckdb_vector v = duckdb_data_chunk_get_vector(c->chunk, column);
    uint64_t *valid = duckdb_vector_get_validity(v);
    if (valid && !duckdb_validity_row_is_valid(valid, c->row))
        return NULL;
    return (char *)duckdb_vector_get_data(v) + c->row * size;
}

int64_t cursor_i64(struct cursor *c, idx_t column)
{
    int64_t *p = cursor_value(c, column, sizeof *p);
    return p ? *p : 0;
}

struct str cursor_text(struct cursor *c, idx_t column)
{
    duckdb_string_t *p = cursor_value(c, column, sizeof *p);
    return p ? (struct str){duckdb_string_t_data(p), duckdb_string_t_length(*p)} : (struct str){"", 0};
}

void cursor_close(struct cursor *c)
{
    duckdb_destroy_data_chunk(&c->chunk);
    duckdb_destroy_result(&c->result);
}

/* A sixteenth of the budget, so that the log never weighs much in a small one; DuckDB's default in a large one. */
static uint64_t checkpoint_mib(const struct store *s)
{
    uint64_t mib = s->budget_bytes >> 24;
    return mib < 1 ? 1 : mib > 16 ? 16 : mib;
}

static duckdb_config config_make(const struct store *s)
{
    struct text t = {0};
    duckdb_config config;
    if (duckdb_create_config(&config) == DuckDBError)
        return NULL;
    const char *fixed[][2] = {
        {"threads", "1"},
        {"allocator_background_threads", "true"},
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"allow_community_extensions", "false"},
        {"temp_directory", s->tmp_dir},
        {"extension_directory", s->tmp_dir},
        {"secret_directory", s->tmp_dir},
    };
    bool ok = true;
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        ok &= duckdb_set_config(config, fixed[i][0], fixed[i][1]) == DuckDBSuccess;
    uint64_t mib = s->options.memory_limit_bytes >> 20;
    text_addf(&t, "%lluMiB", (unsigned long long)(mib < 32 ? 32 : mib));
    ok &= t.bytes && duckdb_set_config(config, "memory_limit", t.bytes) == DuckDBSuccess;
    text_clear(&t);
    text_addf(&t, "%lluMiB", (unsigned long long)checkpoint_mib(s));
    ok &= t.bytes && duckdb_set_config(config, "checkpoint_threshold", t.bytes) == DuckDBSuccess;
    text_free(&t);
    if (!ok)
        duckdb_destroy_config(&config);
    return config;
}

static void add_path(struct text *t, const char *dir, const char *name)
{
    char *path = path_join(dir, name);
    if (path)
        sql_text(t, path, strlen(path));
    else
        t->full = true;
    free(path);
}

/* The order matters: once external access is off nothing can be allowed any more, and the lock is the last word. */
static int lock_down(const struct store *s, duckdb_connection c, struct err *why)
{
    struct text t = {0};
    /* What queries spill, at most. By the statement: what stands in the configuration at the opening is shown, but not heeded. */
    uint64_t spill_mib = s->budget_bytes >> 22;
    text_addf(&t, "SET max_temp_directory_size='%lluMiB';", (unsigned long long)(spill_mib < 16 ? 16 : spill_mib));
    text_adds(&t, "SET home_directory=");
    sql_text(&t, s->dir, strlen(s->dir));
    text_adds(&t, ";SET allowed_directories=[");
    add_path(&t, s->dir, "segments/");
    text_addc(&t, ',');
    add_path(&t, s->tmp_dir, "");
    text_adds(&t, "];SET allowed_paths=["); /* the fallback database looks into the file, which may have a log */
    add_path(&t, s->dir, "hot.duckdb");
    text_addc(&t, ',');
    add_path(&t, s->dir, "hot.duckdb.wal");
    text_adds(&t, "];SET allow_persistent_secrets=false;SET enable_external_access=false;CREATE SCHEMA IF NOT EXISTS parts;"
                  "SET lock_configuration=true;");
    int rc = t.full ? err_set(why, ENOMEM, "out of memory") : db_run(c, t.bytes, why);
    text_free(&t);
    return rc;
}

static int db_start(struct store *s, struct db *db, struct err *why)
{
    char *path = db->memory ? NULL : path_join(s->dir, "hot.duckdb"), *words = NULL;
    duckdb_config config = config_make(s);
    if (!config) {
        free(path);
        return err_set(why, EINVAL, "DuckDB refuses the store's settings");
    }
    int rc = 0;
    if (duckdb_open_ext(path, &db->handle, config, &words) == DuckDBError)
        rc = db_words(why, EIO, words);
    else if (duckdb_connect(db->handle, &db->writer) == DuckDBError || duckdb_connect(db->handle, &db->copier) == DuckDBError)
        rc = err_set(why, ENOMEM, "DuckDB gives no connection");
    else
        rc = functions_register(db->writer, why);
    if (!rc && db->writer && db->copier)
        rc = lock_down(s, db->writer, why);
    duckdb_free(words);
    duckdb_destroy_config(&config);
    free(path);
    return rc;
}

static void db_stop(struct db *db)
{
    duckdb_destroy_prepare(&db->mark);
    if (db->writer)
        duckdb_disconnect(&db->writer);
    if (db->copier)
        duckdb_disconnect(&db->copier);
    if (db->handle)
        duckdb_close(&db->handle);
    free(db);
}

int db_open(struct store *s, bool memory, struct db **out, struct err *why)
{
    struct db *db = calloc(1, sizeof *db);
    if (!db)
        return err_set(why, ENOMEM, "out of memory");
    db->memory = memory;
    db->references = 1;
    int rc = db_start(s, db, why);
    if (rc) {
        db_stop(db);
        return rc;
    }
    pthread_mutex_lock(&s->lock);
    s->file_instances += !memory;
    pthread_mutex_unlock(&s->lock);
    *out = db;
    return 0;
}

void db_hold(struct db *db)
{
    db->references++;
}

void db_drop(struct store *s, struct db *db)
{
    if (!db)
        return;
    pthread_mutex_lock(&s->lock);
    unsigned left = --db->references;
    pthread_mutex_unlock(&s->lock);
    if (left)
        return;
    bool file = !db->memory;
    db_stop(db);
    pthread_mutex_lock(&s->lock);
    s->file_instances -= file;
    pthread_mutex_unlock(&s->lock);
}
