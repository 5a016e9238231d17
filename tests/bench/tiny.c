/* The least that a command can be: no libc, exits at once.
 * Built with -nostdlib -static; what a runner needs for it is the runner's own cost. */
void _start(void)
{
#if defined(__x86_64__)
    __asm__ volatile("mov $60, %eax\n\txor %edi, %edi\n\tsyscall");
#elif defined(__aarch64__)
    __asm__ volatile("mov x8, #93\n\tmov x0, #0\n\tsvc #0");
#else
#error "tiny.c knows x86_64 and aarch64"
#endif
    __builtin_unreachable();
}
