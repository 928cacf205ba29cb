#include "testing.h"

#include "base/fail.h"

static void message_is_kept_and_gains_context(void **state)
{
    (void)state;
    assert_int_equal(qn_fail(QN_BAD_VALUE, "size is %d", -1), QN_BAD_VALUE);
    assert_string_equal(qn_last_error(), "size is -1");
    qn_fail_in(QN_BAD_VALUE, "%s:%d", "chaos.yaml", 9);
    assert_string_equal(qn_last_error(), "chaos.yaml:9: size is -1");
}

static void every_status_has_a_name(void **state)
{
    (void)state;
    for (int status = QN_OK; status <= QN_INTERNAL; ++status)
        assert_string_not_equal(qn_status_name((qn_status)status), "unknown status");
    assert_string_equal(qn_status_name((qn_status)99), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(message_is_kept_and_gains_context),
                                       cmocka_unit_test(every_status_has_a_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
