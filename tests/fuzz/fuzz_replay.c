/* fuzz_<target> FILE...: runs the target on each file, and on a few thousand mutations of it that are the
 * same in every run: bytes changed, removed, doubled, and pieces of the files put together. */
#include "fuzz.h"

enum { MAX_BYTES = 1 << 16, MAX_FILES = 256 };

static uint64_t seed = 1;

static unsigned any(unsigned below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % below;
}

struct input {
    uint8_t *data;
    size_t size;
};

static struct input read_file(const char *path)
{
    struct input in = {.data = vh_alloc(MAX_BYTES, 1)};
    FILE *file = fopen(path, "rb");
    fuzz_require(file && in.data, path);
    in.size = fread(in.data, 1, MAX_BYTES / 4, file);
    fclose(file);
    return in;
}

/* One random change. */
static void change(struct input *in)
{
    static const char *const words[] = {
        "{", "}", "[", "]", "\"", ":", ",", "\\u0000", "1e999", "-0", "null", "auto", "\xff"};
    size_t at = in->size ? any((unsigned)in->size) : 0;
    unsigned kind = any(4);
    if (kind == 0 && in->size) {
        in->data[at] = (uint8_t)any(256);
    } else if (kind == 1 && in->size) {
        size_t n = 1 + any(8);
        n = n > in->size - at ? in->size - at : n;
        memmove(in->data + at, in->data + at + n, in->size - at - n);
        in->size -= n;
    } else if (kind == 2 && in->size && in->size < MAX_BYTES / 2) {
        size_t n = 1 + any((unsigned)(in->size - at));
        memmove(in->data + at + n, in->data + at, in->size - at);
        in->size += n;
    } else if (in->size < MAX_BYTES / 2) {
        const char *word = words[any(sizeof words / sizeof *words)];
        size_t n = strlen(word);
        memmove(in->data + at + n, in->data + at, in->size - at);
        memcpy(in->data + at, word, n);
        in->size += n;
    }
}

int main(int argc, char **argv)
{
    const char *rounds_text = getenv("FUZZ_ROUNDS");
    int rounds = rounds_text ? atoi(rounds_text) : 5000, n = argc - 1 < MAX_FILES ? argc - 1 : MAX_FILES;
    struct input *files = vh_alloc((size_t)n + 1, sizeof *files), now = {.data = vh_alloc(MAX_BYTES, 1)};
    fuzz_require(n > 0 && files && now.data, "no corpus");
    for (int i = 0; i < n; i++) {
        files[i] = read_file(argv[i + 1]);
        LLVMFuzzerTestOneInput(files[i].data, files[i].size);
    }
    for (int i = 0; i < n * rounds; i++) {
        const struct input *from = &files[i % n];
        memcpy(now.data, from->data, from->size);
        now.size = from->size;
        for (unsigned k = 1 + any(6); k; k--)
            change(&now);
        LLVMFuzzerTestOneInput(now.data, now.size);
    }
    for (int i = 0; i < n; i++)
        vh_free(files[i].data);
    vh_free(now.data);
    vh_free(files);
    printf("%d inputs\n", n * (rounds + 1));
    return 0;
}
