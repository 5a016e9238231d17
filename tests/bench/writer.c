/* writer BYTES: writes so many bytes of lines of 80 characters to standard output, 64 KiB at a time. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static char block[65520];
    long left = argc > 1 ? atol(argv[1]) : 0;
    memset(block, 'x', sizeof block);
    for (size_t i = 79; i < sizeof block; i += 80)
        block[i] = '\n';
    while (left > 0) {
        ssize_t written = write(1, block, left < (long)sizeof block ? (size_t)left : sizeof block);
        if (written <= 0)
            return 1;
        left -= written;
    }
    return 0;
}
