// run, theory, simulate: one path, with both wings or one.
#include "cli/run.h"
#include "cli/finish.h"
#include "cli/interrupt.h"
#include "cli/places.h"
#include "cli/progress_line.h"

#include <quenched/quenched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Where a run's files go; paths are NULL when nothing is written.
typedef struct {
    const char *folder;
    char *data, *checkpoint;
} outputs;

static qn_status read_study(const command_line *line, qn_study **study)
{
    char *path = places_study(line->arguments[0]);
    if (!path) return QN_BAD_VALUE;
    const qn_status status = qn_study_read(path, line->set_count, (const char *const *)line->sets, study);
    if (status != QN_OK) finish_failed(status);
    free(path);
    return status;
}

static bool prepare(const char *folder, const qn_study *study, outputs *out)
{
    *out = (outputs){.folder = folder};
    if (!folder) return true;
    const char *name = qn_study_name(study);
    if (!places_prepare_output(folder, name)) return false;
    out->data = places_path(folder, name, "nc");
    out->checkpoint = places_path(folder, name, "checkpoint");
    return out->data && out->checkpoint;
}

static int stopped(const command_line *line, qn_wings wings, const outputs *out)
{
    static const char *const names[] = {"run", "theory", "simulate"};
    if (out->checkpoint && !access(out->checkpoint, F_OK))
        fprintf(stderr,
                "stopped; what is done is in %s: continue with quenched %s %s -o %s --resume and the same options\n",
                out->checkpoint, names[wings], line->arguments[0], out->folder);
    else
        fprintf(stderr, "stopped\n");
    return 128 + interrupt_signal();
}

static int store(const command_line *line, const qn_result *result, const outputs *out)
{
    if (!out->data) return finish_result(line, result, NULL, NULL);
    const qn_status status = qn_result_write(result, out->data, line->reproducible);
    if (status != QN_OK) {
        const int code = finish_failed(status);
        if (!access(out->checkpoint, F_OK))
            fprintf(stderr, "what was simulated is in %s: the same command with --resume takes it from there\n",
                    out->checkpoint);
        return code;
    }
    unlink(out->checkpoint);
    char *page = NULL;
    const int drawn = finish_page(line, result, out->folder, &page);
    const int told = finish_result(line, result, page, out->data);
    free(page);
    return drawn != EXIT_FINE ? drawn : told;
}

static int run_into(const command_line *line, qn_wings wings, const qn_study *study, const outputs *out)
{
    progress_line progress;
    const qn_study_options options = {.wings = wings,
                                      .quick = line->quick,
                                      .memory_limit = line->memory_limit,
                                      .checkpoint = out->checkpoint,
                                      .resume = line->resume,
                                      .time_limit = line->time_limit,
                                      .folder = out->folder,
                                      .spikes = line->spikes,
                                      .progress = progress_line_start(&progress)};
    qn_result result = {0};
    const qn_status status = qn_study_run(study, &options, &result);
    progress_line_end(&progress);
    if (status == QN_STOPPED && interrupt_signal()) return stopped(line, wings, out);
    if (status != QN_OK) return finish_failed(status);
    const int code = store(line, &result, out);
    qn_result_clear(&result);
    return code;
}

int run_study(const command_line *line, qn_wings wings, const qn_study *study, const char *folder)
{
    outputs out;
    if (line->threads) qn_set_threads(line->threads);
    const int code = prepare(folder, study, &out) ? run_into(line, wings, study, &out) : EXIT_BAD_INPUT;
    free(out.data);
    free(out.checkpoint);
    return code;
}

static int print_plan(const command_line *line, qn_wings wings, const qn_study *study)
{
    const qn_study_options options = {.wings = wings, .quick = line->quick, .memory_limit = line->memory_limit};
    char *text = NULL;
    if (line->threads) qn_set_threads(line->threads);
    const qn_status status = qn_study_plan(study, &options, &text);
    if (status != QN_OK) return finish_failed(status);
    fputs(text, stdout);
    free(text);
    return EXIT_FINE;
}

static int run(const command_line *line, qn_wings wings, const char *folder)
{
    qn_study *study;
    if (line->resume && !folder) {
        fprintf(stderr, "--resume needs the folder of the interrupted run: -o DIR\n");
        return EXIT_BAD_INPUT;
    }
    if (read_study(line, &study) != QN_OK) return EXIT_BAD_INPUT;
    const int code = line->plan ? print_plan(line, wings, study) : run_study(line, wings, study, folder);
    qn_study_destroy(study);
    return code;
}

int command_run(const command_line *line) { return run(line, QN_WING_BOTH, line->directory ? line->directory : "out"); }
int command_theory(const command_line *line) { return run(line, QN_WING_THEORY, line->directory); }
int command_simulate(const command_line *line) { return run(line, QN_WING_SIMULATION, line->directory); }
