/* join, cat and system: what is more than a line. */
#include "trace/run/inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void action_join(struct session *r, const struct action *a, const char *payload)
{
    uint64_t count;
    struct text line = {0};
    memcpy(&count, payload, sizeof count);
    for (uint64_t i = 0; i < count && i < JOIN_WORDS; i++) {
        const char *word = payload + sizeof count + i * a->word_size;
        if (i)
            text_adds(&line, a->text);
        text_add(&line, word, strnlen(word, a->word_size));
    }
    text_addc(&line, '\n');
    print_event(&r->style, "join", line.bytes, line.length, &r->out);
    text_free(&line);
}

static char *words_of(struct session *r, const struct action *a, const char *payload, struct text *room)
{
    format_print(a->format, &r->style, payload, a->size, room);
    text_addc(room, '\0');
    return room->bytes;
}

/* At most so many bytes. */
static void add_stream(struct text *out, FILE *f, size_t most)
{
    char block[4096];
    size_t n;
    while (out->length < most && (n = fread(block, 1, sizeof block < most - out->length ? sizeof block : most - out->length, f)) > 0)
        text_add(out, block, n);
}

void action_cat(struct session *r, const struct action *a, const char *payload)
{
    struct text path = {0};
    struct text content = {0};
    const char *name = words_of(r, a, payload, &path);
    FILE *f = name ? fopen(name, "re") : NULL;
    if (f) {
        add_stream(&content, f, r->unit->settings.max_cat_bytes);
        fclose(f);
        print_event(&r->style, "cat", content.bytes ? content.bytes : "", content.length, &r->out);
    } else {
        session_flush(r);
        fprintf(stderr, "ERROR: failed to open file '%s': %s\n", name ? name : "", strerror(errno));
    }
    text_free(&content);
    text_free(&path);
}

/* Waits until the command ends, as bpftrace does. */
void action_system(struct session *r, const struct action *a, const char *payload)
{
    enum { OUTPUT_MOST = 16 << 20 };
    struct text command = {0};
    struct text output = {0};
    const char *words = words_of(r, a, payload, &command);
    session_flush(r);
    FILE *f = words ? popen(words, "re") : NULL; /* NOLINT(cert-env33-c): it is what the script asks for, with --unsafe */
    if (f) {
        add_stream(&output, f, OUTPUT_MOST);
        pclose(f);
        print_event(&r->style, "syscall", output.bytes ? output.bytes : "", output.length, &r->out);
    } else {
        fprintf(stderr, "ERROR: the command '%s' cannot be run: %s\n", words ? words : "", strerror(errno));
    }
    text_free(&output);
    text_free(&command);
}
