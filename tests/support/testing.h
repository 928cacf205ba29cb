/// What every test includes: cmocka, and assertions that say by how much they failed.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <quenched/quenched.h>
#include <stdio.h>
#include <string.h>

#ifdef __clang_analyzer__
// The analyser does not know that cmocka's assertions do not return.
#include <stdlib.h>
#undef assert_non_null
#define assert_non_null(pointer)                                                                                       \
    do {                                                                                                               \
        if ((pointer) == NULL) abort();                                                                                \
    } while (0)
#endif

/// |found - expected| <= tolerance * max(1, |expected|); NAN fails.
#define assert_close(found, expected, tolerance)                                                                       \
    assert_close_at((found), (expected), (tolerance), #found, __FILE__, __LINE__)
/// |found - expected| <= tolerance; NAN fails.
#define assert_within(found, expected, tolerance)                                                                      \
    assert_within_at((found), (expected), (tolerance), #found, __FILE__, __LINE__)
/// The call succeeds; prints the library's message when it does not.
#define assert_ok(call) assert_status_at((call), QN_OK, #call, __FILE__, __LINE__)
/// The call fails with that status and its message contains `part`.
#define assert_fails(call, status, part) assert_fails_at((call), (status), (part), #call, __FILE__, __LINE__)

static inline void assert_within_at(double found, double expected, double tolerance, const char *what, const char *file,
                                    int line)
{
    if (fabs(found - expected) <= tolerance) return;
    print_error("%s:%d: %s is %.17g, expected %.17g: off by %.3g, allowed %.3g\n", file, line, what, found, expected,
                found - expected, tolerance);
    _fail(file, line);
}

static inline void assert_close_at(double found, double expected, double tolerance, const char *what, const char *file,
                                   int line)
{
    assert_within_at(found, expected, tolerance * fmax(1.0, fabs(expected)), what, file, line);
}

static inline void assert_status_at(qn_status found, qn_status expected, const char *what, const char *file, int line)
{
    if (found == expected) return;
    print_error("%s:%d: %s returned \"%s\" (%s), expected \"%s\"\n", file, line, what, qn_status_name(found),
                qn_last_error(), qn_status_name(expected));
    _fail(file, line);
}

static inline void assert_fails_at(qn_status found, qn_status expected, const char *part, const char *what,
                                   const char *file, int line)
{
    assert_status_at(found, expected, what, file, line);
    if (strstr(qn_last_error(), part)) return;
    print_error("%s:%d: %s failed with \"%s\", which does not contain \"%s\"\n", file, line, what, qn_last_error(),
                part);
    _fail(file, line);
}

/// Theory against an estimate: bounds on the z-score, the relative error and the relative error bar, so that neither a
/// wrong formula nor a huge error bar passes.
typedef struct {
    double max_z, max_relative_error, max_relative_bar;
} agreement_bounds;
#define assert_agrees(theory, estimate, ...)                                                                           \
    assert_agrees_at((theory), (estimate), (agreement_bounds){__VA_ARGS__}, #estimate, __FILE__, __LINE__)
static inline void assert_agrees_at(double theory, qn_estimate estimate, agreement_bounds bounds, const char *what,
                                    const char *file, int line)
{
    const double z = (estimate.value - theory) / estimate.standard_error;
    const double error = fabs(estimate.value / theory - 1.0), bar = estimate.standard_error / fabs(theory);
    if (fabs(z) < bounds.max_z && error < bounds.max_relative_error && bar < bounds.max_relative_bar) return;
    print_error("%s:%d: %s is %.6g +- %.2g (%zu samples), theory %.6g: z %.2f (bound %.1f), relative error %.4f "
                "(%.4f), bar %.4f (%.4f)\n",
                file, line, what, estimate.value, estimate.standard_error, estimate.samples, theory, z, bounds.max_z,
                error, bounds.max_relative_error, bar, bounds.max_relative_bar);
    _fail(file, line);
}
