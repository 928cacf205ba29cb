#define _GNU_SOURCE // dladdr
#include "testing.h"

#include "base/parallel.h"

#include <cblas.h>
#include <dlfcn.h>
#include <omp.h>
#include <pthread.h>

static void choice_holds_until_taken_back(void **state)
{
    (void)state;
    const int usual = qn_threads();
    assert_int_equal(usual, omp_get_max_threads());
    qn_set_threads(3);
    assert_int_equal(qn_threads(), 3);
    assert_int_equal(qn_threads_for(0), 1);
    assert_int_equal(qn_threads_for(2), 2);
    assert_int_equal(qn_threads_for(100), 3);
    qn_set_threads(0);
    assert_int_equal(qn_threads(), usual);
    qn_set_threads(-4);
    assert_int_equal(qn_threads(), usual);
}

// GSL's own CBLAS has the same names and no speed: linked first it would answer in place of OpenBLAS.
static void products_are_not_made_by_gsl(void **state)
{
    (void)state;
    Dl_info found = {0};
    void *product = dlsym(RTLD_DEFAULT, "cblas_dgemm");
    assert_non_null(product);
    assert_true(dladdr(product, &found) != 0 && found.dli_fname);
    if (strstr(found.dli_fname, "gslcblas")) fail_msg("cblas_dgemm is that of %s", found.dli_fname);
}

static void *threads_seen_elsewhere(void *seen)
{
    *(int *)seen = qn_threads();
    return NULL;
}

static void choice_belongs_to_the_calling_thread(void **state)
{
    (void)state;
    int seen = 0;
    pthread_t other;
    qn_set_threads(7);
    assert_int_equal(pthread_create(&other, NULL, threads_seen_elsewhere, &seen), 0);
    pthread_join(other, NULL);
    assert_int_equal(seen, omp_get_max_threads());
    qn_set_threads(0);
}

static void regions_do_not_nest(void **state)
{
    (void)state;
    int sum = 0, threads = 0;
    qn_set_threads(3);
#pragma omp parallel num_threads(qn_threads()) reduction(+ : sum, threads)
    {
        threads += 1;
        sum += qn_threads();
    }
    qn_set_threads(0);
    assert_int_equal(threads, 3);
    assert_int_equal(sum, 3);
}

static void blas_is_kept_at_one_thread(void **state)
{
    (void)state;
    qn_blas_single_thread();
    assert_int_equal(openblas_get_num_threads(), 1);
    openblas_set_num_threads(2);
    qn_blas_single_thread();
    assert_int_equal(openblas_get_num_threads(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_not_made_by_gsl),         cmocka_unit_test(choice_holds_until_taken_back),
        cmocka_unit_test(choice_belongs_to_the_calling_thread), cmocka_unit_test(regions_do_not_nest),
        cmocka_unit_test(blas_is_kept_at_one_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
