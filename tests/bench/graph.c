/* graph NODES EDGES FORMAT [COMMAND]: writes a random graph without cycles, the same each time.
 *
 * Formats: edges (pairs of words, in random order), ops (operations), make, ninja. A node needs
 * nodes of the few layers before its own; a layer has about the square root of NODES nodes. The
 * names say nothing of the order. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 88172645463325252u;

/* xorshift64 (Marsaglia 2003) */
static uint32_t below(uint32_t bound)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 32) * bound >> 32);
}

struct edge {
    uint32_t from, to;
};

static void swap_names(uint32_t *name, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        name[i] = i;
    for (uint32_t i = n; i > 1; i--) {
        uint32_t k = below(i), kept = name[i - 1];
        name[i - 1] = name[k];
        name[k] = kept;
    }
}

static void write_edges(struct edge *edges, uint32_t m, const uint32_t *name)
{
    for (uint32_t i = m; i > 1; i--) {
        uint32_t k = below(i);
        struct edge kept = edges[i - 1];
        edges[i - 1] = edges[k];
        edges[k] = kept;
    }
    for (uint32_t i = 0; i < m; i++)
        printf("n%u n%u\n", name[edges[i].from], name[edges[i].to]);
}

/* edges stand in the order of what needs them */
static void write_rules(const struct edge *edges, uint32_t m, uint32_t n, const uint32_t *name,
                        const char *format, const char *command)
{
    int ops = !strcmp(format, "ops"), make = !strcmp(format, "make");
    if (make) {
        printf(".PHONY:");
        for (uint32_t v = 0; v < n; v++)
            printf(" n%u", v);
        printf(" all\nall:");
        for (uint32_t v = 0; v < n; v++)
            printf(" n%u", v);
        printf("\n");
    } else if (!ops) {
        printf("rule r\n command = %s\n", command);
    }
    for (uint32_t v = 0, i = 0; v < n; v++) {
        const char *between = "";
        if (ops)
            printf("{\"id\":\"n%u\",\"cmd\":[\"%s\"],\"needs\":[", name[v], command);
        else
            printf(make ? "n%u:" : "build n%u: r", name[v]);
        for (; i < m && edges[i].to == v; i++) {
            if (ops)
                printf("%s\"n%u\"", between, name[edges[i].from]);
            else
                printf(" n%u", name[edges[i].from]);
            between = ",";
        }
        if (ops)
            printf("],\"duration\":%u.5}\n", 1 + name[v] % 60);
        else
            printf(make ? "\n\t@%s\n" : "\n", command);
    }
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    uint32_t n = (uint32_t)atol(argv[1]), m = (uint32_t)atol(argv[2]), made = 0;
    uint32_t width = (uint32_t)sqrt(n), inner = n - width;
    struct edge *edges = malloc((m + 1) * sizeof *edges);
    uint32_t *name = malloc(n * sizeof *name);
    if (!edges || !name || n < 4)
        return 1;
    swap_names(name, n);
    for (uint32_t v = width; v < n; v++) {
        /* as even a share of the edges as there can be, the first from the layer before */
        uint32_t share = (uint32_t)((uint64_t)(v - width + 1) * m / inner) - made;
        uint32_t layer = v / width * width;
        uint32_t lowest = layer > 8 * width ? layer - 8 * width : 0;
        for (uint32_t k = 0; k < share; k++) {
            uint32_t floor = k == 0 ? layer - width : lowest;
            edges[made++] = (struct edge){floor + below(layer - floor), v};
        }
    }
    if (!strcmp(argv[3], "edges"))
        write_edges(edges, made, name);
    else
        write_rules(edges, made, n, name, argv[3], argc > 4 ? argv[4] : "true");
    return fflush(stdout) != 0;
}
