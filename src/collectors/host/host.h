/* The host collector: what the whole machine did since the last tick, read from /proc and /sys.
 *
 * A part reads one or two files, parses them into plain structs and makes rows of one or two tables. Files stay open and are read
 * again from their start. Values that count are given as differences over interval_ns, which is measured at each read, so that
 * rates are right when a tick is late. A counter that went backwards (a device that came back, a wrap) gives NULL. */
#pragma once
#include "base/err.h"
#include "base/span.h"
#include "table/batch.h"

#include <stdbool.h>
#include <stdint.h>

/* Where rows go, and what is known once a tick. */
struct host_tick {
    struct batch *(*row)(void *arg, const struct table *table); /* adds a row; NULL when there is no memory. NULL: no rows wanted, */
    void *arg;                                                  /* as at the start, when only a first reading is taken */
    int64_t utc_ns;                                             /* time of all rows of this tick */
    uint64_t processes;                                         /* alive, 0: unknown */
};

/* Every table begins with these two. */
enum { HOST_TIME, HOST_INTERVAL, HOST_FIRST };
#define HOST_COLUMNS                                                                                                                       \
    [HOST_TIME] = COLUMN_TIME("when it was read"), [HOST_INTERVAL] = {                                                                     \
                                                       "interval_ns", TYPE_U64, ROLE_MEASURE, "ns",                                        \
                                                       "what the row covers: the time since the last reading; NULL in the first"}

struct host_part {
    const char *missing; /* what users lose without it, for the log: "host_pressure will be empty" */
    size_t state_size;   /* zeroed before open */
    bool (*open)(void *state, struct err *why);
    void (*sample)(void *state, const struct host_tick *tick);
    void (*close)(void *state); /* a zeroed state is fine */
};

extern const struct host_part host_part_stat, host_part_memory, host_part_pressure, host_part_networks, host_part_disks,
    host_part_filesystems;
extern const struct table table_host_cpu, table_host_load, table_host_memory, table_host_pressure, table_host_networks, table_host_disks,
    table_host_filesystems;

/* All parts. */
struct host;
struct host *host_create(void); /* opens, takes first readings; NULL on no memory. A part that is missing is said in the log. */
void host_destroy(struct host *h);
void host_sample(struct host *h, const struct host_tick *tick);

/* A file that is read again and again. A zeroed one is closed. */
struct host_file {
    int fd_plus_1;
    const char *path; /* borrowed */
    char *buffer;
    size_t size;
    int64_t read_boot_ns; /* when it was last read, 0: never */
    uint64_t interval_ns; /* between the last two readings, 0: there was only one */
};
bool host_file_open(struct host_file *f, const char *path, struct err *why);
/* Reads the whole file, at most 8 MiB; empty when it cannot be read. Borrowed until the next read. */
struct span host_file_read(struct host_file *f);
void host_file_close(struct host_file *f);

/* Adds a row with its time and interval; NULL when no row is wanted or there is no memory. */
struct batch *host_row(const struct host_tick *tick, const struct table *table, uint64_t interval_ns);
/* Sets the growth of a counter, times scale. NULL when it went backwards or there is no interval. */
void host_set_growth(struct batch *b, size_t column, uint64_t before, uint64_t now, uint64_t scale);

/* Things that come and go, by name: interfaces, disks. An array of structs that begin with a struct host_name. */
enum { HOST_NAME = 64, HOST_MAX_ITEMS = 4096 };
struct host_name {
    char text[HOST_NAME];
    uint64_t round; /* of the last reading it was in */
    bool known;     /* was in an earlier reading too */
};
struct host_items {
    void *items;
    size_t item_size, count, room, at; /* at: where the next name is looked for first */
    uint64_t round;
};
void host_items_begin(struct host_items *list);
/* Finds or adds; zeroed when new. NULL when the name is too long, memory is short or there are too many. Moves others. */
void *host_items_get(struct host_items *list, struct span name);
void host_items_end(struct host_items *list); /* forgets those that were not asked for since begin */
void host_items_free(struct host_items *list);
