/* A file that is called "clean" between a clean close and the next start, and "running" meanwhile: a new name needs no room on a full disk.
 * For the same reason it is as long from the start as it ever gets: losses that come too late to be told are noted in it, over what is
 * there, and the next start tells them. */
#include "base/log.h"
#include "inside.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NOTE_BYTES = 256 };

static const char *const words[LOSS_COUNT] = {
    [LOSS_QUEUE] = "queue", [LOSS_WRITE] = "write",           [LOSS_MEMORY] = "memory",
    [LOSS_STOP] = "stop",   [LOSS_UNDECLARED] = "undeclared", [LOSS_JOURNAL] = "journal",
};

static bool write_note(const char *path, const char *note)
{
    char padded[NOTE_BYTES];
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        return false;
    memset(padded, '\n', sizeof padded);
    memcpy(padded, note, strnlen(note, sizeof padded));
    bool good = pwrite(fd, padded, sizeof padded, 0) == NOTE_BYTES && !fsync(fd);
    close(fd);
    return good;
}

/* Lines of a word and a number of rows. */
static void read_note(struct store *s, const char *path)
{
    char note[NOTE_BYTES + 1] = "", *rest = note, word[16];
    uint64_t rows;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = pread(fd, note, NOTE_BYTES, 0);
    close(fd);
    for (char *line; n > 0 && (line = strsep(&rest, "\n"));)
        for (size_t i = 0; i < LOSS_COUNT; i++)
            if (sscanf(line, "%15s %" SCNu64, word, &rows) == 2 && !strcmp(word, words[i]))
                store_lose(s, (enum loss)i, rows);
}

bool marker_take(struct store *s)
{
    char *clean = path_join(s->dir, "clean"), *running = path_join(s->dir, "running"), *database = path_join(s->dir, "hot.duckdb");
    bool unclean = false;
    if (clean && running && database) {
        unclean = access(clean, F_OK) && !access(database, F_OK);
        read_note(s, clean);
        rename(clean, running);
        write_note(running, "");
        dir_sync(s->dir);
    }
    free(clean);
    free(running);
    free(database);
    return unclean;
}

static void note_losses(struct store *s, const char *path)
{
    char note[NOTE_BYTES] = "";
    size_t n = 0;
    for (size_t i = 0; i < LOSS_COUNT; i++)
        if (s->losses[i] && n < sizeof note)
            n += (size_t)snprintf(note + n, sizeof note - n, "%s %" PRIu64 "\n", words[i], s->losses[i]);
    if (n && (n >= sizeof note || !write_note(path, note)))
        log_warn("store: the losses of the last moment cannot be noted for the next start");
}

void marker_put(struct store *s)
{
    char *clean = path_join(s->dir, "clean"), *running = path_join(s->dir, "running");
    if (clean && running) {
        note_losses(s, running);
        if (rename(running, clean))
            write_note(clean, "");
        dir_sync(s->dir);
    }
    free(running);
    free(clean);
}
