/* line_latency WORD: reads JSON lines from stdin as they come; for each that holds WORD, takes the time between its "time"
 * (UTC, CLOCK_REALTIME, as in 2026-11-21T01:02:03.000000004Z) and the moment it was read.
 * At the end of its input, or on SIGTERM, prints: lines p50 p99 max, in microseconds. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 1 << 20, SAMPLES = 4 << 20 };

static int64_t samples[SAMPLES];
static size_t n_samples;
static volatile sig_atomic_t ended;

static void end(int signal)
{
    (void)signal;
    ended = 1;
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Nanoseconds since 1970 of the line's "time", -1 when it has none. */
static int64_t line_time(const char *line)
{
    const char *p = strstr(line, "\"time\":");
    struct tm tm = {0};
    if (!p || !(p = strptime(p + 8, "%Y-%m-%dT%H:%M:%S", &tm)))
        return -1;
    int64_t ns = 0, unit = 100000000;
    for (p += *p == '.'; *p >= '0' && *p <= '9' && unit; p++, unit /= 10)
        ns += (*p - '0') * unit;
    return (int64_t)timegm(&tm) * 1000000000 + ns;
}

static void take_line(const char *line, const char *word, int64_t read_ns)
{
    int64_t t = strstr(line, word) ? line_time(line) : -1;
    if (t >= 0 && n_samples < SAMPLES)
        samples[n_samples++] = read_ns - t;
}

/* Takes each whole line of buffer[0..used) and returns how many bytes of a last, unfinished one are left at its start. */
static size_t take_lines(char *buffer, size_t used, const char *word, int64_t read_ns)
{
    char *line = buffer, *end_of_line;
    while ((end_of_line = memchr(line, '\n', used - (size_t)(line - buffer)))) {
        *end_of_line = '\0';
        take_line(line, word, read_ns);
        line = end_of_line + 1;
    }
    size_t left = used - (size_t)(line - buffer);
    memmove(buffer, line, left);
    return left;
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double at(double share)
{
    return n_samples ? (double)samples[(size_t)(share * (double)(n_samples - 1))] / 1e3 : 0;
}

int main(int argc, char **argv)
{
    static char buffer[BUFFER];
    if (argc != 2) {
        fputs("usage: line_latency WORD <lines\n", stderr);
        return 2;
    }
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    size_t used = 0;
    while (!ended) {
        ssize_t n = read(0, buffer + used, sizeof buffer - used);
        if (n <= 0)
            break;
        used = take_lines(buffer, used + (size_t)n, argv[1], now_ns());
        if (used == sizeof buffer)
            used = 0; /* a line without an end */
    }
    qsort(samples, n_samples, sizeof samples[0], ascending);
    printf("%zu %.0f %.0f %.0f\n", n_samples, at(0.5), at(0.99), at(1));
    return 0;
}
