#include "objects/object.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF     39
#endif

static uint64_t own_capabilities(void)
{
    char line[256];
    unsigned long long mask = 0;
    FILE *f = fopen("/proc/self/status", "re");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "CapEff: %llx", &mask) == 1)
            break;
    if (f)
        fclose(f);
    return mask;
}

void object_lacking(char *buf, size_t size)
{
    static const struct {
        unsigned bit;
        const char *name;
    } needed[] = {{CAP_BPF, "CAP_BPF"}, {CAP_PERFMON, "CAP_PERFMON"}, {CAP_NET_ADMIN, "CAP_NET_ADMIN"}};
    uint64_t mask = own_capabilities();
    *buf = '\0';
    if (mask >> CAP_SYS_ADMIN & 1)
        return;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!(mask >> needed[i].bit & 1)) {
            size_t n = strlen(buf);
            snprintf(buf + n, size - n, "%s%s", n ? ", " : "", needed[i].name);
        }
}

void object_missing_privilege(char *buf, size_t size)
{
    char missing[96];
    object_lacking(missing, sizeof missing);
    *buf = '\0';
    if (*missing)
        snprintf(buf, size,
                 "this process (uid %u) lacks %s; run it as root (sudo), or with CAP_BPF to load programs, CAP_PERFMON for tracing "
                 "programs, CAP_NET_ADMIN for network programs",
                 (unsigned)geteuid(), missing);
}
