/* struct_pass: calls take_struct() once with a struct of every kind of member. Scripts declare the same struct (tests/trace/structs.test).
 */
#include <stdbool.h>

enum colour { RED = 1, GREEN = 2 };
struct inner {
    short x;
    char s[4];
};
union either {
    int i;
    char c[8];
};
struct all {
    int a;
    char b[4];
    int c[3];
    char *p;
    unsigned char d;
    struct inner in, list[2];
    bool yes;
    enum colour colour;
    union either u;
    unsigned low : 3;
    int high : 5;
    struct {
        int unnamed;
    };
    int two[2][2];
    unsigned char bytes[3];
    signed char minus;
};

__attribute__((noinline)) void take_struct(struct all *a);
void take_struct(struct all *a)
{
    __asm__ volatile("" : : "r"(a) : "memory");
}

int main(void)
{
    struct all a = {-1, "abc", {1, 2, 3}, (char *)0x1234,   200,       {-5, "xyz"}, {{1, "a"}, {2, "b"}}, true, GREEN, {7},
                    5,  -3,    {9},       {{5, 6}, {7, 8}}, {1, 2, 3}, -4};
    take_struct(&a);
    return 0;
}
