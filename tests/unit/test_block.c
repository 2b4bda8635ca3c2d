/* collectors/block: numbers of the block layer as words, records that are not ours. */
#include "collectors/block/rows.h"
#include "collectors/block/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct {
    uint32_t op;
    const char *word;
} op_cases[] = {
    {0, "read"},           {1, "write"},
    {2, "flush"},          {3, "discard"},
    {4, "other"},          {5, "secure_erase"},
    {7, "zone_append"},    {9, "write_zeroes"},
    {17, "zone_reset"},    {34, "command"},
    {35, "command"},       {63, "other"},
    {BLOCK_SYNC, "sync"},  {BLOCK_SYNC + 1, "other"},
    {UINT32_MAX, "other"},
};

static void operations_have_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof op_cases / sizeof op_cases[0]; i++)
        assert_string_equal(block_op_word(op_cases[i].op), op_cases[i].word);
}

/* From linux/blk_types.h and blk_errors[] in block/blk-core.c of Linux 6.18. */
static const struct {
    uint32_t status;
    const char *word;
} status_cases[] = {
    {1, "EOPNOTSUPP"}, {2, "ETIMEDOUT"}, {3, "ENOSPC"}, {4, "ENOLINK"},  {5, "EREMOTEIO"}, {6, "EBADE"},  {7, "ENODATA"},
    {8, "EILSEQ"},     {9, "ENOMEM"},    {10, "EIO"},   {11, "EREMCHG"}, {12, "EAGAIN"},   {13, "EBUSY"}, {14, "ETOOMANYREFS"},
    {15, "EOVERFLOW"}, {16, "ENODEV"},   {17, "ETIME"}, {19, "EINVAL"},  {20, "EIO"},      {255, "EIO"},
};

static void errors_have_names(void **state)
{
    (void)state;
    assert_null(block_error_word(0));
    for (size_t i = 0; i < sizeof status_cases / sizeof status_cases[0]; i++)
        assert_string_equal(block_error_word(status_cases[i].status), status_cases[i].word);
}

/* They are refused before anything is done with them: the context has no sink. */
static void other_records_are_refused(void **state)
{
    (void)state;
    struct collector_ctx ctx = {0};
    struct block_slow e = {.h = {.size = sizeof e, .kind = BLOCK_SLOW}};
    assert_false(block_take_record(&ctx, &e, sizeof e - 1));
    assert_false(block_take_record(&ctx, &e, 0));
    e.h.size--;
    assert_false(block_take_record(&ctx, &e, sizeof e));
    e.h.size = sizeof e;
    e.h.kind = BLOCK_SLOW + 1;
    assert_false(block_take_record(&ctx, &e, sizeof e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_have_words),
        cmocka_unit_test(errors_have_names),
        cmocka_unit_test(other_records_are_refused),
    };
    return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
