/// Nodes for averages over one Gaussian variable of a transfer function that may be steep or have kinks.
#pragma once
#include <quenched/transfer.h>

/// <f> = sum_i weight[i] f(mean + deviation z[i]). `{0}` is empty.
typedef struct {
    size_t count;
    double *z, *weight;
} qn_gaussian_rule;

/// Composite Gauss-Legendre on |z| <= end. Panels at most `widest` wide, narrower than the bend of a steep tanh, with
/// edges at every kink of phi; with `mirrored` also where phi(mean - deviation z) bends. end 9 leaves 1e-18 of the
/// Gaussian, 12.5 1e-16 of its root.
qn_status qn_gaussian_rule_create(const qn_transfer *transfer, double mean, double deviation, double end, double widest,
                                  bool mirrored, qn_gaussian_rule *rule);
/// Nodes on |z| <= 9 for a function that is smooth on the scale width[k] around centre[k] and polynomial, or with
/// `geometric` smooth on the scale of the distance, elsewhere. A width of 0 is a kink.
qn_status qn_gaussian_rule_graded(size_t count, const double *centre, const double *width, bool geometric,
                                  qn_gaussian_rule *rule);
void qn_gaussian_rule_clear(qn_gaussian_rule *rule);
