/* meter ROUNDS LIST: runs the commands of LIST in turn, ROUNDS times after a round to warm up.
 *
 * A line of LIST is "label <TAB> repeats <TAB> command". With repeats "-" the command is given
 * to sh once a round; with a number it is cut at blanks and executed directly so many times.
 * A line of the result is "label round wall_s cpu_s rss_kib status", tabs between: CPU time of
 * the command and all it waited for, the largest resident set among them, the worst status.
 * Standard input and output of the commands are /dev/null. The program stays small, since the
 * kernel counts the resident set from before the exec, too. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 64, WORDS = 64 };

struct entry {
    char *label;
    int repeats;
    char *argv[WORDS];
};

struct cost {
    double wall, cpu;
    long rss;
    int status;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
    return t.tv_sec + t.tv_usec / 1e6;
}

static void once(char **argv, struct cost *cost)
{
    double begin = now();
    pid_t pid = vfork();
    if (pid == 0) {
        execvp(argv[0], argv);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    if (pid < 0 || wait4(pid, &status, 0, &usage) < 0) {
        perror("meter");
        exit(1);
    }
    cost->wall += now() - begin;
    cost->cpu += seconds(usage.ru_utime) + seconds(usage.ru_stime);
    if (usage.ru_maxrss > cost->rss)
        cost->rss = usage.ru_maxrss;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (code > cost->status)
        cost->status = code;
}

static int read_list(const char *path, struct entry *entries)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(1);
    }
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    int count = 0;
    while (count < MOST && (length = getline(&line, &room, file)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = 0;
        char *rest = strdup(line);
        struct entry *entry = &entries[count];
        entry->label = strsep(&rest, "\t");
        char *repeats = strsep(&rest, "\t");
        if (!repeats || !rest)
            continue;
        entry->repeats = *repeats == '-' ? 1 : atoi(repeats);
        if (*repeats == '-') {
            entry->argv[0] = "sh";
            entry->argv[1] = "-c";
            entry->argv[2] = rest;
        } else {
            char *word;
            for (int n = 0; n < WORDS - 1 && (word = strsep(&rest, " "));)
                if (*word)
                    entry->argv[n++] = word;
        }
        count++;
    }
    free(line);
    fclose(file);
    return count;
}

int main(int argc, char **argv)
{
    static struct entry entries[MOST];
    if (argc != 3) {
        fputs("usage: meter ROUNDS LIST\n", stderr);
        return 2;
    }
    int rounds = atoi(argv[1]), count = read_list(argv[2], entries);
    int result = dup(1), null = open("/dev/null", O_RDWR);
    if (result < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0) {
        perror("meter");
        return 1;
    }
    fcntl(result, F_SETFD, FD_CLOEXEC);
    close(null);
    for (int round = 0; round <= rounds; round++)
        for (int i = 0; i < count; i++) {
            struct cost cost = {0};
            for (int n = 0; n < entries[i].repeats; n++)
                once(entries[i].argv, &cost);
            if (round > 0)
                dprintf(result, "%s\t%d\t%.6f\t%.6f\t%ld\t%d\n", entries[i].label, round,
                        cost.wall, cost.cpu, cost.rss, cost.status);
        }
    return 0;
}
