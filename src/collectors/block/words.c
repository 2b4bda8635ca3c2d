#include "collectors/block/words.h"

#include "base/err.h"
#include "collectors/block/block.wire.h"

#include <stddef.h>

const char *block_op_word(uint32_t op)
{
    static const char *const words[] = {
        [BLOCK_READ] = "read",         [BLOCK_WRITE] = "write",
        [BLOCK_FLUSH] = "flush",       [3] = "discard",
        [5] = "secure_erase",          [7] = "zone_append",
        [9] = "write_zeroes",          [11] = "zone_open",
        [13] = "zone_close",           [15] = "zone_finish",
        [17] = "zone_reset",           [19] = "zone_reset_all",
        [BLOCK_DRIVER_IN] = "command", [BLOCK_DRIVER_OUT] = "command",
        [BLOCK_SYNC] = "sync",
    };
    return op < sizeof words / sizeof words[0] && words[op] ? words[op] : "other";
}

/* What the kernel makes of a blk_status_t for programs (linux/blk_types.h, block/blk-core.c), in the numbering since Linux 6.10. */
const char *block_error_word(uint32_t status)
{
    static const int errors[] = {
        0,   EOPNOTSUPP, ETIMEDOUT, ENOSPC, ENOLINK,      EREMOTEIO, EBADE,  ENODATA, EILSEQ, ENOMEM,
        EIO, EREMCHG,    EAGAIN,    EBUSY,  ETOOMANYREFS, EOVERFLOW, ENODEV, ETIME,   EIO,    EINVAL,
    };
    if (!status)
        return NULL;
    const char *word = err_name(status < sizeof errors / sizeof errors[0] ? errors[status] : EIO);
    return word ? word : "EIO";
}
