#include "cli/output.h"

#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool failed;

void terminal_probe(struct terminal *t)
{
    struct winsize size = {0};
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    *t = (struct terminal){.is_terminal = isatty(STDOUT_FILENO)};
    if (!t->is_terminal)
        return;
    t->colour = !(no_color && *no_color) && term && strcmp(term, "dumb");
    t->width = !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col : 80;
}

static void tell_failure(int code)
{
    failed = true;
    fprintf(stderr, "sonde: cannot write the output: %s\n", strerror(code));
}

bool output_write(const void *bytes, size_t n)
{
    for (const char *p = bytes; n;) {
        ssize_t done = write(STDOUT_FILENO, p, n);
        if (done < 0 && errno == EINTR && !interrupt_count())
            continue;
        if (done < 0) {
            if (errno != EPIPE && errno != EINTR)
                tell_failure(errno);
            return false;
        }
        p += done;
        n -= (size_t)done;
    }
    return true;
}

bool output_failed(void)
{
    return failed;
}

bool output_closed(void)
{
    struct pollfd p = {.fd = STDOUT_FILENO};
    return poll(&p, 1, 0) == 1 && p.revents & (POLLERR | POLLHUP);
}

int output_text(struct text *t)
{
    bool whole = !t->full;
    if (!whole)
        fputs("sonde: out of memory\n", stderr);
    whole = output_write(t->bytes, t->length) && whole;
    text_free(t);
    return whole ? EXIT_OK : EXIT_FAILED;
}
