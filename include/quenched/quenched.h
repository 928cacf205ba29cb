/// quenched: large random neural networks with quenched disorder, by theory and by simulation, side by side.
///
/// This header includes the whole public interface.
#pragma once
#include <quenched/autocorrelation.h>
#include <quenched/connectivity.h>
#include <quenched/coupling.h>
#include <quenched/estimate.h>
#include <quenched/four_point.h>
#include <quenched/free_cumulants.h>
#include <quenched/gaussian_average.h>
#include <quenched/given_matrix.h>
#include <quenched/heterogeneity.h>
#include <quenched/heterogeneous.h>
#include <quenched/matrix.h>
#include <quenched/matrix_clean.h>
#include <quenched/mode_overlaps.h>
#include <quenched/moments.h>
#include <quenched/outliers.h>
#include <quenched/overlap.h>
#include <quenched/overlap_four_point.h>
#include <quenched/progress.h>
#include <quenched/random.h>
#include <quenched/rate_network.h>
#include <quenched/rate_simulation.h>
#include <quenched/report.h>
#include <quenched/result.h>
#include <quenched/self_consistency.h>
#include <quenched/shuffle.h>
#include <quenched/singular_values.h>
#include <quenched/stationary.h>
#include <quenched/status.h>
#include <quenched/study.h>
#include <quenched/threads.h>
#include <quenched/transfer.h>
#include <quenched/two_point.h>
