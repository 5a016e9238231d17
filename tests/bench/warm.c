/* Snippets through shells that are there: each runs them in a subshell, one after the other.
 * usage: warm -jSHELLS -n COUNT SHELL SNIPPET
 *
 * What a runner of shell text cannot go below without an exec for each: a write, a fork
 * inside of the shell, a read. Nothing is captured, no group made, no environment set. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 64 };

static int to[MOST];
static struct pollfd from[MOST];

static void begin(const char *shell, int at)
{
    int request[2], answer[2];
    if (pipe2(request, O_CLOEXEC) || pipe2(answer, O_CLOEXEC))
        exit(1);
    if (fork() == 0) {
        dup2(request[0], 0);
        dup2(answer[1], 9);
        execl(shell, shell, (char *)0);
        _exit(127);
    }
    close(request[0]);
    close(answer[1]);
    to[at] = request[1];
    from[at] = (struct pollfd){.fd = answer[0], .events = POLLIN};
}

static void give(int at, const char *snippet)
{
    dprintf(to[at], "( %s ) </dev/null 9>&-; echo >&9\n", snippet);
}

int main(int argc, char **argv)
{
    int shells = 1, count = 1, option;
    while ((option = getopt(argc, argv, "+j:n:")) != -1) {
        if (option == 'j')
            shells = atoi(optarg);
        else if (option == 'n')
            count = atoi(optarg);
        else
            return 2;
    }
    if (argc - optind != 2 || shells < 1 || shells > MOST)
        return 2;
    const char *snippet = argv[optind + 1];
    int given = 0, done = 0;
    for (int at = 0; at < shells; at++) {
        begin(argv[optind], at);
        if (given < count) {
            give(at, snippet);
            given++;
        }
    }
    while (done < count) {
        if (poll(from, shells, -1) < 0)
            return 1;
        for (int at = 0; at < shells; at++) {
            char byte;
            if (!from[at].revents)
                continue;
            if (read(from[at].fd, &byte, 1) != 1)
                return 1;
            done++;
            if (given < count) {
                give(at, snippet);
                given++;
            }
        }
    }
    for (int at = 0; at < shells; at++)
        close(to[at]);
    while (wait(NULL) > 0)
        ;
    return 0;
}
