/* The inbox of rows that clients send: order, ceilings, pace, the end. */
#include "api/inbox.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct column columns[] = {
    COLUMN_TIME("when"),
    {"n", TYPE_U64, ROLE_MEASURE, NULL, "a number"},
    {"more", TYPE_U64, ROLE_MEASURE, NULL, "a number"},
};
static const struct table mine = {"mine", "rows", columns, 2}, grown = {"mine", "rows", columns, 3}, other = {"other", "rows", columns, 2};

static struct batch *batch(struct inbox *in, const struct table *t, uint64_t first, uint32_t rows)
{
    struct batch *b = inbox_batch(in, t);
    assert_non_null(b);
    for (uint32_t i = 0; i < rows; i++) {
        batch_add_row(b);
        batch_set_time(b, 0, 1);
        batch_set_u64(b, 1, first + i);
    }
    return b;
}

static bool rings(const struct inbox *in)
{
    struct pollfd p = {.fd = inbox_fd(in), .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void count_loss(void *arg, const char *table, uint64_t rows)
{
    uint64_t *lost = arg;
    assert_string_equal(table, "mine");
    *lost += rows;
}

static void first_come_first_served(void **state)
{
    (void)state;
    struct inbox *in = inbox_create();
    struct batch *b;
    assert_false(rings(in));
    assert_null(inbox_take(in));
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(inbox_put(in, batch(in, i == 1 ? &other : &mine, i * 10, 2)), 0);
    for (uint64_t i = 0; i < 3; i++) {
        assert_true(rings(in));
        b = inbox_take(in);
        assert_non_null(b);
        assert_int_equal(b->columns[1].u64[0], i * 10);
        batch_drop(b);
    }
    assert_false(rings(in));
    assert_int_equal(inbox_rows(in, &mine), 4);
    assert_int_equal(inbox_rows(in, &grown), 4); /* by name */
    assert_int_equal(inbox_rows(in, &other), 2);
    b = inbox_batch(in, &grown);
    assert_ptr_equal(b->table, &grown);
    batch_drop(b);
    inbox_destroy(in);
}

static void losses_are_told_once(void **state)
{
    (void)state;
    struct inbox *in = inbox_create();
    uint64_t lost = 0;
    inbox_lose(in, &mine, 3);
    inbox_lose(in, &grown, 4);
    inbox_take_losses(in, count_loss, &lost);
    assert_int_equal(lost, 7);
    inbox_take_losses(in, count_loss, &lost);
    assert_int_equal(lost, 7);
    inbox_destroy(in);
}

static void a_full_one_turns_away(void **state)
{
    (void)state;
    struct inbox *in = inbox_create();
    for (unsigned i = 0; i < INBOX_BATCHES; i++)
        assert_int_equal(inbox_put(in, batch(in, &mine, i, 1)), 0);
    struct batch *b = batch(in, &mine, 7, 1);
    assert_int_equal(inbox_put(in, b), -EAGAIN);
    assert_int_equal(inbox_rows(in, &mine), INBOX_BATCHES);
    batch_drop(inbox_take(in));
    assert_int_equal(inbox_put(in, b), 0);
    inbox_destroy(in);
}

static void *take_all(void *arg)
{
    struct inbox *in = arg;
    struct pollfd p = {.fd = inbox_fd(in), .events = POLLIN};
    for (uint64_t next = 0; next < 1000;) {
        poll(&p, 1, -1);
        for (struct batch *b; (b = inbox_take(in)); next++) {
            if (b->columns[1].u64[0] != next)
                return "out of order";
            batch_drop(b);
        }
    }
    return NULL;
}

/* More batches than there is room for, and more rows than may come at once: the sender waits. */
static void a_sender_waits(void **state)
{
    (void)state;
    struct inbox *in = inbox_create();
    pthread_t taker;
    void *wrong;
    assert_int_equal(pthread_create(&taker, NULL, take_all, in), 0);
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(inbox_put(in, batch(in, &mine, i, 400)), 0);
    pthread_join(taker, &wrong);
    assert_null(wrong);
    assert_int_equal(inbox_rows(in, &mine), 400000);
    inbox_destroy(in);
}

static void a_closed_one_takes_nothing(void **state)
{
    (void)state;
    struct inbox *in = inbox_create();
    assert_int_equal(inbox_put(in, batch(in, &mine, 1, 1)), 0);
    inbox_close(in);
    struct batch *b = batch(in, &mine, 2, 1);
    assert_int_equal(inbox_put(in, b), -ESHUTDOWN);
    batch_drop(b);
    b = inbox_take(in);
    assert_non_null(b);
    batch_drop(b);
    inbox_destroy(in);
    inbox_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_come_first_served), cmocka_unit_test(losses_are_told_once),       cmocka_unit_test(a_full_one_turns_away),
        cmocka_unit_test(a_sender_waits),          cmocka_unit_test(a_closed_one_takes_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
