/* project ACTIVITIES SEED: writes a random project as operations with a capacity record, the same
 * for the same numbers: needs among the activities before, four renewable resources, durations
 * of 1 to 10 s. How scarce a resource is follows the resource strength of Kolisch, Sprecher and
 * Drexl (1995): a fifth of the way from the greatest single demand to the peak of the schedule in
 * which everything starts as early as it can. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { KINDS = 4, MOST_NEEDS = 3, LONGEST = 10, GREATEST = 10 };

static uint64_t state = 88172645463325252u;

/* xorshift64 (Marsaglia 2003) */
static uint32_t below(uint32_t bound)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 32) * bound >> 32);
}

struct activity {
    uint32_t takes, end, count, needs[MOST_NEEDS], asks[KINDS];
};

static void make(struct activity *all, uint32_t n)
{
    /* so near lies what an activity needs, as in a network of constant width */
    uint32_t reach = n < 40 ? 10 : n < 1000 ? 20 : 200;
    for (uint32_t i = 0; i < n; i++) {
        struct activity *one = &all[i];
        uint32_t start = 0, many = i < 3 ? 0 : 1 + below(MOST_NEEDS);
        one->takes = 1 + below(LONGEST);
        for (uint32_t k = 0; k < many; k++) {
            uint32_t need = i - 1 - below(i < reach ? i : reach), known = 0;
            for (uint32_t m = 0; m < one->count; m++)
                known |= one->needs[m] == need;
            if (known)
                continue;
            one->needs[one->count++] = need;
            if (all[need].end > start)
                start = all[need].end;
        }
        one->end = start + one->takes;
        for (int k = 0; k < KINDS; k++)
            one->asks[k] = below(2) ? 1 + below(GREATEST) : 0;
    }
}

/* the most of a resource that is asked for at once, in the earliest schedule */
static uint32_t peak(const struct activity *all, uint32_t n, int kind)
{
    uint32_t last = 0, most = 0, sum = 0;
    for (uint32_t i = 0; i < n; i++)
        if (all[i].end > last)
            last = all[i].end;
    int32_t *change = calloc(last + 1, sizeof *change);
    if (!change)
        exit(1);
    for (uint32_t i = 0; i < n; i++) {
        change[all[i].end - all[i].takes] += (int32_t)all[i].asks[kind];
        change[all[i].end] -= (int32_t)all[i].asks[kind];
    }
    for (uint32_t t = 0; t <= last; t++) {
        sum += (uint32_t)change[t];
        if (sum > most)
            most = sum;
    }
    free(change);
    return most;
}

static void write_activity(const struct activity *one, uint32_t number)
{
    const char *between = "";
    printf("{\"id\":\"a%u\",\"cmd\":[\"true\"],\"needs\":[", number);
    for (uint32_t k = 0; k < one->count; k++)
        printf("%s\"a%u\"", k ? "," : "", one->needs[k]);
    printf("],\"duration\":%u,\"resources\":{", one->takes);
    for (int k = 0; k < KINDS; k++)
        if (one->asks[k]) {
            printf("%s\"r%d\":%u", between, k + 1, one->asks[k]);
            between = ",";
        }
    printf("}}\n");
}

int main(int argc, char **argv)
{
    uint32_t n = argc == 3 ? (uint32_t)atol(argv[1]) : 0;
    if (n < 4)
        return 2;
    for (uint32_t skip = 100 * (uint32_t)atol(argv[2]); skip > 0; skip--)
        below(2);
    struct activity *all = calloc(n, sizeof *all);
    if (!all)
        return 1;
    make(all, n);
    printf("{\"type\":\"capacity\",\"resources\":{");
    for (int k = 0; k < KINDS; k++) {
        uint32_t least = 0, most = peak(all, n, k);
        for (uint32_t i = 0; i < n; i++)
            if (all[i].asks[k] > least)
                least = all[i].asks[k];
        printf("%s\"r%d\":%u", k ? "," : "", k + 1, least + (most - least) / 5);
    }
    printf("}}\n");
    for (uint32_t i = 0; i < n; i++)
        write_activity(&all[i], i);
    return fflush(stdout) != 0;
}
