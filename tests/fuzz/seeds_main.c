/* fuzz_NAME FILE...: gives each file to a fuzz target, where there is no libFuzzer to do it. */
#include <stdint.h>

#include "fuzz_require.h"

/* A seed is a few hundred bytes. */
#define SEED_BYTES_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void give(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(SEED_BYTES_MAX);
    REQUIRE(file != NULL && bytes != NULL);
    size_t size = fread(bytes, 1, SEED_BYTES_MAX, file);
    REQUIRE(feof(file));
    fclose(file);
    /* Of its own size, so that a read behind its end is seen. */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    REQUIRE(exact != NULL);
    for (size_t i = 0; i < size; i++)
        exact[i] = bytes[i];
    free(bytes);
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv)
{
    REQUIRE(argc > 1);
    for (int i = 1; i < argc; i++)
        give(argv[i]);
    return 0;
}
