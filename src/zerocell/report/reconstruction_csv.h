#pragma once
#include <string>

#include "zerocell/core/reconstruction.h"

namespace zerocell {

/// The numbers behind the density figure, a row per model and cell of its grid that is not empty:
/// model,true_low,true_high,predicted_low,predicted_high,count
std::string density_csv(const Reconstruction& reconstruction);

/// The numbers behind the figure of values per cell, a row per model, column and bin, empty bins too:
/// model,values,low,high,n_cells
std::string distribution_csv(const Reconstruction& reconstruction);

}  // namespace zerocell
