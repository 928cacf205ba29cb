#include "captured.h"
#include "result_fixture.h"
#include "testing.h"

#include <locale.h>
#include <unistd.h>

static char *json_of(const qn_result *result)
{
    captured json;
    capture(&json);
    assert_ok(qn_report_json(result, json.stream));
    end_capture(&json);
    return json.text;
}

static void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part)) return;
    print_error("\"%s\" is not in: %s\n", part, text);
    fail();
}

static void numbers_keep_their_full_precision(void **state)
{
    (void)state;
    qn_result result = chaos_result();
    char *json = json_of(&result);
    assert_contains(json, "{\"study\":\"chaos\",\"version\":\"0.1.0\",\"seed\":1,\"quantities\":[");
    assert_contains(json, "\"name\":\"lyapunov_exponent\",\"unit\":\"1/tau\",\"theory\":0.30000000000000004,"
                          "\"simulation\":0.28,\"standard_error\":0.0031,\"samples\":12,\"z\":-6.45");
    assert_contains(json, "\"extrapolated_from\":[2000,1000]");
    assert_contains(json, "\"theory\":\"chaotic\",\"simulation\":\"chaotic\",\"standard_error\":null");
    assert_contains(json, "\"theory\":0.6321,\"simulation\":null,\"standard_error\":null,\"samples\":null,\"z\":null");
    assert_null(strstr(json, "frozen_variance")); // neither wing has it
    assert_int_equal(json[strlen(json) - 1], '\n');
    assert_ptr_equal(strchr(json, '\n'), json + strlen(json) - 1);
    free(json);
    qn_result_clear(&result);
}

static void rows_of_a_sweep_say_where(void **state)
{
    (void)state;
    qn_result result = transition_result();
    char *json = json_of(&result);
    assert_contains(json, "\"at\":{\"network.coupling.strength\":2.5,\"network.noise\":0}");
    free(json);
    qn_result_clear(&result);
}

static void strings_are_escaped(void **state)
{
    (void)state;
    qn_result result = {.name = strdup("a\"b\\c\n\t\x01\xcf\x84\xff\xed\xa0\x80z"), .must_see_passed = true};
    assert_ok(qn_result_add_warning(&result, "%s", "x = 1e300*10 \xe2\x89\xa5 inf"));
    fixture_number(&result, 0, "infinite", "1", NULL, INFINITY, 1, 0.1, 3);
    char *json = json_of(&result);
    assert_contains(json, "\"a\\\"b\\\\c\\n\\u0009\\u0001\xcf\x84\\ufffd\\ufffd\\ufffd\\ufffdz\"");
    assert_contains(json, "[\"x = 1e300*10 \xe2\x89\xa5 inf\"]");
    assert_contains(json, "\"theory\":null,\"simulation\":1,");
    free(json);
    qn_result_clear(&result);
}

// A program under another locale gets decimal points all the same.
static void the_locale_does_not_matter(void **state)
{
    (void)state;
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") && !setlocale(LC_NUMERIC, "fr_FR.UTF-8")) skip();
    qn_result result = transition_result();
    char *json = json_of(&result);
    setlocale(LC_NUMERIC, "C");
    assert_contains(json, "\"network.coupling.strength\":2.5,");
    assert_contains(json, "\"standard_error\":0.02,");
    free(json);
    qn_result_clear(&result);
}

static void python_reads_it(void **state)
{
    (void)state;
    if (system("python3 -c 'import json' >/dev/null 2>&1")) skip();
    qn_result results[] = {chaos_result(), transition_result()};
    for (size_t i = 0; i < 2; ++i) {
        FILE *python = popen("python3 -c 'import json,sys; d=json.load(sys.stdin, parse_constant=lambda c: 1/0);"
                             " sys.exit(0 if all(set(q) >= set(\"name unit theory simulation standard_error samples z\""
                             ".split()) for q in d[\"quantities\"]) and len(d[\"quantities\"]) > 5 else 1)'",
                             "w");
        assert_non_null(python);
        assert_ok(qn_report_json(&results[i], python));
        assert_int_equal(pclose(python), 0);
        qn_result_clear(&results[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_keep_their_full_precision),
                                       cmocka_unit_test(rows_of_a_sweep_say_where),
                                       cmocka_unit_test(strings_are_escaped),
                                       cmocka_unit_test(the_locale_does_not_matter), cmocka_unit_test(python_reads_it)};
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
