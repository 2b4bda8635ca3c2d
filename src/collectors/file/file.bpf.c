// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Operations on files by path, and bytes and latency of reads and writes of regular files.
 *
 * One pair of programs at the entry and exit of system calls serves all: the entry keeps the time, for the calls that are
 * followed; the arguments are still in the task's saved registers at the exit, and the pages with the paths are resident then.
 *
 * Measured on Linux 6.18, two cores, without BPF statistics (which add 85 ns to each run of a program), by tp_btf:
 *   a system call that is not followed        +150 ns, the same as under two empty programs: choosing by number is lost in it
 *   open + close, absolute path, with its row +1040 ns on 2610 (1.4 times); relative to a folder three names deep +1560
 *   pread of a file, counted                  +590 ns on 304
 *   read or write of a pipe, left at entry    +410 ns on 390
 * By raw_tp each system call costs 25 ns more. */
#define RING_BYTES (8 * 1024 * 1024)
#include "bpf/missed.h"
#include "bpf/ring.h"
#include "bpf/tally.h"
#include "bpf/walk.h"
#include "collectors/file/calls.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set from the configuration before the load: what is off costs nothing. */
const volatile bool only_failures = false;
const volatile bool plain_reads = true;
const volatile bool filter_comms = false, comms_listed = false; /* a filter by name; only the listed names pass */
const volatile bool filter_paths = false, paths_listed = false;

enum { AT_CWD = -100, ACCESS_MODE = 3, FLAG_CREATE = 0100, FLAG_TRUNCATE = 01000, EMPTY_PATH = 0x1000, REMOVE_DIRECTORY = 0x200 };
enum { MODE_TYPE = 0170000, MODE_REGULAR = 0100000, FILE_CREATED = 0x100000, THREAD_COMPAT = 2 };

struct task_entry { /* times of entry, 0: not inside a call that is followed */
    __u64 call_ns, vfs_ns;
};

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct task_entry);
} entries SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct file_control);
} control SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 1024);
    __type(key, struct file_prefix);
    __type(value, __u32);
} prefixes SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 256);
    __type(key, char[16]);
    __type(value, __u32);
} comms SEC(".maps");

TALLY(io, struct file_io_key, struct file_io_value, 16384);

struct file_scratch {
    __u64 args[8]; /* by argument index; ARG_RESULT and ARG_NONE too */
    struct path_walk walk;
    struct { /* search for what makes a path not normal */
        __u32 at, size;
        __u64 carry, found;
    } scan;
    struct file_prefix key;
    struct file_op op;
};

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct file_scratch);
} scratch SEC(".maps");

static __always_inline struct file_control *control_get(void)
{
    __u32 zero = 0;
    return bpf_map_lookup_elem(&control, &zero);
}

/* --- who ---------------------------------------------------------------------------------------------------------- */

static __always_inline bool comm_passes(struct task_struct *task)
{
    char comm[16] = {};
    bpf_probe_read_kernel_str(comm, sizeof comm, task->group_leader->comm);
    __u32 *verdict = bpf_map_lookup_elem(&comms, comm);
    return verdict ? *verdict == VERDICT_INCLUDE : !comms_listed;
}

static __always_inline bool is_wanted(const struct file_control *c, struct task_struct *task)
{
    __u32 pid = task->tgid;
    for (int i = 0; i < FILE_EXCLUDED_PIDS; i++)
        if (c->pids[i] == pid)
            return false;
    return !filter_comms || comm_passes(task);
}

static __always_inline bool is_compat(struct task_struct *task)
{
    return task->thread_info.status & THREAD_COMPAT;
}

/* --- files of the task -------------------------------------------------------------------------------------------- */

static __always_inline struct file *task_file(struct task_struct *task, __u32 fd)
{
    struct fdtable *table = task->files->fdt;
    struct file *file = NULL;
    if (fd < table->max_fds)
        bpf_probe_read_kernel(&file, sizeof file, table->fd + fd);
    return file;
}

static __always_inline bool file_is_regular(struct file *file)
{
    return file && (BPF_CORE_READ(file, f_inode, i_mode) & MODE_TYPE) == MODE_REGULAR;
}

/* --- reads and writes --------------------------------------------------------------------------------------------- */

static __always_inline __u32 latency_slot(__u64 ns)
{
    return ns <= 10000 ? 0 : ns <= 100000 ? 1 : ns <= 1000000 ? 2 : ns <= 10000000 ? 3 : ns <= 100000000 ? 4 : 5;
}

static __noinline int io_add(__u32 side, __s64 result, __u64 ns)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct file_io_key key = {.start_ns = task->group_leader->start_boottime, .pid = task->tgid, .cpu = bpf_get_smp_processor_id()};
    if (side >= SIDE_COUNT)
        return 0;
    struct file_io_value *v = TALLY_FIND(io, &key);
    if (!v) {
        struct file_io_value fresh = {};
        bpf_probe_read_kernel_str(fresh.comm, sizeof fresh.comm, task->group_leader->comm);
        v = TALLY_NEW(io, &key, &fresh);
    }
    if (!v) {
        count_missed(MISSED_IO_FULL);
        return 0;
    }
    struct file_io_counts *s = &v->side[side];
    if (result < 0) {
        s->errors++;
        return 0;
    }
    s->calls++;
    s->bytes += side == SIDE_SYNC ? 0 : result;
    s->latency_ns += ns;
    if (ns > s->latency_max_ns)
        s->latency_max_ns = ns;
    s->slots[latency_slot(ns)]++;
    return 0;
}

static __always_inline void io_exit(struct task_struct *task, const struct file_call *call, struct pt_regs *regs, __s64 result, __u64 ns)
{
    if (call->dirfd2 == ARG_NONE) { /* the entry has seen that it is a regular file */
        io_add(call->op, result, ns);
        return;
    }
    __u32 from = call->dirfd ? regs->si : regs->di, to = call->dirfd2 == 2 ? regs->dx : regs->di;
    if (file_is_regular(task_file(task, from)))
        io_add(SIDE_READ, result, ns);
    if (file_is_regular(task_file(task, to)))
        io_add(SIDE_WRITE, result, ns);
}

/* --- paths -------------------------------------------------------------------------------------------------------- */

/* Appends the path of a directory (or of the file itself) and a slash. */
static __noinline __u32 put_directory(struct file_scratch *s, __u32 offset, int fd, __u32 cut_mark)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct path at, root;
    if (fd == AT_CWD) {
        BPF_CORE_READ_INTO(&at, task, fs, pwd);
    } else {
        struct file *file = task_file(task, fd);
        if (!file)
            return offset;
        BPF_CORE_READ_INTO(&at, file, f_path);
    }
    BPF_CORE_READ_INTO(&root, task, fs, root);
    walk_path(&s->walk, &at, &root);
    if (!s->walk.whole)
        s->op.marks |= cut_mark;
    __u32 start = s->walk.start, length = WALK_BYTES - start;
    if (length > WALK_BYTES)
        return offset;
    bpf_probe_read_kernel(s->op.text + (offset & (FILE_TEXT_LIMIT - 1)), length, s->walk.text + (start & (WALK_BYTES - 1)));
    offset += length;
    s->op.text[offset & (FILE_TEXT_LIMIT - 1)] = '/';
    return offset + 1;
}

/* Appends the path that the process gave, behind the directory it is relative to. Returns the new offset, or the same when the
 * path cannot be read. */
static __noinline __u32 put_path(struct file_scratch *s, __u32 offset, int dirfd, const void *user, __u32 cut_mark)
{
    char first;
    if (bpf_probe_read_user(&first, 1, user))
        return offset;
    __u32 at = offset;
    if (first != '/' && cut_mark && (first || (s->op.flags & EMPTY_PATH)))
        at = put_directory(s, offset, dirfd, cut_mark);
    char *text = s->op.text + (at & (FILE_TEXT_LIMIT - 1));
    if (!first) { /* before Linux 6.13 the helper returns 0, not 1, for an empty text */
        *text = '\0';
        return at + 1;
    }
    long n = bpf_probe_read_user_str(text, FILE_PATH_MAX, user);
    return n > 0 ? at + n : offset;
}

static __always_inline __u64 argument(const struct file_scratch *s, __u8 index)
{
    return s->args[index & 7];
}

static __always_inline __u32 put_paths(struct file_scratch *s, const struct file_call *call)
{
    __u32 end;
    if (call->traits & TRAIT_NO_PATH) {
        end = put_directory(s, 0, argument(s, call->dirfd), FILE_PATH_CUT);
        if (end)
            s->op.text[end++ & (FILE_TEXT_LIMIT - 1)] = '\0';
    } else {
        int dirfd = call->traits & TRAIT_CWD ? AT_CWD : argument(s, call->dirfd);
        end = put_path(s, 0, dirfd, (void *)argument(s, call->path), FILE_PATH_CUT);
    }
    s->op.path_size = end;
    s->op.path2_size = 0;
    if (call->path2 == ARG_NONE)
        return end;
    int dirfd = call->traits & TRAIT_CWD2 ? AT_CWD : argument(s, call->dirfd2);
    __u32 cut_mark = call->traits & TRAIT_TEXT2 ? 0 : FILE_PATH2_CUT;
    __u32 end2 = put_path(s, end, dirfd, (void *)argument(s, call->path2), cut_mark);
    s->op.path2_size = end2 - end;
    return end2;
}

/* --- the filter by path ------------------------------------------------------------------------------------------- */

#define EACH_BYTE(c) (0x0101010101010101ULL * (c))

/* The high bit of each byte of word that is c (and perhaps of the byte above one that is). */
static __always_inline __u64 bytes_equal(__u64 word, __u8 c)
{
    __u64 x = word ^ EACH_BYTE(c);
    return (x - EACH_BYTE(1)) & ~x & EACH_BYTE(0x80);
}

/* One step of the search: eight bytes. The state lies in the map's value, so that the verifier looks at one step only. */
static long scan_step(__u32 index, void *context)
{
    struct file_scratch *s = *(struct file_scratch **)context;
    __u32 size = s->scan.size, done = index * 8;
    if (done >= size)
        return 1;
    __u64 word = 0;
    bpf_probe_read_kernel(&word, sizeof word, s->op.text + ((s->scan.at + done) & (FILE_TEXT_LIMIT - 1)));
    if (done + 8 > size)
        word &= (1ULL << (8 * (size - done) & 63)) - 1;
    __u64 slashes = bytes_equal(word, '/');
    s->scan.found = (slashes << 8 | s->scan.carry) & (slashes | bytes_equal(word, '.'));
    s->scan.carry = slashes >> 56;
    return s->scan.found != 0;
}

/* Whether the text at `at` may hold "//" or "/.": only user space can make that normal. */
static __always_inline bool needs_normalising(struct file_scratch *s, __u32 at, __u32 size)
{
    s->scan.at = at;
    s->scan.size = size;
    s->scan.carry = s->scan.found = 0;
    bpf_loop(2 * FILE_PATH_MAX / 8, scan_step, &s, 0);
    return s->scan.found != 0;
}

static __always_inline bool prefix_passes(const void *key)
{
    __u32 *verdict = bpf_map_lookup_elem(&prefixes, key);
    return verdict ? *verdict == VERDICT_INCLUDE : !paths_listed;
}

/* The longest prefix decides. An operation with two paths passes when one of them does. */
static __always_inline bool paths_pass(struct file_scratch *s, const struct file_call *call)
{
    __u32 size = s->op.path_size, size2 = call->traits & TRAIT_TEXT2 ? 0 : s->op.path2_size;
    if (!size || s->op.text[0] != '/')
        return !paths_listed; /* unreadable, or relative to a descriptor that is not open */
    if (needs_normalising(s, 0, size) || (size2 && needs_normalising(s, size, size2))) {
        s->op.marks |= FILE_UNDECIDED;
        return true;
    }
    s->op.key_bits = 8 * FILE_PREFIX_BYTES;
    if (prefix_passes(&s->op.key_bits))
        return true;
    if (!size2)
        return false;
    s->key.bits = 8 * FILE_PREFIX_BYTES;
    bpf_probe_read_kernel(s->key.bytes, sizeof s->key.bytes, s->op.text + (size & (FILE_TEXT_LIMIT - 1)));
    return prefix_passes(&s->key);
}

/* --- operations --------------------------------------------------------------------------------------------------- */

static __always_inline void take_arguments(struct file_scratch *s, struct pt_regs *regs, __s64 result)
{
    s->args[0] = regs->di;
    s->args[1] = regs->si;
    s->args[2] = regs->dx;
    s->args[3] = regs->r10;
    s->args[4] = regs->r8;
    s->args[5] = regs->r9;
    s->args[ARG_RESULT] = result;
    s->args[ARG_NONE] = 0;
}

static __always_inline void take_numbers(struct file_scratch *s, const struct file_call *call)
{
    struct file_op *op = &s->op;
    op->op = call->op;
    op->marks = call->flags != ARG_NONE ? FILE_HAS_FLAGS : 0;
    op->flags = (__u32)argument(s, call->flags);
    op->value = argument(s, call->value);
    if (call->traits & TRAIT_HOW) {
        __u64 how[2] = {};
        bpf_probe_read_user(how, sizeof how, (void *)argument(s, call->flags));
        op->flags = how[0];
        op->value = how[1];
    } else if (call->traits & TRAIT_CREAT) {
        op->marks |= FILE_HAS_FLAGS;
        op->flags = FLAG_CREATE | FLAG_TRUNCATE | 1;
    } else if (call->traits & TRAIT_OWNER) {
        op->value = (__u32)op->value | argument(s, call->value + 1) << 32;
    }
    if (op->op == OP_UNLINK && (op->flags & REMOVE_DIRECTORY))
        op->op = OP_RMDIR;
}

static __always_inline bool is_plain_read(const struct file_op *op)
{
    return op->op == OP_OPEN && op->result >= 0 && !(op->flags & (ACCESS_MODE | FLAG_CREATE | FLAG_TRUNCATE));
}

static __always_inline bool has_created(struct task_struct *task, const struct file_op *op)
{
    if (!(op->flags & FLAG_CREATE))
        return false;
    if (op->result < 0)
        return true;
    struct file *file = task_file(task, op->result);
    return file && (BPF_CORE_READ(file, f_mode) & FILE_CREATED);
}

static __always_inline void op_exit(struct task_struct *task, const struct file_call *call, struct pt_regs *regs, __s64 result, __u64 now,
                                    __u64 ns)
{
    __u32 zero = 0;
    struct file_scratch *s = bpf_map_lookup_elem(&scratch, &zero);
    if (!s || (only_failures && result >= 0))
        return;
    struct file_op *op = &s->op;
    take_arguments(s, regs, result);
    take_numbers(s, call);
    op->result = result;
    if (!plain_reads && is_plain_read(op))
        return;
    __u32 used = put_paths(s, call);
    if (filter_paths && !paths_pass(s, call))
        return;
    if (op->op == OP_OPEN && has_created(task, op))
        op->op = OP_CREATE;
    op->latency_ns = ns;
    bpf_probe_read_kernel(op->comm, sizeof op->comm, task->group_leader->comm);
    op->h.kind = FILE_OP;
    op->h.boot_ns = now;
    op->h.start_ns = task->group_leader->start_boottime;
    op->h.pid = task->tgid;
    op->h.tid = task->pid;
    if (used > FILE_TEXT_BYTES)
        used = FILE_TEXT_BYTES;
    __u64 size = offsetof(struct file_op, text) + used;
    op->h.size = size;
    ring_send(op, size);
}

/* --- system calls ------------------------------------------------------------------------------------------------- */

/* A read or write of one descriptor that is no regular file is of no interest. */
static __always_inline bool is_followed(struct task_struct *task, const struct file_call *call)
{
    if (call->kind != CALL_IO || call->dirfd2 != ARG_NONE)
        return true;
    struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
    return file_is_regular(task_file(task, regs->di));
}

static __always_inline int on_enter(__u64 number)
{
    struct file_control *c = control_get();
    if (!c || number >= FILE_SYSCALLS)
        return 0;
    __u32 index = c->call[number] & (FILE_CALL_COMPAT - 1);
    if (!index || index >= FILE_CALLS)
        return 0;
    struct task_struct *task = bpf_get_current_task_btf();
    if (is_compat(task) || !is_wanted(c, task) || !is_followed(task, &file_calls[index]))
        return 0;
    struct task_entry *entry = bpf_task_storage_get(&entries, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (entry)
        entry->call_ns = bpf_ktime_get_boot_ns();
    else
        count_missed(MISSED_ENTRY);
    return 0;
}

static __always_inline int on_exit(__u64 number, __s64 result)
{
    struct file_control *c = control_get();
    if (!c || number >= FILE_SYSCALLS || !c->call[number])
        return 0;
    struct task_struct *task = bpf_get_current_task_btf();
    if (is_compat(task)) {
        if (c->call[number] & FILE_CALL_COMPAT)
            count_missed(MISSED_COMPAT);
        return 0;
    }
    __u32 index = c->call[number] & (FILE_CALL_COMPAT - 1);
    if (!index || index >= FILE_CALLS)
        return 0;
    struct task_entry *entry = bpf_task_storage_get(&entries, task, 0, 0);
    if (!entry || !entry->call_ns)
        return 0;
    __u64 now = bpf_ktime_get_boot_ns(), ns = now - entry->call_ns;
    entry->call_ns = 0;
    const struct file_call *call = &file_calls[index];
    struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
    if (call->kind == CALL_IO)
        io_exit(task, call, regs, result, ns);
    else
        op_exit(task, call, regs, result, now, ns);
    return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(enter_tp_btf, struct pt_regs *regs, long number)
{
    return on_enter(number);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(exit_tp_btf, struct pt_regs *regs, long result)
{
    return on_exit(regs->orig_ax, result);
}

SEC("raw_tp/sys_enter")
int enter_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    return on_enter(ctx->args[1]);
}

SEC("raw_tp/sys_exit")
int exit_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    struct pt_regs *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
    return on_exit(regs->orig_ax, ctx->args[1]);
}

struct syscall_tracepoint { /* events/raw_syscalls/sys_*\/format: the common head, then these */
    __u64 common;
    __s64 number;
    __s64 result; /* of sys_exit */
};

SEC("tracepoint/raw_syscalls/sys_enter")
int enter_tracepoint(struct syscall_tracepoint *ctx)
{
    return on_enter(ctx->number);
}

SEC("tracepoint/raw_syscalls/sys_exit")
int exit_tracepoint(struct syscall_tracepoint *ctx)
{
    return on_exit(ctx->number, ctx->result);
}

/* --- inside the kernel -------------------------------------------------------------------------------------------- */

/* read, write, pread64 and pwrite64 all come through here, those of 32-bit processes too, and other descriptors than files
 * leave at the first look. */
static __always_inline int on_vfs_enter(struct file *file)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct file_control *c = control_get();
    if (!c || !c->ready || (file->f_inode->i_mode & MODE_TYPE) != MODE_REGULAR || !is_wanted(c, task))
        return 0;
    struct task_entry *entry = bpf_task_storage_get(&entries, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (entry)
        entry->vfs_ns = bpf_ktime_get_boot_ns();
    else
        count_missed(MISSED_ENTRY);
    return 0;
}

static __always_inline int on_vfs_exit(struct file *file, __u32 side, __s64 result)
{
    if ((file->f_inode->i_mode & MODE_TYPE) != MODE_REGULAR)
        return 0;
    struct task_entry *entry = bpf_task_storage_get(&entries, bpf_get_current_task_btf(), 0, 0);
    if (!entry || !entry->vfs_ns)
        return 0;
    __u64 ns = bpf_ktime_get_boot_ns() - entry->vfs_ns;
    entry->vfs_ns = 0;
    return io_add(side, result, ns);
}

SEC("fentry/vfs_read")
int BPF_PROG(read_fentry, struct file *file)
{
    return on_vfs_enter(file);
}

SEC("fexit/vfs_read")
int BPF_PROG(read_fexit, struct file *file, char *buffer, unsigned long count, long long *position, long result)
{
    return on_vfs_exit(file, SIDE_READ, result);
}

SEC("fentry/vfs_write")
int BPF_PROG(write_fentry, struct file *file)
{
    return on_vfs_enter(file);
}

SEC("fexit/vfs_write")
int BPF_PROG(write_fexit, struct file *file, const char *buffer, unsigned long count, long long *position, long result)
{
    return on_vfs_exit(file, SIDE_WRITE, result);
}
