// Runs of spiking studies: what the result holds, and that it is the same however it came about.
#include "temporary.h"
#include "testing.h"

#include "base/file.h"
#include "study/result_file.h"
#include "study/spiking_measure.h"
#include "study/study_data.h"

#include <hdf5.h>
#include <sys/stat.h>

static const char small[] =
    "study: spiking\n"
    "seed: 3\n"
    "network:\n"
    "  neuron: {membrane_time: 20, rest: 0, threshold: 20, reset: 10}\n"
    "  external: {count: 200, rate: 30, weight: {jump: 0.25}}\n"
    "  initial: {mean: 5, spread: 5}\n"
    "  populations:\n"
    "    - {name: E, size: 400}\n"
    "    - {name: I, size: 100, inhibitory: true}\n"
    "  connectivity:\n"
    "    probability: 0.1\n"
    "    weight: {jump: 0.2, relative_inhibition: 5, spread: 0.1}\n"
    "    delay: {mean: 1.5, spread: 0.5}\n"
    "simulation: {realisations: 3, duration: 500, discard: 100, recorded: 80, traced: 20, spectrum_segment: 100}\n";

static void read_small(const char *more, qn_study **study)
{
    char text[3000];
    snprintf(text, sizeof text, "%s%s", small, more);
    assert_ok(qn_study_read_text(text, strlen(text), "small.yaml", 0, NULL, study));
}

static qn_result run_small(const char *more, const qn_study_options *options)
{
    qn_study *study;
    qn_result result;
    read_small(more, &study);
    assert_ok(qn_study_run(study, options, &result));
    qn_study_destroy(study);
    return result;
}

static const qn_quantity *quantity(const qn_result *result, const char *name)
{
    const qn_quantity *found = qn_result_quantity(result, name, 0);
    if (!found) print_error("there is no %s\n", name);
    assert_non_null(found);
    return found;
}

static void both_wings_stand_side_by_side(void **state)
{
    (void)state;
    qn_result result = run_small("theory: {compute: [mean-field, heterogeneity, stability, spectra]}\n", NULL);
    static const char *const both[] = {"rate(E)", "rate(I)", "rate_spread(E)", "mean_input(E)", "input_noise(I)"};
    static const char *const simulated[] = {"cv(E)", "lvr(I)", "synchrony(E)", "correlation(I)", "fano_factor"};
    for (size_t i = 0; i < sizeof both / sizeof *both; ++i) {
        const qn_quantity *q = quantity(&result, both[i]);
        assert_true(isfinite(q->theory) && isfinite(q->simulation.value) && q->simulation.standard_error > 0.0);
        assert_int_equal(q->simulation.samples, 3);
        assert_true(isnan(q->z)); // theory is an approximation
        assert_true(fabs(q->simulation.value / q->theory - 1.0) < 0.25);
    }
    for (size_t i = 0; i < sizeof simulated / sizeof *simulated; ++i)
        assert_true(isfinite(quantity(&result, simulated[i])->simulation.value));
    assert_true(quantity(&result, "stability")->theory < 1.0);
    assert_string_equal(quantity(&result, "rate(E)")->unit, "1/s");
    assert_true(result.performance.real_time_factor > 0.0 && result.performance.events_per_second > 0.0 &&
                result.performance.peak_memory > 0.0);

    const qn_named_array *course = qn_result_array(&result, "time_course_simulation");
    assert_int_equal(course->rank, 2);
    assert_string_equal(course->dimensions[0], "population");
    double mean = 0.0;
    for (size_t k = 0; k < course->shape[1]; ++k) mean += course->values[k] / (double)course->shape[1];
    assert_close(mean, quantity(&result, "rate(E)")->simulation.value, 1e-9);

    // The distribution holds all neurons, by theory too.
    const qn_named_array *rate = qn_result_array(&result, "rate");
    const char *const wings[] = {"rate_distribution_simulation", "rate_distribution_theory"};
    for (size_t w = 0; w < 2; ++w) {
        const qn_named_array *density = qn_result_array(&result, wings[w]);
        double all = 0.0;
        for (size_t b = 0; b < density->shape[1]; ++b) all += density->values[b] * (rate->values[1] - rate->values[0]);
        assert_within(all, 1.0, w ? 0.05 : 0.01);
    }
    assert_non_null(qn_result_array(&result, "rate_spectrum_theory"));
    assert_non_null(qn_result_array(&result, "rate_spectrum_simulation_error"));
    assert_non_null(qn_result_array(&result, "spike_spectrum_simulation"));
    const qn_named_array *frequency = qn_result_array(&result, "frequency");
    assert_within(frequency->values[1], 10.0, 1e-9); // 1 / 100 ms, in Hz
    const qn_named_array *raster = qn_result_array(&result, "raster");
    assert_int_equal(raster->shape[1], 3);
    for (size_t k = 0; k < raster->shape[0]; ++k) assert_true(raster->values[3 * k] <= 400.0);
    qn_result_clear(&result);
}

static void assert_same_bytes(const qn_result *a, const qn_result *b)
{
    char *first, *second;
    size_t size, other;
    assert_ok(qn_result_encode(a, true, &first, &size));
    assert_ok(qn_result_encode(b, true, &second, &other));
    assert_int_equal(size, other);
    assert_memory_equal(first, second, size);
    free(first);
    free(second);
}

static void same_bytes_for_any_number_of_threads(void **state)
{
    (void)state;
    qn_set_threads(1);
    qn_result one = run_small("", NULL);
    qn_set_threads(3);
    qn_result three = run_small("", NULL);
    qn_set_threads(0);
    assert_true(one.performance.real_time_factor != three.performance.real_time_factor);
    assert_same_bytes(&one, &three);
    qn_result_clear(&one);
    qn_result_clear(&three);
}

static void performance_is_kept_but_for_reproducible_files(void **state)
{
    (void)state;
    qn_result result = run_small("", NULL), read = {0};
    const char *path = temporary_path("performance.nc");
    assert_ok(qn_result_write(&result, path, false));
    assert_ok(qn_result_read(path, &read));
    assert_within(read.performance.events_per_second, result.performance.events_per_second, 0);
    assert_within(read.performance.peak_memory, result.performance.peak_memory, 0);
    qn_result_clear(&read);
    assert_ok(qn_result_write(&result, path, true));
    assert_ok(qn_result_read(path, &read));
    assert_within(read.performance.real_time_factor, 0, 0);
    qn_result_clear(&read);
    qn_result_clear(&result);
}

typedef struct {
    double at; // stop beyond this
    size_t calls;
} stopping;

static bool stop_beyond(const qn_progress_report *report, void *context)
{
    stopping *s = context;
    ++s->calls;
    return report->fraction <= s->at;
}

// Stopped in the midst of the second network and resumed, it ends with the same bits.
static void resumed_runs_end_with_the_same_bits(void **state)
{
    (void)state;
    static const char slower[] = "quick: {simulation.duration: 3000, simulation.realisations: 2, "
                                 "simulation.checkpoint_interval: 100}\n";
    qn_study *study;
    qn_result whole, resumed;
    stopping stop = {.at = 0.6};
    read_small(slower, &study);
    const char *checkpoint = temporary_path("resume.checkpoint");
    qn_study_options options = {.quick = true, .checkpoint = checkpoint, .progress = {stop_beyond, &stop}};
    const qn_status status = qn_study_run(study, &options, &resumed);
    if (status == QN_OK) { // too fast to be stopped
        qn_result_clear(&resumed);
        skip();
    }
    assert_int_equal(status, QN_STOPPED);
    char inside[600];
    snprintf(inside, sizeof inside, "%s.1", checkpoint);
    assert_int_equal(access(inside, F_OK), 0);
    options.resume = true;
    options.progress = (qn_progress){0};
    assert_ok(qn_study_run(study, &options, &resumed));
    assert_int_equal(access(inside, F_OK), -1);
    options = (qn_study_options){.quick = true};
    assert_ok(qn_study_run(study, &options, &whole));
    assert_same_bytes(&whole, &resumed);
    qn_result_clear(&whole);
    qn_result_clear(&resumed);
    qn_study_destroy(study);
}

static size_t read_set(hid_t file, const char *name, hid_t type, size_t size, void *values, size_t most)
{
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set);
    const size_t count = (size_t)H5Sget_simple_extent_npoints(space);
    assert_true(set >= 0 && count <= most && size > 0);
    assert_true(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Sclose(space);
    H5Dclose(set);
    return count;
}

static void spikes_are_written_for_others(void **state)
{
    (void)state;
    char folder[TEMPORARY_SIZE], path[2 * TEMPORARY_SIZE];
    temporary_name("spikes", folder);
    assert_non_null(mkdtemp(folder));
    const qn_study_options options = {.folder = folder, .spikes = "both"};
    qn_result result = run_small("", &options);

    snprintf(path, sizeof path, "%s/small-0-spikes.h5", folder);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    enum { MOST = 100000 };
    static uint64_t id[MOST];
    static double time[MOST];
    const size_t count = read_set(file, "/spikes/E/node_ids", H5T_NATIVE_UINT64, sizeof *id, id, MOST);
    assert_int_equal(read_set(file, "/spikes/E/timestamps", H5T_NATIVE_DOUBLE, sizeof *time, time, MOST), count);
    assert_true(count > 100);
    for (size_t k = 0; k < count; ++k) {
        assert_true(id[k] < 80 && time[k] > 100.0 && time[k] <= 600.0 + 1e-9);
        assert_true(k == 0 || time[k] >= time[k - 1]);
        assert_within(10 * time[k], round(10 * time[k]), 1e-6);
    }
    const hid_t group = H5Gopen2(file, "/spikes/E", H5P_DEFAULT), sorting = H5Aopen(group, "sorting", H5P_DEFAULT);
    const hid_t type = H5Aget_type(sorting);
    char name[16];
    signed char value;
    assert_int_equal(H5Tget_class(type), H5T_ENUM);
    assert_true(H5Aread(sorting, type, &value) >= 0 && H5Tenum_nameof(type, &value, name, sizeof name) >= 0);
    assert_string_equal(name, "by_time");
    H5Tclose(type);
    H5Aclose(sorting);
    H5Gclose(group);
    const size_t inhibitory = read_set(file, "/spikes/I/node_ids", H5T_NATIVE_UINT64, sizeof *id, id, MOST);
    H5Fclose(file);

    // NPY: a head of whole 64 bytes, then 16 bytes a spike.
    char *bytes;
    size_t size;
    snprintf(path, sizeof path, "%s/small-0-spikes.npy", folder);
    assert_ok(qn_file_read(path, 1 << 26, &bytes, &size));
    const size_t head = 10 + (size_t)(unsigned char)bytes[8] + 256 * (size_t)(unsigned char)bytes[9];
    assert_memory_equal(bytes, "\x93NUMPY", 6);
    assert_int_equal(head % 64, 0);
    assert_int_equal(size - head, 16 * (count + inhibitory));
    double first;
    memcpy(&first, bytes + head, sizeof first);
    assert_true(first > 100.0 && first <= 600.0);
    free(bytes);

    // The same run, the same bytes.
    char *again;
    size_t other;
    snprintf(path, sizeof path, "%s/small-2-spikes.h5", folder);
    assert_ok(qn_file_read(path, 1 << 26, &bytes, &size));
    qn_result_clear(&result);
    result = run_small("", &options);
    assert_ok(qn_file_read(path, 1 << 26, &again, &other));
    assert_int_equal(size, other);
    assert_memory_equal(bytes, again, size);
    free(bytes);
    free(again);
    qn_result_clear(&result);
}

static void plans_come_before_anything_is_run(void **state)
{
    (void)state;
    qn_study *study;
    qn_result result;
    char *text;
    read_small("", &study);
    assert_ok(qn_study_plan(study, NULL, &text));
    assert_non_null(strstr(text, "500 neurons"));
    assert_non_null(strstr(text, "3 networks of 600 ms, at the rates of the mean field"));
    assert_non_null(strstr(text, "\nmemory "));
    assert_non_null(strstr(text, "\nsynaptic events "));
    assert_non_null(strstr(text, "\nexpected time "));
    free(text);
    const qn_study_options hasty = {.time_limit = 1e-6}, narrow = {.memory_limit = 1000};
    assert_fails(qn_study_run(study, &hasty, &result), QN_BAD_VALUE,
                 "refused: it would take longer than the limit of 1e-06 s\nsmall   500 neurons");
    assert_fails(qn_study_run(study, &narrow, &result), QN_NO_MEMORY,
                 "refused: it would take more memory than the limit");
    qn_study_destroy(study);

    const char rate[] = "study: activity\nnetwork: {size: 50, coupling: {kind: iid, strength: 2}}\n";
    assert_ok(qn_study_read_text(rate, strlen(rate), "rate.yaml", 0, NULL, &study));
    assert_fails(qn_study_plan(study, NULL, &text), QN_BAD_VALUE, "rate.yaml: studies of kind activity have no plan");
    qn_study_destroy(study);
}

static bool warns(const qn_result *result, const char *part)
{
    for (size_t i = 0; i < result->warning_count; ++i)
        if (strstr(result->warnings[i], part)) return true;
    print_error("no warning with \"%s\"; there are %zu\n", part, result->warning_count);
    for (size_t i = 0; i < result->warning_count; ++i) print_error("    %s\n", result->warnings[i]);
    return false;
}

static qn_result run_with(const char *override)
{
    qn_study *study;
    qn_result result;
    assert_ok(qn_study_read_text(small, strlen(small), "small.yaml", 1, &override, &study));
    assert_ok(qn_study_run(study, NULL, &result));
    qn_study_destroy(study);
    return result;
}

static void regimes_are_said(void **state)
{
    (void)state;
    qn_result result = run_with("network.connectivity.weight.relative_inhibition=0.01");
    assert_true(warns(&result, "no theory: "));
    assert_true(warns(&result, "ran away: its mean rate exceeded simulation.rate_limit, 100 / s, for 50 ms"));
    assert_true(isnan(quantity(&result, "rate(E)")->simulation.value));
    qn_result_clear(&result);

    result = run_with("network.external.rate=1");
    assert_true(warns(&result, "quiescent state, not a single spike"));
    assert_within(quantity(&result, "rate(E)")->simulation.value, 0, 0);
    qn_result_clear(&result);

    result = run_with("network.connectivity.delay.mean=0.05");
    assert_true(warns(&result, "have mean 0.05 ms, below the time step of 0.1 ms"));
    qn_result_clear(&result);

    result = run_with("network.connectivity.probability=0.3");
    assert_true(warns(&result, "synapses per pair of neurons: theory is for sparse networks, below 0.2"));
    qn_result_clear(&result);

    result = run_with("network.scale={size: 0.5, degree: 0.09}");
    assert_true(warns(&result, "in-degrees are scaled by 0.09, below 0.1"));
    qn_result_clear(&result);
}

// A sweep goes through every kind of key: matrices, populations by number, shared numbers.
static void sweeps_reach_everything(void **state)
{
    (void)state;
    qn_result result = run_small("sweep:\n"
                                 "  network.connectivity.weight.relative_inhibition: [5, 6]\n"
                                 "  network.populations.0.external.rate: [30, 33]\n"
                                 "  network.connectivity.probability: [0.1, 0.08]\n"
                                 "theory: {compute: [mean-field]}\n",
                                 &(qn_study_options){.wings = QN_WING_THEORY});
    assert_int_equal(result.point_count, 8);
    const double before = qn_result_quantity(&result, "rate(E)", 0)->theory;
    assert_true(qn_result_quantity(&result, "rate(E)", 1)->theory > before);
    assert_true(qn_result_quantity(&result, "rate(E)", 2)->theory > before);
    assert_true(qn_result_quantity(&result, "rate(E)", 4)->theory < before);
    assert_true(isnan(qn_result_quantity(&result, "rate_spread(E)", 0)->theory)); // not asked for
    qn_result_clear(&result);
}

static void measurements_survive_packing(void **state)
{
    (void)state;
    double families[2 * QN_MEASURED_FAMILIES] = {1, 2, NAN}, course[6] = {3, 4, 5, 6, 7, 8}, raster[3] = {1, 2, 0};
    qn_spiking_measurement m = {.population_count = 2,
                                .families = families,
                                .course = {.count = 3, .step = 0.5, .values = course},
                                .raster_count = 1,
                                .raster = raster},
                           back;
    m.scalars[QN_MEASURED_EVENTS] = 1e12;
    size_t count;
    double *numbers;
    assert_ok(qn_spiking_pack(&m, &count, &numbers));
    assert_ok(qn_spiking_unpack(count, numbers, 2, &back));
    assert_within(back.scalars[QN_MEASURED_EVENTS], 1e12, 0);
    assert_memory_equal(back.families, families, sizeof families);
    assert_memory_equal(back.course.values, course, sizeof course);
    assert_int_equal(back.raster_count, 1);
    qn_spiking_measurement_clear(&back);
    assert_fails(qn_spiking_unpack(count - 1, numbers, 2, &back), QN_BAD_FILE, "does not fit");
    assert_fails(qn_spiking_unpack(count, numbers, 3, &back), QN_BAD_FILE, "does not fit");
    numbers[1] = 1e300;
    assert_fails(qn_spiking_unpack(count, numbers, 2, &back), QN_BAD_FILE, "does not fit");
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_wings_stand_side_by_side),
        cmocka_unit_test(same_bytes_for_any_number_of_threads),
        cmocka_unit_test(performance_is_kept_but_for_reproducible_files),
        cmocka_unit_test(resumed_runs_end_with_the_same_bits),
        cmocka_unit_test(spikes_are_written_for_others),
        cmocka_unit_test(plans_come_before_anything_is_run),
        cmocka_unit_test(regimes_are_said),
        cmocka_unit_test(sweeps_reach_everything),
        cmocka_unit_test(measurements_survive_packing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
