/* store: a full disk and a read-only directory are survived, said, and got over. Wants root, for a small file system of its own. */
#include "store_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

/* A tmpfs that only this process and its children see. */
static bool mount_small(char *dir, const char *size)
{
    strcpy(dir, "/tmp/sonde-disk-XXXXXX");
    assert_non_null(mkdtemp(dir));
    char options[64];
    snprintf(options, sizeof options, "size=%s,mode=0777", size);
    return !mount("sonde", dir, "tmpfs", 0, options);
}

static void unmount(const char *dir)
{
    assert_int_equal(umount2(dir, MNT_DETACH), 0);
    rmdir(dir);
}

static uint64_t file_size(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (uint64_t)st.st_size;
}

/* Fills the file system to the last block. */
static void fill_disk(const char *dir)
{
    static const char zeros[65536];
    char path[300];
    snprintf(path, sizeof path, "%s/filler", dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    assert_true(fd >= 0);
    for (size_t n = sizeof zeros; n >= 512;)
        if (write(fd, zeros, n) < 0)
            n /= 2;
    close(fd);
}

static void free_disk(const char *dir)
{
    char path[300];
    snprintf(path, sizeof path, "%s/filler", dir);
    assert_int_equal(unlink(path), 0);
}

static struct store_stats stats_of(struct fixture *f)
{
    struct store_stats stats;
    store_stats(f->s, &stats);
    return stats;
}

/* Every row that was put is there once, or was counted as lost once. */
static void check_books(struct fixture *f)
{
    store_take_losses(f->s, fixture_count_loss, f);
    uint64_t count = ask_number(f->s, "SELECT count(*) FROM ops");
    assert_int_equal(count + f->lost, f->next_id);
    assert_int_equal(ask_number(f->s, "SELECT count(DISTINCT id) FROM ops"), count);
    assert_int_equal(fixture_stats(f).rows_total, count);
}

static void run_full(bool keep_writing)
{
    char dir[64];
    assert_true(mount_small(dir, "96m"));
    struct fixture f = fixture_make(dir);
    f.options.segment_ns = 2ULL * NS_PER_S;
    fixture_open(&f);
    fixture_put(&f, 20000, 40);
    fixture_flush(&f);
    fill_disk(dir);
    if (keep_writing) /* so that DuckDB itself meets the full disk, before the store looks */
        for (int i = 0; i < 40 && !fixture_degraded(&f); i++)
            fixture_put(&f, 4000, 100);
    AWAIT(fixture_degraded(&f));
    assert_true(*stats_of(&f).why);
    fixture_put(&f, 1000, 40);
    fixture_flush(&f);
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM ops WHERE id >= %llu", (unsigned long long)f.next_id - 1000);
    assert_int_equal(ask_number(f.s, sql), 1000);                                          /* new rows are answered from memory */
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops WHERE id < 20000"), 20000); /* old ones from the file and segments */
    free_disk(dir);
    AWAIT(!fixture_degraded(&f));
    assert_string_equal(stats_of(&f).why, "");
    assert_int_equal(ask_number(f.s, sql), 1000); /* and were moved to the disk */
    fixture_put(&f, 1000, 40);
    fixture_flush(&f);
    check_books(&f);
    if (!keep_writing)
        assert_int_equal(f.lost, 0);
    fixture_close(&f);
    fixture_open(&f);
    assert_false(f.recovery.unclean);
    check_books(&f);
    fixture_close(&f);
    batch_pool_destroy(f.pool);
    unmount(dir);
}

static void a_full_disk_seen_in_time(void **state)
{
    (void)state;
    run_full(false);
}

static void a_full_disk_met_by_duckdb(void **state)
{
    (void)state;
    run_full(true);
}

static void check_running(const char *dir, bool is)
{
    char path[300];
    snprintf(path, sizeof path, "%s/running", dir);
    assert_int_equal(!access(path, F_OK), is);
}

/* Stops with rows in memory: `room` (made before the stop, less than the reserve) takes them, or they are said to be lost. */
static void run_stop(bool room)
{
    char dir[64], said[8192] = "", path[300];
    int ends[2], err = dup(STDERR_FILENO);
    assert_true(mount_small(dir, "96m"));
    struct fixture f = fixture_make(dir);
    fixture_open(&f);
    fixture_put(&f, 20000, 40);
    fixture_flush(&f);
    check_running(dir, true);
    fill_disk(dir);
    AWAIT(fixture_degraded(&f));
    fixture_put(&f, 1000, 40);
    fixture_flush(&f);
    assert_int_equal(stats_of(&f).rows_written, 20000);     /* the others are in memory only */
    AWAIT(strstr(stats_of(&f).why, "18.0 MiB are needed")); /* a reserve of 96 / 8 MiB, and half of it */
    snprintf(path, sizeof path, "%s/filler", dir);
    if (room)
        assert_int_equal(truncate(path, (off_t)(file_size(path) - (8 << 20))), 0);
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    dup2(ends[1], STDERR_FILENO);
    fixture_close(&f);
    dup2(err, STDERR_FILENO);
    ssize_t n = read(ends[0], said, sizeof said - 1);
    said[n > 0 ? n : 0] = '\0';
    assert_int_equal(strstr(said, "1000 rows that were kept in memory could not be written (") != NULL, !room);
    check_running(dir, false);
    free_disk(dir);
    fixture_open(&f);
    assert_false(f.recovery.unclean);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), room ? 21000 : 20000);
    store_take_losses(f.s, fixture_count_loss, &f);
    assert_int_equal(f.lost, room ? 0 : 1000); /* noted then, told now */
    fixture_close(&f);
    fixture_open(&f);
    store_take_losses(f.s, fixture_count_loss, &f);
    assert_int_equal(f.lost, room ? 0 : 1000); /* once */
    fixture_close(&f);
    batch_pool_destroy(f.pool);
    close(ends[0]);
    close(ends[1]);
    close(err);
    unmount(dir);
}

static void a_stop_on_a_full_disk(void **state)
{
    (void)state;
    run_stop(false);
}

static void a_stop_with_little_room(void **state)
{
    (void)state;
    run_stop(true);
}

/* --- rows in the journal --------------------------------------------------------------------------------------------------------- */

/* 1500 rows that the journal has, and the last block of the disk taken before they are committed. */
static struct fixture journal_on_a_full_disk(char *dir)
{
    assert_true(mount_small(dir, "96m"));
    struct fixture f = fixture_make(dir);
    fixture_open(&f);
    fixture_put(&f, 20000, 40);
    fixture_flush(&f);
    fixture_put(&f, 1500, 300);
    AWAIT(stats_of(&f).rows_written == 21500);
    fill_disk(dir);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 21500); /* which is to commit them, in vain */
    AWAIT(fixture_degraded(&f));
    assert_int_equal(fixture_stats(&f).rows_total, 21500);
    fixture_put(&f, 100, 40); /* into memory */
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 21600);
    assert_int_equal(ask_number(f.s, "SELECT count(DISTINCT id) FROM ops"), 21600);
    return f;
}

static void a_full_disk_before_the_journal_is_committed(void **state)
{
    (void)state;
    char dir[64];
    struct fixture f = journal_on_a_full_disk(dir);
    free_disk(dir);
    AWAIT(!fixture_degraded(&f));
    check_books(&f);
    assert_int_equal(f.lost, 0);
    fixture_put(&f, 1000, 40);
    check_books(&f);
    fixture_close(&f);
    fixture_open(&f);
    assert_int_equal(f.recovery.journal_rows, 0);
    check_books(&f);
    fixture_close(&f);
    batch_pool_destroy(f.pool);
    unmount(dir);
}

static void a_stop_before_the_journal_is_committed(void **state)
{
    (void)state;
    char dir[64];
    struct fixture f = journal_on_a_full_disk(dir);
    fixture_close(&f);
    fixture_open(&f); /* still full: they are shown all the same, and stay */
    assert_true(fixture_degraded(&f));
    assert_int_equal(f.recovery.journal_rows, 1500);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 21500);
    store_take_losses(f.s, fixture_count_loss, &f);
    assert_int_equal(f.lost, 100); /* of the run before */
    free_disk(dir);
    AWAIT(!fixture_degraded(&f));
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 21500);
    assert_int_equal(ask_number(f.s, "SELECT count(DISTINCT id) FROM ops"), 21500);
    fixture_close(&f);
    batch_pool_destroy(f.pool);
    unmount(dir);
}

static void a_journal_that_takes_nothing(void **state)
{
    (void)state;
    char dir[64], path[300];
    assert_true(mount_small(dir, "96m"));
    struct fixture f = fixture_make(dir);
    snprintf(path, sizeof path, "%s/journal", dir);
    assert_int_equal(mknod(path, S_IFCHR | 0600, makedev(1, 7)), 0); /* as /dev/full */
    fixture_open(&f);
    fixture_put(&f, 100, 40);
    AWAIT(stats_of(&f).rows_written == 100); /* committed, within the second */
    assert_false(fixture_degraded(&f));
    check_books(&f);
    assert_int_equal(unlink(path), 0);
    fixture_put(&f, 100, 40);
    check_books(&f);
    assert_int_equal(f.lost, 0);
    fixture_close(&f);
    batch_pool_destroy(f.pool);
    unmount(dir);
}

static void memory_has_a_ceiling(void **state)
{
    (void)state;
    char dir[64];
    assert_true(mount_small(dir, "96m"));
    struct fixture f = fixture_make(dir);
    fixture_open(&f);
    fill_disk(dir);
    AWAIT(fixture_degraded(&f));
    for (int i = 0; i < 50; i++) { /* 150 MB of rows */
        fixture_put(&f, 5000, 300);
        fixture_flush(&f);
    }
    AWAIT(stats_of(&f).rows_lost > 0);
    assert_true(ask_number(f.s, "SELECT count(*) FROM ops WHERE id >= 249000") == 1000); /* the newest stay */
    free_disk(dir);
    AWAIT(!fixture_degraded(&f));
    check_books(&f);
    assert_true(f.lost > 0);
    fixture_close(&f);
    batch_pool_destroy(f.pool);
    unmount(dir);
}

static void retention_frees_a_full_disk(void **state)
{
    (void)state;
    char dir[64];
    assert_true(mount_small(dir, "96m"));
    struct fixture f = fixture_make(dir);
    f.options.max_disk_bytes = 200ULL << 20; /* more than there is */
    f.options.segment_ns = NS_PER_S;
    fixture_open(&f);
    for (int i = 0; i < 120; i++) { /* 200 MB of noise, the newest third of which has room */
        fixture_put(&f, 6000, 300);
        fixture_flush(&f);
    }
    AWAIT(!fixture_degraded(&f));
    store_take_losses(f.s, fixture_count_loss, &f);
    uint64_t oldest = ask_number(f.s, "SELECT min(id) FROM ops");
    assert_true(oldest > 0);
    fixture_close(&f);
    batch_pool_destroy(f.pool);
    unmount(dir);
}

static void a_start_on_a_full_disk(void **state)
{
    (void)state;
    char dir[64];
    assert_true(mount_small(dir, "64m"));
    struct fixture f = fixture_make(dir);
    f.options.segment_ns = NS_PER_S;
    fixture_open(&f);
    fixture_put(&f, 1000, 40);
    AWAIT(fixture_stats(&f).segments >= 1 && fixture_stats(&f).rows_total == 1000);
    fixture_close(&f);
    fill_disk(dir);
    fixture_open(&f);
    assert_true(fixture_degraded(&f));
    assert_non_null(strstr(f.recovery.text, "cannot be written"));
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 1000); /* the segments can be read */
    free_disk(dir);
    AWAIT(!fixture_degraded(&f));
    check_books(&f);
    assert_int_equal(f.lost, 0);
    fixture_close(&f);
    batch_pool_destroy(f.pool);
    unmount(dir);
}

static void a_start_on_a_read_only_disk(void **state)
{
    (void)state;
    char dir[64];
    assert_true(mount_small(dir, "64m"));
    struct fixture f = fixture_make(dir);
    f.options.segment_ns = NS_PER_S;
    fixture_open(&f);
    fixture_put(&f, 1000, 40);
    AWAIT(fixture_stats(&f).segments >= 1 && fixture_stats(&f).rows_total == 1000);
    fixture_close(&f);
    assert_int_equal(mount(NULL, dir, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    fixture_open(&f);
    assert_true(fixture_degraded(&f));
    assert_non_null(strstr(stats_of(&f).why, "Read-only"));
    fixture_put(&f, 1000, 40);
    fixture_flush(&f);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 2000);
    assert_int_equal(mount(NULL, dir, NULL, MS_REMOUNT, NULL), 0);
    AWAIT(!fixture_degraded(&f));
    check_books(&f);
    assert_int_equal(f.lost, 0);
    fixture_close(&f);
    batch_pool_destroy(f.pool);
    unmount(dir);
}

/* A directory that an unprivileged store may no longer write in: no new segment, no new log. */
static int unprivileged(const char *dir, int from_parent, int to_parent)
{
    char word;
    if (setgid(65534) || setuid(65534))
        return 10;
    struct fixture f = fixture_make(dir);
    f.options.segment_ns = NS_PER_S;
    fixture_open(&f);
    fixture_put(&f, 1000, 40);
    fixture_flush(&f);
    if (write(to_parent, "o", 1) != 1 || read(from_parent, &word, 1) != 1)
        return 11;
    int64_t until = clock_mono_ns() + 60LL * NS_PER_S;
    while (!fixture_degraded(&f)) {
        if (clock_mono_ns() > until)
            return 12;
        fixture_put(&f, 5000, 100);
        fixture_flush(&f);
    }
    if (ask_number(f.s, "SELECT count(*) FROM ops") == 0)
        return 13;
    if (write(to_parent, "d", 1) != 1 || read(from_parent, &word, 1) != 1)
        return 14;
    for (until = clock_mono_ns() + 60LL * NS_PER_S; fixture_degraded(&f); usleep(10000))
        if (clock_mono_ns() > until)
            return fprintf(stderr, "still: %s\n", stats_of(&f).why), 15;
    check_books(&f);
    fixture_close(&f);
    batch_pool_destroy(f.pool);
    return 0;
}

static void set_modes(const char *dir, mode_t mode)
{
    char path[300];
    assert_int_equal(chmod(dir, mode), 0);
    snprintf(path, sizeof path, "%s/segments", dir);
    assert_int_equal(chmod(path, mode), 0);
    snprintf(path, sizeof path, "%s/segments/ops", dir);
    assert_int_equal(chmod(path, mode), 0);
}

static void a_directory_becomes_read_only(void **state)
{
    (void)state;
    char dir[64] = "/tmp/sonde-disk-XXXXXX", word;
    int down[2], up[2], status;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chown(dir, 65534, 65534), 0);
    assert_int_equal(pipe(down) | pipe(up), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid)
        _exit(unprivileged(dir, down[0], up[1]));
    close(up[1]);
    assert_int_equal(read(up[0], &word, 1), 1);
    set_modes(dir, 0555);
    assert_int_equal(write(down[1], "r", 1), 1);
    assert_int_equal(read(up[0], &word, 1), 1);
    set_modes(dir, 0755);
    assert_int_equal(write(down[1], "w", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
    close(down[0]);
    close(down[1]);
    close(up[0]);
    fixture_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_seen_in_time),
        cmocka_unit_test(a_full_disk_met_by_duckdb),
        cmocka_unit_test(memory_has_a_ceiling),
        cmocka_unit_test(retention_frees_a_full_disk),
        cmocka_unit_test(a_start_on_a_full_disk),
        cmocka_unit_test(a_start_on_a_read_only_disk),
        cmocka_unit_test(a_directory_becomes_read_only),
        cmocka_unit_test(a_stop_on_a_full_disk),
        cmocka_unit_test(a_stop_with_little_room),
        cmocka_unit_test(a_full_disk_before_the_journal_is_committed),
        cmocka_unit_test(a_stop_before_the_journal_is_committed),
        cmocka_unit_test(a_journal_that_takes_nothing),
    };
    if (geteuid() || unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
        printf("ok 1 - store_disk # SKIP wants root and a mount namespace of its own\n");
        return 0;
    }
    return cmocka_run_group_tests_name("store_disk", tests, NULL, NULL);
}
