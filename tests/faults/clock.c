/* Preloaded: clocks that are off by as many seconds as a file says.
 *
 * PG_CLOCK names the file: first the offset of the wall clock, then that of the clock that
 * counts the machine's sleep. What counts monotonic time is left alone, as the kernel does. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long offset(clockid_t clock)
{
    const char *name = getenv("PG_CLOCK");
    FILE *file = name ? fopen(name, "re") : NULL;
    long wall = 0, boot = 0;

    if (file) {
        if (fscanf(file, "%ld %ld", &wall, &boot) < 1)
            wall = 0;
        fclose(file);
    }
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
        return wall;
    return clock == CLOCK_BOOTTIME ? boot : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = syscall(SYS_clock_gettime, clock, now);

    now->tv_sec += offset(clock);
    return failed;
}

int gettimeofday(struct timeval *now, void *zone)
{
    struct timespec exact;
    int failed = clock_gettime(CLOCK_REALTIME, &exact);

    (void)zone;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return failed;
}

time_t time(time_t *place)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (place)
        *place = now.tv_sec;
    return now.tv_sec;
}
