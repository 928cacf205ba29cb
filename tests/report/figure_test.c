#include "result_fixture.h"
#include "temporary.h"
#include "testing.h"

#include "base/file.h"

#include <ctype.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[TEMPORARY_SIZE];

static int make_folder(void **state)
{
    (void)state;
    temporary_name("figures", folder);
    return mkdtemp(folder) ? 0 : 1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[2 * TEMPORARY_SIZE];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part)) return;
    print_error("\"%s\" is not there\n", part);
    fail();
}

static char *in_folder(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void set_text(char **field, const char *text)
{
    free(*field);
    *field = strdup(text);
}

static void the_requested_figures_are_drawn(void **state)
{
    (void)state;
    qn_result result = chaos_result();
    size_t count, size;
    qn_figure *figures;
    char *pdf;
    assert_ok(qn_report_figures(&result, folder, &count, &figures));
    assert_int_equal(count, 2);
    assert_string_equal(figures[0].name, "field_autocorrelation");
    assert_string_equal(figures[0].caption,
                        "Autocorrelation of one unit's field. For clarity not every simulated value is "
                        "shown. Lines: theory; points: simulation with its standard error.");
    assert_contains(figures[0].svg, "lag (units of \xcf\x84)");
    assert_contains(figures[0].svg, "viewBox=");
    assert_contains(figures[1].svg, "response of one unit (1/\xcf\x84)");
    assert_int_equal(access(in_folder("chaos-response.svg"), R_OK), 0);
    assert_ok(qn_file_read(in_folder("chaos-response.pdf"), 1 << 24, &pdf, &size));
    assert_memory_equal(pdf, "%PDF-", 5);
    free(pdf);
    qn_figures_destroy(count, figures);
    qn_result_clear(&result);
}

// What is simulated may lie on lags of its own.
static void wings_need_not_share_their_lags(void **state)
{
    (void)state;
    enum { OWN = 11 };
    double lags[OWN];
    for (size_t i = 0; i < OWN; ++i) lags[i] = 2.0 * (double)i;
    qn_result result = chaos_result();
    for (size_t k = 2; k <= 3; ++k) {
        set_text(&result.arrays[k].dimensions[0], "sample_lag");
        result.arrays[k].shape[0] = OWN;
    }
    assert_ok(qn_result_add_array(&result, &(qn_named_array){.name = "sample_lag",
                                                             .unit = "tau",
                                                             .rank = 1,
                                                             .dimensions = {"sample_lag"},
                                                             .shape = {OWN},
                                                             .values = lags}));
    size_t count;
    qn_figure *figures;
    assert_ok(qn_report_figures(&result, NULL, &count, &figures));
    assert_contains(figures[0].svg, "simulation");
    assert_contains(figures[0].caption, "Lines: theory; points: simulation");
    qn_figures_destroy(count, figures);
    qn_result_clear(&result);
}

static void add_array(qn_result *result, const char *name, size_t rank, const char *const *dimensions,
                      const size_t *shape, const double *values)
{
    qn_named_array array = {.name = (char *)name, .long_name = (char *)name, .unit = (char *)"tau", .rank = rank};
    array.values = (double *)values;
    for (size_t d = 0; d < rank; ++d) array.dimensions[d] = (char *)dimensions[d], array.shape[d] = shape[d];
    assert_ok(qn_result_add_array(result, &array));
}

// Two lags make a map, the wings side by side in one range of colours; of a sweep, its first point that has one.
static void two_lags_make_a_map(void **state)
{
    (void)state;
    const double first[2] = {-1, 1}, second[3] = {-2, 0, 2};
    const double theory[12] = {NAN, NAN, NAN, NAN, NAN, NAN, 1, 2, 3, 4, 5, 6},
                 simulated[12] = {[6] = 7, 1, 1, 1, 1, -3};
    const char *const dimensions[] = {"point", "early", "late"};
    const size_t shape[] = {2, 2, 3};
    qn_result result = transition_result();
    result.figure_count = 0;
    add_array(&result, "early", 1, dimensions + 1, shape + 1, first);
    add_array(&result, "late", 1, dimensions + 2, shape + 2, second);
    for (int wings = 1; wings <= 2; ++wings) {
        add_array(&result, wings == 1 ? "alone_simulation" : "both_simulation", 3, dimensions, shape, simulated);
        if (wings == 2) add_array(&result, "both_theory", 3, dimensions, shape, theory);
        size_t count;
        qn_figure *figures;
        result.figure_count = 1;
        free(result.figures[0].plot);
        free(result.figures[0].against);
        free(result.figures[0].by);
        result.figures[0].against = result.figures[0].by = NULL;
        result.figures[0].plot = strdup(wings == 1 ? "alone" : "both");
        assert_ok(qn_report_figures(&result, NULL, &count, &figures));
        assert_int_equal(count, 1);
        assert_contains(figures[0].svg, ">simulation<");
        assert_contains(figures[0].svg, wings == 2 ? ">theory<" : "late (units of");
        assert_contains(figures[0].svg, "early (units of \xcf\x84)");
        assert_contains(figures[0].caption,
                        wings == 2 ? "Left: theory; right: simulation; the same colours." : "Simulation.");
        assert_contains(figures[0].caption, "Of the sweep, ");
        qn_figures_destroy(count, figures);
    }
    result.figure_count = 2;
    qn_result_clear(&result);
}

static void a_sweep_has_one_curve_per_value(void **state)
{
    (void)state;
    qn_result result = transition_result();
    size_t count;
    qn_figure *figures;
    assert_ok(qn_report_figures(&result, NULL, &count, &figures));
    assert_int_equal(count, 2);
    assert_contains(figures[1].svg, "\xcf\x83 = 0.5");
    assert_contains(figures[1].svg, "coupling strength g");
    assert_contains(figures[1].svg, "largest Lyapunov exponent (1/\xcf\x84)");
    qn_figures_destroy(count, figures);
    result.figure_count = 0; // then what the sweep shows is drawn unasked
    assert_ok(qn_report_figures(&result, NULL, &count, &figures));
    assert_int_equal(count, 2);
    assert_string_equal(figures[0].name, "field_variance");
    qn_figures_destroy(count, figures);
    result.figure_count = 2;
    qn_result_clear(&result);
}

// A page with two figures would otherwise show the marks of the first in both.
static void no_id_is_used_twice(void **state)
{
    (void)state;
    qn_result result = chaos_result();
    size_t count;
    qn_figure *figures;
    char seen[256][96];
    size_t ids = 0;
    assert_ok(qn_report_figures(&result, NULL, &count, &figures));
    for (size_t i = 0; i < count; ++i) {
        assert_null(strstr(figures[i].svg, "'#gp"));
        for (const char *c = figures[i].svg; (c = strstr(c, " id=")); ++c) {
            assert_true(ids < 256);
            snprintf(seen[ids], sizeof seen[ids], "%.*s", (int)strcspn(c + 5, "'\""), c + 5);
            for (size_t k = 0; k < ids; ++k) assert_string_not_equal(seen[k], seen[ids]);
            ++ids;
        }
    }
    assert_true(ids > 20);
    qn_figures_destroy(count, figures);
    qn_result_clear(&result);
}

// Names come from study files: neither gnuplot nor a shell may read anything into them.
static void texts_are_only_text(void **state)
{
    (void)state;
    qn_result result = chaos_result();
    char evil[2048], mark[2 * TEMPORARY_SIZE];
    size_t count;
    qn_figure *figures;
    snprintf(mark, sizeof mark, "%s/mark", folder);
    snprintf(evil, sizeof evil, "a'b\" `touch %s` $(touch %s)\nsystem('touch %s') \\n _x^y {z} <b> & end", mark, mark,
             mark);
    set_text(&result.arrays[1].long_name, evil);
    set_text(&result.figures[0].caption, evil);
    assert_ok(qn_report_figures(&result, NULL, &count, &figures));
    assert_true(access(mark, F_OK) < 0);
    assert_contains(figures[0].svg, "a&#39;b&quot; `touch");
    assert_null(strstr(figures[0].svg, "<b>"));
    qn_figures_destroy(count, figures);
    qn_result_clear(&result);
}

static void difficult_numbers_are_drawn(void **state)
{
    (void)state;
    static const double difficult[] = {NAN, 0.0, -1e300, 1e-300, INFINITY};
    for (size_t i = 0; i < sizeof difficult / sizeof *difficult; ++i) {
        qn_result result = chaos_result();
        size_t count;
        qn_figure *figures;
        for (size_t k = 0; k < 201; ++k) result.arrays[1].values[k] = result.arrays[5].values[k] = difficult[i];
        set_text(&result.figures[1].scale, "log-log");
        assert_ok(qn_report_figures(&result, NULL, &count, &figures));
        assert_int_equal(count, 2);
        qn_figures_destroy(count, figures);
        qn_result_clear(&result);
    }
}

static void a_missing_gnuplot_is_named(void **state)
{
    (void)state;
    qn_result result = chaos_result();
    size_t count = 7;
    qn_figure *figures;
    const char *before = getenv("PATH");
    assert_non_null(before);
    char *path = strdup(before);
    setenv("PATH", folder, 1);
    const qn_status status = qn_report_figures(&result, NULL, &count, &figures);
    assert_fails(status, QN_IO_ERROR, "gnuplot is not installed");
    // One that fails is quoted.
    char *fake = in_folder("gnuplot");
    assert_ok(qn_file_write(fake, "#!/bin/sh\necho 'unknown terminal: svg' >&2\nexit 3\n", 50));
    chmod(fake, 0755);
    const qn_status failed = qn_report_figures(&result, NULL, &count, &figures);
    setenv("PATH", path, 1);
    free(path);
    assert_fails(failed, QN_IO_ERROR, "(exit 3): unknown terminal: svg");
    assert_int_equal(count, 7);
    unlink(fake);
    qn_result_clear(&result);
}

static void the_page_is_whole_and_safe(void **state)
{
    (void)state;
    qn_result result = chaos_result();
    size_t count, size;
    qn_figure *figures;
    char *page;
    set_text(&result.title, "Chaos </title><script>alert(1)</script>");
    set_text(&result.header, "N = 2000, 3 networks x 8 trials (quick)");
    set_text(&result.overrides, "simulation.trials=8\nnetwork.transfer={kind: 'x y'}");
    assert_ok(qn_report_figures(&result, NULL, &count, &figures));
    assert_ok(qn_report_page(&result, count, figures, in_folder("chaos.html")));
    assert_ok(qn_file_read(in_folder("chaos.html"), 1 << 24, &page, &size));
    assert_memory_equal(page, "<!DOCTYPE html>", 15);
    assert_null(strstr(page, "<script"));
    assert_contains(page, "<meta name=\"viewport\"");
    assert_contains(page, "Chaos &lt;/title&gt;&lt;script&gt;");
    assert_contains(page, "title: &quot;&lt;b&gt;&amp; \xcf\x84&quot;");
    assert_contains(page, "<td>0.42296 &plusmn; 0.00062</td><td class=\"z\">&minus;0.2</td>");
    assert_contains(page, "&#10007;&nbsp;disagrees");
    assert_contains(page, "quenched run chaos --quick --set simulation.trials=8 --set "
                          "&#39;network.transfer={kind: &#39;\\&#39;&#39;x y&#39;\\&#39;&#39;}&#39; --seed 1");
    for (const char *c = page; (c = strstr(c, "http")); ++c) // nothing is fetched: only the names of XML namespaces
        assert_false(strncmp(c, "http://www.w3.org/", 18));
    free(page);
    assert_fails(qn_report_page(&result, count, figures, folder), QN_IO_ERROR, "it is a folder");
    qn_figures_destroy(count, figures);
    qn_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_requested_figures_are_drawn),
                                       cmocka_unit_test(wings_need_not_share_their_lags),
                                       cmocka_unit_test(two_lags_make_a_map),
                                       cmocka_unit_test(a_sweep_has_one_curve_per_value),
                                       cmocka_unit_test(no_id_is_used_twice),
                                       cmocka_unit_test(texts_are_only_text),
                                       cmocka_unit_test(difficult_numbers_are_drawn),
                                       cmocka_unit_test(a_missing_gnuplot_is_named),
                                       cmocka_unit_test(the_page_is_whole_and_safe)};
    return cmocka_run_group_tests_name("figures and page", tests, make_folder, remove_folder);
}
