#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "zerocell/core/data_frame.h"

namespace zerocell {

/// How well each label is kept apart in one embedding. All: (labels).
struct LabelProfile {
  std::vector<double> silhouette;   ///< mean over the label's cells that have one; NaN where none has
  std::vector<int32_t> mixed_with;  ///< label that rules most of the label's foreign clusters; -1: none
  std::vector<double> mixed_share;  ///< share of the label's clustered cells in clusters ruled by others
};

/// A cluster is ruled by the label with most cells in it, of equals the first; cells without label count for
/// none. `silhouette` and `cluster` are (N) or empty; cluster -1: the cell is in none.
LabelProfile label_profile(const Categorical& labels, std::span<const float> silhouette,
                           std::span<const int32_t> cluster);

}  // namespace zerocell
