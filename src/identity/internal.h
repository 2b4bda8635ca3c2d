/* What the files of this room share. Nobody outside includes it, except unit tests. */
#pragma once
#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"
#include "identity/identity.h"

#include <stdbool.h>

enum {
    MAX_PROCESSES = 1 << 19,    /* live and remembered; more are refused and counted */
    MAX_EXITED = 65536,         /* remembered beyond the live ones, after each identity_expire */
    MAX_TEXT_BYTES = 32 * 1024, /* of one owned string; 4 KiB of arguments grow fourfold at most when quoted */
    MAX_USERS = 65536,
    MAX_USER_NAME = 256,
    MAX_PASSWD_BYTES = 16 << 20,
    MAX_CGROUPS = 65536,     /* existing ones */
    MAX_CGROUPS_GONE = 4096, /* removed or unknown ones, oldest forgotten first */
    MAX_CGROUP_PATH = 4096,
    MAX_CGROUP_DEPTH = 64,
    FILL_ENTRIES = 1024, /* a power of two */
};

#define REMEMBER_EXITED_NS (30LL * 1000000000) /* at least this long, unless MAX_EXITED younger ones came */
#define KEEP_ARGS_NS       (3LL * 1000000000)  /* arguments and working directory of an exited one go after this */
#define TICK_NS            10000000ULL         /* of /proc/<pid>/stat: USER_HZ is 100 on every Linux we run on */

struct process_node {
    struct process p;                 /* must be first: identity_* cast between the two */
    struct process_node *older;       /* the one that had this pid before */
    struct process_node *next_exited; /* younger */
};

struct process_tree {
    struct map newest; /* pid → newest node of that pid, older ones chained behind, by falling start time */
    struct process_node *exited, *exited_last, *untrimmed;
    size_t n_live, n_exited;
    size_t sweep_at; /* where the next identity_sweep goes on */
    uint64_t refused;
};

struct users {
    struct map names; /* uid → NUL-terminated name in the arena */
    struct arena arena;
};

struct cgroup {
    uint64_t id;
    char *path; /* "" for an id that no scan found */
    char container[65];
    bool gone, listed;
    uint32_t seen; /* number of the scan that saw it last */
    struct cgroup *next_gone;
};

struct cgroups {
    struct map by_id;
    char *mount; /* where cgroup2 is mounted; NULL: nowhere */
    struct cgroup *gone, *gone_last;
    size_t n_live, n_gone;
    uint32_t scans;
    int64_t scanned_mono_ns;
};

/* The strings of one process in one batch, so that they are copied once a batch and not once a row. */
struct fill_entry {
    uint64_t serial; /* of the batch */
    uint64_t key, cgroup_id;
    uint32_t uid, version;
    char comm[16];
    struct str comm_text, exe, user, container; /* p NULL: the column is NULL */
    struct str exe_bytes;                       /* as the process tree has it */
};

struct identity {
    struct process_tree tree;
    struct users users;
    struct cgroups cgroups;
    uint32_t version; /* changes whenever a user's or a cgroup's name may have changed */
    struct fill_entry fill[FILL_ENTRIES];
};

void tree_finish(struct process_tree *t);
void users_finish(struct users *u);
void cgroups_start(struct identity *id);
void cgroups_finish(struct cgroups *c);
/* The cgroup2 id of a path below the mount ("/a/b"), 0 when it is gone. */
uint64_t cgroups_id_of(const struct cgroups *c, const char *path);

/* Pure parsers. */

/* Calls fn for each valid line of /etc/passwd's form. */
void users_parse(const char *bytes, size_t n, void (*fn)(void *arg, uint32_t uid, const char *name, size_t length), void *arg);
/* The mount point of cgroup2 in the text of /proc/self/mountinfo; false when there is none or it does not fit. */
bool cgroups_parse_mount(const char *bytes, size_t n, char *out, size_t size);

/* Reads a whole file, up to the text's ceiling, into an emptied t. 0 or -errno. A file that is longer is cut. */
int slurp(const char *path, struct text *t);
int slurp_fd(int fd, struct text *t);
