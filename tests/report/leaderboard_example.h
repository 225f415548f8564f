#pragma once
#include <string>
#include <utility>
#include <vector>

#include "zerocell/report/result_folder.h"

namespace zerocell::testing {

/// A score of 100 cells in 10 dimensions; lower is better for pcr_batch alone.
inline Score score(const std::string& dataset, const std::string& embedding, double value,
                   const std::string& metric = "nmi") {
  Score s;
  s.dataset = dataset;
  s.embedding = embedding;
  s.dims = 10;
  s.n_cells = 100;
  s.metric = metric;
  s.value = value;
  s.convention = "zerocell";
  if (metric == "pcr_batch") s.direction = Direction::lower;
  return s;
}

/// A folder without results.json.
inline ResultFolder folder(const std::string& path, std::vector<Score> scores) {
  return {path, std::move(scores), {}, {}};
}

}  // namespace zerocell::testing
