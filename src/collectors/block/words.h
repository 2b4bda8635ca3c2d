/* Numbers of the block layer as words. */
#pragma once
#include <stdint.h>

const char *block_op_word(uint32_t op);        /* "write"; "other" for a number that is not known */
const char *block_error_word(uint32_t status); /* the error that programs get: "EIO"; NULL for 0 */
