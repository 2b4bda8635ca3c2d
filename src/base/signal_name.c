#include "base/signal_name.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

void signal_name(int number, char out[SIGNAL_NAME_SIZE])
{
    const char *abbreviation = sigabbrev_np(number);
    if (abbreviation)
        snprintf(out, SIGNAL_NAME_SIZE, "SIG%s", abbreviation);
    else if (number >= SIGRTMIN && number <= SIGRTMAX)
        snprintf(out, SIGNAL_NAME_SIZE, "SIGRTMIN+%d", number - SIGRTMIN);
    else
        snprintf(out, SIGNAL_NAME_SIZE, "signal %d", number);
}
