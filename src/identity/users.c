#include "identity/internal.h"

#include <string.h>
#include <unistd.h>

/* uid_t in decimal, nothing else; false when it is none. */
static bool parse_uid(const char *p, size_t n, uint32_t *uid)
{
    uint64_t v = 0;
    if (!n || n > 10)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(p[i] - '0');
    }
    *uid = (uint32_t)v;
    return v < UINT32_MAX;
}

/* name:password:uid:… (passwd(5)) */
static bool parse_line(const char *line, size_t n, size_t *name_length, uint32_t *uid)
{
    const char *end = line + n, *colon = memchr(line, ':', n);
    if (!colon || colon == line || colon - line > MAX_USER_NAME || memchr(line, '\0', (size_t)(colon - line)))
        return false;
    const char *second = memchr(colon + 1, ':', (size_t)(end - colon - 1));
    if (!second)
        return false;
    const char *third = memchr(second + 1, ':', (size_t)(end - second - 1));
    *name_length = (size_t)(colon - line);
    return third && parse_uid(second + 1, (size_t)(third - second - 1), uid);
}

void users_parse(const char *bytes, size_t n, void (*fn)(void *arg, uint32_t uid, const char *name, size_t length), void *arg)
{
    for (const char *p = bytes, *end = bytes + n, *next; p < end; p = next) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        next = newline ? newline + 1 : end;
        size_t name_length;
        uint32_t uid;
        if (parse_line(p, (size_t)((newline ? newline : end) - p), &name_length, &uid))
            fn(arg, uid, p, name_length);
    }
}

static void add_user(void *arg, uint32_t uid, const char *name, size_t length)
{
    struct users *u = arg;
    if (u->names.count >= MAX_USERS || map_get(&u->names, uid)) /* the first line of a uid counts, as in getpwuid(3) */
        return;
    char *copy = arena_copy(&u->arena, name, length);
    if (copy)
        map_put(&u->names, uid, copy, NULL);
}

void users_finish(struct users *u)
{
    map_free(&u->names);
    arena_free(&u->arena);
}

int identity_load_users(struct identity *id, int passwd_fd)
{
    struct text t = {.ceiling = MAX_PASSWD_BYTES};
    lseek(passwd_fd, 0, SEEK_SET); /* a pipe has no position: read what comes */
    int rc = slurp_fd(passwd_fd, &t);
    if (rc == 0) {
        users_finish(&id->users);
        if (t.length)
            users_parse(t.bytes, t.length, add_user, &id->users);
        id->version++;
    }
    text_free(&t);
    return rc;
}

const char *identity_user(struct identity *id, uint32_t uid)
{
    const char *name = map_get(&id->users.names, uid);
    return name ? name : "";
}
