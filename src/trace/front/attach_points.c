/* Attach points: kprobe:vfs_*, uprobe:/bin/bash:readline, interval:1s. They are words of their own making, not tokens: they hold paths,
 * wildcards, C++ names in quotes and dashes. One ends at a blank, a comma, the brace of the body or the slash of the predicate. */
#include "trace/front/inside.h"

#include "base/arena.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* One character or parameter of the attach point into the text. */
static size_t add_piece(struct parser *p, struct place place, size_t i, struct text *out)
{
    const char *text = p->source->text + place.at;
    size_t n = 1, number = 0;
    if (text[i] != '$' || i + 1 == place.length || text[i + 1] < '0' || text[i + 1] > '9') {
        text_addc(out, text[i]);
        return 1;
    }
    for (; i + n < place.length && text[i + n] >= '0' && text[i + n] <= '9' && number < 1000000; n++)
        number = number * 10 + (size_t)(text[i + n] - '0');
    if (p->arguments && number && number <= p->arguments->count) {
        text_adds(out, p->arguments->values[number - 1]);
    } else {
        complain(p->complaints, (struct place){place.at + (uint32_t)i, (uint32_t)n}, "the attach point needs $%zu, which was not given",
                 number);
        complain_hint(p->complaints, "arguments follow the script on the command line");
    }
    return n;
}

/* Splits the text at colons outside quotes; the parts lose their quotes. */
static void split(struct parser *p, struct attach_point *point)
{
    char *copy = arena_copy(p->arena, point->text, strlen(point->text)), *out = copy;
    bool quoted = false;
    if (!copy)
        return parser_give_up(p);
    point->parts[point->n_parts++] = copy;
    for (const char *c = point->text; *c; c++) {
        if (*c == '"') {
            quoted = !quoted;
        } else if (*c != ':' || quoted) {
            *out++ = *c;
        } else if (point->n_parts == ATTACH_PARTS_MAX) {
            complain(p->complaints, point->place, "an attach point has at most %d parts", ATTACH_PARTS_MAX);
            complain_hint(p->complaints, "put a name that has colons into quotes: uprobe:/bin/x:cpp:\"a::b\"");
            break;
        } else {
            *out++ = '\0';
            point->parts[point->n_parts++] = out;
        }
    }
    *out = '\0';
    if (quoted)
        complain(p->complaints, point->place, "a \" of this attach point is not closed");
}

static struct attach_point *make_point(struct parser *p, struct place place, const struct text *text)
{
    struct attach_point *point = parser_alloc(p, sizeof *point);
    if (!point)
        return NULL;
    point->place = place;
    point->text = arena_copy(p->arena, text->bytes ? text->bytes : "", text->length);
    if (!point->text) {
        parser_give_up(p);
        return NULL;
    }
    split(p, point);
    return point;
}

/* The name in name=kprobe:f is reserved by bpftrace and means nothing. */
static struct place without_name(const struct source *s, struct place place)
{
    uint32_t n = 0;
    while (n < place.length && is_word(s->text[place.at + n]))
        n++;
    if (n && n + 1 < place.length && s->text[place.at + n] == '=')
        return (struct place){place.at + n + 1, place.length - n - 1};
    return place;
}

/* The brace of the first choices outside quotes; *close gets the closing one. */
static const char *find_choices(const char *text, const char **close)
{
    bool quoted = false;
    for (const char *c = text; *c; c++) {
        quoted ^= *c == '"';
        if (*c != '{' || quoted)
            continue;
        struct source s = {.text = c, .length = strlen(c)};
        uint32_t end = attach_skip_choices(&s, 0);
        *close = c + end - 1;
        return end ? c : NULL;
    }
    return NULL;
}

enum { CHOICES_MAX = 256, BRACES_MAX = 8 }; /* points that one written one may become, and the braces in it */

/* The points of one written attach point. */
struct points {
    struct place place;
    struct attach_point **last;
    uint32_t count, braces;
};

/* a{b,c}d becomes abd and acd; recursion is by further braces. */
static void add_choices(struct parser *p, struct points *points, const struct text *text)
{
    const char *close, *open = text->bytes && points->braces < BRACES_MAX ? find_choices(text->bytes, &close) : NULL;
    if (points->count == CHOICES_MAX)
        return;
    if (!open) {
        struct attach_point *point = make_point(p, points->place, text);
        points->count++;
        *points->last = point;
        points->last = point ? &point->next : points->last;
        return;
    }
    points->braces++;
    for (const char *choice = open + 1; choice <= close;) {
        size_t n = strcspn(choice, ",}");
        struct text one = {0};
        text_add(&one, text->bytes, (size_t)(open - text->bytes));
        text_add(&one, choice, n);
        text_adds(&one, close + 1);
        add_choices(p, points, &one);
        text_free(&one);
        choice += n + 1;
    }
    points->braces--;
}

/* Returns where the next point's link goes. */
static struct attach_point **add_points(struct parser *p, struct place place, struct attach_point **last)
{
    struct text text = {.ceiling = 64 * 1024};
    struct points points = {.place = without_name(p->source, place), .last = last};
    bool quoted = false;
    for (size_t i = 0; i < points.place.length;) {
        char c = p->source->text[points.place.at + i];
        quoted ^= c == '"';
        i += is_blank(c) && !quoted ? 1 : add_piece(p, points.place, i, &text);
    }
    add_choices(p, &points, &text);
    if (points.count == CHOICES_MAX)
        complain(p->complaints, points.place, "this stands for too many attach points (more than %d)", CHOICES_MAX - 1);
    text_free(&text);
    return points.last;
}

static void complain_of_end(struct parser *p, uint32_t at)
{
    const struct source *s = p->source;
    struct place place = {at, 0};
    while (place.at + place.length < s->length && place.length < 40 && !is_blank(s->text[place.at + place.length]))
        place.length++;
    if (!place.length) {
        complain(p->complaints, place, "the probe has no body: a { is missing");
        complain_hint(p->complaints, "a probe looks like: kprobe:vfs_read, kprobe:vfs_write /pid == 1/ { @[comm] = count(); }");
        return;
    }
    complain(p->complaints, place, "expected \",\", a /predicate/ or the { of the body after the attach point, found \"%.*s\"",
             (int)place.length, s->text + place.at);
    if (memchr(s->text + place.at, ':', place.length))
        complain_hint(p->complaints, "there is a comma between attach points");
    else
        complain_hint(p->complaints, "statements stand inside a probe: BEGIN { @x = 1; }");
}

static bool ends_points(const struct source *s, uint32_t at)
{
    return at < s->length && (s->text[at] == '{' || s->text[at] == '/');
}

struct attach_point *parse_attach_points(struct parser *p)
{
    struct attach_point *first = NULL, **last = &first;
    const struct source *s = p->source;
    uint32_t at = p->token.place.at;
    for (;;) {
        uint32_t end = attach_skip_point(s, at);
        if (end == at) {
            complain(p->complaints, (struct place){at, at < s->length}, "expected an attach point, such as kprobe:vfs_read");
            break;
        }
        last = add_points(p, (struct place){at, end - at}, last);
        p->before = (struct place){at, end - at};
        at = lexer_skip_blanks(s, end);
        if (at < s->length && s->text[at] == ',') {
            at = lexer_skip_blanks(s, at + 1);
            if (!ends_points(s, at))
                continue;
        } else if (!ends_points(s, at)) {
            complain_of_end(p, at);
        }
        break;
    }
    parser_move(p, at);
    return first;
}
