#include "store/library.h"

#include "base/err.h"

#include <dlfcn.h>
#include <duckdb.h>
#include <stddef.h>
#include <string.h>

struct duckdb_api duckdb_api;

#define NAME(function) #function,
static const char *const names[] = {DUCKDB_API_FUNCTIONS(NAME)};
enum { FUNCTIONS = sizeof names / sizeof names[0] };
_Static_assert(sizeof duckdb_api == FUNCTIONS * sizeof(void *), "a pointer for each name, in their order");

/* In the build, where make install puts it, and beside tests; a search path of the program would be searched for every other library, too.
 */
static void *open_library(void)
{
    static const char *const places[] = {"$ORIGIN/duckdb/libduckdb.so", "$ORIGIN/../lib/sonde/libduckdb.so",
                                         "$ORIGIN/../duckdb/libduckdb.so"};
    void *library = NULL;
    for (size_t i = 0; !library && i < sizeof places / sizeof places[0]; i++)
        library = dlopen(places[i], RTLD_NOW | RTLD_LOCAL);
    return library ? library : dlopen("libduckdb.so", RTLD_NOW | RTLD_LOCAL);
}

int duckdb_library_load(struct err *why)
{
    static void *library;
    void *functions[FUNCTIONS];
    if (library)
        return 0;
    void *opened = open_library();
    if (!opened)
        return err_set(why, ENOENT,
                       "DuckDB's library cannot be loaded: %s; it belongs into duckdb/ beside the program or ../lib/sonde/, where make "
                       "install puts it",
                       dlerror());
    for (size_t i = 0; i < FUNCTIONS; i++)
        functions[i] = dlsym(opened, names[i]);
    memcpy(&duckdb_api, functions, sizeof duckdb_api);
    library = opened;
    return 0;
}
