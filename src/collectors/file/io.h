/* The counters of reads and writes, from the kernel's maps into rows of file_io. */
#pragma once
#include "collectors/collector.h"
#include "collectors/file/file.wire.h"
#include "identity/identity.h"

struct file_io_state {
    uint32_t interval;          /* its last bit is the half that the programs write to now */
    int64_t begun_ns, ended_ns; /* boot clock: of the half at rest */
    int cpus;
    struct file_io_key *keys;
    struct file_io_value *values; /* of one piece of the map, all CPUs of each key */
};

int file_io_open(struct file_io_state *io, int64_t now_boot_ns, struct err *why);
void file_io_close(struct file_io_state *io);
/* Makes rows of the half that came to rest at the last call, empties it, and turns the programs to it. */
void file_io_turn(struct collector_ctx *ctx, struct file_io_state *io, int64_t now_boot_ns);
/* Fills the process columns; a process that identity does not know gets the name that the kernel gave. */
void file_fill_process(struct identity *id, struct batch *b, size_t column, uint32_t pid, uint64_t start_ns, const char comm[16]);
