#include "identity/internal.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static uint64_t boot_hash;

/* The boot id makes keys of different boots (and hosts) differ. Without it keys are still right within one boot. */
static void read_boot_id(void)
{
    char text[64];
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = read(fd, text, sizeof text);
    close(fd);
    if (n > 0)
        boot_hash = hash_bytes(text, (size_t)n, 0);
}

uint64_t identity_key(uint32_t pid, uint64_t start_ns)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_boot_id);
    uint64_t key = hash_u64(hash_u64(boot_hash ^ start_ns) + pid);
    return key ? key : 1;
}
