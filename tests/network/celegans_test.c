// The shipped connectome is what its notes say: neurons only, counts of synapses, signs only in the signed file.
#include "testing.h"

enum { NEURONS = 279, CONNECTIONS = 2194, SYNAPSES = 6394, GABA_NEURONS = 31, GABA_CONNECTIONS = 127, NAME_SIZE = 8 };

static const char FOLDER[] = SOURCE_DIRECTORY "/data/";

typedef struct {
    char name[NEURONS][NAME_SIZE];
    int sign[NEURONS];
} neuron_list;

static qn_matrix read_shipped(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s%s", FOLDER, name);
    qn_matrix matrix = {0};
    assert_ok(qn_matrix_read(path, &(qn_matrix_options){.index_base = 0, .square = true}, &matrix));
    assert_int_equal(matrix.rows, NEURONS);
    assert_int_equal(matrix.entries, CONNECTIONS);
    return matrix;
}

static neuron_list read_neurons(void)
{
    static neuron_list neurons;
    char path[1024], line[64];
    snprintf(path, sizeof path, "%scelegans-neurons.csv", FOLDER);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, "index,name,sign\n");
    for (int index = 0; index < NEURONS; ++index) {
        int found = -1;
        assert_non_null(fgets(line, sizeof line, file));
        assert_int_equal(sscanf(line, "%d,%7[A-Z0-9],%d", &found, neurons.name[index], &neurons.sign[index]), 3);
        assert_int_equal(found, index);
    }
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
    return neurons;
}

static size_t index_of(const neuron_list *neurons, const char *name)
{
    for (size_t i = 0; i < NEURONS; ++i)
        if (strcmp(neurons->name[i], name) == 0) return i;
    return NEURONS;
}

static double weight(const qn_matrix *matrix, size_t to, size_t from)
{
    for (size_t i = matrix->row_start[to]; i < matrix->row_start[to + 1]; ++i)
        if (matrix->column[i] == from) return matrix->values[i];
    return 0;
}

static void counts_are_those_of_the_notes(void **state)
{
    (void)state;
    qn_matrix matrix = read_shipped("celegans.csv");
    double synapses = 0;
    for (size_t row = 0; row < matrix.rows; ++row)
        for (size_t i = matrix.row_start[row]; i < matrix.row_start[row + 1]; ++i) {
            assert_true(matrix.values[i] >= 1 && matrix.values[i] == floor(matrix.values[i]));
            assert_int_not_equal(matrix.column[i], row);
            synapses += matrix.values[i];
        }
    assert_true(synapses == SYNAPSES);
    qn_matrix_clear(&matrix);
}

// Muscle is no neuron, and the amphid neurons ASE and AWC drive the interneuron AIY, not the other way round.
static void names_and_direction_are_right(void **state)
{
    (void)state;
    const neuron_list neurons = read_neurons();
    assert_int_equal(index_of(&neurons, "BWM"), NEURONS);
    assert_int_equal(index_of(&neurons, "VC6"), NEURONS);
    qn_matrix matrix = read_shipped("celegans.csv");
    const size_t ase = index_of(&neurons, "ASEL"), awc = index_of(&neurons, "AWCL"), aiy = index_of(&neurons, "AIYL");
    assert_true(ase < NEURONS && awc < NEURONS && aiy < NEURONS);
    assert_true(weight(&matrix, aiy, ase) == 13 && weight(&matrix, ase, aiy) == 0);
    assert_true(weight(&matrix, aiy, awc) == 10 && weight(&matrix, awc, aiy) == 1);
    qn_matrix_clear(&matrix);
}

static void signs_are_those_of_the_sending_neuron(void **state)
{
    (void)state;
    const neuron_list neurons = read_neurons();
    size_t inhibitory = 0, negative = 0;
    for (size_t i = 0; i < NEURONS; ++i) inhibitory += neurons.sign[i] == -1;
    assert_int_equal(inhibitory, GABA_NEURONS);
    assert_int_equal(neurons.sign[index_of(&neurons, "DD1")], -1);
    qn_matrix plain = read_shipped("celegans.csv"), marked = read_shipped("celegans-signed.csv");
    for (size_t i = 0; i < CONNECTIONS; ++i) {
        assert_int_equal(marked.column[i], plain.column[i]);
        assert_true(marked.values[i] == neurons.sign[plain.column[i]] * plain.values[i]);
        negative += marked.values[i] < 0;
    }
    assert_memory_equal(marked.row_start, plain.row_start, (NEURONS + 1) * sizeof *plain.row_start);
    assert_int_equal(negative, GABA_CONNECTIONS);
    qn_matrix_clear(&plain);
    qn_matrix_clear(&marked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_the_notes),
        cmocka_unit_test(names_and_direction_are_right),
        cmocka_unit_test(signs_are_those_of_the_sending_neuron),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
