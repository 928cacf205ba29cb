/// What a study states must be seen, held against what a run gave.
#pragma once
#include "study/study_kind.h"

/// Whether a statement about `sought` is one about `quantity`: the same name, or `sought` without a population
/// ("rate" means every "rate(...)").
bool qn_must_see_means(const char *sought, const char *quantity);

/// Complain about ranges that are none.
qn_status qn_must_see_check(const qn_study_common *common, const qn_node *tree, qn_complaints *complaints);

/// Evaluate every statement at every point and add the outcomes to the result; a statement that fails anywhere fails.
/// Where a wing is missing there is nothing to hold it against, and it says so without failing.
qn_status qn_must_see_evaluate(const qn_study_common *common, qn_result *result);
