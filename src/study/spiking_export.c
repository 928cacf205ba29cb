// A study's network for other simulators.
#include <quenched/export_nest.h>

#include "base/fail.h"
#include "study/result_builder.h"
#include "study/spiking_point.h"

// The run's points, theory included only where a scaled network needs its rates.
static qn_status export_first(qn_spiking_execution *run, FILE *stream)
{
    const qn_spiking_point *first = &run->points[0];
    const qn_spiking_simulation_keys *s = first->study->simulation;
    const qn_export_nest_options options = {.seed = (uint64_t)first->study->common.seed,
                                            .duration = s ? s->duration : 0.0,
                                            .discard = s ? s->discard : 0.0};
    return qn_export_nest(first->network, &options, qn_study_title(run->study), stream);
}

qn_status qn_study_export_nest(const qn_study *study, const qn_study_options *options, FILE *stream)
{
    static const qn_study_options defaults = {.wings = QN_WING_SIMULATION};
    QN_REQUIRE(study->kind == &qn_spiking_kind, QN_BAD_VALUE,
               "%s: only studies of kind spiking are networks for NEST; this is one of kind %s", study->path,
               study->kind->name);
    qn_spiking_execution run;
    qn_result unused = {0};
    qn_status status = qn_spiking_open(study, options ? options : &defaults, &unused, &run);
    if (status == QN_OK) status = export_first(&run, stream);
    qn_spiking_close(&run);
    qn_result_clear(&unused);
    return status;
}
