#pragma once
#include <string>
#include <utility>
#include <vector>

#include "zerocell/core/reconstruction.h"

namespace zerocell {

/// The counts behind the densities, a row per model, way to predict and field of its grid that is not empty:
/// model,true_low,true_high,predicted_low,predicted_high,count,prediction
std::string density_csv(const Reconstruction& reconstruction);

/// The numbers behind the figure of values per cell of one target, a row per model, column and bin, empty
/// bins too: model,values,low,high,n_cells
std::string distribution_csv(const Reconstruction& reconstruction, const std::string& target = "rank");

/// The lines of figure `gep` or `gepc`, a row per model and true bin; no spread where n_genes is 0:
/// model,true_bin,n_genes,mean,p5,q1,median,q3,p95
std::string spread_csv(const Reconstruction& reconstruction, const std::string& way);

/// The bars and lines of figure `mse`, a row per model and prediction; no value where the score has none:
/// model,prediction,mse,low,high
std::string error_csv(const Reconstruction& reconstruction);

/// Name (without ending) and text of the table behind every figure that reconstruction_figures() makes, and
/// `density`.
std::vector<std::pair<std::string, std::string>> reconstruction_figure_data(
    const Reconstruction& reconstruction);

}  // namespace zerocell
