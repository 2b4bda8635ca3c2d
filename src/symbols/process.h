/* Names of user-space addresses: which file is mapped there in that process, and which function that is.
 *
 * A process' maps (/proc/PID/maps) are read when an address is first asked for, and again when one is not in them, at most every
 * SYMBOLS_PROCESS_RECHECK_NS and for at most a twentieth of the time; as often it is asked whether the pid is still the same process and
 * runs the same program. Processes that have ended are still known by what was seen of them: call symbols_process_see while they live.
 *
 * Files are opened through /proc/PID/map_files, which gives the very file that is mapped, also when it was deleted or replaced, or is in
 * another mount namespace; without the privilege for that (CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE) through /proc/PID/root, when the file
 * there is still the same. Processes of other users need CAP_SYS_PTRACE. The vDSO is read from the process' memory, code that was made at
 * run time is looked up in the /tmp/perf-PID.map that its maker keeps (V8, OpenJDK, .NET, Python and others can), if that file is the
 * process' own.
 *
 * One thread at a time may use an object. Strings live until the next call with the same object. */
#pragma once
#include "symbols/files.h"
#include "symbols/symbol.h"

enum {
    SYMBOLS_PROCESS_RECHECK_NS = 100 * 1000 * 1000,
    SYMBOLS_PROCESS_MAX = 512,                       /* processes known; those that were not asked for longest are forgotten */
    SYMBOLS_PROCESS_REGIONS = 65536,                 /* mapped stretches kept of one process */
    SYMBOLS_ALL_REGIONS = 512 * 1024,                /* and of all together */
    SYMBOLS_PERF_MAP_BYTES = 64 * 1024 * 1024,       /* a larger /tmp/perf-PID.map is not read */
    SYMBOLS_ALL_PERF_MAPS_BYTES = 256 * 1024 * 1024, /* what the tables of all of them hold together */
};

struct symbols_processes;

/* files: shared with others, borrowed. NULL: out of memory. */
struct symbols_processes *symbols_processes_create(struct symbols_files *files);
void symbols_processes_destroy(struct symbols_processes *p); /* NULL is fine */

/* What is at an address of a process. start_ns: when it began, by the boot clock, as the kernel has it (task->start_boottime); 0: unknown,
 * then the process that has the pid now is meant, or else the last one seen. False: no file and no generated function is known there.
 * With a file but no function, out->name is NULL. */
bool symbols_process_find(struct symbols_processes *p, uint32_t pid, uint64_t start_ns, uint64_t address, struct symbol *out);
/* Reads the maps now, if that was not done, so that the process can be asked about when it has ended. False: it is gone. */
bool symbols_process_see(struct symbols_processes *p, uint32_t pid, uint64_t start_ns);
/* The process runs another program now (exec): its maps are read anew at the next question. */
void symbols_process_forget(struct symbols_processes *p, uint32_t pid);

/* Where a name is in a process: the address in its memory. Its program is searched first, then its libraries in the order of their
 * addresses; "libc.so.6:malloc" is that file's only. Fills at most `room`, returns how many there are. */
struct symbols_process_place {
    uint64_t address;
    const char *module;
    uint64_t size;
    bool is_function;
};
size_t symbols_process_lookup(struct symbols_processes *p, uint32_t pid, uint64_t start_ns, const char *name,
                              struct symbols_process_place *out, size_t room);
