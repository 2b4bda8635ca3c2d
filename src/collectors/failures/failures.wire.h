/* What the failures collector's kernel programs and its decoder share: records of the ring, keys and values of the maps. */
#pragma once
#include "bpf/event.h"

enum failures_kind { FAILURES_SIGNAL = 1, FAILURES_CRASH, FAILURES_CRASH_END, FAILURES_STATE, FAILURES_ACT };

/* --- signals ------------------------------------------------------------------------------------------------------ */

enum signal_mark {
    SIGNAL_GROUP = 1,   /* to the process, not to one thread */
    SIGNAL_KERNEL = 2,  /* the kernel's own, no system call asked for it */
    SIGNAL_BLOCKED = 4, /* delivered, but the receiver blocks it: it waits */
};

/* Signals that are the same to whoever asks "who killed what": the first of a second is a record, the others are counted. */
struct signal_key {
    __u64 from_start_ns, to_start_ns; /* 0: unknown */
    __u32 from_pid, to_pid;           /* from_pid 0: nobody, or nobody who could be named */
    __s32 code;
    __u8 number;
    __u8 result; /* of the tracepoint signal:signal_generate */
    __u8 marks;  /* enum signal_mark */
    __u8 pad;
    __u32 pad2;
    __u32 no_cpu; /* a tally's key ends with the CPU: 0, since the first of a second is that of all CPUs; counted by atomics */
};

struct signal_value {
    __u64 count; /* without the first, which is a record */
    char from_comm[16], to_comm[16];
};

struct failures_signal {
    struct event_header h; /* pid, tid: whoever was running */
    struct signal_key key;
    struct signal_value value;
};

/* --- crashes ------------------------------------------------------------------------------------------------------ */

enum {
    CRASH_TEXT_LIMIT = 4096, /* names of the file's path, leaf first; a power of two */
    CRASH_TEXT_BYTES = CRASH_TEXT_LIMIT + 256,
};

enum crash_mark {
    CRASH_HAS_ADDRESS = 1,
    CRASH_HAS_ACCESS = 2, /* page_fault holds the processor's words about the access */
    CRASH_NO_END = 4,     /* no room to remember the thread: no FAILURES_CRASH_END will come */
    CRASH_HAS_FILE = 8,   /* file_offset and text are known */
};

enum { PAGE_FAULT_WRITE = 2, PAGE_FAULT_FETCH = 16 }; /* arch/x86/include/asm/trap_pf.h */

struct failures_crash {
    struct event_header h; /* of the thread; boot_ns: when it took the signal */
    char comm[16], thread[16];
    __s32 code;
    __u16 number;
    __u16 marks; /* enum crash_mark */
    __u64 address, ip, file_offset;
    __u32 page_fault;
    __u32 pad;
    char text[CRASH_TEXT_BYTES]; /* sent as far as used */
};

struct failures_crash_end {
    struct event_header h; /* of the same thread; boot_ns: when it ended */
    __u32 core_dumped;
    __u32 pad;
};

/* --- system calls that failed ------------------------------------------------------------------------------------- */

enum { FAILURE_ERRORS = 160, FAILURE_COMPAT = 0x8000 };

struct failure_key {
    __u64 start_ns;
    __u32 pid;
    __u16 call; /* number, | FAILURE_COMPAT: in the 32-bit numbering */
    __u16 error;
    __u32 pad;
    __u32 cpu;
};

struct failure_value {
    __u64 count;
    char comm[16];
};

/* --- changes ------------------------------------------------------------------------------------------------------ */

enum change_kind {
    CHANGE_CREDENTIALS,
    CHANGE_NAMESPACES,
    CHANGE_MODULE_LOAD,
    CHANGE_MODULE_FREE,
    CHANGE_ROOT,
    CHANGE_HOSTNAME,
    CHANGE_SWAP_ON,
    CHANGE_SWAP_OFF,
    CHANGE_CLOCK,
    CHANGE_KINDS,
};

enum { CHANGE_NO_CALL = 0xffff, CHANGE_TEXT_MAX = 256 };

enum namespace_type { NS_USER, NS_MNT, NS_PID, NS_NET, NS_UTS, NS_IPC, NS_CGROUP, NS_TIME, NS_COUNT };

/* What a task may do and see. */
struct task_state {
    __u32 uid, euid, suid, fsuid, gid, egid, sgid, fsgid;
    __u64 permitted, effective; /* capabilities */
    __u32 namespaces[NS_COUNT]; /* inode numbers; NS_USER 0: this state is not known */
};

/* The same thrift as with signals: the first such change of a second is a record, the others are counted. */
struct change_key {
    __u64 start_ns;
    __u32 pid;
    __u16 kind; /* CHANGE_CREDENTIALS or CHANGE_NAMESPACES; what the other would tell is zero */
    __u16 call; /* number of the system call, CHANGE_NO_CALL */
    struct task_state before, after;
    __u32 pad;
    __u32 no_cpu; /* 0, as with signals */
};

struct change_value {
    __u64 count; /* without the first */
    char comm[16];
};

struct failures_state {
    struct event_header h;
    struct change_key key;
    struct change_value value;
};

struct failures_act { /* all other changes */
    struct event_header h;
    char comm[16];
    __u16 kind, call;
    __u16 text_size; /* a name or path, with its NUL; 0: unknown; of CHANGE_CLOCK: seconds and nanoseconds, 16 bytes */
    __u16 pad;
    char text[CHANGE_TEXT_MAX];
};

/* --- the worker's word to the programs ---------------------------------------------------------------------------- */

enum error_wish { ERROR_WANTED = 1, ERROR_OF_LIMITS = 2 /* only of calls that make processes */ };

enum { FAILURES_CALLS = 512 };

/* All zero, as it starts, means: look at no system call. */
struct failures_control {
    __u8 errors[FAILURE_ERRORS]; /* enum error_wish by errno */
    __u8 calls[FAILURES_CALLS];  /* by number: index into change_calls, 0: nothing */
    __u32 credentials_by_calls;  /* commit_creds itself is not watched */
    __u32 pad;
};

/* Indices of the map "missed". */
enum failures_missed { MISSED_FAILURES_FULL, MISSED_SNAPSHOT, MISSED_COUNT };
