/* The contents of maps as Prometheus text (exposition format 0.0.4, https://prometheus.io/docs/instrumenting/exposition_formats/).
 *
 * Each number of a value is a sample: bpf_MAP, or bpf_MAP_FIELD of a struct's field. The key's fields are its labels ("key" when the key is
 * one number or text), the place in an array is the label "index". Values of per-CPU maps are sums; those without one have the label "cpu".
 * Text, addresses and pointers of a value are no samples. Global variables are bpf_VARIABLE. Types are untyped: nothing tells a counter
 * from a gauge. */
#pragma once
#include "objects/maps.h"

/* At most this many entries of one map; how many more there are is the sample sonde_run_entries_left_out{map=…}. */
enum { METRICS_MAX_ENTRIES = 100000 };

/* Appends the samples of one map. */
void metrics_add_map(struct text *out, const struct map_view *v, const struct typed_options *o);
