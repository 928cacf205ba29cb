#include "temporary.h"
#include "testing.h"

#include <stdint.h>

static const char *const FILES[] = {"images-ubyte", "labels-ubyte", "x.npy", "y.npy", "table.csv"};

#define IMAGES_HEADER "\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x03"
#define LABELS_HEADER "\0\0\x08\x01\0\0\0\x02"

static qn_status read_pair(const char *images, size_t image_bytes, const char *labels, size_t label_bytes,
                           qn_labelled_data *data)
{
    char path[512], beside[512];
    snprintf(path, sizeof path, "%s", temporary_bytes("images-ubyte", images, image_bytes));
    snprintf(beside, sizeof beside, "%s", temporary_bytes("labels-ubyte", labels, label_bytes));
    return qn_labelled_data_read(path, &(qn_labelled_data_options){.labels = beside}, data);
}

static void idx_images_and_labels(void **state)
{
    (void)state;
    qn_labelled_data data;
    assert_ok(read_pair(IMAGES_HEADER "\x00\x01\x02\xff\x80\x03", 22, LABELS_HEADER "\x07\x09", 10, &data));
    assert_true(data.count == 2 && data.dimension == 3);
    const double expected[] = {0, 1, 2, 255, 128, 3};
    for (int i = 0; i < 6; ++i) assert_true(data.inputs[i] == expected[i]);
    assert_true(data.labels[0] == 7.0 && data.labels[1] == 9.0 && data.rows[1] == 1);
    qn_labelled_data_clear(&data);
}

static void bad_idx_is_named(void **state)
{
    (void)state;
    qn_labelled_data data = {.count = 77};
    const char *good = IMAGES_HEADER "\x00\x01\x02\xff\x80\x03", *labels = LABELS_HEADER "\x07\x09";
    assert_fails(read_pair(labels, 10, labels, 10, &data), QN_BAD_FILE,
                 "IDX magic number is 0x00000801; allowed: 0x00000803 (images); this is a file of labels");
    assert_fails(read_pair(good, 22, good, 22, &data), QN_BAD_FILE, "allowed: 0x00000801 (labels)");
    assert_fails(read_pair("\0\0\x0d\x03zzzzzzzzzzzz", 16, labels, 10, &data), QN_BAD_FILE, "0x00000D03");
    assert_fails(read_pair(good, 21, labels, 10, &data), QN_BAD_FILE,
                 "truncated: 5 bytes after the header, which announces 6");
    assert_fails(read_pair(good, 9, labels, 10, &data), QN_BAD_FILE, "truncated inside the IDX header (9 of 16 bytes)");
    assert_fails(read_pair(good, 2, labels, 10, &data), QN_BAD_FILE, "truncated: 2 bytes");
    assert_fails(read_pair(IMAGES_HEADER "1234567", 23, labels, 10, &data), QN_BAD_FILE, "7 bytes after the header");
    assert_fails(read_pair(good, 22, "\0\0\x08\x01\0\0\0\x03\x07\x09\x01", 11, &data), QN_BAD_FILE,
                 "3 labels for the 2 points of");
    assert_fails(read_pair("\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16, labels, 10, &data),
                 QN_BAD_FILE, "truncated: 0 bytes");
    assert_fails(read_pair("\0\0\x08\x03\0\0\0\0\0\0\0\1\0\0\0\1", 16, labels, 10, &data), QN_BAD_FILE, "has 0 points");
    assert_true(data.count == 77 && data.inputs == NULL);
}

// A version-1 NPY file of this dictionary and these bytes.
static const char *npy(const char *name, const char *dictionary, const void *numbers, size_t size)
{
    static char bytes[1024];
    const size_t length = strlen(dictionary);
    memcpy(bytes, "\x93NUMPY\x01\x00", 8);
    bytes[8] = (char)length;
    bytes[9] = 0;
    memcpy(bytes + 10, dictionary, length);
    memcpy(bytes + 10 + length, numbers, size);
    return temporary_bytes(name, bytes, 10 + length + size);
}

static void npy_inputs_and_labels(void **state)
{
    (void)state;
    char labels[512];
    snprintf(labels, sizeof labels, "%s",
             npy("y.npy", "{'descr': '|i1', 'fortran_order': False, 'shape': (2,)}\n", "\x01\xff", 2));
    const char *path = npy("x.npy", "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)}\n", "\1\2\3\4\5\6", 6);
    qn_labelled_data data;
    assert_ok(qn_labelled_data_read(path, &(qn_labelled_data_options){.labels = labels}, &data));
    assert_true(data.count == 2 && data.dimension == 3 && data.inputs[4] == 5.0);
    assert_true(data.labels[0] == 1.0 && data.labels[1] == -1.0);
    assert_ok(qn_labelled_data_check_signs(&data));
    qn_labelled_data_clear(&data);
    assert_ok(qn_labelled_data_read(path, NULL, &data));
    assert_null(data.labels);
    assert_fails(qn_labelled_data_check_signs(&data), QN_BAD_VALUE, "no labels");
    qn_labelled_data_clear(&data);
}

static void bad_npy_is_named(void **state)
{
    (void)state;
    const struct {
        const char *dictionary, *bytes;
        size_t size;
        const char *message;
    } bad[] = {
        {"{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}\n", "\1\2\3\4\5\6", 6, "Fortran order"},
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (1, 1)}\n", "\1\2\3\4", 4,
         "numbers are big-endian ('>f4')"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)}\n", "\1\2\3\4\5", 5,
         "truncated: 5 bytes after the header, whose shape needs 6"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (6,)}\n", "\1\2\3\4\5\6", 6, "array of 1 dimensions"},
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (1, 1)}\n", "\1\2\3\4\5\6\7", 8, "element type is '<c8'"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1)}\n", "\0\0\x80\x3f\0\0\xc0\x7f", 8,
         "element [1][0] is nan"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (0, 3)}\n", "", 0, "empty"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        qn_labelled_data data = {.count = 77};
        const char *path = npy("x.npy", bad[i].dictionary, bad[i].bytes, bad[i].size);
        assert_fails(qn_labelled_data_read(path, NULL, &data), QN_BAD_FILE, bad[i].message);
        assert_true(data.count == 77 && data.inputs == NULL);
    }
}

static void csv_with_and_without_a_header(void **state)
{
    (void)state;
    qn_labelled_data data;
    const char *path = temporary_text("table.csv", "# made by hand\nclass,a,\"b\"\n1, 0.5,2\n\n-1,1e-1,3\r\n");
    assert_ok(qn_labelled_data_read(path, &(qn_labelled_data_options){.label_column = "class"}, &data));
    assert_true(data.count == 2 && data.dimension == 2);
    assert_true(data.inputs[0] == 0.5 && data.inputs[1] == 2.0 && data.inputs[2] == 0.1 && data.inputs[3] == 3.0);
    assert_true(data.labels[0] == 1.0 && data.labels[1] == -1.0);
    qn_labelled_data_clear(&data);
    assert_ok(qn_labelled_data_read(path, NULL, &data)); // the last column
    assert_true(data.labels[0] == 2.0 && data.inputs[2] == -1.0);
    qn_labelled_data_clear(&data);
    path = temporary_text("table.csv", "1;2;3\n4;5;6\n");
    assert_ok(qn_labelled_data_read(path, &(qn_labelled_data_options){.no_labels = true}, &data));
    assert_true(data.count == 2 && data.dimension == 3 && data.labels == NULL && data.inputs[5] == 6.0);
    qn_labelled_data_clear(&data);
}

static void bad_csv_is_named(void **state)
{
    (void)state;
    const struct {
        const char *text, *column, *message;
    } bad[] = {
        {"1,2\n3\n", NULL, "table.csv:2: 1 columns; the first line has 2"},
        {"1,2\n3,4,5\n", NULL, "table.csv:2: more columns than the 2"},
        {"1,2\n3,x\n", NULL, "table.csv:2: column 2 is \"x\"; allowed: a number"},
        {"1,2\n3,nan\n", NULL, "table.csv:2: column 2 is \"nan\"; allowed: finite"},
        {"1,2\n,4\n", NULL, "table.csv:2: column 1 is \"\"; allowed: a number"},
        {"a,b\n1,2\n", "c", "table.csv:1: no column is named 'c'"},
        {"1,2\n1,2\n", "c", "no column is named 'c'; the first line must name the columns"},
        {"a,b\n", NULL, "no row of numbers"},
        {"", NULL, "empty"},
        {"1\n2\n", NULL, "table.csv:1: 1 column; at least one input and the label are needed"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        qn_labelled_data data = {.count = 77};
        const char *path = temporary_text("table.csv", bad[i].text);
        const qn_labelled_data_options options = {.label_column = bad[i].column};
        assert_fails(qn_labelled_data_read(path, &options, &data), QN_BAD_FILE, bad[i].message);
        assert_true(data.count == 77 && data.inputs == NULL);
    }
    qn_labelled_data data;
    assert_fails(qn_labelled_data_read("/nowhere/table.csv", NULL, &data), QN_BAD_FILE, "cannot open");
}

static qn_labelled_data table(const char *text)
{
    qn_labelled_data data;
    assert_ok(qn_labelled_data_read(temporary_text("table.csv", text), NULL, &data));
    return data;
}

static void normalising(void **state)
{
    (void)state;
    qn_labelled_data data = table("0,10,1\n20,30,2\n"), test = table("40,10,1\n");
    const qn_normalisation all = {.divisor = 10.0, .centre = true, .unit_norm = true};
    assert_ok(qn_labelled_data_normalise(&all, &data, &test)); // means 1 and 2: (3, -1), scaled to |x|^2 = 2
    assert_close(test.inputs[0], 3.0 / sqrt(5.0), 1e-15);
    assert_close(test.inputs[1], -1.0 / sqrt(5.0), 1e-15);
    assert_ok(qn_labelled_data_normalise(&(qn_normalisation){.divisor = 10.0, .centre = true}, NULL, &data));
    assert_true(data.inputs[0] == -1.0 && data.inputs[1] == -1.0 && data.inputs[2] == 1.0 && data.inputs[3] == 1.0);
    qn_labelled_data_clear(&data);
    data = table("1,2,1\n0,0,1\n");
    assert_fails(qn_labelled_data_normalise(&(qn_normalisation){.unit_norm = true}, NULL, &data), QN_BAD_VALUE,
                 "row 1 has the norm 0");
    assert_true(data.inputs[0] == 1.0 && data.inputs[1] == 2.0);
    assert_fails(qn_labelled_data_normalise(&(qn_normalisation){.divisor = -1.0}, NULL, &data), QN_BAD_VALUE,
                 "divisor is -1");
    qn_labelled_data_clear(&data);
    qn_labelled_data_clear(&test);
}

static void classes(void **state)
{
    (void)state;
    qn_labelled_data data = table("0,3\n1,5\n2,3\n3,7\n4,5\n"), pair = {0};
    assert_ok(qn_labelled_data_pair(&data, 5.0, 3.0, &pair));
    assert_true(pair.count == 4 && pair.labels[0] == -1.0 && pair.labels[1] == 1.0 && pair.inputs[3] == 4.0);
    assert_true(pair.rows[3] == 4);
    assert_ok(qn_labelled_data_check_signs(&pair));
    qn_labelled_data_clear(&pair);
    assert_fails(qn_labelled_data_pair(&data, 5.0, 4.0, &pair), QN_BAD_VALUE,
                 "no point has the label 4; there are 3, 5, 7");
    assert_fails(qn_labelled_data_pair(&data, 4.0, 8.0, &pair), QN_BAD_VALUE, "no point has the label 4");
    assert_fails(qn_labelled_data_pair(&data, 5.0, 5.0, &pair), QN_BAD_VALUE, "both classes are 5");
    assert_fails(qn_labelled_data_check_signs(&data), QN_BAD_VALUE, "label of row 0 is 3; allowed: +1 or -1");
    size_t count;
    double *values, *targets;
    assert_ok(qn_labelled_data_one_hot(&data, &count, &values, &targets));
    assert_true(count == 3 && values[0] == 3.0 && values[2] == 7.0);
    assert_close(targets[3 * 3 + 2], 2.0 / 3.0, 1e-15);
    assert_close(targets[3 * 3 + 1], -1.0 / 3.0, 1e-15);
    qn_labelled_data_free(values);
    qn_labelled_data_free(targets);
    qn_labelled_data_clear(&data);
}

static void duplicates_are_named(void **state)
{
    (void)state;
    qn_labelled_data data = table("1,2,1\n3,4,1\n1,3,1\n3,4,-1\n");
    assert_fails(qn_labelled_data_check_distinct(&data), QN_BAD_VALUE,
                 "rows 1 and 3 have the same inputs: the kernel is singular; give noise > 0");
    qn_labelled_data_clear(&data);
    data = table("1,2,1\n3,4,1\n1,2,1\n3,4,-1\n");
    assert_fails(qn_labelled_data_check_distinct(&data), QN_BAD_VALUE, "rows 0 and 2 have the same inputs, as have 1");
    qn_labelled_data_clear(&data);
    data = table("1,2,1\n2,1,1\n");
    assert_ok(qn_labelled_data_check_distinct(&data));
    qn_labelled_data_clear(&data);
}

// The shipped digits: as many of each class as their source says; a split takes each point once.
static void shipped_digits_split(void **state)
{
    (void)state;
    qn_labelled_data data, train, test;
    assert_ok(qn_labelled_data_read(SOURCE_DIRECTORY "/data/digits.npy",
                                    &(qn_labelled_data_options){.labels = SOURCE_DIRECTORY "/data/digits-labels.npy"},
                                    &data));
    assert_true(data.count == 1797 && data.dimension == 64);
    const int expected[] = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};
    int found[10] = {0}, seen[1797] = {0};
    for (size_t i = 0; i < data.count; ++i) ++found[(int)data.labels[i]];
    for (int c = 0; c < 10; ++c) assert_int_equal(found[c], expected[c]);
    assert_ok(qn_labelled_data_check_distinct(&data));
    assert_ok(qn_labelled_data_split(&data, 1000, 0, 1, &train, &test));
    assert_true(train.count == 1000 && test.count == 797);
    for (size_t i = 0; i < 1000; ++i) ++seen[train.rows[i]];
    for (size_t i = 0; i < 797; ++i) {
        ++seen[test.rows[i]];
        assert_true(test.labels[i] == data.labels[test.rows[i]]);
        assert_true(test.inputs[i * 64 + 20] == data.inputs[test.rows[i] * 64 + 20]);
    }
    for (int i = 0; i < 1797; ++i) assert_int_equal(seen[i], 1);
    const size_t first = train.rows[0];
    qn_labelled_data_clear(&train);
    qn_labelled_data_clear(&test);
    assert_ok(qn_labelled_data_split(&data, 3, 5, 1, &train, &test));
    assert_true(train.rows[0] == first && test.count == 5);
    qn_labelled_data_clear(&train);
    qn_labelled_data_clear(&test);
    assert_fails(qn_labelled_data_split(&data, 1798, 0, 1, &train, &test), QN_BAD_VALUE, "allowed: 1 to 1797");
    assert_fails(qn_labelled_data_split(&data, 1000, 900, 1, &train, &test), QN_BAD_VALUE, "1000 + 900");
    qn_labelled_data_clear(&data);
}

static int remove_files(void **state)
{
    (void)state;
    temporary_remove(sizeof FILES / sizeof *FILES, FILES);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idx_images_and_labels),
        cmocka_unit_test(bad_idx_is_named),
        cmocka_unit_test(npy_inputs_and_labels),
        cmocka_unit_test(bad_npy_is_named),
        cmocka_unit_test(csv_with_and_without_a_header),
        cmocka_unit_test(bad_csv_is_named),
        cmocka_unit_test(normalising),
        cmocka_unit_test(classes),
        cmocka_unit_test(duplicates_are_named),
        cmocka_unit_test(shipped_digits_split),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
