/// A kind of study: its schema, its checks beyond single keys, and how it is run. To add one, write its table and its
/// functions, and list it in study_kinds.c.
#pragma once
#include <quenched/study.h>

#include "study/schema.h"

/// What a study states must be seen. 0 or NULL: not asked.
typedef struct {
    char *quantity;
    double max_z, max_relative_error, max_relative_bar;
    char *equals;
    char *rises_with, *falls_with;            ///< swept keys
    char *below;                              ///< a quantity
    qn_list theory_within, simulation_within; ///< double: least and most, or nothing
} qn_must_see;

/// The keys every kind has; the first member of every kind's struct.
typedef struct {
    char *kind, *title, *source;
    int64_t seed;
    qn_list figures;  ///< qn_figure_request
    qn_list must_see; ///< qn_must_see
} qn_study_common;

typedef struct {
    const char *name;
    const char *summary; ///< for the reference: one paragraph
    const qn_key *keys;  ///< begins with QN_STUDY_COMMON_KEYS
    size_t size;         ///< of the struct
    /// What single keys cannot tell: keys that need or exclude each other. Complains at nodes of `tree`.
    qn_status (*check)(const void *description, const char *folder, const qn_node *tree, qn_complaints *complaints);
    /// Make the description cheap, for --quick without a `quick` section.
    void (*quicken)(void *description);
    qn_status (*run)(const qn_study *study, const qn_study_options *options, qn_result *result);
    /// What a run would take, as text for people; NULL: this kind has no plan.
    qn_status (*plan)(const qn_study *study, const qn_study_options *options, char **text);
} qn_study_kind;

extern const qn_study_kind *const qn_study_kinds[]; ///< NULL-terminated
extern const char *const qn_study_kind_names[];     ///< NULL-terminated
extern const char *const qn_figure_scales[];

#define QN_FIGURE_KEYS(plots)                                                                                          \
    {                                                                                                                  \
        {.name = "plot",                                                                                               \
         .type = QN_KEY_TEXT,                                                                                          \
         .required = true,                                                                                             \
         .choices = plots,                                                                                             \
         .doc = "what is drawn: a quantity over the sweep, or a function over its own axis",                           \
         .offset = offsetof(qn_figure_request, plot)},                                                                 \
            {.name = "against",                                                                                        \
             .type = QN_KEY_TEXT,                                                                                      \
             .fallback_doc = "the only swept key",                                                                     \
             .doc = "swept key on the horizontal axis, in full or its last part; for quantities",                      \
             .offset = offsetof(qn_figure_request, against)},                                                          \
            {.name = "by",                                                                                             \
             .type = QN_KEY_TEXT,                                                                                      \
             .fallback_doc = "none",                                                                                   \
             .doc = "swept key that gets one curve per value",                                                         \
             .offset = offsetof(qn_figure_request, by)},                                                               \
            {.name = "scale",                                                                                          \
             .type = QN_KEY_TEXT,                                                                                      \
             .choices = qn_figure_scales,                                                                              \
             .fallback = "linear",                                                                                     \
             .doc = "axes",                                                                                            \
             .offset = offsetof(qn_figure_request, scale)},                                                            \
            {.name = "caption",                                                                                        \
             .type = QN_KEY_TEXT,                                                                                      \
             .fallback_doc = "none",                                                                                   \
             .doc = "one sentence below the figure",                                                                   \
             .offset = offsetof(qn_figure_request, caption)},                                                          \
        {                                                                                                              \
            0                                                                                                          \
        }                                                                                                              \
    }

#define QN_MUST_SEE_KEYS(quantities)                                                                                   \
    {                                                                                                                  \
        {.name = "quantity",                                                                                           \
         .type = QN_KEY_TEXT,                                                                                          \
         .required = true,                                                                                             \
         .choices = quantities,                                                                                        \
         .doc = "the quantity compared, at every point of a sweep",                                                    \
         .offset = offsetof(qn_must_see, quantity)},                                                                   \
            {.name = "max_z",                                                                                          \
             .type = QN_KEY_NUMBER,                                                                                    \
             .bounds = QN_ABOVE,                                                                                       \
             .fallback_doc = "not asked",                                                                              \
             .doc = "largest difference between simulation and theory, in standard errors",                            \
             .offset = offsetof(qn_must_see, max_z)},                                                                  \
            {.name = "max_relative_error",                                                                             \
             .type = QN_KEY_NUMBER,                                                                                    \
             .bounds = QN_ABOVE,                                                                                       \
             .fallback_doc = "not asked",                                                                              \
             .doc = "largest difference, as a fraction of theory",                                                     \
             .offset = offsetof(qn_must_see, max_relative_error)},                                                     \
            {.name = "max_relative_bar",                                                                               \
             .type = QN_KEY_NUMBER,                                                                                    \
             .bounds = QN_ABOVE,                                                                                       \
             .fallback_doc = "not asked",                                                                              \
             .doc = "largest standard error, as a fraction of theory, so that no huge error bar passes",               \
             .offset = offsetof(qn_must_see, max_relative_bar)},                                                       \
            {.name = "equals",                                                                                         \
             .type = QN_KEY_TEXT,                                                                                      \
             .fallback_doc = "not asked",                                                                              \
             .doc = "what both sides must say, for text such as phase",                                                \
             .offset = offsetof(qn_must_see, equals)},                                                                 \
            {.name = "rises_with",                                                                                     \
             .type = QN_KEY_TEXT,                                                                                      \
             .fallback_doc = "not asked",                                                                              \
             .doc = "swept key along which both sides rise, no step down by more than 2 standard errors",              \
             .offset = offsetof(qn_must_see, rises_with)},                                                             \
            {.name = "falls_with",                                                                                     \
             .type = QN_KEY_TEXT,                                                                                      \
             .fallback_doc = "not asked",                                                                              \
             .doc = "swept key along which both sides fall, likewise",                                                 \
             .offset = offsetof(qn_must_see, falls_with)},                                                             \
            {.name = "below",                                                                                          \
             .type = QN_KEY_TEXT,                                                                                      \
             .choices = quantities,                                                                                    \
             .fallback_doc = "not asked",                                                                              \
             .doc = "another quantity, which is larger on both sides at every point",                                  \
             .offset = offsetof(qn_must_see, below)},                                                                  \
            {.name = "theory_within",                                                                                  \
             .type = QN_KEY_LIST,                                                                                      \
             .item = QN_KEY_NUMBER,                                                                                    \
             .fallback_doc = "not asked",                                                                              \
             .doc = "[least, most]: where theory must lie, such as a published value and its tolerance",               \
             .offset = offsetof(qn_must_see, theory_within)},                                                          \
            {.name = "simulation_within",                                                                              \
             .type = QN_KEY_LIST,                                                                                      \
             .item = QN_KEY_NUMBER,                                                                                    \
             .fallback_doc = "not asked",                                                                              \
             .doc = "[least, most]: where the simulation must lie",                                                    \
             .offset = offsetof(qn_must_see, simulation_within)},                                                      \
        {                                                                                                              \
            0                                                                                                          \
        }                                                                                                              \
    }

#define QN_STUDY_COMMON_KEYS(figure_keys, must_see_keys)                                                               \
    {.name = "study",                                                                                                  \
     .type = QN_KEY_TEXT,                                                                                              \
     .required = true,                                                                                                 \
     .choices = qn_study_kind_names,                                                                                   \
     .doc = "the kind of study",                                                                                       \
     .offset = offsetof(qn_study_common, kind)},                                                                       \
        {.name = "title",                                                                                              \
         .type = QN_KEY_TEXT,                                                                                          \
         .fallback_doc = "the file's name",                                                                            \
         .doc = "one line: what the study shows",                                                                      \
         .offset = offsetof(qn_study_common, title)},                                                                  \
        {.name = "source",                                                                                             \
         .type = QN_KEY_TEXT,                                                                                          \
         .fallback_doc = "none",                                                                                       \
         .doc = "paper or data the study follows",                                                                     \
         .offset = offsetof(qn_study_common, source)},                                                                 \
        {.name = "seed",                                                                                               \
         .type = QN_KEY_WHOLE,                                                                                         \
         .bounds = QN_AT_LEAST,                                                                                        \
         .fallback = "1",                                                                                              \
         .doc = "names all random streams: the same seed gives the same numbers with any number of threads",           \
         .offset = offsetof(qn_study_common, seed)},                                                                   \
        {.name = "sweep",                                                                                              \
         .type = QN_KEY_PATHS,                                                                                         \
         .fallback_doc = "one point",                                                                                  \
         .doc = "key path to list of values, such as `network.coupling.strength: [1, 2]`; several keys make a grid, "  \
                "the first key outermost; `variant` lists settings that go together: `{name: flat, "                   \
                "network.coupling: {...}}`"},                                                                          \
        {.name = "figures",                                                                                            \
         .type = QN_KEY_LIST,                                                                                          \
         .item = QN_KEY_MAPPING,                                                                                       \
         .fallback_doc = "none",                                                                                       \
         .keys = figure_keys,                                                                                          \
         .size = sizeof(qn_figure_request),                                                                            \
         .doc = "the figures to draw",                                                                                 \
         .offset = offsetof(qn_study_common, figures)},                                                                \
        {.name = "must_see",                                                                                           \
         .type = QN_KEY_LIST,                                                                                          \
         .item = QN_KEY_MAPPING,                                                                                       \
         .fallback_doc = "none",                                                                                       \
         .keys = must_see_keys,                                                                                        \
         .size = sizeof(qn_must_see),                                                                                  \
         .doc = "what the study must show; a run says whether it did",                                                 \
         .offset = offsetof(qn_study_common, must_see)},                                                               \
    {                                                                                                                  \
        .name = "quick", .type = QN_KEY_PATHS,                                                                         \
        .fallback_doc = "half of the networks, at least 6, and half the duration",                                     \
        .doc = "key path to value: what `--quick` changes, such as `simulation.realisations: 3`"                       \
    }
