// Figures of networks with populations: bars, functions with a curve each, rasters; and the words below a table.
#include "testing.h"

#include "report/plot.h"
#include "study/result_builder.h"

#include <stdlib.h>

enum { PLACES = 200, SPIKES = 300 };

static void add_row(qn_result *result, const char *name, const char *unit, double theory, double value)
{
    const qn_quantity row = {.name = (char *)name,
                             .unit = (char *)unit,
                             .long_name = (char *)"mean rate over neurons, population X",
                             .theory = theory,
                             .simulation = {value, 0.05 * value, 4},
                             .z = NAN};
    assert_ok(qn_result_add_quantity(result, &row));
}

static void add_array(qn_result *result, const char *name, const char *dimension, size_t rows, size_t columns,
                      const double *values)
{
    qn_named_array array = {.name = (char *)name,
                            .long_name = (char *)"rate of the population",
                            .unit = (char *)"1/s",
                            .rank = rows ? 2 : 1,
                            .dimensions = {(char *)"population", (char *)dimension},
                            .shape = {rows, columns},
                            .values = (double *)values};
    if (!rows) array.dimensions[0] = (char *)dimension, array.shape[0] = columns;
    if (!strcmp(name, "raster")) array.dimensions[0] = (char *)"spike";
    assert_ok(qn_result_add_array(result, &array));
}

static qn_result two_populations(void)
{
    qn_result result = {.must_see_passed = true};
    double time[PLACES], course[2 * PLACES], theory[2 * PLACES], raster[3 * SPIKES];
    assert_ok(qn_result_set_text(&result.name, "pair"));
    assert_ok(qn_result_set_text(&result.kind, "spiking"));
    assert_ok(qn_result_add_point(&result, 0, NULL, NULL));
    add_row(&result, "rate(4E)", "1/s", 4.4, 4.3);
    add_row(&result, "rate(4I)", "1/s", 5.9, 5.8);
    add_row(&result, "cv(4E)", "1", NAN, 0.8);
    add_row(&result, "cv(4I)", "1", NAN, 0.7);
    for (size_t i = 0; i < PLACES; ++i) {
        time[i] = (double)i;
        for (size_t p = 0; p < 2; ++p) {
            course[p * PLACES + i] = 5.0 + sin(0.1 * time[i]) + (double)p;
            theory[p * PLACES + i] = 5.0 + (double)p;
        }
    }
    for (size_t k = 0; k < SPIKES; ++k) {
        raster[3 * k] = (double)k;
        raster[3 * k + 1] = (double)(k * 37 % 100);
        raster[3 * k + 2] = k * 37 % 100 < 80 ? 0.0 : 1.0;
    }
    add_array(&result, "time", "time", 0, PLACES, time);
    add_array(&result, "course_simulation", "time", 2, PLACES, course);
    add_array(&result, "both_simulation", "time", 2, PLACES, course);
    add_array(&result, "both_theory", "time", 2, PLACES, theory);
    add_array(&result, "raster", "column", SPIKES, 3, raster);
    result.performance = (qn_performance){1.05e9, 0.72, 43.2e6};
    return result;
}

static void ask(qn_result *result, const char *plot)
{
    assert_ok(qn_result_add_figure(result, &(qn_figure_request){.plot = (char *)plot}));
}

static void every_kind_is_drawn(void **state)
{
    (void)state;
    qn_result result = two_populations();
    static const char *const plots[] = {"rate", "cv", "course", "both", "both(4I)", "raster"};
    static const char *const captions[] = {"Bars: simulation with its standard error; dashes: theory.",
                                           "Bars: simulation with its standard error.",
                                           "Simulation.",
                                           "Lines: theory; points: simulation with its standard error.",
                                           "Lines: theory; points: simulation with its standard error.",
                                           "Each dot is a spike of the first network."};
    enum { COUNT = sizeof plots / sizeof *plots };
    for (size_t i = 0; i < COUNT; ++i) ask(&result, plots[i]);
    size_t count;
    qn_figure *figures;
    assert_ok(qn_report_figures(&result, NULL, &count, &figures));
    assert_int_equal(count, COUNT);
    for (size_t i = 0; i < COUNT; ++i) {
        assert_string_equal(figures[i].caption, captions[i]);
        assert_non_null(strstr(figures[i].svg, "<svg"));
    }
    assert_non_null(strstr(figures[0].svg, "4E"));
    assert_non_null(strstr(figures[0].svg, "mean rate over neurons (1/s)"));
    assert_non_null(strstr(figures[5].svg, "4I")); // the raster names its populations
    qn_figures_destroy(count, figures);
    qn_result_clear(&result);
}

static void bars_have_theory_as_dashes(void **state)
{
    (void)state;
    qn_result result = two_populations();
    qn_plot plot = {0};
    assert_ok(qn_plot_population(&result, &(qn_figure_request){.plot = (char *)"rate"}, &plot));
    assert_true(plot.bars);
    assert_int_equal(plot.category_count, 2);
    assert_string_equal(plot.categories[1], "4I");
    assert_int_equal(plot.curves[0].point_count, 2);
    assert_within(plot.curves[0].point_y[1], 5.8, 0);
    assert_int_equal(plot.curves[0].line_count, 6); // two dashes, each ended by a gap
    assert_within(plot.curves[0].line_y[0], 4.4, 0);
    qn_plot_clear(&plot);
    // Over a sweep it is another figure's business.
    assert_ok(qn_plot_population(&result, &(qn_figure_request){.plot = (char *)"rate", .against = (char *)"x"}, &plot));
    assert_true(qn_plot_is_empty(&plot));
    qn_result_clear(&result);
}

static void one_population_of_a_function(void **state)
{
    (void)state;
    qn_result result = two_populations();
    qn_plot plot = {0};
    assert_ok(qn_plot_population(&result, &(qn_figure_request){.plot = (char *)"both(4I)"}, &plot));
    assert_int_equal(plot.count, 1);
    assert_within(plot.curves[0].line_y[0], 6.0, 0);
    qn_plot_clear(&plot);
    qn_result_clear(&result);
}

static void all_populations_over_a_sweep(void **state)
{
    (void)state;
    qn_result result = {.must_see_passed = true};
    char *const keys[] = {(char *)"network.external.rate"};
    static const char *const values[] = {"8", "10", "12"};
    for (size_t i = 0; i < 3; ++i) {
        assert_ok(qn_result_add_point(&result, 1, keys, (char *const *)&values[i]));
        for (size_t p = 0; p < 2; ++p) {
            const qn_quantity row = {.name = (char *)(p ? "rate(I)" : "rate(E)"),
                                     .unit = (char *)"1/s",
                                     .long_name = (char *)"mean rate over neurons, population",
                                     .point = i,
                                     .theory = (double)(i + 10 * p),
                                     .simulation = {(double)(i + 10 * p) + 0.5, 0.1, 4},
                                     .z = NAN};
            assert_ok(qn_result_add_quantity(&result, &row));
        }
    }
    qn_plot plot = {0};
    const qn_figure_request request = {.plot = (char *)"rate", .against = (char *)"network.external.rate"};
    assert_ok(qn_plot_population(&result, &request, &plot));
    assert_int_equal(plot.count, 2);
    assert_string_equal(plot.curves[1].label, "I");
    assert_int_equal(plot.curves[1].line_count, 3);
    assert_within(plot.curves[1].line_x[2], 12, 0);
    assert_within(plot.curves[1].line_y[2], 12, 0);
    assert_within(plot.curves[0].point_y[1], 1.5, 0);
    assert_string_equal(plot.y_label, "mean rate over neurons (1/s)");
    qn_plot_clear(&plot);
    qn_result_clear(&result);
}

static void the_table_says_what_a_run_took(void **state)
{
    (void)state;
    qn_result result = two_populations();
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    assert_ok(qn_report_table(&result, NULL, NULL, stream));
    fclose(stream);
    assert_non_null(strstr(text, "events per second 1.05e+09, real-time factor 0.72, peak memory 43.2 MB\n"));
    assert_non_null(strstr(text, "Theory is approximate: there is no z."));
    free(text);
    stream = open_memstream(&text, &size);
    assert_ok(qn_report_json(&result, stream));
    fclose(stream);
    assert_non_null(strstr(text, "\"real_time_factor\":0.72"));
    free(text);
    qn_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_drawn),
        cmocka_unit_test(bars_have_theory_as_dashes),
        cmocka_unit_test(one_population_of_a_function),
        cmocka_unit_test(all_populations_over_a_sweep),
        cmocka_unit_test(the_table_says_what_a_run_took),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
