/* store/age: what retention makes of a system clock that is set while the agent runs. */
#include "base/clock.h"
#include "store/age.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR, YEAR = 365 * DAY, KEPT = DAY };

/* The clocks are in seconds here. The boot clock goes on by itself; UTC is what somebody says. */
static const int64_t start = 1800000000;

static void look(struct age *a, int64_t utc_s, int64_t boot_s)
{
    age_look(a, utc_s * NS_PER_S, boot_s * NS_PER_S, (uint64_t)KEPT * NS_PER_S);
}

/* A part of an hour that ended then. */
static bool expired(struct age *a, int64_t end_s)
{
    return age_expired(a, end_s * NS_PER_S, (end_s - HOUR) * NS_PER_S);
}

static void rows_go_by_their_date(void **state)
{
    (void)state;
    struct age a = {0};
    look(&a, start, 1000);
    assert_false(expired(&a, start - 1));
    assert_false(expired(&a, start - DAY));
    assert_true(expired(&a, start - DAY - 1));
    look(&a, start + MINUTE, 1000 + MINUTE);
    assert_true(expired(&a, start - DAY + 1));
}

static void what_is_old_at_the_start_goes(void **state)
{
    (void)state;
    struct age a = {0};
    look(&a, start + YEAR, 5);
    assert_true(expired(&a, start));
}

static void a_clock_set_forward_removes_nothing_at_once(void **state)
{
    (void)state;
    struct age a = {0};
    look(&a, start, 1000);
    look(&a, start + YEAR + 5, 1005);
    assert_false(expired(&a, start - HOUR));
    assert_true(expired(&a, start - DAY - HOUR)); /* it was too old before */
    assert_false(expired(&a, start + YEAR));      /* written since */
    look(&a, start + YEAR + DAY - HOUR, 1000 + DAY - HOUR);
    assert_false(expired(&a, start));
    assert_true(expired(&a, start - 2 * HOUR)); /* goes when it would have gone */
    look(&a, start + YEAR + DAY + HOUR, 1000 + DAY + HOUR);
    assert_true(expired(&a, start));
    look(&a, start + YEAR + DAY + 2 * HOUR, 1000 + DAY + 2 * HOUR); /* long over: dates are believed again */
    assert_true(expired(&a, start + HOUR));
    assert_false(expired(&a, start + YEAR + 3 * HOUR));
}

static void a_clock_set_forward_and_back_removes_nothing(void **state)
{
    (void)state;
    struct age a = {0};
    look(&a, start, 1000);
    look(&a, start + YEAR + 5, 1005);
    look(&a, start + 10, 1010);
    assert_false(expired(&a, start - HOUR));
    assert_true(expired(&a, start - DAY));
}

static void rows_dated_ahead_go_in_the_end(void **state)
{
    (void)state;
    struct age a = {0};
    look(&a, start + YEAR, 1000);
    look(&a, start + 5, 1005); /* set right: what was written before is dated a year ahead */
    assert_false(expired(&a, start + YEAR));
    look(&a, start + DAY, 1000 + DAY);
    assert_false(expired(&a, start + YEAR));
    assert_false(expired(&a, start + HOUR)); /* written since */
    look(&a, start + DAY + HOUR, 1000 + DAY + HOUR);
    assert_true(expired(&a, start + YEAR));
    assert_false(expired(&a, start + 2 * HOUR));
}

static void a_part_ahead_by_its_end_is_as_old_as_its_beginning(void **state)
{
    (void)state;
    struct age a = {0};
    look(&a, start, 1000);
    assert_false(age_expired(&a, (start + YEAR) * NS_PER_S, (start - HOUR) * NS_PER_S));
    assert_true(age_expired(&a, (start + YEAR) * NS_PER_S, (start - DAY - HOUR) * NS_PER_S));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_go_by_their_date),
        cmocka_unit_test(what_is_old_at_the_start_goes),
        cmocka_unit_test(a_clock_set_forward_removes_nothing_at_once),
        cmocka_unit_test(a_clock_set_forward_and_back_removes_nothing),
        cmocka_unit_test(rows_dated_ahead_go_in_the_end),
        cmocka_unit_test(a_part_ahead_by_its_end_is_as_old_as_its_beginning),
    };
    return cmocka_run_group_tests_name("age", tests, NULL, NULL);
}
