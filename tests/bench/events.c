/* events COUNT: writes the record of a run with COUNT operations, each begun and ended, in four
 * slots, with log-normal durations of a hundred kinds; the same each time. Only the ends are
 * written: the figures of a report come from them. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 88172645463325252u;

/* xorshift64 (Marsaglia 2003), between 0 and 1 */
static double chance(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return ((state >> 11) + 0.5) / 9007199254740992.0;
}

int main(int argc, char **argv)
{
    enum { SLOTS = 4 };
    const double begin = 1700000000;
    long count = argc > 1 ? atol(argv[1]) : 1;
    double end[SLOTS] = {0}, last = 0;
    long failed = 0;
    printf("{\"type\":\"run.start\",\"version\":1,\"run\":\"bench\",\"time\":%.6f,"
           "\"tool\":\"pgrun 0.1.0\",\"host\":\"bench\",\"pid\":1,\"argv\":[\"pgrun\"],\"jobs\":%d}\n",
           begin, SLOTS);
    for (long i = 1; i <= count; i++) {
        int slot = 0;
        for (int s = 1; s < SLOTS; s++)
            if (end[s] < end[slot])
                slot = s;
        double normal = sqrt(-2 * log(chance())) * cos(2 * M_PI * chance());
        double start = end[slot] + 0.001, wall = exp(-3 + normal);
        int bad = chance() < 0.01;
        end[slot] = start + wall;
        last = end[slot] > last ? end[slot] : last;
        failed += bad;
        printf("{\"type\":\"op.end\",\"id\":\"op%ld\",\"seq\":%ld,\"attempt\":1,\"final\":true,"
               "\"slot\":%d,\"start\":%.6f,\"end\":%.6f,\"wall_s\":%.6f,\"user_s\":%.6f,"
               "\"system_s\":%.6f,\"max_rss_bytes\":%ld,\"exit\":%d,\"result\":\"%s\","
               "\"queued_s\":%.6f,\"out_bytes\":%ld,\"labels\":{\"kind\":\"k%d\"}}\n",
               i, i, slot + 1, begin + start, begin + end[slot], wall, wall * 0.7, wall * 0.1,
               4096 * (long)(250 + 20000 * chance()), bad, bad ? "failure" : "success",
               start * chance(), (long)(2000 * chance()), (int)(100 * chance()));
    }
    printf("{\"type\":\"run.end\",\"run\":\"bench\",\"time\":%.6f,\"makespan_s\":%.6f,"
           "\"counts\":{\"failure\":%ld,\"success\":%ld},\"exit\":%ld}\n",
           begin + last, last, failed, count - failed, failed > 100 ? 101 : failed);
    return fflush(stdout) != 0;
}
