/* Lines of /proc/PID/maps (proc_pid_maps(5)). Pure. Used within symbols/ only. */
#pragma once
#include "base/span.h"

struct maps_line {
    uint64_t start, end, offset, inode;
    uint32_t major, minor;
    bool executable;
    struct span path; /* a newline in it is \012; without " (deleted)"; empty: anonymous memory */
    bool deleted;
};

/* "7f12-7f34 r-xp 00001000 fe:00 1234   /usr/lib/libc.so.6". False: it has another form. */
bool maps_parse(struct span line, struct maps_line *out);
