/* capture [-j SLOTS] [-n JOBS] COMMAND...: the least that keeping outputs apart and in order costs.
 *
 * Starts JOBS times the same command, SLOTS at a time, each with a file in memory as its standard
 * output, and sends the files to standard output in order as the commands end. */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct job {
    int file, ended;
    pid_t pid;
};

static void start(struct job *job, char **argv)
{
    posix_spawn_file_actions_t actions;
    job->file = memfd_create("output", MFD_CLOEXEC);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, job->file, 1);
    if (job->file < 0 || posix_spawnp(&job->pid, argv[0], &actions, NULL, argv, environ)) {
        perror(argv[0]);
        exit(1);
    }
    posix_spawn_file_actions_destroy(&actions);
}

static void print(struct job *job)
{
    off_t at = 0, end = lseek(job->file, 0, SEEK_END);
    while (at < end)
        if (sendfile(1, job->file, &at, end - at) <= 0) {
            perror("standard output");
            exit(1);
        }
    close(job->file);
}

int main(int argc, char **argv)
{
    int slots = 2, count = 1, option;
    while ((option = getopt(argc, argv, "+j:n:")) != -1) {
        if (option == 'j')
            slots = atoi(optarg);
        else if (option == 'n')
            count = atoi(optarg);
        else
            return 2;
    }
    if (optind == argc || slots < 1)
        return 2;
    struct job *jobs = calloc(count, sizeof *jobs);
    for (int printed = 0, started = 0, running = 0; printed < count;) {
        while (started < count && running < slots) {
            start(&jobs[started++], argv + optind);
            running++;
        }
        pid_t pid = wait4(-1, NULL, 0, NULL);
        for (int i = printed; i < started; i++)
            if (jobs[i].pid == pid)
                jobs[i].ended = 1;
        running--;
        while (printed < started && jobs[printed].ended)
            print(&jobs[printed++]);
    }
    return 0;
}
