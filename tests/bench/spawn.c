/* spawn [-v] [-j SLOTS] [-n JOBS | -g EDGES] COMMAND...: the least that starting and reaping costs.
 *
 * Starts JOBS times the same command, SLOTS at a time, by posix_spawn or (-v) by vfork, and waits
 * for any of them. With -g the jobs are the nodes n0, n1, ... of a file of edges "nA nB", and each
 * starts after those it needs. Nothing else is done: no pipes, no groups, no records. */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { SLOTS = 1024 };

static int use_vfork;

static pid_t start(char **argv)
{
    pid_t pid;
    if (use_vfork) {
        pid = vfork();
        if (pid == 0) {
            execv(argv[0], argv);
            _exit(127);
        }
    } else if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ)) {
        pid = -1;
    }
    if (pid < 0) {
        perror(argv[0]);
        exit(1);
    }
    return pid;
}

struct graph {
    int nodes, edges;
    int *from, *to;       /* as read */
    int *first, *targets; /* by source */
    int *missing;         /* needs that have not ended */
};

static struct graph none(int jobs)
{
    struct graph g = {.nodes = jobs};
    g.first = calloc(jobs + 1, sizeof(int));
    g.missing = calloc(jobs + 1, sizeof(int));
    return g;
}

static struct graph read_graph(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(1);
    }
    struct graph g = {0};
    int a, b, room = 0;
    while (fscanf(file, " n%d n%d", &a, &b) == 2) {
        if (g.edges == room) {
            room = room ? 2 * room : 1024;
            g.from = realloc(g.from, room * sizeof(int));
            g.to = realloc(g.to, room * sizeof(int));
        }
        g.from[g.edges] = a;
        g.to[g.edges++] = b;
        if (a >= g.nodes)
            g.nodes = a + 1;
        if (b >= g.nodes)
            g.nodes = b + 1;
    }
    fclose(file);
    g.first = calloc(g.nodes + 2, sizeof(int));
    g.missing = calloc(g.nodes + 1, sizeof(int));
    g.targets = malloc((g.edges + 1) * sizeof(int));
    for (int i = 0; i < g.edges; i++) {
        g.first[g.from[i] + 2]++;
        g.missing[g.to[i]]++;
    }
    for (int i = 0; i < g.nodes; i++)
        g.first[i + 2] += g.first[i + 1];
    for (int i = 0; i < g.edges; i++)
        g.targets[g.first[g.from[i] + 1]++] = g.to[i];
    return g;
}

int main(int argc, char **argv)
{
    int slots = 2, jobs = 1, option;
    const char *edges = NULL;
    while ((option = getopt(argc, argv, "+vj:n:g:")) != -1) {
        if (option == 'v')
            use_vfork = 1;
        else if (option == 'j')
            slots = atoi(optarg);
        else if (option == 'n')
            jobs = atoi(optarg);
        else if (option == 'g')
            edges = optarg;
        else
            return 2;
    }
    if (optind == argc || slots < 1 || slots > SLOTS)
        return 2;
    struct graph g = edges ? read_graph(edges) : none(jobs);
    int *ready = malloc((g.nodes + 1) * sizeof(int)), head = 0, tail = 0;
    for (int i = 0; i < g.nodes; i++)
        if (!g.missing[i])
            ready[tail++] = i;
    pid_t running[SLOTS] = {0};
    int job[SLOTS];
    for (int ended = 0; ended < g.nodes; ended++) {
        for (int s = 0; s < slots; s++)
            if (!running[s] && head < tail) {
                job[s] = ready[head++];
                running[s] = start(argv + optind);
            }
        int status, s = 0;
        pid_t pid = wait4(-1, &status, 0, NULL);
        if (pid < 0) {
            fputs("spawn: the graph has a cycle\n", stderr);
            return 1;
        }
        while (running[s] != pid)
            s++;
        running[s] = 0;
        for (int k = g.first[job[s]]; k < g.first[job[s] + 1]; k++)
            if (!--g.missing[g.targets[k]])
                ready[tail++] = g.targets[k];
    }
    return 0;
}
