/* "Did you mean": the optimal string alignment distance (Damerau 1964 with neighbours swapped once), over
 * short words. */
#include "option/json.h"

#include <string.h>

enum { MAX_WORD = 80 };

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

int vh_option_distance(const char *a, const char *b, int limit)
{
    int rows[3][MAX_WORD + 1];
    int n = (int)strlen(a), m = (int)strlen(b);
    if (n > MAX_WORD || m > MAX_WORD || n - m > limit || m - n > limit)
        return limit + 1;
    for (int j = 0; j <= m; j++)
        rows[0][j] = j;
    for (int i = 1; i <= n; i++) {
        int *now = rows[i % 3], *above = rows[(i + 2) % 3], *higher = rows[(i + 1) % 3];
        now[0] = i;
        for (int j = 1; j <= m; j++) {
            int cost = a[i - 1] != b[j - 1];
            now[j] = smaller(smaller(above[j] + 1, now[j - 1] + 1), above[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = smaller(now[j], higher[j - 2] + 1);
        }
    }
    return smaller(rows[n % 3][m], limit + 1);
}

const char *vh_option_nearest(const char *text, const char *const *words)
{
    const char *best = NULL;
    int limit = (int)strlen(text) / 3;
    for (; *words; words++) {
        int distance = vh_option_distance(text, *words, limit);
        if (limit > 0 && distance <= limit) {
            best = *words;
            limit = distance - 1;
        }
    }
    return best;
}
