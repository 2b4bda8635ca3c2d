#include "base/span.h"
#include "identity/internal.h"

bool cgroups_parse_mount(const char *bytes, size_t n, char *out, size_t size)
{
    struct span all = span_of(bytes, n), line;
    struct span_mount mount;
    while (span_line(&all, &line))
        if (span_mount(line, &mount) && span_is(mount.type, "cgroup2"))
            return span_unescape(mount.point, out, size);
    return false;
}
