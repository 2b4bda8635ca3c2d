/* What `sonde run` prints: one record a line, for people or as JSON. A JSON record is an object whose "kind" says what it is:
 *   {"kind":"event","time":T,"map":NAME,"type":STRUCT or null,"data":VALUE}      a record of a buffer; without a type: its bytes in hex
 *   {"kind":"lost","time":T,"map":NAME,"count":N}                                events that the kernel dropped
 *   {"kind":"map","time":T,"map":NAME,"type":TYPE,"entries":[…]}                 the contents of a map (maps.h)
 *   {"kind":"print","time":T,"task":"cat-1234","text":LINE}                      a line of bpf_printk
 *   {"kind":"iter","program":NAME,"text":TEXT}                                   what an iterator wrote */
#pragma once
#include "objects/stream.h"
#include "objects/typed.h"

struct show {
    bool json;
    bool name_maps; /* text: events of several buffers begin with the buffer's name */
    struct typed_options values;
};

/* Measures the clocks that values_options needs. */
void show_init(struct show *s, bool json);
/* Each appends a record; text ends with a newline, JSON does not. */
void show_event(struct text *out, const struct show *s, const struct stream_event *e, int64_t utc_ns);
void show_lost(struct text *out, const struct stream_buffer *b, uint64_t count, int64_t utc_ns); /* JSON */
/* A line of the trace pipe. False: it is not a bpf_printk's, and nothing is appended. */
bool show_print(struct text *out, const struct show *s, const char *line, size_t n, int64_t utc_ns);
void show_iter(struct text *out, const struct show *s, const char *program, const char *bytes, size_t n);
/* "09:01:26.123", UTC */
void show_time_of_day(struct text *out, int64_t utc_ns);
