/* levels FILE: the least that levels of an edge list cost: every name interned, then the levels
 * of the graph in rows of neighbours (Kahn 1962). Prints nodes, edges, levels. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* the first eight bytes stand in the table, so that a short name costs one cache miss */
struct slot {
    uint64_t head;
    uint32_t number; /* from 1 */
    uint32_t length;
};

static const char *text, *end;
static struct slot *table;
static uint32_t *places, names, room = 1 << 15;
static uint64_t mask = (1 << 16) - 1;

static uint64_t head_of(const char *at, uint32_t length)
{
    uint64_t word = 0;
    if (at + 8 <= end) {
        memcpy(&word, at, 8);
        return length < 8 ? word & ((1ull << 8 * length) - 1) : word;
    }
    memcpy(&word, at, length < 8 ? length : 8);
    return word;
}

static uint64_t hash(uint64_t head, const char *at, uint32_t length)
{
    uint64_t h = (head ^ length) * 0x9E3779B97F4A7C15u;
    for (uint32_t done = 8; done < length; done += 8) {
        h ^= h >> 29;
        h = (h ^ head_of(at + done, length - done)) * 0xBF58476D1CE4E5B9u;
    }
    /* names often differ in their last bytes alone: those must reach the lowest bits */
    h = (h ^ h >> 32) * 0xBF58476D1CE4E5B9u;
    return h ^ h >> 29;
}

static void grow(void)
{
    struct slot *old = table;
    uint64_t before = mask + 1;
    room *= 2;
    mask = mask * 2 + 1;
    table = calloc(mask + 1, sizeof *table);
    places = realloc(places, room * sizeof *places);
    for (uint64_t i = 0; i < before; i++)
        if (old[i].number) {
            uint64_t k = hash(old[i].head, text + places[old[i].number - 1], old[i].length) & mask;
            while (table[k].number)
                k = (k + 1) & mask;
            table[k] = old[i];
        }
    free(old);
}

static uint32_t intern(const char *at, uint32_t length)
{
    uint64_t head = head_of(at, length), k = hash(head, at, length) & mask;
    for (; table[k].number; k = (k + 1) & mask) {
        struct slot *s = &table[k];
        if (s->head == head && s->length == length &&
            (length <= 8 || !memcmp(text + places[s->number - 1], at, length)))
            return s->number - 1;
    }
    if (names == room) {
        grow();
        return intern(at, length);
    }
    places[names] = (uint32_t)(at - text);
    table[k] = (struct slot){head, names + 1, length};
    return names++;
}

int main(int argc, char **argv)
{
    struct stat status;
    int file = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (file < 0 || fstat(file, &status) || status.st_size >= UINT32_MAX)
        return 1;
    text = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (text == MAP_FAILED)
        return 1;
    end = text + status.st_size;
    table = calloc(mask + 1, sizeof *table);
    places = malloc(room * sizeof *places);
    uint32_t limit = (uint32_t)(status.st_size / 4 + 1), edges = 0;
    uint32_t *from = malloc(limit * sizeof *from), *to = malloc(limit * sizeof *to);
    for (const char *at = text; at < end;) {
        const char *blank = memchr(at, ' ', end - at), *line = rawmemchr(blank, '\n');
        from[edges] = intern(at, (uint32_t)(blank - at));
        to[edges++] = intern(blank + 1, (uint32_t)(line - blank - 1));
        at = line + 1;
    }
    uint32_t *first = calloc(names + 2, sizeof *first), *level = calloc(names + 1, sizeof *level);
    uint32_t *missing = calloc(names + 1, sizeof *missing), *queue = malloc(names * sizeof *queue);
    uint32_t *next = malloc((edges + 1) * sizeof *next);
    for (uint32_t i = 0; i < edges; i++) {
        first[from[i] + 1]++;
        missing[to[i]]++;
    }
    for (uint32_t i = 0; i < names; i++)
        first[i + 1] += first[i];
    for (uint32_t i = edges; i-- > 0;)
        next[--first[from[i] + 1]] = to[i];
    /* each row's end has moved to its begin */
    uint32_t head = 0, tail = 0, levels = 0;
    for (uint32_t i = 0; i < names; i++)
        if (!missing[i])
            queue[tail++] = i;
    while (head < tail) {
        uint32_t node = queue[head++], below = level[node] + 1;
        uint32_t stop = node + 1 < names ? first[node + 2] : edges;
        levels = below > levels ? below : levels;
        for (uint32_t k = first[node + 1]; k < stop; k++) {
            if (level[next[k]] < below)
                level[next[k]] = below;
            if (!--missing[next[k]])
                queue[tail++] = next[k];
        }
    }
    printf("%u nodes, %u edges, %u levels\n", names, edges, levels);
    return tail < names;
}
