/* Prometheus text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats): the agent's own figures. */
#include "exporters/exporter.h"

#include <stdatomic.h>
#include <stdio.h>

static const struct exporter_source *_Atomic source;

static int prometheus_open(const struct exporter_source *s)
{
    source = s;
    return 0;
}

struct rendering {
    struct text *out;
    const char *last; /* HELP and TYPE stand once before the samples of a name */
};

static void add_figure(void *arg, const char *name, const char *kind, const char *help, const char *labels, double value)
{
    struct rendering *r = arg;
    if (!r->last || strcmp(r->last, name))
        text_addf(r->out, "# HELP sonde_%s %s\n# TYPE sonde_%s %s\n", name, help, name, kind);
    r->last = name;
    text_addf(r->out, "sonde_%s%s%s%s %.17g\n", name, *labels ? "{" : "", labels, *labels ? "}" : "", value);
}

static void prometheus_render(struct text *out)
{
    const struct exporter_source *s = source;
    struct rendering r = {out, NULL};
    if (s)
        s->figures(s->arg, add_figure, &r);
}

static void prometheus_close(void)
{
    source = NULL;
}

const struct exporter exporter_prometheus = {
    .name = "prometheus",
    .summary = "the agent's figures for a Prometheus scrape, at /metrics",
    .open = prometheus_open,
    .render = prometheus_render,
    .close = prometheus_close,
};
