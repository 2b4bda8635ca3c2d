/* store: small batches wait in the journal. They are seen at once, survive a kill, and are in the database once. */
#include "store/forecast.h"
#include "store_fixture.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { ROUNDS = 12 };

static const struct table other_table = TABLE("others", "a second table", fixture_columns);
static const struct table *const both_tables[] = {&fixture_table, &other_table};

static uint64_t journal_size(const struct fixture *f)
{
    char path[300];
    struct stat st;
    snprintf(path, sizeof path, "%s/journal", f->dir);
    return stat(path, &st) ? 0 : (uint64_t)st.st_size;
}

static uint64_t written(struct fixture *f)
{
    struct store_stats stats;
    store_stats(f->s, &stats);
    return stats.rows_written;
}

static void put_other(struct fixture *f, uint64_t id)
{
    struct batch_pool *pool = batch_pool_create(&other_table, 0);
    struct batch *b = batch_take(pool);
    batch_add_row(b);
    batch_set_time(b, F_TIME, clock_utc_ns());
    batch_set_u64(b, F_ID, id);
    assert_true(store_consume(f->s, b));
    batch_drop(b);
    batch_pool_destroy(pool);
}

/* --- what is seen --------------------------------------------------------------------------------------------------------------- */

static void rows_in_the_journal_count_and_are_found(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    fixture_open(&f);
    fixture_put(&f, 10, 4);
    AWAIT(written(&f) == 10);
    assert_int_equal(fixture_stats(&f).rows_total, 10);
    assert_int_equal(fixture_stats(&f).rows_written, 10);
    assert_true(fixture_stats(&f).newest_utc_ns > 0);
    assert_true(journal_size(&f) > 0); /* counting commits nothing */
    assert_int_equal(ask_number(f.s, "SELECT 1"), 1);
    assert_true(journal_size(&f) > 0); /* nor does a question about something else */
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 10);
    AWAIT(journal_size(&f) == 0);
    assert_int_equal(fixture_stats(&f).rows_total, 10);
    assert_int_equal(written(&f), 10);
    for (int i = 0; i < 20; i++) { /* without a pause: what was given is found, wherever it is */
        fixture_put(&f, 7, 4);
        assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), f.next_id);
    }
    fixture_end(&f);
}

static const struct question {
    const char *sql;
    bool ops, others; /* which tables it may be about */
} questions[] = {
    {"SELECT count(*) FROM others", false, true},         {"SELECT count(*) FROM main.\"OPS\"", true, false},
    {"SELECT count(*) FROM opsy, others_", false, false}, {"SELECT count(*) FROM query('SELECT * FROM o' || 'ps')", true, true},
    {"SELECT count(*) FROM ops, others", true, true},
};

static void only_what_is_asked_about_is_committed(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    f.options.tables = both_tables;
    f.options.n_tables = 2;
    fixture_open(&f);
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        uint64_t before = written(&f);
        fixture_put(&f, 3, 4);
        put_other(&f, i);
        AWAIT(written(&f) == before + 4);
        ask(f.s, questions[i].sql);
        bool both = questions[i].ops && questions[i].others;
        if (both)
            AWAIT(journal_size(&f) == 0);
        else
            assert_true(journal_size(&f) > 0);
        if (questions[i].others && !both) /* the journal is emptied when the last table leaves it */
            ask(f.s, "SELECT count(*) FROM ops");
        else if (questions[i].ops && !both)
            ask(f.s, "SELECT count(*) FROM others");
        else
            fixture_flush(&f);
        AWAIT(journal_size(&f) == 0);
    }
    fixture_end(&f);
}

/* --- crashes ---------------------------------------------------------------------------------------------------------------------- */

/* A process of its own that puts rows in small batches, some of them asked for meanwhile, and is killed when the last is in the journal. */
static void run_victim(struct fixture *f, const struct table *const *tables, unsigned batches)
{
    pid_t pid = fork();
    int status;
    assert_true(pid >= 0);
    if (!pid) {
        f->options.tables = tables;
        fixture_open(f);
        uint64_t before = f->next_id;
        for (unsigned i = 0; i < batches; i++) {
            fixture_put(f, 1 + (uint64_t)random() % 1000, 4);
            if (random() % 4 == 0)
                fixture_flush(f);
        }
        AWAIT(written(f) == f->next_id - before);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void no_row_that_was_taken_is_lost(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    uint64_t rows = 0;
    for (int round = 0; round < ROUNDS; round++) {
        srandom((unsigned)(getpid() + round));
        run_victim(&f, fixture_tables, (unsigned)round);
        fixture_open(&f);
        uint64_t count = ask_number(f.s, "SELECT count(*) FROM ops");
        f.next_id = ask_number(f.s, "SELECT coalesce(max(id) + 1, 0)::UBIGINT FROM ops");
        assert_int_equal(count, f.next_id); /* each once, none missing */
        assert_true(count >= rows + (uint64_t)round);
        assert_true(f.recovery.unclean);
        assert_int_equal(f.recovery.recovered_rows, count);
        fixture_put(&f, 5, 4);
        rows = f.next_id;
        fixture_close(&f);
    }
    fixture_end(&f);
}

static void copy_file(const char *from, const char *to)
{
    char command[700];
    snprintf(command, sizeof command, "cp '%s' '%s'", from, to);
    assert_int_equal(system(command), 0);
}

/* A crash after the commit and before the journal was emptied. */
static void a_committed_journal_is_left_out(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    char journal[300], copy[300];
    snprintf(journal, sizeof journal, "%s/journal", f.dir);
    snprintf(copy, sizeof copy, "%s/tmp/copy", f.dir);
    fixture_open(&f);
    fixture_put(&f, 10, 4);
    fixture_flush(&f);
    fixture_put(&f, 10, 4);
    AWAIT(written(&f) == 20);
    copy_file(journal, copy);
    fixture_close(&f);
    copy_file(copy, journal);
    fixture_open(&f);
    assert_int_equal(f.recovery.journal_rows, 0);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 20);
    AWAIT(journal_size(&f) == 0);
    fixture_end(&f);
}

/* A journal that has records of a table from before and from after its last commit, because another table kept it from being emptied. */
static void a_journal_that_is_committed_in_part(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    int status;
    f.options.tables = both_tables;
    f.options.n_tables = 2;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        fixture_open(&f);
        put_other(&f, 1);
        fixture_put(&f, 3, 4);
        AWAIT(written(&f) == 4);
        ask(f.s, "SELECT count(*) FROM ops");
        fixture_put(&f, 5, 4);
        AWAIT(written(&f) == 9);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    fixture_open(&f);
    assert_int_equal(f.recovery.journal_rows, 6);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 8);
    assert_int_equal(ask_number(f.s, "SELECT count(DISTINCT id) FROM ops"), 8);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM others"), 1);
    fixture_end(&f);
}

static void torn(unsigned cut, const char *tail, uint64_t lost)
{
    struct fixture f = fixture_make(NULL);
    char journal[300];
    pid_t pid = fork();
    int status;
    if (!pid) {
        fixture_open(&f);
        fixture_put(&f, 100, 4);
        AWAIT(written(&f) == 100);
        fixture_put(&f, 20, 4);
        AWAIT(written(&f) == 120);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    snprintf(journal, sizeof journal, "%s/journal", f.dir);
    assert_int_equal(truncate(journal, (off_t)(journal_size(&f) - cut)), 0);
    FILE *file = fopen(journal, "a");
    fputs(tail, file);
    fclose(file);
    fixture_open(&f);
    assert_int_equal(f.recovery.journal_rows, 120 - lost);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 120 - lost);
    assert_non_null(strstr(f.recovery.text, "the journal ends with bytes that are no whole record"));
    assert_int_equal(strstr(f.recovery.text, ": 20 rows lost") != NULL, lost == 20);
    store_take_losses(f.s, fixture_count_loss, &f);
    assert_int_equal(f.lost, lost);
    fixture_put(&f, 10, 4); /* and it is used again */
    AWAIT(journal_size(&f) > 0);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 130 - lost);
    fixture_end(&f);
}

static void a_torn_end_is_dropped_and_said(void **state)
{
    (void)state;
    torn(1, "", 20);
    torn(0, "x", 0);
    torn(0, "SRJ1 this is no record, whatever it begins with, and it is quite long", 0);
}

static void a_journal_outlives_a_damaged_database(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    char path[300];
    fixture_open(&f);
    fixture_put(&f, 100, 4);
    fixture_close(&f);
    pid_t pid = fork();
    int status;
    if (!pid) {
        fixture_open(&f);
        fixture_put(&f, 50, 4);
        AWAIT(written(&f) == 50);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    snprintf(path, sizeof path, "%s/hot.duckdb", f.dir);
    FILE *file = fopen(path, "w");
    fputs("no database", file);
    fclose(file);
    fixture_open(&f);
    assert_non_null(strstr(f.recovery.text, "was damaged and set aside"));
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 50);
    fixture_end(&f);
}

/* --- declarations change ------------------------------------------------------------------------------------------------------------ */

static const struct column old_columns[] = {
    COLUMN_TIME("when"),
    {"id", TYPE_U64, ROLE_IDENTITY, NULL, "consecutive"},
    {"path", TYPE_TEXT, ROLE_DIMENSION, NULL, "as ever"},
    {"gone", TYPE_TEXT, ROLE_DIMENSION, NULL, "a column that is dropped"},
};
static const struct column new_columns[] = {
    COLUMN_TIME("when"),
    {"id", TYPE_U32, ROLE_IDENTITY, NULL, "with another type"},
    {"path", TYPE_TEXT, ROLE_DIMENSION, NULL, "as ever"},
    {"fresh", TYPE_TEXT, ROLE_DIMENSION, NULL, "a column that is new"},
};
static const struct table old_table = TABLE("ops", "rows of an older version", old_columns);
static const struct table new_table = TABLE("ops", "rows of a newer version", new_columns);
static const struct table *const old_tables[] = {&old_table}, *const new_tables[] = {&new_table}, *const other_tables[] = {&other_table};

static void put_and_be_killed(struct fixture *f, const struct table *table, const struct table *const *tables)
{
    pid_t pid = fork();
    int status;
    assert_true(pid >= 0);
    if (!pid) {
        f->options.tables = tables;
        batch_pool_destroy(f->pool);
        f->pool = batch_pool_create(table, 1);
        fixture_open(f);
        fixture_put(f, 10, 4);
        AWAIT(written(f) == 10);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void an_older_journal_fits_new_declarations(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    put_and_be_killed(&f, &old_table, old_tables);
    f.options.tables = new_tables;
    for (int start = 0; start < 2; start++) {
        fixture_open(&f);
        assert_int_equal(f.recovery.journal_rows, start ? 0 : 10);
        assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops WHERE path LIKE '/srv/%' AND fresh IS NULL AND id < 10"), 10);
        assert_string_equal(ask(f.s, "SELECT string_agg(column_type, ' ') FROM (DESCRIBE ops)"), "TIMESTAMP_NS UINTEGER VARCHAR VARCHAR");
        assert_int_equal(fixture_stats(&f).rows_total, 10);
        fixture_close(&f);
    }
    fixture_end(&f);
}

static void a_journal_of_an_undeclared_table_stays(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    put_and_be_killed(&f, &fixture_table, fixture_tables);
    f.options.tables = other_tables;
    fixture_open(&f);
    put_other(&f, 1);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM others"), 1);
    fixture_close(&f);
    f.options.tables = fixture_tables;
    fixture_open(&f);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 10);
    assert_int_equal(ask_number(f.s, "SELECT count(DISTINCT id) FROM ops"), 10);
    store_take_losses(f.s, fixture_count_loss, &f);
    assert_int_equal(f.lost, 0);
    fixture_end(&f);
}

/* --- the forecast ------------------------------------------------------------------------------------------------------------------- */

#define DAY_NS (86400ULL * NS_PER_S)
static const struct forecast_case {
    const char *what;
    uint64_t raw_bytes;
    double seconds, disk_per_raw;
    uint64_t retention_ns, max_disk_bytes;
    uint64_t bytes_per_day;
    double days_kept;
} forecasts[] = {
    {"nothing written yet", 0, 60, 0.1, DAY_NS, 1 << 30, 0, 0},
    {"too early to say", 1 << 20, 9.9, 0.1, DAY_NS, 1 << 30, 0, 0},
    {"at the first moment", 1000, 10, 0.5, 7 * DAY_NS, 1 << 30, 4320000, 7},
    {"the time goal is the smaller", 1000000, 100, 0.1, 2 * DAY_NS, 1000000000, 86400000, 2},
    {"the byte budget is the smaller", 1000000, 100, 0.1, 30 * DAY_NS, 864000000, 86400000, 10},
    {"a part of a day", 1000000, 100, 0.1, DAY_NS, 21600000, 86400000, 0.25},
    {"what shrinks less is kept shorter", 1000000, 100, 0.2, 30 * DAY_NS, 864000000, 172800000, 5},
};

static void the_forecast_is_the_smaller_of_two(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forecasts / sizeof forecasts[0]; i++) {
        const struct forecast_case *c = &forecasts[i];
        struct forecast f = forecast_make(c->raw_bytes, c->seconds, c->disk_per_raw, c->retention_ns, c->max_disk_bytes);
        if (f.bytes_per_day != c->bytes_per_day || f.days_kept < c->days_kept * 0.999 || f.days_kept > c->days_kept * 1.001)
            fail_msg("%s: %llu bytes a day, %f days", c->what, (unsigned long long)f.bytes_per_day, f.days_kept);
    }
}

/* Rows of which none is committed count, too. */
static void the_forecast_counts_the_journal(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    struct store_stats stats;
    f.options.retention_ns = 3 * DAY_NS;
    fixture_open(&f);
    store_stats(f.s, &stats);
    assert_true(stats.days_kept == 0 && stats.bytes_per_day == 0);
    fixture_put(&f, 100, 4);
    AWAIT(written(&f) == 100);
    assert_true(journal_size(&f) > 0);
    AWAIT((store_stats(f.s, &stats), stats.days_kept > 0));
    assert_true(stats.days_kept == 3); /* a gigabyte is far more than these rows want */
    assert_true(stats.bytes_per_day > 0);
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_in_the_journal_count_and_are_found), cmocka_unit_test(only_what_is_asked_about_is_committed),
        cmocka_unit_test(no_row_that_was_taken_is_lost),           cmocka_unit_test(a_committed_journal_is_left_out),
        cmocka_unit_test(a_journal_that_is_committed_in_part),     cmocka_unit_test(a_torn_end_is_dropped_and_said),
        cmocka_unit_test(a_journal_outlives_a_damaged_database),   cmocka_unit_test(an_older_journal_fits_new_declarations),
        cmocka_unit_test(a_journal_of_an_undeclared_table_stays),  cmocka_unit_test(the_forecast_is_the_smaller_of_two),
        cmocka_unit_test(the_forecast_counts_the_journal),
    };
    return cmocka_run_group_tests_name("store_journal", tests, NULL, NULL);
}
