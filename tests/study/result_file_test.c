#include "result_fixture.h"
#include "temporary.h"
#include "testing.h"

#include "base/file.h"

#include <dirent.h>
#include <netcdf.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[TEMPORARY_SIZE], path[2 * TEMPORARY_SIZE];

static int make_folder(void **state)
{
    (void)state;
    temporary_name("result", folder);
    if (!mkdtemp(folder)) return 1;
    snprintf(path, sizeof path, "%s/result.nc", folder);
    return 0;
}

static size_t files_in_folder(void)
{
    size_t count = 0;
    DIR *stream = opendir(folder);
    for (const struct dirent *entry; stream && (entry = readdir(stream));) count += entry->d_name[0] != '.';
    if (stream) closedir(stream);
    return count;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void assert_same_text(const char *a, const char *b)
{
    assert_true((a == NULL) == (b == NULL));
    if (a) assert_string_equal(a, b);
}

static void assert_same_number(double a, double b) { assert_true(a == b || (isnan(a) && isnan(b))); }

static void assert_same_quantity(const qn_quantity *a, const qn_quantity *b)
{
    assert_same_text(a->name, b->name);
    assert_same_text(a->unit, b->unit);
    assert_same_text(a->long_name, b->long_name);
    assert_same_text(a->theory_text, b->theory_text);
    assert_same_text(a->simulation_text, b->simulation_text);
    assert_int_equal(a->point, b->point);
    assert_same_number(a->theory, b->theory);
    assert_same_number(a->theory_error, b->theory_error);
    assert_same_number(a->simulation.value, b->simulation.value);
    assert_same_number(a->simulation.standard_error, b->simulation.standard_error);
    assert_int_equal(a->simulation.samples, b->simulation.samples);
    assert_same_number(a->z, b->z);
    assert_memory_equal(a->extrapolated_sizes, b->extrapolated_sizes, sizeof a->extrapolated_sizes);
}

static void assert_same_array(const qn_named_array *a, const qn_named_array *b)
{
    assert_same_text(a->name, b->name);
    assert_same_text(a->unit, b->unit);
    assert_same_text(a->long_name, b->long_name);
    assert_int_equal(a->rank, b->rank);
    size_t count = 1;
    for (size_t axis = 0; axis < a->rank; ++axis) {
        assert_same_text(a->dimensions[axis], b->dimensions[axis]);
        assert_int_equal(a->shape[axis], b->shape[axis]);
        count *= a->shape[axis];
    }
    for (size_t i = 0; i < count; ++i) assert_same_number(a->values[i], b->values[i]);
}

static void assert_same_rest(const qn_result *a, const qn_result *b)
{
    assert_same_text(a->name, b->name);
    assert_same_text(a->kind, b->kind);
    assert_same_text(a->title, b->title);
    assert_same_text(a->source, b->source);
    assert_same_text(a->study_text, b->study_text);
    assert_same_text(a->overrides, b->overrides);
    assert_same_text(a->header, b->header);
    assert_same_text(a->conventions, b->conventions);
    assert_true(a->seed == b->seed);
    assert_int_equal(a->must_see_passed, b->must_see_passed);
    assert_int_equal(a->warning_count, b->warning_count);
    for (size_t i = 0; i < a->warning_count; ++i) assert_same_text(a->warnings[i], b->warnings[i]);
    assert_int_equal(a->must_see_count, b->must_see_count);
    for (size_t i = 0; i < a->must_see_count; ++i) assert_same_text(a->must_see[i], b->must_see[i]);
    assert_int_equal(a->figure_count, b->figure_count);
    for (size_t i = 0; i < a->figure_count; ++i) {
        assert_same_text(a->figures[i].plot, b->figures[i].plot);
        assert_same_text(a->figures[i].against, b->figures[i].against);
        assert_same_text(a->figures[i].by, b->figures[i].by);
        assert_same_text(a->figures[i].scale, b->figures[i].scale);
        assert_same_text(a->figures[i].caption, b->figures[i].caption);
    }
}

static void assert_same_result(const qn_result *a, const qn_result *b)
{
    assert_same_rest(a, b);
    assert_int_equal(a->point_count, b->point_count);
    for (size_t i = 0; i < a->point_count; ++i) {
        assert_int_equal(a->points[i].count, b->points[i].count);
        for (size_t k = 0; k < a->points[i].count; ++k) {
            assert_same_text(a->points[i].keys[k], b->points[i].keys[k]);
            assert_same_text(a->points[i].values[k], b->points[i].values[k]);
        }
    }
    assert_int_equal(a->quantity_count, b->quantity_count);
    for (size_t i = 0; i < a->quantity_count; ++i) assert_same_quantity(&a->quantities[i], &b->quantities[i]);
    assert_int_equal(a->array_count, b->array_count);
    for (size_t i = 0; i < a->array_count; ++i) assert_same_array(&a->arrays[i], &b->arrays[i]);
}

static void check_round_trip(qn_result result)
{
    qn_result back = {0};
    assert_ok(qn_result_write(&result, path, false));
    assert_ok(qn_result_read(path, &back));
    assert_same_result(&result, &back);
    qn_result_clear(&back);
    qn_result_clear(&result);
    assert_int_equal(files_in_folder(), 1);
}

static void everything_comes_back(void **state)
{
    (void)state;
    check_round_trip(chaos_result());
    qn_result uncertain = chaos_result();
    uncertain.quantities[2].theory_error = 0.0004;
    check_round_trip(uncertain);
    check_round_trip(transition_result());
}

// Rows that differ between points, values that are words, rank 3, a seed of 64 bits, missing texts.
static void odd_results_come_back(void **state)
{
    (void)state;
    qn_result result = transition_result();
    free(result.quantities[4].name);
    result.quantities[4].name = strdup("rate(23E)");
    free(result.points[3].values[1]);
    result.points[3].values[1] = strdup("{kind: file, path: \"a b.npy\"}");
    for (size_t i = 0; i < result.quantity_count; ++i) {
        if (strcmp(result.quantities[i].name, "lyapunov_exponent")) continue;
        free(result.quantities[i].unit); // the unit belongs to the quantity: all rows share it
        result.quantities[i].unit = NULL;
    }
    free(result.source);
    result.source = NULL;
    result.seed = UINT64_MAX - 1;
    const double values[12] = {1, NAN, INFINITY, -INFINITY, 0x1p-1074, -0.0, 7, 8, 9, 10, 11, 12};
    assert_ok(qn_result_add_array(&result, &(qn_named_array){.name = "cube",
                                                             .unit = "1",
                                                             .rank = 3,
                                                             .dimensions = {"a", "b", "c"},
                                                             .shape = {2, 3, 2},
                                                             .values = (double *)values}));
    check_round_trip(result);
    check_round_trip((qn_result){.name = strdup("empty"), .seed = 7});
}

static void reproducible_files_are_the_same_byte_for_byte(void **state)
{
    (void)state;
    qn_result result = chaos_result();
    char *first, *second;
    size_t first_size, second_size;
    assert_ok(qn_result_write(&result, path, true));
    assert_ok(qn_file_read(path, 1 << 24, &first, &first_size));
    sleep(1);
    assert_ok(qn_result_write(&result, path, true));
    assert_ok(qn_file_read(path, 1 << 24, &second, &second_size));
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    char host[256];
    assert_int_equal(gethostname(host, sizeof host), 0);
    for (size_t i = 0; strlen(host) > 4 && i + strlen(host) <= first_size; ++i)
        assert_true(memcmp(first + i, host, strlen(host)));
    free(first);
    free(second);
    qn_result_clear(&result);
}

static void a_time_stamp_is_kept_otherwise(void **state)
{
    (void)state;
    qn_result result = chaos_result();
    int file;
    char stamp[32] = "";
    assert_ok(qn_result_write(&result, path, false));
    assert_int_equal(nc_open(path, NC_NOWRITE, &file), 0);
    assert_int_equal(nc_get_att_text(file, NC_GLOBAL, "created", stamp), 0);
    nc_close(file);
    assert_int_equal(strlen(stamp), 20);
    assert_int_equal(stamp[10], 'T');
    assert_int_equal(stamp[19], 'Z');
    qn_result_clear(&result);
}

static void a_full_disk_leaves_the_old_result(void **state)
{
    (void)state;
    qn_result result = chaos_result(), back = {0};
    assert_ok(qn_result_write(&result, path, false));
    result.seed = 99;
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = 4096, .rlim_max = before.rlim_max});
    const qn_status status = qn_result_write(&result, path, false);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_fails(status, QN_IO_ERROR, "File too large");
    assert_int_equal(files_in_folder(), 1);
    assert_ok(qn_result_read(path, &back));
    assert_true(back.seed == 1);
    qn_result_clear(&back);
    qn_result_clear(&result);
}

static void places_that_cannot_be_written_are_refused(void **state)
{
    (void)state;
    qn_result result = chaos_result();
    assert_fails(qn_result_write(&result, folder, false), QN_IO_ERROR, "it is a folder");
    assert_fails(qn_result_write(&result, "/dev/full", false), QN_IO_ERROR, "not a regular file");
    assert_fails(qn_result_write(&result, "/proc/quenched.nc", false), QN_IO_ERROR,
                 "/proc/quenched.nc: cannot write: ");
    assert_fails(qn_result_write(&result, "/nowhere/at/all.nc", false), QN_IO_ERROR, "No such file or directory");
    assert_ok(qn_file_write(path, "x", 1));
    char under[3 * TEMPORARY_SIZE];
    snprintf(under, sizeof under, "%s/below.nc", path);
    assert_fails(qn_result_write(&result, under, false), QN_IO_ERROR, "Not a directory");
    qn_result_clear(&result);
}

static void what_is_no_result_is_refused(void **state)
{
    (void)state;
    qn_result back = {.seed = 5};
    assert_fails(qn_result_read(folder, &back), QN_BAD_FILE, "it is a folder");
    assert_fails(qn_result_read("/nowhere.nc", &back), QN_BAD_FILE, "/nowhere.nc: cannot open: No such file");
    assert_ok(qn_file_write(path, "study: activity\n", 16));
    assert_fails(qn_result_read(path, &back), QN_BAD_FILE, "not a netCDF file");
    assert_ok(qn_file_write(path, "", 0));
    assert_fails(qn_result_read(path, &back), QN_BAD_FILE, "not a netCDF file");
    int file;
    assert_int_equal(nc_create(path, NC_NETCDF4 | NC_CLOBBER, &file), 0);
    nc_close(file);
    assert_fails(qn_result_read(path, &back), QN_BAD_FILE, "of another program");
    assert_true(back.seed == 5 && !back.name);
}

static void damage_is_noticed_at_every_place(void **state)
{
    (void)state;
    qn_result result = transition_result(), back = {0};
    char *bytes;
    size_t size;
    assert_ok(qn_result_write(&result, path, false));
    assert_ok(qn_file_read(path, 1 << 24, &bytes, &size));
    for (size_t length = 0; length < size; length += 997) {
        assert_ok(qn_file_write(path, bytes, length));
        assert_int_equal(qn_result_read(path, &back), QN_BAD_FILE);
    }
    for (size_t i = 0; i < size; i += 997) {
        bytes[i] ^= 4;
        assert_ok(qn_file_write(path, bytes, size));
        assert_int_equal(qn_result_read(path, &back), QN_BAD_FILE);
        bytes[i] ^= 4;
    }
    free(bytes);
    qn_result_clear(&result);
}

static void *write_and_read(void *argument)
{
    char own[3 * TEMPORARY_SIZE];
    snprintf(own, sizeof own, "%s-%zu", path, (size_t)argument);
    qn_result result = transition_result();
    qn_status status = QN_OK;
    for (int i = 0; i < 5 && status == QN_OK; ++i) {
        qn_result back = {0};
        status = qn_result_write(&result, own, false);
        if (status == QN_OK) status = qn_result_read(own, &back);
        qn_result_clear(&back);
    }
    qn_result_clear(&result);
    unlink(own);
    return (void *)status;
}

static void threads_may_write_at_once(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, write_and_read, (void *)i);
    for (size_t i = 0; i < 4; ++i) {
        void *status;
        pthread_join(threads[i], &status);
        assert_true((qn_status)(size_t)status == QN_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(everything_comes_back),
                                       cmocka_unit_test(odd_results_come_back),
                                       cmocka_unit_test(reproducible_files_are_the_same_byte_for_byte),
                                       cmocka_unit_test(a_time_stamp_is_kept_otherwise),
                                       cmocka_unit_test(a_full_disk_leaves_the_old_result),
                                       cmocka_unit_test(places_that_cannot_be_written_are_refused),
                                       cmocka_unit_test(what_is_no_result_is_refused),
                                       cmocka_unit_test(damage_is_noticed_at_every_place),
                                       cmocka_unit_test(threads_may_write_at_once)};
    return cmocka_run_group_tests_name("result file", tests, make_folder, remove_folder);
}
