/* Where programs are attached: attach points as they are written become targets. */
#pragma once
#include "trace/front/tree.h"
#include "trace/types/find.h"

#include <linux/bpf.h>
#include <sys/types.h>

struct err;

enum provider {
    PROVIDER_BEGIN,
    PROVIDER_END,
    PROVIDER_SELF,  /* self:signal:SIGUSR1 */
    PROVIDER_BENCH, /* bench:name, test:name */
    PROVIDER_TRACEPOINT,
    PROVIDER_RAWTRACEPOINT,
    PROVIDER_KPROBE,
    PROVIDER_KRETPROBE,
    PROVIDER_FENTRY,
    PROVIDER_FEXIT,
    PROVIDER_UPROBE,
    PROVIDER_URETPROBE,
    PROVIDER_USDT,
    PROVIDER_PROFILE,
    PROVIDER_INTERVAL,
    PROVIDER_SOFTWARE,
    PROVIDER_HARDWARE,
    PROVIDER_ITER,
    PROVIDER_WATCHPOINT,
    PROVIDERS,
};

/* How a program gets at its target: what a target is loaded and attached as. */
enum attach_way {
    ATTACH_RUN,            /* run by us: BEGIN, END, interval, self; a raw tracepoint program by BPF_PROG_TEST_RUN */
    ATTACH_TRACEPOINT,     /* perf tracepoint */
    ATTACH_RAW_TRACEPOINT, /* raw_tp */
    ATTACH_TP_BTF,
    ATTACH_TRAMPOLINE,   /* fentry, fexit */
    ATTACH_KPROBE,       /* perf kprobe or kretprobe */
    ATTACH_KPROBE_MULTI, /* all functions by one link */
    ATTACH_UPROBE,
    ATTACH_UPROBE_MULTI,
    ATTACH_PERF_EVENT, /* profile, software, hardware */
    ATTACH_ITER,
};

/* One place: a tracepoint, a function, a timer. */
struct target {
    enum provider provider;
    enum attach_way way;
    const char *name;      /* in full, with the provider's long name: "tracepoint:sched:sched_switch"; what `probe` gives */
    const char *group;     /* a tracepoint's category, a module, a binary, a clock's unit ("hz", "ms"), NULL */
    const char *what;      /* the tracepoint, function, event */
    const char *path;      /* a uprobe's file, as it can be opened */
    uint64_t offset;       /* from a kernel function's start; in a uprobe's file; an event's number; a watchpoint's address */
    uint64_t counter;      /* a static probe's semaphore: its offset in the file; 0: none */
    const char *arguments; /* a static probe's, as its note has them */
    uint64_t every;        /* profile and interval: ns, or hz when .is_hz; software and hardware: events */
    bool is_hz;
    struct function_types types; /* arguments NULL: none are known */
    struct place place;
    bool of_wildcard;
    const char *raw;  /* of a tracepoint seen as its raw one: that one's name */
    uint32_t syscall; /* with raw: only this system call's, its number + 1; 0: all */
    uint32_t index;   /* among all targets of the compilation */
    struct target *next;
};

struct probe_provider; /* a line of the table of providers */

enum missing_probes { MISSING_ERROR, MISSING_WARN, MISSING_IGNORE };

/* What a mechanism's trial said. */
enum ability { ABILITY_UNKNOWN, ABILITY_YES, ABILITY_NO };

/* What expansion needs to know of the command line and of this kernel. Zeroed it is ready for use. */
struct probe_scope {
    pid_t pid;                   /* -p, or the child of -c; 0: all */
    enum missing_probes missing; /* what is said of attach points that stand for nothing */
    struct symbols_files *files; /* symbols read so far; made on first need */
    struct kernel_functions *functions;
    enum ability kprobe, kprobe_multi, uprobe_multi, trampoline; /* tried on first need */
};
void probe_scope_free(struct probe_scope *scope);

/* All targets of one attach point, wildcards expanded, in the order of their names. Complains when there is none, with the near name and
 * what this kernel lacks. */
struct target *probe_expand(const struct attach_point *point, struct probe_scope *scope, struct types *types, struct complaints *c);
const char *provider_name(enum provider p); /* "tracepoint" */

/* What a probe's body does with what it is handed. */
struct body_uses {
    bool args;     /* args.field, of the record's own part */
    bool numbered; /* arg0, arg1 … */
    bool context;  /* what only the perf tracepoint's context has, or a kernel stack, whose frames would differ */
    bool probe, loops;
};
/* A tracepoint (ATTACH_TRACEPOINT) is seen as the raw tracepoint below it where that does the same: it costs 10 ns instead of 24 and is
 * detached at once. The arguments of system calls are then made of the registers (gen/handed.c); those of other tracepoints cannot be.
 * n: how many targets the attach point has. */
void target_prefer_raw(struct target *t, const struct body_uses *uses, uint32_t n);
/* Back to the perf tracepoint, after the kernel had no raw one of that name. False: it is none that may. */
bool target_give_up_raw(struct target *t);
/* The type that a program for it is loaded as, with the expected attach type. */
void target_program_type(const struct target *t, uint32_t *type, uint32_t *attach_type);

/* All that holds programs to their targets: descriptors of links and perf events. A zeroed one is ready for use. */
struct attachment {
    int *fds;
    size_t n_fds, room;
};
/* Attaches a loaded program to all targets of an instance, which are of one kind. Those that were named by a wildcard and cannot be
 * attached are passed over as long as one can. Returns how many were attached, or -errno with words. */
int probe_attach(struct attachment *a, struct target *const *targets, uint32_t n, int program_fd, const struct probe_scope *scope,
                 struct err *why);
/* Detaches all, with several threads when they are many: the kernel waits for each perf event in turn. */
void probe_detach(struct attachment *a);
