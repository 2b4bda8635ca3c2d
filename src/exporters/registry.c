#include "exporters/exporter.h"

extern const struct exporter exporter_prometheus;

/* One line each. */
/* clang-format off */
const struct exporter *const exporters[] = {
    &exporter_prometheus,
};
/* clang-format on */
const size_t n_exporters = sizeof exporters / sizeof exporters[0];

void exporters_open(const struct exporter_source *source)
{
    for (size_t i = 0; i < n_exporters; i++)
        if (exporters[i]->open)
            exporters[i]->open(source);
}

void exporters_consume(void *unused, struct batch *b)
{
    (void)unused;
    for (size_t i = 0; i < n_exporters; i++)
        if (exporters[i]->consume)
            exporters[i]->consume(b);
}

bool exporters_render(const char *name, struct text *out)
{
    for (size_t i = 0; i < n_exporters; i++) {
        if (strcmp(exporters[i]->name, name) || !exporters[i]->render)
            continue;
        exporters[i]->render(out);
        return true;
    }
    return false;
}

void exporters_close(void)
{
    for (size_t i = 0; i < n_exporters; i++)
        if (exporters[i]->close)
            exporters[i]->close();
}
