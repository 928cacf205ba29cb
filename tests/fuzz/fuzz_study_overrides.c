// A study with overrides: up to the first "\n%%\n" the bytes are the file, each line after it is one override.
#include "fuzz.h"

#include "study/study_data.h"

enum { MOST_OVERRIDES = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text) return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    size_t length = size, count = 0;
    const char *overrides[MOST_OVERRIDES];
    char *rest = strstr(text, "\n%%\n");
    if (rest) length = (size_t)(rest - text) + 1;
    for (char *line = rest ? strtok(rest + 4, "\n") : NULL; line && count < MOST_OVERRIDES; line = strtok(NULL, "\n"))
        overrides[count++] = line;

    qn_study *study = NULL;
    const qn_status status = qn_study_read_text(text, length, "fuzz.yaml", count, overrides, &study);
    if (status != QN_OK) {
        fuzz_check_refusal(status);
        FUZZ_CHECK(study == NULL);
    }
    qn_study_destroy(study);
    free(text);
    return 0;
}
