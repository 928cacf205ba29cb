/// Running a network in NEST through the script that quenched writes, and reading its spikes back.
#pragma once
#include "testing.h"

#include "temporary.h"

#include <stdbool.h>
#include <stdlib.h>

/// The interpreter that knows NEST: QUENCHED_NEST_PYTHON or python3.
static inline const char *nest_python(void)
{
    const char *chosen = getenv("QUENCHED_NEST_PYTHON");
    return chosen != NULL && chosen[0] != '\0' ? chosen : "python3";
}

/// Skips the test, with the reason, where there is no NEST.
static inline void require_nest(void)
{
    char command[600];
    snprintf(command, sizeof command, "'%s' -c 'import nest, numpy' >/dev/null 2>&1", nest_python());
    if (system(command) == 0) return;
    print_message("NEST is not installed for %s (QUENCHED_NEST_PYTHON names another interpreter)\n", nest_python());
    skip();
}

static inline size_t nest_read(const char *name, uint32_t **values)
{
    const char *path = temporary_path(name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    const long size = ftell(file);
    rewind(file);
    *values = malloc(size > 0 ? (size_t)size : 1);
    assert_non_null(*values);
    const size_t count = (size_t)size / sizeof **values;
    assert_int_equal(fread(*values, sizeof **values, count, file), count);
    fclose(file);
    remove(path);
    return count;
}

/// Simulate `network` in NEST: all spikes of its measured part, ordered. Free with nest_spikes_free().
static inline qn_spikes nest_spikes(const qn_spiking_network *network, const qn_export_nest_options *options)
{
    char script[512], output[512], command[4096];
    snprintf(script, sizeof script, "%s", temporary_path("network.py"));
    snprintf(output, sizeof output, "%s", temporary_path("out"));
    FILE *file = fopen(script, "w");
    assert_non_null(file);
    assert_ok(qn_export_nest(network, options, "test", file));
    assert_int_equal(fclose(file), 0);
    snprintf(command, sizeof command,
             "OMP_WAIT_POLICY=passive '%s' '%s' --output '%s' >'%s.log' 2>&1 || { cat '%s.log' >&2; exit 1; }; "
             "'%s' -c 'import numpy, sys; d = numpy.load(sys.argv[1] + \".npz\"); "
             "[d[k].astype(numpy.uint32).tofile(sys.argv[1] + \".\" + k) for k in (\"step\", \"neuron\")]' '%s'",
             nest_python(), script, output, output, output, nest_python(), output);
    assert_int_equal(system(command), 0);
    static const char *const LEFT[] = {"network.py", "out.log", "out.json", "out.npz"};
    for (size_t i = 0; i < sizeof LEFT / sizeof *LEFT; ++i) remove(temporary_path(LEFT[i]));

    qn_spikes spikes = {.time_step = qn_spiking_time_step(network), .population_count = network->population_count};
    spikes.first_step = (uint64_t)llround(options->discard / spikes.time_step);
    spikes.last_step = spikes.first_step + (uint64_t)llround(options->duration / spikes.time_step);
    spikes.first_neuron = calloc(network->population_count + 1, sizeof *spikes.first_neuron);
    assert_non_null(spikes.first_neuron);
    for (size_t p = 0; p < network->population_count; ++p)
        spikes.first_neuron[p + 1] = spikes.first_neuron[p] + network->populations[p].size;
    spikes.count = nest_read("out.step", &spikes.step);
    assert_int_equal(nest_read("out.neuron", &spikes.neuron), spikes.count);
    return spikes;
}

static inline void nest_spikes_free(qn_spikes *spikes)
{
    free(spikes->first_neuron);
    free(spikes->step);
    free(spikes->neuron);
    *spikes = (qn_spikes){0};
}
