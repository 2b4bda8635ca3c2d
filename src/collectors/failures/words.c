#include "collectors/failures/words.h"

#include "base/err.h"
#include "kernel/syscall_names.h"

#include <signal.h>
#include <string.h>

/* Codes from 1 on mean something else for each signal. */
static const char *const codes_ill[] = {NULL,         "ILL_ILLOPC", "ILL_ILLOPN", "ILL_ILLADR", "ILL_ILLTRP",
                                        "ILL_PRVOPC", "ILL_PRVREG", "ILL_COPROC", "ILL_BADSTK", "ILL_BADIADDR"};
static const char *const codes_fpe[] = {NULL,         "FPE_INTDIV", "FPE_INTOVF", "FPE_FLTDIV", "FPE_FLTOVF",
                                        "FPE_FLTUND", "FPE_FLTRES", "FPE_FLTINV", "FPE_FLTSUB"};
static const char *const codes_segv[] = {NULL,           "SEGV_MAPERR",  "SEGV_ACCERR",  "SEGV_BNDERR",  "SEGV_PKUERR", "SEGV_ACCADI",
                                         "SEGV_ADIDERR", "SEGV_ADIPERR", "SEGV_MTEAERR", "SEGV_MTESERR", "SEGV_CPERR"};
static const char *const codes_bus[] = {NULL, "BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR", "BUS_MCEERR_AR", "BUS_MCEERR_AO"};
static const char *const codes_trap[] = {NULL, "TRAP_BRKPT", "TRAP_TRACE", "TRAP_BRANCH", "TRAP_HWBKPT", "TRAP_UNK", "TRAP_PERF"};
static const char *const codes_chld[] = {NULL, "CLD_EXITED", "CLD_KILLED", "CLD_DUMPED", "CLD_TRAPPED", "CLD_STOPPED", "CLD_CONTINUED"};
static const char *const codes_poll[] = {NULL, "POLL_IN", "POLL_OUT", "POLL_MSG", "POLL_ERR", "POLL_PRI", "POLL_HUP"};
static const char *const codes_sys[] = {NULL, "SYS_SECCOMP", "SYS_USER_DISPATCH"};

#define CODES(number, words)                                                                                                               \
    {                                                                                                                                      \
        number, words, sizeof(words) / sizeof((words)[0])                                                                                  \
    }
static const struct {
    int number;
    const char *const *words;
    size_t n;
} codes[] = {CODES(SIGILL, codes_ill),   CODES(SIGFPE, codes_fpe),   CODES(SIGSEGV, codes_segv), CODES(SIGBUS, codes_bus),
             CODES(SIGTRAP, codes_trap), CODES(SIGCHLD, codes_chld), CODES(SIGIO, codes_poll),   CODES(SIGSYS, codes_sys)};

static const char *common_code(int32_t code)
{
    switch (code) {
    case SI_USER: return "SI_USER";
    case SI_KERNEL: return "SI_KERNEL";
    case SI_QUEUE: return "SI_QUEUE";
    case SI_TIMER: return "SI_TIMER";
    case SI_MESGQ: return "SI_MESGQ";
    case SI_ASYNCIO: return "SI_ASYNCIO";
    case SI_SIGIO: return "SI_SIGIO";
    case SI_TKILL: return "SI_TKILL";
    case -7: return "SI_DETHREAD";
    case SI_ASYNCNL: return "SI_ASYNCNL";
    default: return NULL;
    }
}

const char *signal_code_word(int number, int32_t code)
{
    for (size_t i = 0; code > 0 && i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].number == number && (size_t)code < codes[i].n)
            return codes[i].words[code];
    return common_code(code);
}

const char *signal_result_word(uint8_t result, uint8_t marks)
{
    static const char *const words[] = {"delivered", "ignored", "already_pending", "lost", "info_lost"};
    if (marks & SIGNAL_BLOCKED)
        return "blocked";
    return result < sizeof words / sizeof words[0] ? words[result] : NULL;
}

void failures_add_call(struct text *out, uint16_t call)
{
    const char *name = syscall_name(call);
    if (call == CHANGE_NO_CALL)
        return;
    if (call & FAILURE_COMPAT)
        text_addf(out, "i386:%u", call & (FAILURE_COMPAT - 1U));
    else if (name)
        text_adds(out, name);
    else
        text_addf(out, "#%u", call);
}

const char *change_kind_word(uint16_t kind)
{
    static const char *const words[CHANGE_KINDS] = {
        [CHANGE_CREDENTIALS] = "credentials",
        [CHANGE_NAMESPACES] = "namespaces",
        [CHANGE_MODULE_LOAD] = "module_load",
        [CHANGE_MODULE_FREE] = "module_free",
        [CHANGE_ROOT] = "root",
        [CHANGE_HOSTNAME] = "hostname",
        [CHANGE_SWAP_ON] = "swap_on",
        [CHANGE_SWAP_OFF] = "swap_off",
        [CHANGE_CLOCK] = "clock",
    };
    return kind < CHANGE_KINDS ? words[kind] : NULL;
}

const char *failure_error_name(size_t i)
{
    for (int number = 1; number < FAILURE_ERRORS; number++)
        if (err_name(number) && i-- == 0)
            return err_name(number);
    return NULL;
}

int failure_error_number(const char *name)
{
    for (int number = 1; number < FAILURE_ERRORS; number++)
        if (err_name(number) && !strcmp(err_name(number), name))
            return number;
    return 0;
}
