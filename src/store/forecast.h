/* How much a day writes, and for how many days that is kept. */
#pragma once
#include <stdint.h>

struct forecast {
    uint64_t bytes_per_day; /* on the disk; 0: unknown yet */
    double days_kept;       /* the smaller of what the time goal and the byte budget allow; 0: unknown yet */
};

enum { FORECAST_AFTER_S = 10 };

/* From the bytes of rows that `seconds` brought, and how many bytes on the disk one of them becomes. */
struct forecast forecast_make(uint64_t raw_bytes, double seconds, double disk_per_raw, uint64_t retention_ns, uint64_t max_disk_bytes);
