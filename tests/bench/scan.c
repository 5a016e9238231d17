/* scan FILE: the least that statistics of a run's record cost: lines are cut, the fields of each
 * end of an operation found by name, times parsed as decimals; mean, quantiles (by histogram, in
 * fixed memory), CPU time, work and count of each kind and result. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 1 << 18, BINS = 4096, KINDS = 4096 };

static char buffer[2 * BUFFER + 64];
static uint64_t bins[BINS], kinds[KINDS];
static double work[KINDS];

static const char *field(const char **from, const char *end, const char *name, size_t length)
{
    const char *at = memmem(*from, (size_t)(end - *from), name, length);
    if (at)
        *from = at + length;
    return at ? at + length : NULL;
}

#define FIELD(name) field(&from, end, "\"" name "\":", sizeof name + 2)

static double decimal(const char *at)
{
    static const double scale[] = {1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6};
    uint64_t value = 0;
    int digits = 0;
    for (; *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (uint64_t)(*at - '0');
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9' && digits < 6; at++, digits++)
            value = value * 10 + (uint64_t)(*at - '0');
    return (double)value * scale[digits];
}

struct sums {
    uint64_t count, failed, bytes;
    double wall, cpu, queued, begin, end;
};

static void take(const char *from, const char *end, struct sums *sums)
{
    const char *start, *stop, *user, *result, *system, *queued, *kind;
    if (!(start = FIELD("start")) || !(stop = FIELD("end")) || !(user = FIELD("user_s")) ||
        !(system = FIELD("system_s")) || !(result = FIELD("result")) ||
        !(queued = FIELD("queued_s")) || !(kind = FIELD("kind")))
        return;
    double a = decimal(start), b = decimal(stop), wall = b - a;
    uint32_t hash = 2166136261u;
    for (const char *at = kind + 1; *at != '"'; at++)
        hash = (hash ^ (uint8_t)*at) * 16777619u;
    kinds[hash % KINDS]++;
    work[hash % KINDS] += wall;
    /* bins of one per cent, from a microsecond up */
    double bin = log(wall * 1e6 + 1) * 100;
    bins[bin < BINS ? (int)bin : BINS - 1]++;
    sums->count++;
    sums->failed += result[1] != 's';
    sums->wall += wall;
    sums->cpu += decimal(user) + decimal(system);
    sums->queued += decimal(queued);
    if (a < sums->begin)
        sums->begin = a;
    if (b > sums->end)
        sums->end = b;
}

static double quantile(uint64_t count, double share)
{
    uint64_t below = 0;
    for (int i = 0; i < BINS; i++)
        if ((below += bins[i]) >= share * (double)count)
            return (exp((i + 0.5) / 100) - 1) / 1e6;
    return 0;
}

int main(int argc, char **argv)
{
    int file = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (file < 0)
        return 1;
    struct sums sums = {.begin = 1e300};
    size_t kept = 0;
    for (ssize_t got; (got = read(file, buffer + kept, BUFFER)) > 0;) {
        const char *at = buffer, *end = buffer + kept + got, *line;
        for (; (line = memchr(at, '\n', (size_t)(end - at))); at = line + 1) {
            static const char name[] = "{\"type\":\"op.end\"";
            if ((size_t)(line - at) > sizeof name && !memcmp(at, name, sizeof name - 1))
                take(at + sizeof name - 1, line, &sums);
        }
        kept = (size_t)(end - at);
        if (kept > BUFFER)
            return 1;
        memmove(buffer, at, kept);
    }
    printf("%lu ends, %lu failed, mean %.6f, median %.6f, p95 %.6f, cpu %.3f, speedup %.3f\n",
           sums.count, sums.failed, sums.wall / (double)sums.count, quantile(sums.count, 0.5),
           quantile(sums.count, 0.95), sums.cpu, sums.wall / (sums.end - sums.begin));
    return 0;
}
