#include "testing.h"

#include "temporary.h"

static const qn_spiking_edges_options FROM_ZERO = {.index_base = 0}, FROM_ONE = {.index_base = 1},
                                      SMALL = {.index_base = 0, .source_size = 4, .target_size = 3};

static void refuses(const char *path, const qn_spiking_edges_options *options, const char *part)
{
    qn_spiking_edges_owned edges = {.count = 77};
    assert_fails(qn_spiking_edges_read(path, options, &edges), QN_BAD_FILE, part);
    assert_true(edges.count == 77 && edges.source == NULL);
}

static const char *csv(const char *text) { return temporary_text("edges.csv", text); }

static void assert_edges(const qn_spiking_edges_owned *edges, size_t count, const uint32_t *source,
                         const uint32_t *target, const float *weight, const float *delay)
{
    assert_int_equal(edges->count, count);
    assert_memory_equal(edges->source, source, count * sizeof *source);
    assert_memory_equal(edges->target, target, count * sizeof *target);
    assert_true((edges->weight == NULL) == (weight == NULL) && (edges->delay == NULL) == (delay == NULL));
    if (weight != NULL) assert_memory_equal(edges->weight, weight, count * sizeof *weight);
    if (delay != NULL) assert_memory_equal(edges->delay, delay, count * sizeof *delay);
}

static const uint32_t SOURCES[] = {1, 0, 1}, TARGETS[] = {0, 2, 0};
static const float WEIGHTS[] = {87.5f, -0.25f, 0.0f}, DELAYS[] = {1.5f, 0.1f, 100.0f};

static void text_has_named_columns(void **state)
{
    (void)state;
    qn_spiking_edges_owned edges = {0};
    assert_ok(qn_spiking_edges_read(
        csv("# by hand\nsource,target,weight,delay\n1,0,87.5,1.5\n\n 0 , 2 ,-2.5e-1,.1\r\n# again\n1,0,0,1e2"),
        &FROM_ZERO, &edges));
    assert_edges(&edges, 3, SOURCES, TARGETS, WEIGHTS, DELAYS);
    assert_true(edges.largest_source == 1 && edges.largest_target == 2);
    const qn_spiking_edges view = qn_spiking_edges_view(&edges);
    assert_true(view.count == 3 && view.source == edges.source && view.target == edges.target);
    assert_true(view.weight == edges.weight && view.delay == edges.delay);
    qn_spiking_edges_clear(&edges);
    assert_null(edges.source);
    qn_spiking_edges_clear(&edges);
    qn_spiking_edges_clear(NULL);

    assert_ok(qn_spiking_edges_read(csv("Delay, \"TARGET\",source\n1.5,1,2\n0.1,3,1\n100,1,2\n"), &FROM_ONE, &edges));
    assert_edges(&edges, 3, SOURCES, TARGETS, NULL, DELAYS);
    qn_spiking_edges_clear(&edges);
    assert_ok(qn_spiking_edges_read(csv("\xef\xbb\xbfsource,target\n1,0\n0,2\n1,0\n"), &SMALL, &edges));
    assert_edges(&edges, 3, SOURCES, TARGETS, NULL, NULL);
    qn_spiking_edges_clear(&edges);
}

static void wrong_text(void **state)
{
    (void)state;
    refuses(csv("source,target\n0,0\n"), NULL, "edges.csv: index base not stated");
    refuses(csv("source,target\n0,0\n"), &(qn_spiking_edges_options){.index_base = -1}, "set index_base to 0 or 1");
    refuses(csv(""), &FROM_ZERO, "edges.csv: empty; the first line names the columns");
    refuses(csv("0,1,2\n"), &FROM_ZERO, "edges.csv:1: column '0' is unknown");
    refuses(csv("source,target,wieght\n"), &FROM_ZERO, "edges.csv:1: column 'wieght' is unknown");
    refuses(csv("source,target,\n"), &FROM_ZERO, "edges.csv:1: column '' is unknown");
    refuses(csv("\n#\nsource,target,source\n"), &FROM_ZERO, "edges.csv:3: column 'source' is there twice");
    refuses(csv("source,weight\n1,1\n"), &FROM_ZERO, "edges.csv:1: column 'target' is missing");
    refuses(csv("target\n1\n"), &FROM_ZERO, "edges.csv:1: column 'source' is missing");
    refuses(csv("source,target\n#\n"), &FROM_ZERO, "edges.csv: no synapses in it");
    static const char *const LINES[] = {"1", "1,2,3", "1;2", "-1,2", "1.5,2", "1,two", "0x1,2", ",1", "1,2,", "1e0,2"};
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; ++i) {
        char text[64], message[128];
        snprintf(text, sizeof text, "source,target\n1,2\n%s\n", LINES[i]);
        snprintf(message, sizeof message,
                 "edges.csv:3: expected 2 numbers with commas between them (neurons are whole), found '%s'", LINES[i]);
        refuses(csv(text), &FROM_ZERO, message);
    }
    refuses(csv("source,target\n4,0\n"), &SMALL, "edges.csv:2: source is 4; allowed: a whole number from 0 to 3");
    refuses(csv("source,target\n3,3\n"), &SMALL, "edges.csv:2: target is 3; allowed: a whole number from 0 to 2");
    refuses(csv("source,target\n1,1\n1,0\n"), &FROM_ONE,
            "edges.csv:3: target is 0; allowed: a whole number from 1 to 4294967296");
    refuses(csv("source,target\n4294967296,1\n"), &FROM_ZERO, "source is 4294967296; allowed: a whole number from 0");
    refuses(csv("source,target,weight\n1,1,nan\n"), &FROM_ZERO, "edges.csv:2: weight is nan; allowed: a finite number");
    refuses(csv("source,target,weight\n1,1,1e39\n"), &FROM_ZERO, "edges.csv:2: weight is 1e+39; allowed");
    refuses(csv("source,target,weight\n1,1,x\n"), &FROM_ZERO, "edges.csv:2: expected 3 numbers");
    refuses(csv("source,target,delay\n1,1,0\n"), &FROM_ZERO, "edges.csv:2: delay is 0 ms; allowed: greater than 0");
    refuses(csv("source,target,delay\n1,1,100.5\n"), &FROM_ZERO, "edges.csv:2: delay is 100.5 ms; allowed");
    refuses(csv("source,target,delay\n1,1,inf\n"), &FROM_ZERO, "edges.csv:2: delay is nan ms; allowed");
    refuses("edges.txt", &FROM_ZERO, "edges.txt: unknown kind of file; allowed endings: .csv");
    refuses("/nowhere/edges.csv", &FROM_ZERO, "/nowhere/edges.csv: cannot be opened: No such file");
    qn_spiking_edges_owned edges = {0};
    assert_fails(
        qn_spiking_edges_read(csv("source,target\n1,1\n"), &(qn_spiking_edges_options){.index_base = 2}, &edges),
        QN_BAD_VALUE, "index_base is 2; allowed: 0 or 1");
    assert_fails(qn_spiking_edges_read(csv("source,target\n1,1\n"),
                                       &(qn_spiking_edges_options){.edge_types = "types.csv"}, &edges),
                 QN_BAD_VALUE, "edge_population and edge_types are options of SONATA files");
}

static const char *npy(const char *descr, bool fortran, const char *shape, const void *numbers, size_t size)
{
    char bytes[512] = "\x93NUMPY\x01";
    const int length = snprintf(bytes + 10, 256, "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", descr,
                                fortran ? "True" : "False", shape);
    bytes[8] = (char)length;
    memcpy(bytes + 10 + length, numbers, size);
    return temporary_bytes("edges.npy", bytes, 10 + (size_t)length + size);
}
#define NPY(descr, fortran, shape, type, ...)                                                                          \
    npy(descr, fortran, shape, (const type[]){__VA_ARGS__}, sizeof((const type[]){__VA_ARGS__}))

// The tests write numbers as this machine has them; the byte orders are the reader's own test's affair.
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define HOST ">"
#else
#define HOST "<"
#endif

static void arrays_have_columns_in_order(void **state)
{
    (void)state;
    qn_spiking_edges_owned edges = {0};
    assert_ok(qn_spiking_edges_read(NPY(HOST "i8", false, "(3, 2)", int64_t, 1, 0, 0, 2, 1, 0), &SMALL, &edges));
    assert_edges(&edges, 3, SOURCES, TARGETS, NULL, NULL);
    qn_spiking_edges_clear(&edges);
    assert_ok(qn_spiking_edges_read(NPY(HOST "f8", true, "(3, 3)", double, 2, 1, 2, 1, 3, 1, 87.5, -0.25, 0), &FROM_ONE,
                                    &edges));
    assert_edges(&edges, 3, SOURCES, TARGETS, WEIGHTS, NULL);
    assert_true(edges.largest_source == 1 && edges.largest_target == 2);
    qn_spiking_edges_clear(&edges);
    assert_ok(qn_spiking_edges_read(
        NPY(HOST "f4", false, "(3, 4)", float, 1, 0, 87.5f, 1.5f, 0, 2, -0.25f, 0.1f, 1, 0, 0, 100), &FROM_ZERO,
        &edges));
    assert_edges(&edges, 3, SOURCES, TARGETS, WEIGHTS, DELAYS);
    qn_spiking_edges_clear(&edges);
}

static void wrong_arrays(void **state)
{
    (void)state;
    refuses(NPY(HOST "i4", false, "(1, 2)", int32_t, 1, 0), NULL, "edges.npy: index base not stated");
    refuses(NPY(HOST "i4", false, "(2,)", int32_t, 1, 0), &FROM_ZERO, "edges.npy: array has 1 dimension; allowed: 2");
    refuses(NPY(HOST "i4", false, "(2, 1)", int32_t, 1, 0), &FROM_ZERO, "array has 1 columns; allowed: 2 to 4");
    refuses(NPY(HOST "i4", false, "(1, 5)", int32_t, 1, 0, 1, 1, 1), &FROM_ZERO, "array has 5 columns");
    refuses(NPY("|b1", false, "(1, 2)", unsigned char, 1, 0), &FROM_ZERO, "array of bool; allowed: integers or floats");
    refuses(NPY(HOST "i4", false, "(2, 2)", int32_t, 1, 0, 1), &FROM_ZERO,
            "header says 2 x 2 numbers of 4 bytes (16 bytes) but 12 follow it");
    refuses(NPY(HOST "i4", false, "(1, 2)", int32_t, 1, 0, 1), &FROM_ZERO, "(8 bytes) but 12 follow it");
    refuses(NPY(HOST "i4", false, "(0, 2)", int32_t, 1), &FROM_ZERO, "(0 bytes) but 4 follow it");
    refuses(npy(HOST "i4", false, "(0, 2)", "", 0), &FROM_ZERO, "edges.npy: no synapses in it");
    refuses(NPY(HOST "i4", false, "(2, 2)", int32_t, 1, 0, -1, 0), &FROM_ZERO,
            "edges.npy: row 1: source is -1; allowed: a whole number from 0 to 4294967295");
    refuses(NPY(HOST "f8", false, "(1, 2)", double, 1, 0.5), &FROM_ZERO, "edges.npy: row 0: target is 0.5; allowed");
    refuses(NPY(HOST "f8", false, "(1, 2)", double, NAN, 0), &FROM_ZERO, "edges.npy: row 0: source is nan; allowed");
    refuses(NPY(HOST "f8", true, "(2, 3)", double, 0, 0, 0, 0, 1, INFINITY), &FROM_ZERO,
            "row 1: weight is inf; allowed");
    refuses(NPY(HOST "f8", false, "(1, 4)", double, 0, 0, 0, -1), &FROM_ZERO, "row 0: delay is -1 ms; allowed");
    refuses(NPY(HOST "f8", false, "(1, 2)", double, 4, 0), &SMALL,
            "row 0: source is 4; allowed: a whole number from 0 to 3");
}

static void remove_files(void)
{
    static const char *const NAMES[] = {"edges.csv", "edges.npy"};
    temporary_remove(2, NAMES);
}

static int tear_down(void **state)
{
    (void)state;
    remove_files();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_has_named_columns),
        cmocka_unit_test(wrong_text),
        cmocka_unit_test(arrays_have_columns_in_order),
        cmocka_unit_test(wrong_arrays),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
