/* race: times whole commands against each other, A B A B …, and prints medians and the ratio pair by pair.
 *
 *     race [-n RUNS] [-w WARMUPS] NAME_A COMMAND_A NAME_B COMMAND_B …
 *
 * A command is one string, split at spaces; 'single quotes' keep spaces. It is run without a shell, its
 * output thrown away. CPU is user + system time of the process and its children, memory the largest resident
 * set, both from wait4. Machines are noisy: quote the ratio, which compares neighbours in time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 8, MAX_RUNS = 101, MAX_WORDS = 256 };

struct figure {
    double cpu_s, wall_s, memory_mb;
};

struct command {
    const char *name;
    char *words[MAX_WORDS];
    struct figure run[MAX_RUNS];
};

/* Splits in place. */
static int split(char *text, char **words)
{
    int n = 0;
    while (*text && n < MAX_WORDS - 1) {
        while (*text == ' ')
            text++;
        if (!*text)
            break;
        char *to = text, quote = 0;
        words[n++] = text;
        for (; *text && (quote || *text != ' '); text++) {
            if (*text == '\'')
                quote ^= 1;
            else
                *to++ = *text;
        }
        if (*text)
            text++;
        *to = 0;
    }
    words[n] = NULL;
    return n;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int run(struct command *command, struct figure *figure)
{
    double start = now();
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        execvp(command->words[0], command->words);
        _exit(127);
    }
    int status;
    struct rusage use;
    if (child < 0 || wait4(child, &status, 0, &use) < 0)
        return -1;
    figure->wall_s = now() - start;
    figure->cpu_s = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                    1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
    figure->memory_mb = (double)use.ru_maxrss / 1024;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    fprintf(stderr, "race: %s failed: %s (exit %d)\n", command->name, command->words[0],
        WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return -1;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *value, int n)
{
    qsort(value, (size_t)n, sizeof *value, compare);
    return n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
}

static double column(const struct command *command, const struct command *base, int runs, int which)
{
    double value[MAX_RUNS];
    for (int i = 0; i < runs; i++) {
        const struct figure *f = &command->run[i], *b = base ? &base->run[i] : NULL;
        double v = which == 0 ? f->cpu_s : which == 1 ? f->wall_s : f->memory_mb;
        double w = !b ? 1 : which == 0 ? b->cpu_s : which == 1 ? b->wall_s : b->memory_mb;
        value[i] = v / w;
    }
    return median(value, runs);
}

int main(int argc, char **argv)
{
    static struct command command[MAX_COMMANDS];
    int runs = 5, warmups = 1, n = 0, option;
    while ((option = getopt(argc, argv, "+n:w:")) != -1) {
        if (option == 'n')
            runs = atoi(optarg);
        else if (option == 'w')
            warmups = atoi(optarg);
        else
            return 2;
    }
    for (int i = optind; i + 1 < argc && n < MAX_COMMANDS; i += 2, n++) {
        command[n].name = argv[i];
        if (!split(argv[i + 1], command[n].words))
            return 2;
    }
    if (!n || runs < 1 || runs > MAX_RUNS) {
        fprintf(stderr, "usage: race [-n RUNS] [-w WARMUPS] NAME COMMAND [NAME COMMAND …]\n");
        return 2;
    }
    for (int r = -warmups; r < runs; r++)
        for (int i = 0; i < n; i++) {
            struct figure ignored;
            if (run(&command[i], r < 0 ? &ignored : &command[i].run[r]) < 0)
                return 1;
        }
    printf("medians of %d runs; ratios to %s, pair by pair\n", runs, command[0].name);
    printf("%-34s %8s %8s %8s %9s %9s %9s\n", "command", "cpu s", "wall s", "MB", "cpu", "wall", "MB");
    for (int i = 0; i < n; i++)
        printf("%-34s %8.2f %8.2f %8.0f %8.2fx %8.2fx %8.2fx\n", command[i].name,
            column(&command[i], NULL, runs, 0), column(&command[i], NULL, runs, 1),
            column(&command[i], NULL, runs, 2), column(&command[i], &command[0], runs, 0),
            column(&command[i], &command[0], runs, 1), column(&command[i], &command[0], runs, 2));
    return 0;
}
