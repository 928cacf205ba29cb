/// What a figure shows, before anything is drawn: curves with theory as lines and simulation as points with error bars.
#pragma once
#include <quenched/result.h>

#include <stdbool.h>
#include <stddef.h>

enum { QN_PLOT_MOST_CURVES = 8, QN_PLOT_MOST_CATEGORIES = 12 };

/// One theory line with the simulated points that belong to it. Both wings are sorted by x.
typedef struct {
    char label[96]; ///< "noise = 0.5"; "" when there is only one curve
    size_t line_count, point_count;
    double *line_x, *line_y;
    double *point_x, *point_y, *point_error; ///< error NAN: no bar
} qn_plot_curve;

/// A function of two variables on a grid, by both wings, side by side in the same colours.
typedef struct {
    size_t width, height;            ///< 0: no map
    double left, right, bottom, top; ///< first and last places
    double *theory, *simulation;     ///< height x width, owned; NULL: not there
    char row_label[160];             ///< of the vertical axis
} qn_plot_map;

/// Spikes as dots: time, place from the top, population.
typedef struct {
    size_t count;   ///< 0: no raster
    double *values; ///< count x 3, owned
} qn_plot_raster;

typedef struct {
    char name[128]; ///< of the figure, fit for a file name
    char x_label[160], y_label[160];
    char caption[1024];
    const char *measured; ///< what the points are called; NULL: simulation
    bool log_x, log_y;
    bool over_sweep;       ///< a few places, drawn with air beside the first and last
    double x_max, y_min;   ///< NAN: as far as the data reach
    size_t category_count; ///< above 0: x is 0, 1, ..., and these are their names
    char categories[QN_PLOT_MOST_CATEGORIES][64];
    size_t count;
    qn_plot_curve curves[QN_PLOT_MOST_CURVES];
    bool bars;             ///< points are drawn as bars from zero
    bool measured_lines;   ///< lines are of the simulation: it is a function with too many places for points
    qn_plot_raster raster; ///< instead of curves
    qn_plot_map map;       ///< instead of curves; labels are those of its axes, and `y_label` that of its colours
} qn_plot;

/// A quantity over the sweep. No curve (`count` 0) when there is nothing to draw.
qn_status qn_plot_sweep(const qn_result *result, const qn_figure_request *request, qn_plot *plot);

/// X_theory and X_simulation over their last dimension; one curve per point of a sweep.
qn_status qn_plot_array(const qn_result *result, const qn_figure_request *request, qn_plot *plot);

/// X_theory and X_simulation over their last two dimensions, of the first point of a sweep that has them. No map where
/// X has but one dimension beside the points.
qn_status qn_plot_grid(const qn_result *result, const qn_figure_request *request, qn_plot *plot);

/// Where the result has populations: X of all of them as bars; a function of all of them, or X(POPULATION) of one at
/// all points of a sweep.
qn_status qn_plot_population(const qn_result *result, const qn_figure_request *request, qn_plot *plot);

/// The spikes of a `raster`.
qn_status qn_plot_raster_of(const qn_result *result, const qn_figure_request *request, qn_plot *plot);

/// Name of population number `index`: that of the quantity rate(NAME). False: there is none.
bool qn_plot_population_name(const qn_result *result, size_t index, char *name, size_t size);

/// Whether there is nothing to draw.
bool qn_plot_is_empty(const qn_plot *plot);

void qn_plot_clear(qn_plot *plot);

/// Make room for a line of `lines` vertices and for `points` points.
qn_status qn_plot_add_curve(qn_plot *plot, size_t lines, size_t points, qn_plot_curve **curve);

/// Labels, scale, caption and name from the request; `long_name` and `unit` of what is drawn may be NULL.
void qn_plot_describe(qn_plot *plot, const qn_figure_request *request, const char *long_name, const char *unit);

/// Add a sentence to the caption.
void qn_plot_remark(qn_plot *plot, const char *format, ...) __attribute__((format(printf, 2, 3)));

/// What a swept key is called on an axis ("coupling strength g") and in a legend ("g").
void qn_plot_key(const char *key, const char *last_part, bool axis, char *words, size_t size);

/// "lag (units of τ)": words and unit as an axis label.
void qn_plot_label(const char *words, const char *unit, char *label, size_t size);
