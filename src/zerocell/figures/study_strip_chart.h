#pragma once
#include <optional>
#include <string>
#include <vector>

#include "zerocell/figures/study_points.h"

namespace zerocell {

/// One metric of a strip chart.
struct StripPanel {
  std::string title;
  std::string axis;                 ///< text under the axis: "higher is better →"
  size_t grid = 0;                  ///< place of the solid marks among the grids
  std::optional<size_t> other;      ///< of open marks that belong to them
  std::optional<double> reference;  ///< where a dotted line runs, if the axis reaches it
  bool is_difference = false;       ///< values are written with their sign
};

/// Scores as marks: a row a method, inside it a lane a data set; panels side by side.
struct StripChart {
  std::string title, caption;
  std::vector<StripPanel> panels;
  size_t columns = 1;
  bool common_axis = false;           ///< of the panels of one line
  std::string solid_name, open_name;  ///< what solid and open marks are, where panels have both
  std::string reference_name;
};

/// The data sets' medians of each row are dashed and written at the right, with the number of data sets where
/// some are missing.
Drawing strip_drawing(const StripChart& chart, const ScoreGrids& grids);

}  // namespace zerocell
