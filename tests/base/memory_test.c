#include "temporary.h"
#include "testing.h"

#include "base/memory.h"
#include "base/memory_limits.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void arrays_are_aligned_and_zero(void **state)
{
    (void)state;
    const size_t counts[] = {0, 1, 7, 1000, 600000, 3000001};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; ++c) {
        double *array = NULL;
        assert_ok(QN_NEW(&array, counts[c], "numbers"));
        assert_non_null(array);
        assert_int_equal((uintptr_t)array % 64, 0);
        for (size_t i = 0; i < counts[c]; ++i) {
            assert_true(array[i] == 0.0);
            array[i] = 1.0;
        }
        qn_release(array);
    }
    qn_release(NULL);
}

static void overflow_is_refused_and_leaves_the_pointer(void **state)
{
    (void)state;
    int here;
    void *pointer = &here;
    assert_fails(qn_allocate(SIZE_MAX / 4, 8, "coupling matrix", &pointer), QN_NO_MEMORY,
                 "coupling matrix needs 36.9 EB");
    assert_ptr_equal(pointer, &here);
    assert_fails(qn_allocate(SIZE_MAX, SIZE_MAX, "coupling matrix", &pointer), QN_NO_MEMORY, "coupling matrix needs");
    assert_ptr_equal(pointer, &here);
}

static void plan_names_the_largest(void **state)
{
    (void)state;
    qn_memory_plan plan = {0};
    assert_ok(qn_memory_plan_check(&plan, 0));
    qn_memory_plan_add(&plan, "states", 1e8, 14);
    qn_memory_plan_add(&plan, "coupling matrix", 29.8e9, 1);
    qn_memory_plan_add(&plan, "lags", 10, 8);
    assert_close(plan.bytes, 31.2e9 + 80, 1e-15);
    assert_fails(qn_memory_plan_check(&plan, 1e6), QN_NO_MEMORY,
                 "coupling matrix needs 29.8 GB (all arrays: 31.2 GB); 1.00 MB are allowed");
    qn_memory_plan_add(&plan, "coupling matrix", 1e12, 1e12);
    assert_fails(qn_memory_plan_check(&plan, 0), QN_NO_MEMORY, "are available");
    assert_true(qn_memory_available() > 1e6);
}

static char root[TEMPORARY_SIZE];

static void put(const char *path, const char *text)
{
    char full[3 * TEMPORARY_SIZE];
    snprintf(full, sizeof full, "%s%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(full, 0777);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int make_root(void **state)
{
    (void)state;
    temporary_name("memory", root);
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    (void)state;
    char command[2 * TEMPORARY_SIZE];
    snprintf(command, sizeof command, "rm -r '%s'", root);
    return system(command);
}

static void physical_memory_is_read(void **state)
{
    (void)state;
    assert_true(isinf(qn_memory_told_by_files(root)));
    put("/proc/meminfo", "MemTotal:       24684100 kB\nMemFree:  1 kB\nMemAvailable:    2000 kB\n");
    assert_true(qn_memory_told_by_files(root) == 2000 * 1024.0);
}

static void unified_group_limits_with_its_parents(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/user/job\n");
    put("/sys/fs/cgroup/user/job/memory.max", "max\n");
    assert_true(isinf(qn_memory_told_by_files(root)));
    put("/sys/fs/cgroup/user/memory.max", "5000\n");
    put("/sys/fs/cgroup/user/memory.current", "3000\n");
    assert_true(qn_memory_told_by_files(root) == 2000.0);
    put("/sys/fs/cgroup/user/memory.stat", "anon 2500\ninactive_file 400\n");
    assert_true(qn_memory_told_by_files(root) == 2400.0);
    put("/sys/fs/cgroup/user/job/memory.max", "900\n");
    put("/sys/fs/cgroup/user/job/memory.current", "1000\n");
    assert_true(qn_memory_told_by_files(root) == 0.0);
}

static void legacy_group_limits_even_when_only_its_mount_is_visible(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "5:devices:/\n4:cpu,memory:/docker/abc\n0::/\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "7000\n");
    put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "1000\n");
    put("/sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 50\n");
    assert_true(qn_memory_told_by_files(root) == 6050.0);
}

// In a child, since an address-space limit cannot be taken back.
static void address_space_limit_is_kept(void **state)
{
    (void)state;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit limit = {(rlim_t)1 << 50, (rlim_t)1 << 50};
        const double before = qn_memory_left_by_limits();
        if (setrlimit(RLIMIT_AS, &limit)) _exit(2);
        const double left = qn_memory_left_by_limits();
        _exit(isinf(before) && left < 0x1p50 && left > 0x1p49 && qn_memory_available() <= left ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_are_aligned_and_zero),
        cmocka_unit_test(overflow_is_refused_and_leaves_the_pointer),
        cmocka_unit_test(plan_names_the_largest),
        cmocka_unit_test_setup_teardown(physical_memory_is_read, make_root, remove_root),
        cmocka_unit_test_setup_teardown(unified_group_limits_with_its_parents, make_root, remove_root),
        cmocka_unit_test_setup_teardown(legacy_group_limits_even_when_only_its_mount_is_visible, make_root,
                                        remove_root),
        cmocka_unit_test(address_space_limit_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
