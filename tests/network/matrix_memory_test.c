// A matrix file that memory cannot hold is refused with the figures, in all formats, and the result is left alone.
#include "temporary.h"
#include "testing.h"

#include "npz_archive.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// Limits of the address space hold on Linux, and not under sanitizers: their shadow is larger than any that would do.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LIMITS_HOLD false
#endif
#endif
#if !defined(LIMITS_HOLD) && (defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__linux__))
#define LIMITS_HOLD false
#endif
#ifndef LIMITS_HOLD
#define LIMITS_HOLD true
#endif

enum { UNITS = 2000, ENTRIES = 100000, LEFT = 1 << 19 }; // entries of 12 bytes

static double address_space(void)
{
    double pages = NAN;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file) return NAN;
    if (fscanf(file, "%lf", &pages) != 1) pages = NAN;
    fclose(file);
    return pages * (double)sysconf(_SC_PAGESIZE);
}

typedef struct {
    int status;
    bool untouched;
    char message[400];
} answer;

static void read_in_little_room(const char *path, int base, answer *found)
{
    const double used = address_space();
    qn_matrix matrix = {.rows = 77};
    const qn_matrix before = matrix;
    struct rlimit limit;
    if (isnan(used) || getrlimit(RLIMIT_AS, &limit) != 0) _exit(2);
    limit.rlim_cur = (rlim_t)(used + LEFT);
    if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(3);
    found->status = (int)qn_matrix_read(path, &(qn_matrix_options){.index_base = base, .square = true}, &matrix);
    found->untouched = matrix.rows == before.rows && matrix.columns == before.columns && !matrix.sparse &&
                       !matrix.values && !matrix.entries && !matrix.row_start && !matrix.column;
    snprintf(found->message, sizeof found->message, "%s", qn_last_error());
}

// In a child, whose limit ends with it.
static answer ask_child(const char *path, int base)
{
    int ends[2];
    answer found = {.status = -1};
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        read_in_little_room(path, base, &found);
        _exit(write(ends[1], &found, sizeof found) == (ssize_t)sizeof found ? 0 : 1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &found, sizeof found), sizeof found);
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    return found;
}

static void assert_refused(const char *path, int base)
{
    const answer found = ask_child(path, base);
    assert_int_equal(found.status, QN_NO_MEMORY);
    assert_true(found.untouched);
    assert_non_null(strstr(found.message, path));
    assert_non_null(strstr(found.message, "needs 1.20 MB")); // what it takes ...
    assert_non_null(strstr(found.message, "are available")); // ... and what there is
}

static void refuse_text(const char *name, const char *head, size_t first, int base)
{
    const char *path = temporary_path(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(head, file);
    for (size_t k = 0; k < ENTRIES; ++k)
        fprintf(file, base < 0 ? "%zu %zu 1\n" : "%zu,%zu,1\n", k / UNITS + first, k % UNITS + first);
    if (base >= 0) fprintf(file, "%d,0,1\n", UNITS - 1); // the largest unit number is the size
    fclose(file);
    assert_refused(path, base);
}

static void an_edge_list_is_refused(void **state)
{
    (void)state;
    refuse_text("j.csv", "", 0, 0);
}

static void a_matrix_market_file_is_refused(void **state)
{
    (void)state;
    refuse_text("j.mtx", "%%MatrixMarket matrix coordinate real general\n2000 2000 100000\n", 1, -1);
}

static void an_archive_is_refused(void **state)
{
    (void)state;
    static npz_archive archive = {.deflated = true};
    double *numbers = malloc(ENTRIES * sizeof *numbers);
    assert_non_null(numbers);
    for (size_t row = 0; row <= UNITS; ++row) numbers[row] = row * UNITS < ENTRIES ? (double)(row * UNITS) : ENTRIES;
    archive_add_numbers(&archive, "indptr.npy", "<i4", UNITS + 1, numbers);
    for (size_t k = 0; k < ENTRIES; ++k) numbers[k] = (double)(k % UNITS);
    archive_add_numbers(&archive, "indices.npy", "<i4", ENTRIES, numbers);
    for (size_t k = 0; k < ENTRIES; ++k) numbers[k] = 1;
    archive_add_numbers(&archive, "data.npy", "<f8", ENTRIES, numbers);
    archive_add_array(&archive, "format.npy", "|S3", "()", "csr", 3);
    archive_add_numbers(&archive, "shape.npy", "<i8", 2, (const double[]){UNITS, UNITS});
    archive_end(&archive, "");
    free(numbers);
    assert_refused(temporary_bytes("j.npz", archive.bytes, archive.length), -1);
}

static int remove_files(void **state)
{
    (void)state;
    temporary_remove(3, (const char *const[]){"j.csv", "j.mtx", "j.npz"});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_edge_list_is_refused),
                                       cmocka_unit_test(a_matrix_market_file_is_refused),
                                       cmocka_unit_test(an_archive_is_refused)};
    return LIMITS_HOLD ? cmocka_run_group_tests(tests, NULL, remove_files) : 0;
}
