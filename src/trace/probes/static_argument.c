/* Arguments of static probes, in the assembler's words: SIZE@OPERAND, x86-64. */
#include "trace/probes/static_probe.h"

#include <stdlib.h>
#include <string.h>

/* Offsets in struct pt_regs (arch/x86/include/uapi/asm/ptrace.h), and the names of each register's parts by size 8, 4, 2, 1. */
static const struct {
    int32_t offset;
    const char *names[4];
} registers[] = {
    {80, {"rax", "eax", "ax", "al"}},      {40, {"rbx", "ebx", "bx", "bl"}},      {88, {"rcx", "ecx", "cx", "cl"}},
    {96, {"rdx", "edx", "dx", "dl"}},      {104, {"rsi", "esi", "si", "sil"}},    {112, {"rdi", "edi", "di", "dil"}},
    {32, {"rbp", "ebp", "bp", "bpl"}},     {152, {"rsp", "esp", "sp", "spl"}},    {72, {"r8", "r8d", "r8w", "r8b"}},
    {64, {"r9", "r9d", "r9w", "r9b"}},     {56, {"r10", "r10d", "r10w", "r10b"}}, {48, {"r11", "r11d", "r11w", "r11b"}},
    {24, {"r12", "r12d", "r12w", "r12b"}}, {16, {"r13", "r13d", "r13w", "r13b"}}, {8, {"r14", "r14d", "r14w", "r14b"}},
    {0, {"r15", "r15d", "r15w", "r15b"}},  {128, {"rip", "eip", "ip", "ip"}},
};
enum { REGISTERS = sizeof registers / sizeof registers[0] };

static bool is_named(const char *text, size_t n, const char *name)
{
    return strlen(name) == n && !memcmp(text, name, n);
}

/* %rax … at *p, which is moved behind it. */
static bool read_register(const char **p, int32_t *offset, uint8_t *byte)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    if (**p != '%')
        return false;
    const char *name = *p + 1;
    size_t n = strspn(name, letters);
    *p = name + n;
    for (size_t i = 0; i < REGISTERS; i++)
        for (size_t k = 0; k < 4; k++)
            if (is_named(name, n, registers[i].names[k])) {
                *offset = registers[i].offset;
                return true;
            }
    for (size_t i = 0; i < 4 && n == 2 && name[1] == 'h'; i++) /* ah, bh, ch, dh */
        if (registers[i].names[2][0] == name[0]) {
            *offset = registers[i].offset;
            *byte = 1;
            return true;
        }
    return false;
}

/* disp(base,index,scale) */
static bool read_memory(const char **p, struct static_argument *a)
{
    char *end;
    uint8_t byte = 0;
    a->place = STATIC_MEMORY;
    a->constant = strtoll(*p, &end, 0);
    if (*end != '(')
        return false;
    *p = end + 1;
    if (!read_register(p, &a->base, &byte))
        return false;
    a->index = -1;
    a->scale = 1;
    if (**p == ',') {
        (*p)++;
        if (!read_register(p, &a->index, &byte))
            return false;
        if (**p == ',') {
            a->scale = (uint32_t)strtoul(*p + 1, &end, 10);
            *p = end;
        }
    }
    return *(*p)++ == ')';
}

static bool read_operand(const char **p, struct static_argument *a)
{
    char *end;
    if (**p == '%') {
        a->place = STATIC_REGISTER;
        return read_register(p, &a->base, &a->register_byte);
    }
    if (**p == '$') {
        a->place = STATIC_CONSTANT;
        a->constant = strtoll(*p + 1, &end, 0);
        bool good = end != *p + 1;
        *p = end;
        return good;
    }
    return read_memory(p, a);
}

static const char *skip_blanks(const char *p)
{
    return p + strspn(p, " \t");
}

/* Without a size it is that of a word. */
static bool read_size(const char **p, struct static_argument *a)
{
    char *end;
    if (!memchr(*p, '@', strcspn(*p, " \t"))) {
        a->size = 8;
        return true;
    }
    long size = strtol(*p, &end, 10);
    a->is_signed = size < 0;
    size = size < 0 ? -size : size;
    a->size = (uint8_t)size;
    *p = end + 1;
    return *end == '@' && (size == 1 || size == 2 || size == 4 || size == 8);
}

bool static_argument_parse(const char *arguments, uint32_t i, struct static_argument *out)
{
    const char *p = skip_blanks(arguments);
    for (; i && *p; i--)
        p = skip_blanks(p + strcspn(p, " \t"));
    *out = (struct static_argument){.index = -1, .scale = 1};
    return *p && read_size(&p, out) && read_operand(&p, out) && (!*p || *p == ' ' || *p == '\t');
}

uint32_t static_argument_count(const char *arguments)
{
    uint32_t n = 0;
    for (const char *p = skip_blanks(arguments); *p; p = skip_blanks(p + strcspn(p, " \t")))
        n++;
    return n;
}
