/* store: kill -9 at any moment loses no acknowledged row and doubles none. The test runs itself as the process to be killed. */
#include "store_fixture.h"

#include <signal.h>
#include <sys/wait.h>

enum { ROUNDS = 10 };

/* The victim: puts rows with ids from `first` on and writes the number of flushed rows to its standard output after each flush. */
static int victim(const char *dir, uint64_t first)
{
    struct fixture f = fixture_make(dir);
    f.options.segment_ns = NS_PER_S;
    fixture_open(&f);
    f.next_id = first;
    for (;;) {
        fixture_put(&f, (uint64_t)random() % 20000, 4);
        if (store_flush(f.s, 30000) || write(STDOUT_FILENO, &f.next_id, sizeof f.next_id) != sizeof f.next_id)
            return 1;
    }
}

static pid_t start_victim(const char *dir, uint64_t first, int *acknowledged)
{
    int ends[2];
    char number[32];
    assert_int_equal(pipe(ends), 0);
    snprintf(number, sizeof number, "%llu", (unsigned long long)first);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl("/proc/self/exe", "victim", dir, number, NULL);
        _exit(127);
    }
    close(ends[1]);
    *acknowledged = ends[0];
    return pid;
}

/* Kills after some acknowledgements and a random moment more; returns the rows acknowledged. */
static uint64_t kill_in_the_middle(const char *dir, uint64_t first)
{
    int acknowledged;
    uint64_t rows = first, seen;
    pid_t pid = start_victim(dir, first, &acknowledged);
    for (long wanted = 1 + random() % 25; wanted > 0 && read(acknowledged, &seen, sizeof seen) == sizeof seen; wanted--)
        rows = seen;
    usleep((useconds_t)(random() % 60000)); /* anywhere between two flushes, a checkpoint, a copy */
    kill(pid, SIGKILL);
    while (read(acknowledged, &seen, sizeof seen) == sizeof seen)
        rows = seen;
    close(acknowledged);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return rows;
}

static void check(struct fixture *f, uint64_t acknowledged)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(DISTINCT id) FROM ops WHERE id < %llu", (unsigned long long)acknowledged);
    assert_int_equal(ask_number(f->s, sql), acknowledged);
    assert_int_equal(ask_number(f->s, "SELECT count(*)-count(DISTINCT id) FROM ops"), 0);
    assert_int_equal(ask_number(f->s, "SELECT count(*) FROM ops"), fixture_stats(f).rows_total);
}

static void no_acknowledged_row_is_lost(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    f.options.segment_ns = NS_PER_S;
    f.options.memory_limit_bytes = 512 << 20; /* to count distinct ids by the million */
    uint64_t rows = 0;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t acknowledged = kill_in_the_middle(f.dir, rows);
        fixture_open(&f);
        assert_true(f.recovery.unclean);
        assert_non_null(strstr(f.recovery.text, "the last run ended without closing the store"));
        check(&f, acknowledged);
        rows = ask_number(f.s, "SELECT coalesce(max(id)+1,0)::UBIGINT FROM ops"); /* what came after the last acknowledgement */
        assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), rows);
        fixture_close(&f);
        fixture_open(&f);
        assert_false(f.recovery.unclean);
        fixture_close(&f);
    }
    assert_true(rows > 0);
    fixture_end(&f);
}

static void damage(const char *path)
{
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    char noise[8192];
    memset(noise, 0x5a, sizeof noise);
    fwrite(noise, 1, sizeof noise, file);
    fclose(file);
}

static void a_damaged_database_is_set_aside(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    char path[300];
    f.options.segment_ns = NS_PER_S;
    fixture_open(&f);
    fixture_put(&f, 100, 4);
    AWAIT(fixture_stats(&f).segments == 1);
    fixture_close(&f);
    snprintf(path, sizeof path, "%s/hot.duckdb", f.dir);
    damage(path);
    fixture_open(&f);
    assert_non_null(strstr(f.recovery.text, "was damaged and set aside"));
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 100); /* of the segment */
    fixture_put(&f, 100, 4);
    fixture_flush(&f);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 200);
    fixture_end(&f);
}

static void a_damaged_log_is_set_aside(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    char path[300];
    fixture_open(&f);
    fixture_put(&f, 100, 4);
    fixture_close(&f); /* all in the database file */
    uint64_t acknowledged = kill_in_the_middle(f.dir, 100);
    assert_true(acknowledged > 100);
    snprintf(path, sizeof path, "%s/hot.duckdb.wal", f.dir);
    if (!access(path, F_OK))
        damage(path);
    fixture_open(&f);
    assert_true(ask_number(f.s, "SELECT count(*) FROM ops") >= 100);
    assert_int_equal(ask_number(f.s, "SELECT count(*)-count(DISTINCT id) FROM ops"), 0);
    fixture_end(&f);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_acknowledged_row_is_lost),
        cmocka_unit_test(a_damaged_database_is_set_aside),
        cmocka_unit_test(a_damaged_log_is_set_aside),
    };
    if (argc == 3 && !strcmp(argv[0], "victim"))
        return victim(argv[1], strtoull(argv[2], NULL, 10));
    srandom((unsigned)getpid());
    return cmocka_run_group_tests_name("store_crash", tests, NULL, NULL);
}
