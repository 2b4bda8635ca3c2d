#include <stdio.h>

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    fputs("sonde: not built yet\n", stderr);
    return 2;
}
