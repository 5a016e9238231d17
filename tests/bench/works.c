// usage: works KIND STATE MILLISECONDS
//
// One operation of a workload, for scripts/bench throttle. It takes so many milliseconds
// where it runs alone. KIND says what for:
//   cpu      it computes
//   wait     it sleeps
//   disk     it writes four pieces and calls fsync after each, however long that takes
//   bucket   it waits for tokens of a bucket that all operations share (100 a second)
//   memory   it holds one of five shares of memory; who is beyond them slows all down
//   mixed    it computes and sleeps in turns
//   knee     eight at once have their full speed, beyond that they share
//   moving   the same, eight and three in turns of three seconds
//   short    nothing
// STATE is a file of which the first bytes count those that run; it is made if missing.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct state {
    _Atomic int running;
    _Atomic int64_t tokens_ns; // when the next token is due
    _Atomic int64_t begun_ns;
};

static int64_t now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void nap(int64_t ns)
{
    struct timespec t = {ns / 1000000000, ns % 1000000000};
    nanosleep(&t, NULL);
}

static void spin(int64_t ns)
{
    int64_t end = now(CLOCK_PROCESS_CPUTIME_ID) + ns;
    while (now(CLOCK_PROCESS_CPUTIME_ID) < end)
        ;
}

// progress in pieces of four milliseconds, each as fast as the number that runs allows
static void crowd(struct state *s, int64_t ns, double (*speed)(struct state *, int))
{
    double left = ns, last = now(CLOCK_MONOTONIC);
    s->running++;
    while (left > 0) {
        nap(4000000);
        double at = now(CLOCK_MONOTONIC);
        left -= (at - last) * speed(s, s->running);
        last = at;
    }
    s->running--;
}

static double of_memory(struct state *s, int n)
{
    (void)s;
    return n <= 5 ? 1 : 5.0 / n / (1 + 0.15 * (n - 5));
}

static double of_knee(struct state *s, int n)
{
    (void)s;
    return n <= 8 ? 1 : 8.0 / n / (1 + 0.01 * (n - 8));
}

static double of_moving(struct state *s, int n)
{
    int64_t passed = now(CLOCK_MONOTONIC) - s->begun_ns;
    double knee = passed / 3000000000ll % 2 ? 3 : 8;
    return n <= knee ? 1 : knee / n / (1 + 0.01 * (n - knee));
}

static void write_out(void)
{
    char name[] = "diskXXXXXX", block[16384] = {1};
    int file = mkstemp(name);
    for (int i = 0; i < 4; i++) {
        if (write(file, block, sizeof block) < 0 || fsync(file) < 0)
            break;
    }
    close(file);
    unlink(name);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    const char *kind = argv[1];
    int64_t ns = atof(argv[3]) * 1e6, none = 0;
    int file = open(argv[2], O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, 4096) < 0)
        return 1;
    struct state *s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (s == MAP_FAILED)
        return 1;
    __atomic_compare_exchange_n((int64_t *)&s->begun_ns, &none, now(CLOCK_MONOTONIC), 0,
                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    if (!strcmp(kind, "cpu"))
        spin(ns);
    else if (!strcmp(kind, "wait"))
        nap(ns);
    else if (!strcmp(kind, "disk"))
        write_out();
    else if (!strcmp(kind, "memory"))
        crowd(s, ns, of_memory);
    else if (!strcmp(kind, "knee"))
        crowd(s, ns, of_knee);
    else if (!strcmp(kind, "moving"))
        crowd(s, ns, of_moving);
    else if (!strcmp(kind, "mixed")) {
        for (int i = 0; i < 4; i++) {
            spin(ns / 40);
            nap(ns * 9 / 40);
        }
    } else if (!strcmp(kind, "bucket")) {
        nap(ns);
        int64_t mine, at = now(CLOCK_MONOTONIC), old = s->tokens_ns;
        do
            mine = old > at ? old : at;
        while (!__atomic_compare_exchange_n((int64_t *)&s->tokens_ns, &old, mine + 10000000, 0,
                                            __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
        if (mine > at)
            nap(mine - at);
    }
    return 0;
}
