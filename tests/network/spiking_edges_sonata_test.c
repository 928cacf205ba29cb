#include "testing.h"

#include "temporary.h"

#include <hdf5.h>

static const qn_spiking_edges_options PLAIN = {.index_base = -1};

// A SONATA file under construction.
typedef struct {
    hid_t file, edges, population, group;
} sonata;

static sonata begin(const char *population, const char *group)
{
    const hid_t file = H5Fcreate(temporary_path("edges.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t edges = H5Gcreate2(file, "edges", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t there = H5Gcreate2(edges, population, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t inner = group ? H5Gcreate2(there, group, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) : 0;
    return (sonata){file, edges, there, inner};
}

static const char *end(sonata *s)
{
    if (s->group > 0) H5Gclose(s->group);
    H5Gclose(s->population);
    H5Gclose(s->edges);
    H5Fclose(s->file);
    return temporary_path("edges.h5");
}

static void put(hid_t folder, const char *name, hid_t stored, hid_t given, hsize_t count, const void *values)
{
    const hid_t space = H5Screate_simple(1, &count, NULL);
    const hid_t set = H5Dcreate2(folder, name, stored, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(set >= 0 && (count == 0 || H5Dwrite(set, given, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0));
    H5Dclose(set);
    H5Sclose(space);
}
#define COUNT(...) (sizeof((const double[]){__VA_ARGS__}) / sizeof(double))
#define PUT_WHOLE(folder, name, ...)                                                                                   \
    put(folder, name, H5T_STD_U64LE, H5T_NATIVE_INT64, COUNT(__VA_ARGS__), (const int64_t[]){__VA_ARGS__})
#define PUT_SIGNED(folder, name, ...)                                                                                  \
    put(folder, name, H5T_STD_I32BE, H5T_NATIVE_INT64, COUNT(__VA_ARGS__), (const int64_t[]){__VA_ARGS__})
#define PUT_REAL(folder, name, ...)                                                                                    \
    put(folder, name, H5T_IEEE_F32LE, H5T_NATIVE_DOUBLE, COUNT(__VA_ARGS__), (const double[]){__VA_ARGS__})

static sonata begin_with_ends(const char *group)
{
    const sonata s = begin("a_to_b", group);
    PUT_WHOLE(s.population, "source_node_id", 1, 0, 1);
    PUT_WHOLE(s.population, "target_node_id", 0, 2, 0);
    return s;
}

static qn_spiking_edges_owned read_right(const char *path, const qn_spiking_edges_options *options)
{
    qn_spiking_edges_owned edges = {0};
    assert_ok(qn_spiking_edges_read(path, options, &edges));
    assert_int_equal(edges.count, 3);
    assert_memory_equal(edges.source, ((const uint32_t[]){1, 0, 1}), 12);
    assert_memory_equal(edges.target, ((const uint32_t[]){0, 2, 0}), 12);
    assert_true(edges.largest_source == 1 && edges.largest_target == 2);
    return edges;
}

static void refuses(const char *path, const qn_spiking_edges_options *options, const char *part)
{
    qn_spiking_edges_owned edges = {.count = 77};
    assert_fails(qn_spiking_edges_read(path, options, &edges), QN_BAD_FILE, part);
    assert_true(edges.count == 77 && edges.source == NULL);
}

static void edges_alone(void **state)
{
    (void)state;
    sonata s = begin_with_ends(NULL);
    qn_spiking_edges_owned edges = read_right(end(&s), NULL);
    assert_true(edges.weight == NULL && edges.delay == NULL);
    qn_spiking_edges_clear(&edges);
}

// Rows of the group are not in the order of the edges.
static void values_by_group_index(void **state)
{
    (void)state;
    sonata s = begin_with_ends("0");
    PUT_SIGNED(s.population, "edge_group_id", 0, 0, 0);
    PUT_SIGNED(s.population, "edge_group_index", 2, 0, 2);
    PUT_WHOLE(s.population, "edge_type_id", 7, 7, 7);
    PUT_REAL(s.group, "syn_weight", 1.5, 99, -2.5);
    PUT_REAL(s.group, "delay", 0.5, 99, 2);
    PUT_WHOLE(s.group, "nsyns", 1, 1, 1);
    qn_spiking_edges_owned edges = read_right(end(&s), &(qn_spiking_edges_options){.edge_population = "a_to_b"});
    assert_memory_equal(edges.weight, ((const float[]){-2.5f, 1.5f, -2.5f}), 12);
    assert_memory_equal(edges.delay, ((const float[]){2, 0.5f, 2}), 12);
    qn_spiking_edges_clear(&edges);

    s = begin_with_ends("4"); // a group of another number, rows in order
    PUT_WHOLE(s.population, "edge_group_id", 4, 4, 4);
    PUT_WHOLE(s.group, "syn_weight", 3, 2, 1);
    edges = read_right(end(&s), &PLAIN);
    assert_memory_equal(edges.weight, ((const float[]){3, 2, 1}), 12);
    assert_null(edges.delay);
    qn_spiking_edges_clear(&edges);
}

static void values_by_type(void **state)
{
    (void)state;
    static const char TYPES[] = "edge_type_id model_template \"target query\" syn_weight delay\n"
                                "12 static_synapse \"pop name=='b'\" 0.25 1.5\n"
                                "  3 static_synapse NULL -4e0 2.0\n"
                                "5 x NULL NULL NaN\n";
    const char *types = temporary_text("types.csv", TYPES);
    char types_path[512];
    snprintf(types_path, sizeof types_path, "%s", types);
    const qn_spiking_edges_options options = {.edge_types = types_path};
    sonata s = begin_with_ends("0");
    PUT_SIGNED(s.population, "edge_type_id", 3, 12, 3);
    PUT_REAL(s.group, "delay", 7, 8, 9);
    qn_spiking_edges_owned edges = read_right(end(&s), &options);
    assert_memory_equal(edges.weight, ((const float[]){-4, 0.25f, -4}), 12);
    assert_memory_equal(edges.delay, ((const float[]){7, 8, 9}), 12); // an edge's own value goes first
    qn_spiking_edges_clear(&edges);

    s = begin_with_ends(NULL);
    PUT_SIGNED(s.population, "edge_type_id", 3, 12, 4);
    refuses(end(&s), &options, "/edges/a_to_b/edge_type_id[2] is 4; allowed: an edge_type_id of");
    s = begin_with_ends(NULL);
    PUT_SIGNED(s.population, "edge_type_id", 3, 12, 5);
    refuses(end(&s), &options, "types.csv: edge_type_id 5: weight is nan; allowed: a finite number");
    s = begin_with_ends(NULL);
    refuses(end(&s), &options, "/edges/a_to_b has no edge_type_id, but a file of edge types is given");
}

static void wrong_types(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } CASES[] = {
        {"", "types.csv: empty; the first line names the columns"},
        {"type delay\n1 2\n", "types.csv:1: column 'edge_type_id' is missing"},
        {"edge_type_id delay delay\n", "types.csv:1: column 'delay' is there twice"},
        {"edge_type_id delay\n", "types.csv: no edge types in it"},
        {"edge_type_id delay\n3 1\n-1 2\n", "types.csv:3: expected an edge_type_id, a whole number, found '-1'"},
        {"edge_type_id delay\n1.5 2\n", "types.csv:2: expected an edge_type_id, a whole number, found '1.5'"},
        {"edge_type_id delay\n1 2x\n", "types.csv:2: expected a finite number or NULL, found '2x'"},
        {"edge_type_id delay\n1 inf\n", "types.csv:2: expected a finite number or NULL, found 'inf'"},
        {"edge_type_id delay\n1\n", "types.csv:2: 1 fields; allowed: 2, as in the first line"},
        {"edge_type_id delay\n1 2 3\n", "types.csv:2: 3 fields; allowed: 2"},
        {"edge_type_id delay\n3 2\n4 1\n3 2\n", "types.csv: edge_type_id 3 is there twice"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; ++i) {
        char path[512];
        snprintf(path, sizeof path, "%s", temporary_text("types.csv", CASES[i].text));
        sonata s = begin_with_ends(NULL);
        PUT_SIGNED(s.population, "edge_type_id", 3, 3, 3);
        refuses(end(&s), &(qn_spiking_edges_options){.edge_types = path}, CASES[i].message);
    }
    sonata s = begin_with_ends(NULL);
    PUT_SIGNED(s.population, "edge_type_id", 3, 3, 3);
    refuses(end(&s), &(qn_spiking_edges_options){.edge_types = "/nowhere/types.csv"}, "/nowhere/types.csv: cannot be");
}

static void which_population(void **state)
{
    (void)state;
    sonata s = begin_with_ends(NULL);
    const hid_t other = H5Gcreate2(s.edges, "b_to_b", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    PUT_WHOLE(other, "source_node_id", 5);
    PUT_WHOLE(other, "target_node_id", 6);
    H5Gclose(other);
    const char *path = end(&s);
    refuses(path, &PLAIN, "/edges has 2 populations ('a_to_b' first); set edge_population to the one that is meant");
    refuses(path, &(qn_spiking_edges_options){.edge_population = "c"}, "/edges has no population 'c'");
    refuses(path, &(qn_spiking_edges_options){.edge_population = "."}, "/edges has no population '.'");
    qn_spiking_edges_owned edges = {0};
    assert_ok(qn_spiking_edges_read(path, &(qn_spiking_edges_options){.edge_population = "b_to_b"}, &edges));
    assert_true(edges.count == 1 && edges.source[0] == 5 && edges.target[0] == 6);
    qn_spiking_edges_clear(&edges);
}

static void not_sonata(void **state)
{
    (void)state;
    refuses(temporary_text("edges.h5", "source,target\n"), &PLAIN, "edges.h5: not an HDF5 file, or damaged");
    hid_t file = H5Fcreate(temporary_path("edges.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    refuses(temporary_path("edges.h5"), &PLAIN, "edges.h5: has no group /edges; allowed: a SONATA file of edges");
    file = H5Fcreate(temporary_path("edges.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(H5Gcreate2(file, "edges", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Fclose(file);
    refuses(temporary_path("edges.h5"), &PLAIN, "edges.h5: /edges is empty");
    qn_spiking_edges_owned edges = {0};
    assert_fails(
        qn_spiking_edges_read(temporary_path("edges.h5"), &(qn_spiking_edges_options){.index_base = 1}, &edges),
        QN_BAD_VALUE, "index_base is 1; allowed: 0 or -1 for SONATA");
}

static void wrong_datasets(void **state)
{
    (void)state;
    sonata s = begin("p", NULL);
    PUT_WHOLE(s.population, "target_node_id", 1);
    refuses(end(&s), &PLAIN, "edges.h5: /edges/p has no source_node_id");
    s = begin("p", NULL);
    PUT_WHOLE(s.population, "source_node_id", 1);
    refuses(end(&s), &PLAIN, "edges.h5: /edges/p has no target_node_id");
    s = begin("p", NULL);
    PUT_REAL(s.population, "source_node_id", 1);
    refuses(end(&s), &PLAIN, "edges.h5: /edges/p/source_node_id is not made of integers");
    s = begin("p", NULL);
    PUT_WHOLE(s.population, "source_node_id", 1, 2);
    PUT_WHOLE(s.population, "target_node_id", 1);
    refuses(end(&s), &PLAIN, "/edges/p/target_node_id has 1 entries, source_node_id 2; allowed: one for each edge");
    s = begin("p", NULL);
    put(s.population, "source_node_id", H5T_STD_U64LE, H5T_NATIVE_INT64, 0, NULL);
    put(s.population, "target_node_id", H5T_STD_U64LE, H5T_NATIVE_INT64, 0, NULL);
    refuses(end(&s), &PLAIN, "edges.h5: no synapses in it");
    s = begin("p", NULL);
    H5Gclose(H5Gcreate2(s.population, "source_node_id", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    refuses(end(&s), &PLAIN, "/edges/p/source_node_id is not a dataset, or damaged");
    s = begin("p", NULL);
    const hsize_t shape[] = {2, 2};
    const hid_t space = H5Screate_simple(2, shape, NULL);
    H5Dclose(H5Dcreate2(s.population, "source_node_id", H5T_STD_U64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
    refuses(end(&s), &PLAIN, "/edges/p/source_node_id is not a list: allowed is one dimension");
}

static void wrong_numbers(void **state)
{
    (void)state;
    sonata s = begin("p", NULL);
    PUT_SIGNED(s.population, "source_node_id", 1, -2);
    PUT_SIGNED(s.population, "target_node_id", 1, 2);
    refuses(end(&s), &PLAIN, "/edges/p/source_node_id[1]: source is -2; allowed: a whole number from 0 to 4294967295");
    s = begin_with_ends(NULL);
    refuses(end(&s), &(qn_spiking_edges_options){.target_size = 2},
            "/edges/a_to_b/target_node_id[1]: target is 2; allowed: a whole number from 0 to 1");
    s = begin("p", NULL);
    const uint64_t huge = UINT64_MAX;
    put(s.population, "source_node_id", H5T_STD_U64LE, H5T_NATIVE_UINT64, 1, &huge);
    PUT_WHOLE(s.population, "target_node_id", 1);
    refuses(end(&s), &PLAIN, "source_node_id[0]: source is 9.22337203685478e+18; allowed");
    s = begin_with_ends("0");
    PUT_WHOLE(s.population, "edge_group_id", 0, 0, 1);
    refuses(end(&s), &PLAIN, "/edges/a_to_b/edge_group_id[2] is 1, the first 0; allowed: one group of edges");
    s = begin_with_ends("0");
    PUT_WHOLE(s.population, "edge_group_index", 0, 1, 2);
    PUT_REAL(s.group, "syn_weight", 1, 2);
    refuses(end(&s), &PLAIN, "row 2 of /edges/a_to_b/0 is meant for edge 2; allowed: 0 to 1");
    s = begin_with_ends("0");
    PUT_REAL(s.group, "delay", 1, 2);
    refuses(end(&s), &PLAIN, "row 2 of /edges/a_to_b/0 is meant for edge 2; allowed: 0 to 1");
    s = begin_with_ends("0");
    PUT_REAL(s.group, "delay", 1, 2, 0);
    refuses(end(&s), &PLAIN, "/edges/a_to_b/0/delay[2]: delay is 0 ms; allowed: greater than 0, at most 100");
    s = begin_with_ends("0");
    PUT_REAL(s.group, "syn_weight", 1, NAN, 0);
    refuses(end(&s), &PLAIN, "/edges/a_to_b/0/syn_weight[1]: weight is nan; allowed: a finite number");
    s = begin_with_ends("0");
    PUT_WHOLE(s.group, "nsyns", 1, 3, 1);
    refuses(end(&s), &PLAIN, "/edges/a_to_b/0/nsyns[1] is 3; allowed: 1 (write an edge for each synapse)");
}

// More than one piece of the reader's, and every piece in its place.
static void many_edges(void **state)
{
    (void)state;
    enum { MANY = 50001 };
    static int64_t source[MANY], target[MANY], row[MANY];
    static double weight[MANY];
    for (int i = 0; i < MANY; ++i) {
        source[i] = i;
        target[i] = (i * 7) % 100;
        row[i] = MANY - 1 - i;
        weight[MANY - 1 - i] = 0.5 * i;
    }
    sonata s = begin("p", "0");
    put(s.population, "source_node_id", H5T_STD_U32LE, H5T_NATIVE_INT64, MANY, source);
    put(s.population, "target_node_id", H5T_STD_U32LE, H5T_NATIVE_INT64, MANY, target);
    put(s.population, "edge_group_index", H5T_STD_U32LE, H5T_NATIVE_INT64, MANY, row);
    put(s.group, "syn_weight", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, MANY, weight);
    qn_spiking_edges_owned edges = {0};
    assert_ok(qn_spiking_edges_read(end(&s), &PLAIN, &edges));
    assert_int_equal(edges.count, MANY);
    for (uint32_t i = 0; i < MANY; ++i) {
        assert_int_equal(edges.source[i], i);
        assert_int_equal(edges.target[i], i * 7 % 100);
        assert_true(edges.weight[i] == 0.5f * (float)i);
    }
    qn_spiking_edges_clear(&edges);
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"edges.h5", "types.csv"};
    temporary_remove(2, NAMES);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_alone),    cmocka_unit_test(values_by_group_index), cmocka_unit_test(values_by_type),
        cmocka_unit_test(wrong_types),    cmocka_unit_test(which_population),      cmocka_unit_test(not_sonata),
        cmocka_unit_test(wrong_datasets), cmocka_unit_test(wrong_numbers),         cmocka_unit_test(many_edges),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
