/* Container ids in cgroup paths. Every runtime names the container's cgroup by its 64 hex digits, in one of these forms:
 *   <id>                    containerd, docker and Kubernetes with the cgroupfs driver
 *   <runtime>-<id>[.scope]  docker-, cri-containerd-, crio-, libpod-, nerdctl- … with the systemd driver
 *   <slice>:<runtime>:<id>  containerd told to use systemd paths without systemd
 * Sources: runc libcontainer/cgroups/systemd, cri-o internal/config/cgmgr, podman libpod/container_internal_linux. */
#include "identity/internal.h"

#include <string.h>

enum { ID_DIGITS = 64 };

static bool is_id(const char *p)
{
    for (size_t i = 0; i < ID_DIGITS; i++)
        if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'a' && p[i] <= 'f')))
            return false;
    return true;
}

/* The id in one component of a path; NULL when it names no container. A conmon is outside of the container it watches. */
static const char *component_id(const char *p, size_t n)
{
    static const char scope[] = ".scope";
    if (n > sizeof scope - 1 && !memcmp(p + n - (sizeof scope - 1), scope, sizeof scope - 1))
        n -= sizeof scope - 1;
    if (n < ID_DIGITS || !is_id(p + n - ID_DIGITS))
        return NULL;
    size_t prefix = n - ID_DIGITS;
    if (prefix && p[prefix - 1] != '-' && p[prefix - 1] != ':')
        return NULL;
    return memmem(p, prefix, "conmon-", 7) ? NULL : p + prefix;
}

/* From the end, for containers inside containers: the innermost is whose process it is. */
void identity_parse_container(const char *path, char out[65])
{
    out[0] = '\0';
    for (size_t end = strlen(path), start; end; end = start ? start - 1 : 0) {
        start = end;
        while (start && path[start - 1] != '/')
            start--;
        const char *found = component_id(path + start, end - start);
        if (found) {
            memcpy(out, found, ID_DIGITS);
            out[ID_DIGITS] = '\0';
            return;
        }
    }
}
