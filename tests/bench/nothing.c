/* The smallest program there is: exits with 0. Linked without a C library, so that starting it costs what the kernel takes. */
_Noreturn void _start(void);

_Noreturn void _start(void)
{
    for (;;)
        __asm__ volatile("syscall" : : "a"(231), "D"(0) : "rcx", "r11", "memory"); /* exit_group(0) */
}
