#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/evaluation.h"

namespace zerocell {

/// One metric of a score table.
struct ScoreColumn {
  std::string metric, title;
  std::string group;  ///< "bio", "batch", or "" where the metric is not in the metric table
  Direction direction = Direction::higher;
};

/// One embedding of a score table; in reduced dimensions a row of its own.
struct ScoreRow {
  std::string name;  ///< as in scores.csv; with the seed where the embedding was scored under several
  std::string tag;   ///< the name without "/pc30"
  std::string dims;  ///< "pc30", or "" in full dimensions
  size_t n_dims = 0;
};

/// The scores of one data set as embeddings x metrics: what table, chart and report are drawn from.
/// Rows stand in the order of the embeddings, those in reduced dimensions after all others; columns in the
/// order of the metric table, others after them.
class ScoreTable {
 public:
  ScoreTable(const Evaluation& evaluation, std::span<const MetricInfo> metrics);

  const std::vector<ScoreRow>& rows() const { return rows_; }
  const std::vector<ScoreColumn>& columns() const { return columns_; }
  /// The score, or null where there is none.
  const Score* at(size_t row, size_t column) const {
    return cells_[row * columns_.size() + column] ? &*cells_[row * columns_.size() + column] : nullptr;
  }
  /// True where no row of the same dimensions ("" or "pc30") is better, and at least one has another value.
  bool is_best(size_t row, size_t column) const;

 private:
  std::vector<ScoreRow> rows_;
  std::vector<ScoreColumn> columns_;
  std::vector<std::optional<Score>> cells_;  ///< (rows, columns)
};

/// "hvg/pc30" -> "hvg" and "pc30"; a name without such an ending -> itself and "".
std::pair<std::string, std::string> split_reduced(const std::string& embedding);

/// The score as every output shows it: values and limits that are not finite are removed, and a score that is
/// ok but has no value becomes failed, with the reason.
Score presentable(Score score);

/// Heading of a metric group: "Cell types", "Batches", "Reconstruction", "Squared error of bins" ... or
/// "Other".
std::string group_title(const std::string& group);

}  // namespace zerocell
