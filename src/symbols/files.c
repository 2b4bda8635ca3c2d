#include "symbols/files.h"

#include "base/map.h"
#include "symbols/open.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
    struct symbols_file_key key;
    struct symbols_elf *elf;    /* NULL: it could not be read */
    struct err *why;            /* then */
    struct file *newer, *older; /* by their last use */
};

struct symbols_files {
    struct map by_key;
    struct file *newest, *oldest;
    size_t n, ceiling;
};

struct symbols_files *symbols_files_create(size_t bytes)
{
    struct symbols_files *f = calloc(1, sizeof *f);
    if (f)
        f->ceiling = bytes ? bytes : SYMBOLS_FILES_BYTES;
    return f;
}

static uint64_t hash_key(const struct symbols_file_key *key)
{
    return hash_bytes(key, sizeof *key, 0);
}

static void unlink_file(struct symbols_files *f, struct file *file)
{
    *(file->newer ? &file->newer->older : &f->newest) = file->older;
    *(file->older ? &file->older->newer : &f->oldest) = file->newer;
}

static void link_newest(struct symbols_files *f, struct file *file)
{
    file->newer = NULL;
    file->older = f->newest;
    *(f->newest ? &f->newest->newer : &f->oldest) = file;
    f->newest = file;
}

static void forget(struct symbols_files *f, struct file *file)
{
    unlink_file(f, file);
    map_take(&f->by_key, hash_key(&file->key));
    symbols_elf_destroy(file->elf);
    free(file->why);
    free(file);
    f->n--;
}

void symbols_files_destroy(struct symbols_files *f)
{
    if (!f)
        return;
    while (f->newest)
        forget(f, f->newest);
    map_free(&f->by_key);
    free(f);
}

static struct file *find(struct symbols_files *f, const struct symbols_file_key *key)
{
    struct file *file = map_get(&f->by_key, hash_key(key));
    if (!file || memcmp(&file->key, key, sizeof *key) != 0)
        return NULL;
    if (file != f->newest) {
        unlink_file(f, file);
        link_newest(f, file);
    }
    return file;
}

static size_t bytes_of(const struct file *file)
{
    return sizeof *file + (file->elf ? symbols_elf_bytes(file->elf) : sizeof *file->why);
}

size_t symbols_files_bytes(const struct symbols_files *f)
{
    size_t n = sizeof *f;
    for (const struct file *file = f->newest; file; file = file->older)
        n += bytes_of(file);
    return n;
}

size_t symbols_files_count(const struct symbols_files *f)
{
    return f->n;
}

/* Down to the ceilings; the newest stays. */
static void make_room(struct symbols_files *f)
{
    size_t bytes = symbols_files_bytes(f);
    while (f->oldest && f->oldest != f->newest && (bytes > f->ceiling || f->n > SYMBOLS_FILES_MAX)) {
        bytes -= bytes_of(f->oldest);
        forget(f, f->oldest);
    }
}

/* Takes the symbols, or the reason why there are none. NULL, and nothing is kept, when out of memory. */
static struct file *keep(struct symbols_files *f, const struct symbols_file_key *key, struct symbols_elf *elf, const struct err *why)
{
    struct file *file = calloc(1, sizeof *file), *same = map_get(&f->by_key, hash_key(key));
    int failed = 0;
    if (same) /* another file of the same hash */
        forget(f, same);
    if (file)
        *file = (struct file){.key = *key, .elf = elf, .why = elf ? NULL : malloc(sizeof *file->why)};
    if (file && file->why)
        *file->why = *why;
    if (file && (elf || file->why))
        map_put(&f->by_key, hash_key(key), file, &failed);
    if (!file || !(elf || file->why) || failed) {
        symbols_elf_destroy(elf);
        free(file ? file->why : NULL);
        free(file);
        return NULL;
    }
    link_newest(f, file);
    f->n++;
    make_room(f);
    return file;
}

bool symbols_files_key(int fd, struct symbols_file_key *key)
{
    struct stat st;
    if (fstat(fd, &st))
        return false;
    if (!S_ISREG(st.st_mode)) {
        errno = EINVAL;
        return false;
    }
    *key =
        (struct symbols_file_key){st.st_dev, st.st_ino, (uint64_t)st.st_size, st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec};
    return true;
}

static struct symbols_elf *answer(const struct file *file, struct err *why)
{
    if (!file)
        err_set(why, ENOMEM, "out of memory");
    else if (!file->elf)
        err_set(why, file->why->code, "%s", file->why->text);
    return file ? file->elf : NULL;
}

struct symbols_elf *symbols_files_get(struct symbols_files *f, int fd, const char *name, const int *roots, struct err *why)
{
    struct symbols_file_key key;
    struct err failed = {0};
    if (!symbols_files_key(fd, &key)) {
        err_set(why, errno, errno == EINVAL ? "%s is no regular file" : "%s cannot be read", name);
        return NULL;
    }
    struct file *file = find(f, &key);
    if (!file) {
        struct symbols_elf *elf = symbols_elf_create(fd, name, roots, &failed);
        file = keep(f, &key, elf, &failed);
    }
    return answer(file, why);
}

struct symbols_elf *symbols_files_get_memory(struct symbols_files *f, const void *bytes, size_t n, const char *name,
                                             struct symbols_file_key *key)
{
    struct err failed = {0};
    *key = (struct symbols_file_key){0, hash_bytes(bytes, n, 0), n, 0};
    struct file *file = find(f, key);
    if (!file) {
        struct symbols_elf *elf = symbols_elf_create_memory(bytes, n, name, &failed);
        file = keep(f, key, elf, &failed);
    }
    return answer(file, NULL);
}

bool symbols_files_known(struct symbols_files *f, const struct symbols_file_key *key, struct symbols_elf **elf)
{
    const struct file *file = find(f, key);
    *elf = file ? file->elf : NULL;
    return file;
}

struct symbols_elf *symbols_files_open(struct symbols_files *f, uint32_t pid, const char *path, struct err *why)
{
    struct symbols_elf *elf = NULL;
    int roots[] = {open_root(pid), pid ? open_root(0) : -1, -1};
    if (roots[0] < 0) {
        err_set(why, errno, "the files of process %u cannot be seen: %s", pid, strerror(errno));
    } else {
        int fd = pid ? open_below(roots[0], path) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
            err_set(why, errno, "%s cannot be opened: %s", path, strerror(errno));
        else
            elf = symbols_files_get(f, fd, path, roots, why);
        if (fd >= 0)
            close(fd);
    }
    for (size_t i = 0; i < 2; i++)
        if (roots[i] >= 0)
            close(roots[i]);
    return elf;
}
