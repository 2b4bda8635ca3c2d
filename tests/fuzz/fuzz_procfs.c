/* Whatever /proc, /etc/passwd or a cgroup path says, the parsers of identity stay within the bytes and within their outputs. */
#include "identity/internal.h"
#include "identity/procfs.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void check_user(void *arg, uint32_t uid, const char *name, size_t length)
{
    (void)arg;
    expect(uid != UINT32_MAX && length > 0 && length <= MAX_USER_NAME);
    expect(!memchr(name, ':', length) && !memchr(name, '\n', length) && !memchr(name, '\0', length));
}

static void check_container(const char *bytes, size_t n)
{
    char id[65], *path = strndup(bytes, n);
    identity_parse_container(path, id);
    size_t length = strlen(id);
    expect(length == 0 || length == 64);
    expect(strspn(id, "0123456789abcdef") == length && strstr(path, id));
    free(path);
}

static void check_stat(const char *bytes, size_t n)
{
    struct proc_stat st;
    char tty[16];
    if (!procfs_parse_stat(bytes, n, &st))
        return;
    expect(st.comm[15] == '\0');
    procfs_tty_name(st.tty_major, st.tty_minor, tty, sizeof tty);
    expect(strlen(tty) < sizeof tty);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size ? size : 1), path[64]; /* a copy of the exact size: reading past it is seen */
    if (!bytes)
        return 0;
    memcpy(bytes, data, size);
    uint32_t uid, gid;
    struct text t = {.ceiling = MAX_TEXT_BYTES};
    check_stat(bytes, size);
    procfs_parse_owner(bytes, size, &uid, &gid);
    procfs_parse_args(bytes, size, &t);
    expect(t.length < MAX_TEXT_BYTES && (!t.length || !memchr(t.bytes, '\0', t.length)));
    if (procfs_parse_cgroup(bytes, size, path, sizeof path))
        expect(path[0] == '/' && strlen(path) < sizeof path);
    if (cgroups_parse_mount(bytes, size, path, sizeof path))
        expect(strlen(path) < sizeof path);
    users_parse(bytes, size, check_user, NULL);
    check_container(bytes, size);
    text_free(&t);
    free(bytes);
    return 0;
}
