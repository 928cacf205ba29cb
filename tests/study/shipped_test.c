// Every shipped study reads without a complaint, and what it compares is something it computes.
#include "testing.h"

#include "study/study_data.h"

#include <dirent.h>

static void every_shipped_study_reads(void **state)
{
    (void)state;
    DIR *folder = opendir(SOURCE_DIRECTORY "/studies");
    assert_non_null(folder);
    int count = 0;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        const char *ending = strrchr(entry->d_name, '.');
        if (!ending || strcmp(ending, ".yaml")) continue;
        char path[1024];
        snprintf(path, sizeof path, "%s/studies/%s", SOURCE_DIRECTORY, entry->d_name);
        qn_study *study = NULL;
        assert_ok(qn_study_read(path, 0, NULL, &study));
        assert_string_not_equal(qn_study_title(study), qn_study_name(study));
        assert_non_null(strstr(qn_study_text(study), "study: "));
        qn_study_destroy(study);
        ++count;
    }
    closedir(folder);
    assert_true(count >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_shipped_study_reads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
