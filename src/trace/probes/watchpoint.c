/* watchpoint: memory that is read, written or executed. */
#include "trace/probes/providers.h"

#include "base/arena.h"

#include <linux/hw_breakpoint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_mode(const char *text, uint32_t *mode)
{
    *mode = 0;
    for (; *text; text++)
        switch (*text) {
        case 'r': *mode |= HW_BREAKPOINT_R; break;
        case 'w': *mode |= HW_BREAKPOINT_W; break;
        case 'x': *mode |= HW_BREAKPOINT_X; break;
        default: return false;
        }
    return *mode == HW_BREAKPOINT_X || (*mode && !(*mode & HW_BREAKPOINT_X));
}

/* watchpoint:0x10000000:8:rw */
void expand_watchpoint(struct expansion *e)
{
    char *end;
    char *length_end;
    uint32_t mode;
    char what[128];
    const char *text = expansion_part(e, 0);
    uint64_t address = strtoull(text, &end, 0);
    unsigned long length = strtoul(expansion_part(e, 1), &length_end, 10);
    if (end == text || *end) {
        complain(e->complaints, e->point->place,
                 "%s is no address: a watchpoint of a function's argument is not there, one of an address is", text);
        return;
    }
    if (*length_end || (length != 1 && length != 2 && length != 4 && length != 8)) {
        complain(e->complaints, e->point->place, "a watchpoint has 1, 2, 4 or 8 bytes, not %s", expansion_part(e, 1));
        return;
    }
    if (!read_mode(expansion_part(e, 2), &mode)) {
        complain(e->complaints, e->point->place, "a watchpoint is for r, w, rw or x, not %s", expansion_part(e, 2));
        return;
    }
    snprintf(what, sizeof what, "%s:%s", expansion_part(e, 1), expansion_part(e, 2));
    struct target *t = expansion_add(e, ATTACH_PERF_EVENT, text, what);
    if (!t)
        return;
    t->offset = address;
    t->every = length;
    t->counter = mode;
}
