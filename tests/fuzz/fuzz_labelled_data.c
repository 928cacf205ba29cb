#include "fuzz.h"

#include <quenched/labelled_data.h>

#include <math.h>

static void check_data(const qn_labelled_data *data)
{
    FUZZ_CHECK(data->count > 0 && data->dimension > 0);
    for (size_t i = 0; i < data->count * data->dimension; ++i) FUZZ_CHECK(isfinite(data->inputs[i]));
    for (size_t i = 0; i < data->count; ++i) FUZZ_CHECK(data->rows[i] == i);
    for (size_t i = 0; data->labels && i < data->count; ++i) FUZZ_CHECK(isfinite(data->labels[i]));
}

static void use(qn_labelled_data *data)
{
    if (qn_labelled_data_check_distinct(data) != QN_OK) FUZZ_CHECK(strstr(qn_last_error(), "same inputs") != NULL);
    qn_labelled_data part = {0};
    if (data->labels && qn_labelled_data_pair(data, data->labels[0], 1.0, &part) == QN_OK) {
        FUZZ_CHECK(qn_labelled_data_check_signs(&part) == QN_OK);
        qn_labelled_data_clear(&part);
    }
    qn_labelled_data_normalise(&(qn_normalisation){.divisor = 255.0, .centre = true}, NULL, data);
}

static void read_data(const char *path, const qn_labelled_data_options *options)
{
    qn_labelled_data data = {.count = 77};
    const qn_status status = qn_labelled_data_read(path, options, &data);
    if (status == QN_OK) {
        check_data(&data);
        use(&data);
        qn_labelled_data_clear(&data);
        return;
    }
    fuzz_check_refusal(status);
    FUZZ_CHECK(data.count == 77 && data.inputs == NULL && data.labels == NULL && data.rows == NULL);
}

// The first byte says what the file is called; what it is, its content says. It is read as inputs, and as its own
// labels, which are another format's business.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    const char *endings[] = {".csv", ".npy", ".idx3"};
    const char *path = fuzz_file(data + 1, size - 1, endings[data[0] % 3]);
    read_data(path, NULL);
    read_data(path, &(qn_labelled_data_options){.no_labels = true});
    read_data(path, &(qn_labelled_data_options){.label_column = "label"});
    read_data(path, &(qn_labelled_data_options){.labels = path});
    return 0;
}
