#include "collectors/failures/failures.h"

#define FIRST_OR_MORE    "1 for the first of a second, which has its own row; then one row for all others of that second"
#define INTERVAL_OF_MORE "length of the interval that the row sums up, whose end is its time; NULL for a single event"

static const struct column signal_columns[] = {
    [SIGNAL_TIME] = COLUMN_TIME("when it was sent, or the end of the interval"),
    COLUMNS_PROCESS(SIGNAL),
    [SIGNAL_SIGNAL] = {"signal", TYPE_TEXT, ROLE_DIMENSION, NULL, "SIGTERM, SIGRTMIN+2 …"},
    [SIGNAL_CODE] = {"code", TYPE_TEXT, ROLE_DIMENSION, NULL,
                     "why: SI_USER (kill), SI_TKILL (to a thread), SI_QUEUE, SI_KERNEL, SEGV_MAPERR, CLD_EXITED …"},
    [SIGNAL_ORIGIN] =
        {"origin", TYPE_TEXT, ROLE_DIMENSION, NULL,
         "process: the row's process asked for it; kernel: the kernel sent it while the row's process ran (its child, its fault, its "
         "terminal). Of timers and devices nobody is named"},
    [SIGNAL_RESULT] = {"result", TYPE_TEXT, ROLE_DIMENSION, NULL,
                       "delivered, blocked (waits until it is unblocked or taken), ignored, already_pending, lost (no room in the queue), "
                       "info_lost (delivered without its details)"},
    [SIGNAL_SCOPE] = {"scope", TYPE_TEXT, ROLE_DIMENSION, NULL, "process, or thread: to one of its threads"},
    [SIGNAL_TARGET_PID] = {"target_pid", TYPE_U32, ROLE_IDENTITY, NULL, "process id of the receiver"},
    [SIGNAL_TARGET_KEY] = {"target_key", TYPE_U64, ROLE_IDENTITY, NULL, "process_key of the receiver"},
    [SIGNAL_TARGET_COMM] = {"target_comm", TYPE_TEXT, ROLE_DIMENSION, NULL, "command name of the receiver"},
    [SIGNAL_COUNT] = {"count", TYPE_U64, ROLE_MEASURE, "1", "how many: " FIRST_OR_MORE},
    [SIGNAL_INTERVAL] = {"interval_ns", TYPE_I64, ROLE_MEASURE, "ns", INTERVAL_OF_MORE},
};

const struct table table_signals =
    TABLE("signals",
          "Signals sent: by whom, to whom, why, and what became of them. The kernel's routine (SIGCHLD, timers) is left out by default",
          signal_columns);

static const struct column crash_columns[] = {
    [CRASH_TIME] = COLUMN_TIME("when the thread took the signal"),
    COLUMNS_PROCESS(CRASH),
    [CRASH_TID] = {"tid", TYPE_U32, ROLE_IDENTITY, NULL, "thread that crashed"},
    [CRASH_THREAD] = {"thread", TYPE_TEXT, ROLE_DIMENSION, NULL, "name of that thread"},
    [CRASH_SIGNAL] = {"signal", TYPE_TEXT, ROLE_DIMENSION, NULL,
                      "SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGQUIT, SIGXCPU or SIGXFSZ"},
    [CRASH_CODE] = {"code", TYPE_TEXT, ROLE_DIMENSION, NULL,
                    "SEGV_MAPERR, SEGV_ACCERR, FPE_INTDIV, SI_TKILL (abort, raise), SI_USER (kill) …"},
    [CRASH_ADDRESS] =
        {"address", TYPE_TEXT, ROLE_DIMENSION, NULL,
         "address that the instruction touched, of SIGSEGV and SIGBUS, in hexadecimal; 0x0 and a little above: a null pointer"},
    [CRASH_ACCESS] = {"access", TYPE_TEXT, ROLE_DIMENSION, NULL, "read, write or execute at that address; NULL when it was no page fault"},
    [CRASH_IP] = {"ip", TYPE_TEXT, ROLE_DIMENSION, NULL, "address of the instruction, in hexadecimal"},
    [CRASH_LOCATION] =
        {"location", TYPE_TEXT, ROLE_DIMENSION, NULL,
         "the same as file and offset in that file: /usr/lib/libfoo.so+0x1234. NULL when it lies in no file, or when another "
         "thread was changing the address space"},
    [CRASH_CORE] = {"core_dumped", TYPE_BOOL, ROLE_DIMENSION, NULL, "a core was dumped; NULL: the end of the thread was not seen"},
    [CRASH_DYING] = {"dying_ns", TYPE_I64, ROLE_MEASURE, "ns", "from the signal to the end of the thread: the time that the core took"},
};

const struct table table_crashes =
    TABLE("crashes", "Processes that died of a signal whose default is a core: where, and what they touched", crash_columns);

static const struct column failure_columns[] = {
    [FAILURE_TIME] = COLUMN_TIME("end of the interval"),
    COLUMNS_PROCESS(FAILURE),
    [FAILURE_INTERVAL] = {"interval_ns", TYPE_I64, ROLE_MEASURE, "ns", "length of the interval, about a second"},
    [FAILURE_CALL] = {"call", TYPE_TEXT, ROLE_DIMENSION, NULL, "system call: openat …; 32-bit processes: i386:NUMBER"},
    [FAILURE_ERROR] = {"error", TYPE_TEXT, ROLE_DIMENSION, NULL, "EACCES, ENOSPC, EMFILE …: those of the option errors"},
    [FAILURE_COUNT] = {"count", TYPE_U64, ROLE_MEASURE, "1", "how often it failed so"},
};

const struct table table_call_failures =
    TABLE("call_failures",
          "System calls that failed for want of rights, room or descriptors, by process, call, error and second, those that happened only",
          failure_columns);

static const struct column change_columns[] = {
    [CHANGE_TIME] = COLUMN_TIME("when it had happened, or the end of the interval"),
    COLUMNS_PROCESS(CHANGE),
    [CHANGE_KIND] = {"kind", TYPE_TEXT, ROLE_DIMENSION, NULL,
                     "credentials, namespaces, module_load, module_free, root (chroot, pivot_root), hostname, swap_on, swap_off, clock. "
                     "Mounts are in file_ops"},
    [CHANGE_CALL] = {"call", TYPE_TEXT, ROLE_DIMENSION, NULL,
                     "system call that did it: setuid, execve (of a set-user-id program), unshare, clone …"},
    [CHANGE_BEFORE] = {"before", TYPE_TEXT, ROLE_DIMENSION, NULL,
                       "what was: uid=1000 gid=1000 caps=none; of namespaces those that differ, by inode number: net=4026531840"},
    [CHANGE_AFTER] = {"after", TYPE_TEXT, ROLE_DIMENSION, NULL, "what is now, in the same words; the new root, host name or time"},
    [CHANGE_DETAIL] = {"detail", TYPE_TEXT, ROLE_DIMENSION, NULL, "name of the module, swap file or device"},
    [CHANGE_COUNT] = {"count", TYPE_U64, ROLE_MEASURE, "1", "how many: " FIRST_OR_MORE},
    [CHANGE_INTERVAL] = {"interval_ns", TYPE_I64, ROLE_MEASURE, "ns", INTERVAL_OF_MORE},
};

const struct table table_changes =
    TABLE("changes", "What changed the host or what a process may do and see: credentials, namespaces, modules, host name, swap, clock",
          change_columns);
