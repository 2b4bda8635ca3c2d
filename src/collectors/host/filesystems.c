/* /proc/self/mountinfo and statvfs: host_filesystems. */
#include "collectors/host/host.h"
#include "collectors/host/parse.h"

#include <limits.h>
#include <stdio.h>
#include <sys/statvfs.h>

enum { F_MOUNT_POINT = HOST_FIRST, F_DEVICE, F_TYPE, F_READ_ONLY, F_SIZE, F_FREE, F_AVAILABLE, F_INODES, F_INODES_FREE };

static const struct column columns[] = {
    HOST_COLUMNS,
    [F_MOUNT_POINT] = {"mount_point", TYPE_TEXT, ROLE_IDENTITY, NULL, "where it is mounted first"},
    [F_DEVICE] = {"device", TYPE_TEXT, ROLE_IDENTITY, NULL, "what is mounted: a block device, a pool"},
    [F_TYPE] = {"type", TYPE_TEXT, ROLE_DIMENSION, NULL, "ext4, xfs, btrfs …"},
    [F_READ_ONLY] = {"read_only", TYPE_BOOL, ROLE_DIMENSION, NULL, "whether it cannot be written at present"},
    [F_SIZE] = {"size_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "size of the file system; NULL when it cannot be asked"},
    [F_FREE] = {"free_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "unused"},
    [F_AVAILABLE] = {"available_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "what users other than root can get of it"},
    [F_INODES] = {"inodes", TYPE_U64, ROLE_MEASURE, "1", "files it can hold; NULL when there is no fixed number"},
    [F_INODES_FREE] = {"inodes_free", TYPE_U64, ROLE_MEASURE, "1", "files that can be made yet"},
};
const struct table table_host_filesystems =
    TABLE("host_filesystems", "Room on each file system that is on a disk, every ten seconds", columns);

enum { EVERY_ROUNDS = 10 };

struct filesystem {
    struct host_name name; /* what tells one from another: a file system may be mounted many times */
};

struct filesystems_state {
    struct host_file file;
    struct host_items seen;
    uint64_t round;
};

static void set_sizes(struct batch *b, const char *point)
{
    struct statvfs st;
    if (statvfs(point, &st) != 0)
        return;
    batch_set_bool(b, F_READ_ONLY, st.f_flag & ST_RDONLY);
    batch_set_u64(b, F_SIZE, st.f_blocks * st.f_frsize);
    batch_set_u64(b, F_FREE, st.f_bfree * st.f_frsize);
    batch_set_u64(b, F_AVAILABLE, st.f_bavail * st.f_frsize);
    if (!st.f_files)
        return;
    batch_set_u64(b, F_INODES, st.f_files);
    batch_set_u64(b, F_INODES_FREE, st.f_ffree);
}

static void add_row(const struct host_tick *tick, uint64_t interval_ns, const struct span_mount *m)
{
    char point[PATH_MAX], device[PATH_MAX];
    struct batch *b = span_unescape(m->point, point, sizeof point) ? host_row(tick, &table_host_filesystems, interval_ns) : NULL;
    if (!b)
        return;
    batch_set_text(b, F_MOUNT_POINT, point, strlen(point));
    if (span_unescape(m->source, device, sizeof device))
        batch_set_text(b, F_DEVICE, device, strlen(device));
    batch_set_text(b, F_TYPE, m->type.p, span_length(m->type));
    set_sizes(b, point);
}

/* Block devices by number; subvolumes of btrfs and data sets of zfs by what they are part of (the end of a long name tells). */
static bool first_mount(struct filesystems_state *s, const struct span_mount *m)
{
    char device[32];
    int n = snprintf(device, sizeof device, "%u:%u", m->major, m->minor);
    struct span key = m->major ? span_of(device, (size_t)n) : m->source;
    if (span_length(key) >= HOST_NAME)
        key.p = key.end - (HOST_NAME - 1);
    return host_items_get(&s->seen, key) != NULL;
}

static void filesystems_sample(void *state, const struct host_tick *tick)
{
    struct filesystems_state *s = state;
    if (!tick->row || s->round++ % EVERY_ROUNDS)
        return;
    struct span text = host_file_read(&s->file), line;
    struct span_mount m;
    host_items_begin(&s->seen);
    while (span_line(&text, &line))
        if (span_mount(line, &m) && mount_is_real(&m) && first_mount(s, &m))
            add_row(tick, s->file.interval_ns, &m);
    host_items_end(&s->seen);
}

static bool filesystems_open(void *state, struct err *why)
{
    struct filesystems_state *s = state;
    s->seen.item_size = sizeof(struct filesystem);
    return host_file_open(&s->file, "/proc/self/mountinfo", why);
}

static void filesystems_close(void *state)
{
    struct filesystems_state *s = state;
    host_file_close(&s->file);
    host_items_free(&s->seen);
}

const struct host_part host_part_filesystems = {
    .missing = "host_filesystems will be empty",
    .state_size = sizeof(struct filesystems_state),
    .open = filesystems_open,
    .sample = filesystems_sample,
    .close = filesystems_close,
};
