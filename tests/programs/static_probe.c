/* A static probe, sonde:hit, passed as often as the first argument says. The note is written by hand, as <sys/sdt.h> would
 * (https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation). */
#include <stdlib.h>

static void pass(int i)
{
    __asm__ volatile("990: nop\n"
                     ".pushsection .note.stapsdt, \"\", \"note\"\n"
                     ".balign 4\n"
                     ".4byte 992f - 991f, 994f - 993f, 3\n"
                     "991: .asciz \"stapsdt\"\n"
                     "992: .balign 4\n"
                     "993: .8byte 990b, _.stapsdt.base, 0\n"
                     ".asciz \"sonde\"\n"
                     ".asciz \"hit\"\n"
                     ".asciz \"-4@%0\"\n"
                     "994: .balign 4\n"
                     ".popsection\n"
                     ".ifndef _.stapsdt.base\n"
                     ".pushsection .stapsdt.base, \"aG\", \"progbits\", .stapsdt.base, comdat\n"
                     ".weak _.stapsdt.base\n"
                     ".hidden _.stapsdt.base\n"
                     "_.stapsdt.base: .space 1\n"
                     ".size _.stapsdt.base, 1\n"
                     ".popsection\n"
                     ".endif\n"
                     :
                     : "r"(i));
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1;
    for (int i = 0; i < n; i++)
        pass(i);
    return 0;
}
