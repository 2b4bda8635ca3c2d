#include "cli/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static volatile sig_atomic_t signals, first_signal;
static int wake_fd = -1;

static void on_signal(int number)
{
    int saved = errno;
    uint64_t one = 1;
    ssize_t n = write(wake_fd, &one, sizeof one);
    (void)n;
    if (!signals)
        first_signal = number;
    signals++;
    errno = saved;
}

void interrupt_catch(void)
{
    if (wake_fd >= 0)
        return;
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int interrupt_fd(void)
{
    return wake_fd;
}

void interrupt_forget(void)
{
    interrupt_count();
    signals = 0;
}

unsigned interrupt_count(void)
{
    uint64_t drained;
    ssize_t n = read(wake_fd, &drained, sizeof drained);
    (void)n;
    return (unsigned)signals;
}

int interrupt_exit(void)
{
    return 128 + (first_signal ? (int)first_signal : SIGINT);
}
