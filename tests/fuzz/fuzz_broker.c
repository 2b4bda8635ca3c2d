/* Requests from the unprivileged half: any bytes are either refused or a request that keeps its promises. */
#include "kernel/wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct broker_request q;
    if (broker_parse(bytes, size, 5, &q) && (q.type == 0 || q.type >= BROKER_REQUEST_TYPES || !memchr(q.program, 0, sizeof q.program)))
        abort();
    return 0;
}
