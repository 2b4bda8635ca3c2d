/* Types by name: of the language, of the script's C, of the kernel that runs, of its tracepoints. What the kernel's BTF says is compared
 * with what bpftool says, and how C lays structs out with what the compiler of this test does. */
#include "base/arena.h"
#include "base/err.h"
#include "trace/types/aggregate.h"
#include "trace/types/find.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct compilation {
    struct arena arena;
    struct types *t;
    struct complaints complaints;
    struct source source;
    struct err why;
} k;

static int start(void **state)
{
    (void)state;
    memset(&k, 0, sizeof k);
    k.t = types_create(&k.arena);
    complaints_init(&k.complaints, &k.arena, &k.source);
    return !k.t;
}

static int stop(void **state)
{
    (void)state;
    types_destroy(k.t);
    arena_free(&k.arena);
    return 0;
}

static bool has_btf(void)
{
    return access("/sys/kernel/btf/vmlinux", R_OK) == 0;
}

#define NEEDS_BTF()                                                                                                                        \
    do {                                                                                                                                   \
        if (!has_btf())                                                                                                                    \
            skip();                                                                                                                        \
    } while (0)

/* The script is one definition. */
static void define(const char *text)
{
    k.source = (struct source){"test", text, strlen(text)};
    struct definition d = {.place = {0, (uint32_t)strlen(text)}};
    types_define(k.t, &(struct script){.definitions = &d}, &k.complaints);
}

static void complained_nothing(void)
{
    struct text words = {0};
    complaints_print(&k.complaints, &words);
    if (words.length)
        fail_msg("%s", words.bytes);
    text_free(&words);
}

static const char *words(const struct value_type *type)
{
    return type ? type_words(k.t, type) : "(null)";
}

/* --- interning and names -------------------------------------------------------------------------------------------------------- */

static void equal_types_are_one_pointer(void **state)
{
    (void)state;
    const struct value_type *members[] = {type_int(k.t, 8, true), type_string(k.t, 16)};
    const char *names[] = {"a", "b"}, *others[] = {"a", "c"};
    assert_ptr_equal(type_int(k.t, 4, true), type_int(k.t, 4, true));
    assert_ptr_not_equal(type_int(k.t, 4, true), type_int(k.t, 4, false));
    assert_ptr_equal(type_tuple(k.t, members, NULL, 2), type_tuple(k.t, members, NULL, 2));
    assert_ptr_not_equal(type_tuple(k.t, members, NULL, 2), type_tuple(k.t, members, names, 2));
    assert_ptr_not_equal(type_tuple(k.t, members, others, 2), type_tuple(k.t, members, names, 2));
    assert_ptr_equal(type_special(k.t, VALUE_HIST, false, 2, 0, 0), type_special(k.t, VALUE_HIST, false, 2, 0, 0));
    assert_ptr_not_equal(type_special(k.t, VALUE_HIST, false, 2, 0, 0), type_special(k.t, VALUE_HIST, false, 3, 0, 0));
    assert_ptr_equal(type_pointer(k.t, type_int(k.t, 4, true), SPACE_USER), type_pointer(k.t, type_int(k.t, 4, true), SPACE_USER));
    assert_ptr_not_equal(type_pointer(k.t, type_int(k.t, 4, true), SPACE_USER), type_pointer(k.t, type_int(k.t, 4, true), SPACE_KERNEL));
}

/* So that words of strings can be read on the stack, where the kernel wants them aligned. */
static void members_of_tuples_are_aligned(void **state)
{
    (void)state;
    const struct value_type *members[] = {type_int(k.t, 1, false), type_int(k.t, 8, true), type_string(k.t, 5), type_int(k.t, 2, true)};
    const struct value_type *t = type_tuple(k.t, members, NULL, 4);
    assert_int_equal(t->align, 8);
    assert_int_equal(t->size % 8, 0);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(t->fields[i].offset % 8, 0);
        assert_true(t->fields[i].offset + members[i]->size <= (i < 3 ? t->fields[i + 1].offset : t->size));
    }
    assert_string_equal(words(t), "(uint8,int64,string[5],int16)");
}

static void kinds_have_their_sizes(void **state)
{
    (void)state;
    static const struct {
        enum value_kind kind;
        int64_t p[3];
        uint32_t size;
        const char *name;
    } cases[] = {
        {VALUE_COUNT, {0}, 8, "count_t"},
        {VALUE_SUM, {0}, 8, "sum_t"},
        {VALUE_MIN, {0}, sizeof(struct value_extreme), "min_t"},
        {VALUE_AVG, {0}, sizeof(struct value_avg), "avg_t"},
        {VALUE_STATS, {0}, sizeof(struct value_avg), "stats_t"},
        {VALUE_HIST, {0}, 8 * 66, "hist_t"},
        {VALUE_LHIST, {0, 100, 10}, 8 * 12, "lhist_t"},
        {VALUE_TSERIES, {1000, 20}, 20 * sizeof(struct value_tseries_bucket), "tseries_t"},
        {VALUE_KSTACK, {0}, sizeof(struct value_stack), "kstack"},
        {VALUE_USYM, {0}, sizeof(struct value_usym), "usym_t"},
        {VALUE_MAC, {0}, 6, "mac_address"},
        {VALUE_INET, {0}, sizeof(struct value_inet), "inet"},
        {VALUE_KSYM, {0}, 8, "ksym_t"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct value_type *t = type_special(k.t, cases[i].kind, false, cases[i].p[0], cases[i].p[1], cases[i].p[2]);
        assert_int_equal(t->size, cases[i].size);
        assert_string_equal(words(t), cases[i].name);
    }
}

static void words_need_no_kernel(void **state)
{
    (void)state;
    static const struct {
        const char *name, *words;
        uint32_t size;
    } cases[] = {
        {"int8", "int8", 1},
        {"uint64", "uint64", 8},
        {"bool", "bool", 1},
        {"u8", "uint8", 1},
        {"__u32", "uint32", 4},
        {"size_t", "uint64", 8},
        {"pid_t", "int32", 4},
        {"uintptr_t", "uint64", 8},
        {"char", "int8", 1},
        {"unsigned char", "uint8", 1},
        {"short", "int16", 2},
        {"unsigned", "uint32", 4},
        {"long unsigned int", "uint64", 8},
        {"long long", "int64", 8},
        {"unsigned long long int", "uint64", 8},
        {"string", "string[64]", 64},
        {"void", "void", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct value_type *t = types_find(k.t, cases[i].name);
        assert_string_equal(words(t), cases[i].words);
        assert_int_equal(t->size, cases[i].size);
    }
}

static const struct value_type *written(const char *name, uint32_t stars, uint32_t dimensions, int64_t first, int64_t second)
{
    struct type_name n = {.words = name, .stars = stars, .dimensions = dimensions, .counts = {first, second}};
    return types_named(k.t, &n, SPACE_KERNEL, &k.complaints);
}

static void written_types_are_found(void **state)
{
    (void)state;
    assert_string_equal(words(written("uint8", 0, 1, 16, 0)), "uint8[16]");
    assert_string_equal(words(written("int32", 0, 2, 2, 3)), "int32[2][3]");
    assert_int_equal(written("int32", 0, 2, 2, 3)->of->count, 3);
    assert_string_equal(words(written("string", 0, 1, 16, 0)), "string[16]");
    assert_string_equal(words(written("const char", 1, 0, 0, 0)), "int8 *");
    assert_string_equal(words(written("char", 0, 1, 16, 0)), "string[16]");
    assert_string_equal(words(written("uint64", 2, 0, 0, 0)), "uint64 **");
    assert_int_equal(written("char __user", 1, 0, 0, 0)->space, SPACE_USER);
    assert_int_equal(written("char", 1, 0, 0, 0)->space, SPACE_KERNEL);
    complained_nothing();
}

static void unknown_types_are_refused(void **state)
{
    (void)state;
    assert_null(written("uint63", 0, 0, 0, 0));
    assert_non_null(k.complaints.first->hint);
    assert_non_null(strstr(k.complaints.first->hint, "uint6"));
    assert_null(written("int8", 0, 2, INT32_MAX, INT32_MAX));
    assert_null(written("int8", 0, 1, INT64_MAX, 0));
    assert_int_equal(k.complaints.errors, 3);
}

/* --- the kernel's BTF --------------------------------------------------------------------------------------------------------- */

static void structs_of_the_kernel_are_walked(void **state)
{
    (void)state;
    NEEDS_BTF();
    const struct value_type *task = types_find(k.t, "struct task_struct");
    assert_non_null(task);
    assert_false(task->is_complete);
    const struct value_field *parent = type_field(k.t, task, "real_parent");
    assert_non_null(parent);
    assert_string_equal(words(parent->type), "struct task_struct *");
    assert_ptr_equal(parent->type->of, task);
    const struct value_field *tgid = type_field(k.t, parent->type->of, "tgid");
    assert_string_equal(words(tgid->type), "int32");
    assert_string_equal(words(type_field(k.t, task, "comm")->type), "string[16]");
    assert_string_equal(type_near_field(k.t, task, "real_paren"), "real_parent");
    assert_null(type_field(k.t, task, "nothing_like_it"));
}

static void anonymous_members_are_found(void **state)
{
    (void)state;
    NEEDS_BTF();
    const struct value_field *common = type_field(k.t, types_find(k.t, "struct sock"), "__sk_common");
    assert_string_equal(words(common->type), "struct sock_common");
    const struct value_field *address = type_field(k.t, common->type, "skc_daddr");
    const struct value_field *ports = type_field(k.t, common->type, "skc_dport");
    assert_non_null(address);
    assert_string_equal(words(address->type), "uint32");
    assert_string_equal(words(ports->type), "uint16");
    assert_int_equal(address->offset, 0);
    assert_int_equal(type_field(k.t, common->type, "skc_rcv_saddr")->offset, 4);
    assert_int_equal(ports->offset, 12);
    assert_string_equal(words(type_field(k.t, types_find(k.t, "struct qstr"), "len")->type), "uint32");
}

static void names_and_their_types_agree(void **state)
{
    (void)state;
    NEEDS_BTF();
    /* a pointer to a struct that is only named, then found: one type */
    struct type_name n = {.words = "struct file", .stars = 1};
    const struct value_type *pointer = types_named(k.t, &n, SPACE_KERNEL, &k.complaints);
    struct function_types read;
    assert_int_equal(types_function(k.t, NULL, "vfs_read", &read, &k.why), 0);
    assert_ptr_equal(read.arguments->fields[0].type, pointer);
    assert_string_equal(words(types_find(k.t, "atomic_t")), "atomic_t");
    assert_string_equal(words(types_find(k.t, "enum pid_type")), "enum pid_type");
    assert_null(types_find(k.t, "struct there_is_no_such"));
    assert_null(types_find(k.t, "there_is_no_such_t"));
}

static void functions_have_arguments(void **state)
{
    (void)state;
    NEEDS_BTF();
    struct function_types f;
    assert_int_equal(types_function(k.t, "vmlinux", "vfs_read", &f, &k.why), 0);
    assert_int_equal(f.arguments->n_fields, 4);
    assert_string_equal(f.arguments->fields[1].name, "buf");
    assert_int_equal(f.arguments->fields[2].offset, 16);
    assert_string_equal(f.arguments->fields[1].declared, "char *");
    assert_string_equal(f.arguments->fields[2].declared, "size_t");
    assert_string_equal(words(f.returns), "int64");
    assert_true(f.btf_id > 0);
    assert_int_equal(f.btf_fd, 0);
    assert_int_equal(types_function(k.t, NULL, "vfs_raed", &f, &k.why), -ENOENT);
    assert_non_null(strstr(k.why.text, "\"vfs_read\""));
    err_clear(&k.why);
    assert_int_equal(types_raw_tracepoint(k.t, "sched_switch", &f, &k.why), 0);
    assert_string_equal(words(f.arguments->fields[1].type), "struct task_struct *");
    assert_int_equal(f.arguments->fields[1].offset, 8);
    assert_int_equal(types_raw_tracepoint(k.t, "sched_swich", &f, &k.why), -ENOENT);
    assert_non_null(strstr(k.why.text, "\"sched_switch\""));
}

static void enumerators_are_constants(void **state)
{
    (void)state;
    NEEDS_BTF();
    int64_t value = 0;
    const struct value_type *type = NULL;
    assert_true(types_constant(k.t, "IPPROTO_TCP", &value, &type));
    assert_int_equal(value, 6);
    assert_non_null(type->enumeration);
    assert_true(types_constant(k.t, "AF_INET6", &value, NULL)); /* a #define of the kernel's headers */
    assert_int_equal(value, 10);
    assert_false(types_constant(k.t, "THERE_IS_NO_SUCH", &value, &type));
}

static void without_btf_the_script_must_define(void **state)
{
    (void)state;
    struct function_types f;
    int64_t value;
    types_forget_kernel(k.t);
    assert_non_null(written("struct task_struct", 1, 0, 0, 0)); /* a pointer to what nobody knows */
    assert_null(written("struct task_struct", 0, 0, 0, 0));
    assert_non_null(strstr(k.complaints.first->text, "CONFIG_DEBUG_INFO_BTF"));
    assert_int_equal(types_function(k.t, NULL, "vfs_read", &f, &k.why), -ENOTSUP);
    assert_false(types_constant(k.t, "IPPROTO_NOTHING", &value, NULL));
    assert_true(types_constant(k.t, "AF_INET", &value, NULL));
    define("struct task_struct { int pid; };");
    assert_int_equal(written("struct task_struct", 0, 0, 0, 0)->size, 4);
}

/* --- beside bpftool ------------------------------------------------------------------------------------------------------------- */

/* bpftool's dump of a struct's members that have a name and are not in anonymous ones: "'name' type_id=N bits_offset=N [bitfield_size=N]".
 */
static void compare_member(const struct value_type *type, const char *name, unsigned bits, unsigned bit_size)
{
    const struct value_field *f = type_field(k.t, type, name);
    if (!f)
        fail_msg("%s has no %s", type->name, name);
    if (f->offset * 8 + f->bit_offset != bits || f->bit_size != bit_size)
        fail_msg("%s.%s: %u bits from %u, bpftool says %u from %u", type->name, name, f->bit_size, f->offset * 8 + f->bit_offset, bit_size,
                 bits);
}

static unsigned compare_struct(FILE *dump, const char *name)
{
    char line[512], header[128], full[128], member[256];
    unsigned compared = 0, bits;
    bool inside = false;
    snprintf(header, sizeof header, " STRUCT '%s' ", name);
    snprintf(full, sizeof full, "struct %s", name);
    const struct value_type *type = types_find(k.t, full);
    rewind(dump);
    while (fgets(line, sizeof line, dump)) {
        if (line[0] == '[' && inside)
            break;
        if (line[0] == '[')
            inside = strstr(line, header) != NULL;
        else if (inside && sscanf(line, " '%255[^']' type_id=%*u bits_offset=%u", member, &bits) == 2 && strcmp(member, "(anon)") != 0) {
            const char *size = strstr(line, "bitfield_size=");
            compare_member(type, member, bits, size ? (unsigned)atoi(size + 14) : 0);
            compared++;
        }
    }
    return compared;
}

static void fields_lie_where_bpftool_says(void **state)
{
    (void)state;
    NEEDS_BTF();
    static const char *const names[] = {"task_struct", "sk_buff", "tcp_sock", "inode", "page", "bio", "request", "net_device"};
    FILE *dump = popen("bpftool btf dump file /sys/kernel/btf/vmlinux 2>/dev/null", "r"), *copy = tmpfile();
    char bytes[4096];
    for (size_t n; dump && copy && (n = fread(bytes, 1, sizeof bytes, dump));)
        fwrite(bytes, 1, n, copy);
    if (!dump || pclose(dump) || !copy)
        skip();
    unsigned compared = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        compared += compare_struct(copy, names[i]);
    fclose(copy);
    assert_true(compared > 200);
}

/* --- the script's own C ----------------------------------------------------------------------------------------------------------- */

/* The same text for the compiler and for us. */
#define SHAPE_TEXT(...) #__VA_ARGS__
#define SHAPE(...)                                                                                                                         \
    __VA_ARGS__                                                                                                                            \
    static const char shape_text[] = SHAPE_TEXT(__VA_ARGS__);

SHAPE(
    enum color{RED, GREEN = 5, BLUE}; typedef unsigned long long int wide; struct inner {
        char a;
        short b;
    } __attribute__((packed));
    struct point { int x, y; }; struct shape {
        unsigned char first;
        unsigned a : 3, b : 7;
        unsigned : 0;
        unsigned char c : 5;
        unsigned short d : 12;
        unsigned long e : 40;
        long unsigned int f : 30;
        char name[16], letter;
        const char *text;
        unsigned char bytes[6];
        int matrix[2][3];
        struct inner inner;
        struct point points[3];
        union {
            unsigned char u8;
            unsigned long u64;
            struct {
                int low, high;
            };
        };
        int (*callback)(void *, int);
        wide w;
        enum color color;
        struct shape *next;
        _Bool yes;
        struct point *list[4];
        int(*rows)[5];
        signed char tail;
    } __attribute__((aligned(16)));
    union choice {
        char bytes[13];
        double real;
        short s;
    };)

#define OFFSET_CASE(member, type)                                                                                                          \
    {                                                                                                                                      \
#member, offsetof(struct shape, member), sizeof(((struct shape *)0)->member), type                                                 \
    }

static void structs_lie_as_the_compiler_lays_them(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t offset, size;
        const char *words;
    } cases[] = {
        OFFSET_CASE(first, "uint8"),        OFFSET_CASE(name, "string[16]"),
        OFFSET_CASE(letter, "int8"),        OFFSET_CASE(text, "int8 *"),
        OFFSET_CASE(bytes, "uint8[6]"),     OFFSET_CASE(matrix, "int32[2][3]"),
        OFFSET_CASE(inner, "struct inner"), OFFSET_CASE(points, "struct point[3]"),
        OFFSET_CASE(u8, "uint8"),           OFFSET_CASE(u64, "uint64"),
        OFFSET_CASE(low, "int32"),          OFFSET_CASE(high, "int32"),
        OFFSET_CASE(callback, "func *"),    OFFSET_CASE(w, "uint64"),
        OFFSET_CASE(color, "enum color"),   OFFSET_CASE(next, "struct shape *"),
        OFFSET_CASE(yes, "bool"),           OFFSET_CASE(list, "struct point *[4]"),
        OFFSET_CASE(rows, "int32[5] *"),    OFFSET_CASE(tail, "int8"),
    };
    define(shape_text);
    complained_nothing();
    const struct value_type *shape = types_find(k.t, "struct shape");
    assert_non_null(shape);
    assert_int_equal(shape->size, sizeof(struct shape));
    assert_int_equal(shape->align, _Alignof(struct shape));
    assert_int_equal(types_find(k.t, "union choice")->size, sizeof(union choice));
    assert_int_equal(types_find(k.t, "struct inner")->size, sizeof(struct inner));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct value_field *f = type_field(k.t, shape, cases[i].name);
        if (!f)
            fail_msg("no %s", cases[i].name);
        if (f->offset != cases[i].offset || f->type->size != cases[i].size)
            fail_msg("%s: at %u of %u, the compiler has %zu of %zu", f->name, f->offset, f->type->size, cases[i].offset, cases[i].size);
        assert_string_equal(words(f->type), cases[i].words);
    }
}

/* Sets the bit field to all ones by the compiler's code, then looks whether these are the bits that we would read. */
static void look_at_bits(const char *name, const struct shape *set)
{
    const struct value_field *f = type_field(k.t, types_find(k.t, "struct shape"), name);
    unsigned char expected[sizeof *set] = {0};
    assert_non_null(f);
    for (unsigned i = 0; i < f->bit_size; i++) {
        unsigned bit = f->offset * 8 + f->bit_offset + i;
        expected[bit / 8] |= (unsigned char)(1 << bit % 8);
    }
    assert_memory_equal(set, expected, sizeof expected);
}

static void bit_fields_lie_as_the_compiler_lays_them(void **state)
{
    (void)state;
    define(shape_text);
#define LOOK(member)                                                                                                                       \
    do {                                                                                                                                   \
        struct shape s;                                                                                                                    \
        memset(&s, 0, sizeof s);                                                                                                           \
        s.member = ~s.member;                                                                                                              \
        look_at_bits(#member, &s);                                                                                                         \
    } while (0)
    LOOK(a);
    LOOK(b);
    LOOK(c);
    LOOK(d);
    LOOK(e);
    LOOK(f);
}

static void constants_of_the_script_come_first(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t value;
    } cases[] = {
        {"GREEN", 5},    {"BLUE", 6},         {"LENGTH", 16}, {"MASK", (1 << 4) | 2},     {"TWICE", 32},
        {"LETTER", 'x'}, {"NEGATIVE", -3},    {"SIZE", 24},   {"IPPROTO_TCP", 1000},      {"CHOSEN", 7},
        {"CUT", 255},    {"LAST", INT64_MIN}, {"ON", 1},      {"WIDE", INT64_C(1) << 40}, {"MANY", 1000000},
    };
    define("#define LENGTH 16 // bytes\n"
           "#define MASK ((1 << 4) | /* and */ 0x2)\n"
           "#define TWICE (LENGTH * \\\n 2)\n"
           "#define LETTER 'x'\n"
           "#define NEGATIVE -3\n"
           "#define NAME \"a name\"\n"
           "#define ITSELF (ITSELF + 1)\n"
           "#define NOTHING\n"
           "#define SIZE sizeof(struct sized)\n"
           "#define IPPROTO_TCP 1000\n"
           "#define CUT ((unsigned char)-1)\n"
           "#define LAST (1 << 63)\n"
           "#define MANY 1000000UL\n"
           "#include <linux/sched.h>\n"
           "#ifdef NO_SUCH_NAME\nstruct wrong { this is no C };\n#define CHOSEN 1\n#elif LENGTH > 20\n#define CHOSEN 2\n#else\n"
           "#define CHOSEN 7\n#endif\n"
           "#if defined(LENGTH) && LINUX_VERSION_CODE >= KERNEL_VERSION(4, 19, 0)\n#define ON 1\n#endif\n"
           "enum color { RED, GREEN = 5, BLUE };\n"
           "enum { WIDE = 1ULL << 40 };\n"
           "struct sized { char name[LENGTH]; long l; };\n");
    int64_t value = 0;
    const struct value_type *type = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (!types_constant(k.t, cases[i].name, &value, &type))
            fail_msg("%s is no constant", cases[i].name);
        if (value != cases[i].value)
            fail_msg("%s is %lld", cases[i].name, (long long)value);
    }
    assert_false(types_constant(k.t, "NAME", &value, &type));
    assert_string_equal(types_macro(k.t, "NAME"), "\"a name\"");
    assert_false(types_constant(k.t, "ITSELF", &value, &type));
    assert_null(types_macro(k.t, "LENGTH"));
    types_constant(k.t, "GREEN", &value, &type);
    assert_string_equal(words(type), "enum color");
    assert_int_equal(k.complaints.errors, 0);
}

static void definitions_shadow_the_kernel(void **state)
{
    (void)state;
    NEEDS_BTF();
    define("struct task_struct { int mine; }\n"
           "struct holder { struct list_head list; struct file *file; struct task_struct own; atomic_t counter; };");
    complained_nothing();
    assert_int_equal(types_find(k.t, "struct task_struct")->size, 4);
    const struct value_type *holder = types_find(k.t, "struct holder");
    assert_int_equal(holder->size, 32);
    assert_int_equal(type_field(k.t, holder, "counter")->offset, 28);
    const struct value_type *file = type_field(k.t, holder, "file")->type->of;
    assert_non_null(type_field(k.t, file, "f_flags"));
    /* what the kernel's own structs point to stays the kernel's */
    const struct value_type *sub = types_find(k.t, "struct signal_struct");
    (void)sub;
    struct function_types f;
    if (types_function(k.t, NULL, "wake_up_process", &f, &k.why) == 0)
        assert_non_null(type_field(k.t, f.arguments->fields[0].type->of, "real_parent"));
}

static void bad_definitions_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"struct a { int x", "}"},
        {"struct a { struct a inner; };", "size of struct a"},
        {"struct a { int x; }; struct a { int y; };", "defined twice"},
        {"struct a { unit x; };", "\"unit\""},
        {"struct a { int x : 33; };", "bit field"},
        {"struct a { int x[1 / 0]; };", "zero"},
        {"struct a { int x[-1]; };", "array"},
        {"struct a { int x[1 << 30][1 << 30]; };", "too large"},
        {"struct a { void v; };", "size of void"},
        {"enum e { A = nothing_known };", "nothing_known"},
        {"typedef struct { int x; };", "typedef"},
        {"struct a { int x; } b c;", "\";\""},
        {"union u { int; };", "name is missing"},
        {"int (((((((((((((((((((((((((((((x;", ")"},
        {"struct a { int x __attribute__((aligned(3))); };", "power of two"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        stop(NULL);
        start(NULL);
        define(cases[i].text);
        if (!k.complaints.first || !strstr(k.complaints.first->text, cases[i].says))
            fail_msg("%s: %s", cases[i].text, k.complaints.first ? k.complaints.first->text : "nothing said");
    }
    stop(NULL);
    start(NULL);
    define("struct bad { nonsense x; };\nstruct good { int x; };\n#define F(x) (x)\n#pragma pack(1)\n");
    assert_int_equal(k.complaints.errors, 1);
    assert_int_equal(k.complaints.warnings, 2);
    assert_non_null(types_find(k.t, "struct good")); /* what follows is read */
}

/* --- tracepoints ---------------------------------------------------------------------------------------------------------------- */

static const struct value_field *field_of(const struct value_type *type, const char *name)
{
    const struct value_field *f = type_field(k.t, type, name);
    if (!f)
        fail_msg("no field %s", name);
    return f;
}

static const struct value_type *tracepoint(const char *category, const char *name)
{
    const struct value_type *type = types_tracepoint(k.t, category, name, &k.why);
    if (!type)
        fail_msg("%s", k.why.text);
    return type;
}

static void tracepoints_have_fields(void **state)
{
    (void)state;
    const struct value_type *t = tracepoint("sched", "sched_switch");
    assert_ptr_equal(t, tracepoint("sched", "sched_switch"));
    assert_string_equal(words(field_of(t, "prev_comm")->type), "string[16]");
    assert_int_equal(field_of(t, "prev_comm")->offset, 8);
    assert_string_equal(words(field_of(t, "prev_pid")->type), "int32");
    assert_string_equal(field_of(t, "prev_pid")->declared, "pid_t");
    assert_int_equal(field_of(t, "common_pid")->offset, 4);
    t = tracepoint("syscalls", "sys_enter_openat");
    assert_string_equal(words(field_of(t, "dfd")->type), "int64");
    assert_int_equal(field_of(t, "dfd")->offset, 16);
    assert_string_equal(words(field_of(t, "filename")->type), "int8 *");
    assert_int_equal(field_of(t, "filename")->type->space, SPACE_USER);
    t = tracepoint("net", "net_dev_xmit");
    assert_true(field_of(t, "name")->is_data_loc);
    assert_int_equal(field_of(t, "name")->type->kind, VALUE_STRING);
    assert_string_equal(words(field_of(t, "len")->type), "uint32");
    assert_int_equal(field_of(t, "skbaddr")->type->space, SPACE_KERNEL);
    t = tracepoint("raw_syscalls", "sys_enter");
    assert_string_equal(words(field_of(t, "args")->type), "uint64[6]");
}

static void tracepoints_of_the_same_fields_are_one(void **state)
{
    (void)state;
    const struct value_type *a = tracepoint("syscalls", "sys_exit_openat"), *b = tracepoint("syscalls", "sys_exit_close");
    assert_false(a->is_complete); /* not read yet */
    assert_ptr_equal(types_complete(k.t, a), types_complete(k.t, b));
    assert_ptr_not_equal(types_complete(k.t, a), types_complete(k.t, tracepoint("syscalls", "sys_enter_close")));
}

static bool count_one(void *arg, const char *module, const char *name)
{
    size_t *counts = arg;
    counts[0]++;
    counts[1] += strcmp(module, "vmlinux") == 0 && strcmp(name, "struct task_struct") == 0;
    counts[2] += strcmp(module, "vmlinux") == 0 && (strcmp(name, "vfs_read") == 0 || strcmp(name, "sched_switch") == 0);
    return true;
}

static void names_are_listed(void **state)
{
    (void)state;
    NEEDS_BTF();
    size_t structs[3] = {0}, functions[3] = {0}, tracepoints[3] = {0};
    types_each(k.t, TYPES_STRUCTS, count_one, structs);
    types_each(k.t, TYPES_FUNCTIONS, count_one, functions);
    types_each(k.t, TYPES_RAW_TRACEPOINTS, count_one, tracepoints);
    assert_true(structs[0] > 1000 && structs[1] == 1);
    assert_true(functions[0] > 1000 && functions[2] == 1);
    assert_true(tracepoints[0] > 100 && tracepoints[2] == 1);
}

static void fields_are_declared(void **state)
{
    (void)state;
    struct text out = {0};
    const struct value_type *t = tracepoint("sched", "sched_switch");
    field_declare(field_of(t, "prev_comm"), &out);
    assert_string_equal(out.bytes, "char prev_comm[16]");
    text_clear(&out);
    field_declare(field_of(tracepoint("net", "net_dev_xmit"), "name"), &out);
    assert_string_equal(out.bytes, "__data_loc char[] name");
    text_free(&out);
}

/* What is described is read as the same again. */
static void descriptions_are_definitions(void **state)
{
    (void)state;
    NEEDS_BTF();
    static const char *const names[] = {"struct qstr", "struct list_head", "struct file_operations", "struct task_struct",
                                        "struct sk_buff"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct text out = {0};
        assert_true(types_describe(k.t, names[i], &out));
        const struct value_type *kernels = types_complete(k.t, types_find(k.t, names[i]));
        define(arena_copy(&k.arena, out.bytes, out.length));
        complained_nothing();
        const struct value_type *own = types_find(k.t, names[i]);
        assert_ptr_not_equal(own, kernels);
        assert_int_equal(own->n_fields, kernels->n_fields);
        for (uint32_t j = 0; i < 3 && j < own->n_fields; j++) { /* others have alignments that BTF does not tell */
            assert_string_equal(own->fields[j].name, kernels->fields[j].name);
            assert_int_equal(own->fields[j].offset, kernels->fields[j].offset);
            assert_string_equal(words(own->fields[j].type), words(kernels->fields[j].type));
        }
        text_free(&out);
    }
    assert_false(types_describe(k.t, "struct there_is_no_such", &(struct text){0}));
}

static void tracepoints_that_are_not_there(void **state)
{
    (void)state;
    assert_null(types_tracepoint(k.t, "sched", "sched_swich", &k.why));
    assert_non_null(strstr(k.why.text, "\"sched_switch\""));
    err_clear(&k.why);
    assert_null(types_tracepoint(k.t, "shed", "sched_switch", &k.why));
    assert_non_null(strstr(k.why.text, "\"sched\""));
    err_clear(&k.why);
    assert_null(types_tracepoint(k.t, "..", "sched", &k.why));
    assert_null(types_tracepoint(k.t, "sched", "../../x", &k.why));
}

static void formats_are_read(void **state)
{
    (void)state;
    static const char text[] = "name: x\nID: 1\nformat:\n"
                               "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\n"
                               "\tfield:__data_loc char[] name;\toffset:8;\tsize:4;\tsigned:0;\n"
                               "\tfield:__rel_loc u8[] raw;\toffset:12;\tsize:4;\tsigned:0;\n"
                               "\tfield:char comm[TASK_COMM_LEN];\toffset:16;\tsize:16;\tsigned:0;\n"
                               "\tfield:const void* ip;\toffset:32;\tsize:8;\tsigned:0;\n"
                               "\tfield:enum there_is_no_such kind;\toffset:40;\tsize:4;\tsigned:0;\n"
                               "\tfield:bool yes;\toffset:44;\tsize:1;\tsigned:0;\n"
                               "\tfield:unsigned flags;\toffset:48;\tsize:4;\tsigned:0;\n"
                               "\tfield:xyz_t odd;\toffset:52;\tsize:3;\tsigned:0;\n"
                               "\tfield:struct task_struct * task;\toffset:56;\tsize:8;\tsigned:0;\n"
                               "\tfield:unsigned long args[];\toffset:64;\tsize:0;\tsigned:0;\n"
                               "print fmt: \"field:int trap;\"\n";
    const struct value_type *t = types_tracepoint_format(k.t, "c", "x", text, strlen(text));
    assert_non_null(t);
    assert_int_equal(t->n_fields, 11);
    assert_true(field_of(t, "raw")->is_relative);
    assert_string_equal(words(field_of(t, "raw")->type), "uint8[0]");
    assert_string_equal(words(field_of(t, "comm")->type), "string[16]");
    assert_string_equal(words(field_of(t, "ip")->type), "void *");
    assert_string_equal(words(field_of(t, "yes")->type), "bool");
    assert_string_equal(words(field_of(t, "flags")->type), "uint32");
    assert_string_equal(words(field_of(t, "kind")->type), "uint32");
    assert_string_equal(words(field_of(t, "odd")->type), "uint8[3]");
    assert_string_equal(words(field_of(t, "task")->type), "struct task_struct *");
    assert_null(types_tracepoint_format(k.t, "c", "x", "nothing", 7));
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(equal_types_are_one_pointer),
        CASE(members_of_tuples_are_aligned),
        CASE(kinds_have_their_sizes),
        CASE(words_need_no_kernel),
        CASE(written_types_are_found),
        CASE(unknown_types_are_refused),
        CASE(structs_of_the_kernel_are_walked),
        CASE(anonymous_members_are_found),
        CASE(names_and_their_types_agree),
        CASE(functions_have_arguments),
        CASE(enumerators_are_constants),
        CASE(without_btf_the_script_must_define),
        CASE(fields_lie_where_bpftool_says),
        CASE(structs_lie_as_the_compiler_lays_them),
        CASE(bit_fields_lie_as_the_compiler_lays_them),
        CASE(constants_of_the_script_come_first),
        CASE(definitions_shadow_the_kernel),
        CASE(bad_definitions_are_refused),
        CASE(tracepoints_have_fields),
        CASE(tracepoints_of_the_same_fields_are_one),
        CASE(names_are_listed),
        CASE(fields_are_declared),
        CASE(descriptions_are_definitions),
        CASE(tracepoints_that_are_not_there),
        CASE(formats_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
