#include "cli/trace_tools.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where they are, from the program: in the build, and where make install puts them. */
static const char *const places[] = {"../tools", "../share/sonde/tools"};

static bool program_folder(char *folder, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", folder, size - 1);
    if (n <= 0)
        return false;
    folder[n] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    return slash != NULL;
}

bool tool_find(const char *name, struct text *path)
{
    char folder[4096];
    const char *end = strlen(name) > 3 && !strcmp(name + strlen(name) - 3, ".bt") ? "" : ".bt";
    if (strchr(name, '/') || !program_folder(folder, sizeof folder))
        return false;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        text_clear(path);
        text_addf(path, "%s/%s/%s%s", folder, places[i], name, end);
        if (path->bytes && !access(path->bytes, R_OK))
            return true;
    }
    return false;
}

static int is_script(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return n > 3 && !strcmp(d->d_name + n - 3, ".bt");
}

/* The question is the first comment. */
static void add_tool(struct text *out, const char *folder, const char *file)
{
    struct text path = {0};
    char line[512] = "";
    text_addf(&path, "%s/%s", folder, file);
    FILE *f = path.bytes ? fopen(path.bytes, "re") : NULL;
    while (f && fgets(line, sizeof line, f) && strncmp(line, "// ", 3))
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    text_addf(out, "%-16.*s %s\n", (int)(strlen(file) - 3), file, line[0] ? line + 3 : "");
    if (f)
        fclose(f);
    text_free(&path);
}

bool tools_list(struct text *out)
{
    char folder[4096];
    bool found = false;
    struct text path = {0};
    if (!program_folder(folder, sizeof folder))
        return false;
    for (size_t i = 0; !found && i < sizeof places / sizeof places[0]; i++) {
        struct dirent **list;
        text_clear(&path);
        text_addf(&path, "%s/%s", folder, places[i]);
        int n = path.bytes ? scandir(path.bytes, &list, is_script, alphasort) : -1;
        for (int k = 0; k < n; k++) {
            add_tool(out, path.bytes, list[k]->d_name);
            free(list[k]);
        }
        if (n >= 0)
            free(list);
        found = n > 0;
    }
    if (!found)
        fprintf(
            stderr,
            "sonde trace: the tools are neither in tools/ beside the build nor in ../share/sonde/tools, where make install puts them\n");
    text_free(&path);
    return found;
}
