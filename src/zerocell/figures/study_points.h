#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zerocell/figures/study_view.h"

namespace zerocell {

/// One row of a chart of scores: a method, or a method with its control.
struct StudyRow {
  std::string name;
  std::string note;   ///< second line under the name; empty: none
  size_t method = 0;  ///< place in the study, which fixes the colour
};

/// The score of one row on one data set.
struct StudyPoint {
  std::optional<MethodValue> value;
  std::string reason;  ///< why there is none
};

/// One metric over all rows and data sets. R rows, L data sets.
struct PointGrid {
  std::string metric, suffix;
  size_t n_lanes = 0;
  std::vector<StudyPoint> points;  ///< (R, L)

  const StudyPoint& at(size_t row, size_t lane) const { return points[row * n_lanes + lane]; }
  size_t n_rows() const { return n_lanes == 0 ? 0 : points.size() / n_lanes; }
  bool any() const;
  /// Median over the data sets where the row has a value.
  std::optional<double> row_median(size_t row) const;
  size_t n_in_row(size_t row) const;
};

/// What a chart of scores is drawn from.
struct ScoreGrids {
  std::vector<StudyRow> rows;
  std::vector<const StudyDataset*> lanes;
  std::vector<PointGrid> grids;
};

/// A row for each method that the variant's data sets have, in order.
std::vector<StudyRow> method_rows(const StudyView& view);

PointGrid point_grid(const StudyView& view, const std::vector<StudyRow>& rows,
                     const std::vector<const StudyDataset*>& lanes, const std::string& metric,
                     const std::string& suffix = "");

/// The limits that a whisker shows: the 95 % interval, else lowest and highest over several seeds.
std::optional<std::pair<double, double>> whisker(const MethodValue& value);

/// Sentences for captions: what whiskers are, how many seeds; "" where there is nothing to say.
std::string whisker_text(const ScoreGrids& grids);
/// "Not shown: Geneformer on Immune (out of memory)."; grouped by reason, the CSV file has all.
std::string absence_text(const ScoreGrids& grids);
/// One row a point: dataset, method, metric, dimensions, value, limits, seeds, cells, median, reason.
std::string points_csv(const ScoreGrids& grids);

}  // namespace zerocell
