#include "testing.h"

#include "temporary.h"

#include <locale.h>
#include <sys/stat.h>

static void files_that_cannot_be_read_are_named(void **state)
{
    (void)state;
    qn_matrix matrix = {0};
    assert_fails(qn_matrix_read("no/such/file.npy", NULL, &matrix), QN_BAD_FILE,
                 "no/such/file.npy: cannot be opened: No such file or directory");
    assert_fails(
        qn_matrix_read(temporary_text("m.txt", "1"), NULL, &matrix), QN_BAD_FILE,
        "m.txt: unknown kind of file; allowed endings: .npy (NumPy), .npz (SciPy, sparse), .mtx (Matrix Market), .csv");
    assert_fails(qn_matrix_read("matrix", NULL, &matrix), QN_BAD_FILE, "unknown kind of file");
    const char *folder = temporary_path("folder.mtx");
    mkdir(folder, 0700);
    assert_fails(qn_matrix_read(folder, NULL, &matrix), QN_BAD_FILE, "folder.mtx: is a folder");
    rmdir(folder);
}

static void endings_are_read_in_either_case(void **state)
{
    (void)state;
    qn_matrix matrix = {0};
    assert_ok(qn_matrix_read(temporary_text("m.CSV", "0,1,1\n"), &(qn_matrix_options){0}, &matrix));
    assert_int_equal(matrix.rows, 2);
    qn_matrix_clear(&matrix);
    assert_int_equal(matrix.rows, 0);
    qn_matrix_clear(&matrix);
    qn_matrix_clear(NULL);
}

// A program of a user in a country that writes 0,5 must read the same numbers, and keep its locale.
static void a_decimal_comma_changes_nothing(void **state)
{
    (void)state;
    static const char *const LOCALES[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR", "nl_NL.UTF-8"};
    bool found = false;
    for (size_t i = 0; i < sizeof LOCALES / sizeof *LOCALES && !found; ++i)
        found = setlocale(LC_ALL, LOCALES[i]) != NULL;
    if (!found) skip();
    qn_matrix matrix = {0};
    assert_ok(qn_matrix_read(temporary_text("m.csv", "0,1,0.5\n"), &(qn_matrix_options){0}, &matrix));
    assert_true(matrix.values[0] == 0.5);
    qn_matrix_clear(&matrix);
    assert_string_equal(localeconv()->decimal_point, ",");
    setlocale(LC_ALL, "C");
}

static int remove_files(void **state)
{
    (void)state;
    temporary_remove(3, (const char *const[]){"m.txt", "m.csv", "m.CSV"});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_cannot_be_read_are_named),
        cmocka_unit_test(endings_are_read_in_either_case),
        cmocka_unit_test(a_decimal_comma_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
