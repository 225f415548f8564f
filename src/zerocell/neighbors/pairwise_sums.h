#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "zerocell/neighbors/pairwise_layout.h"

namespace zerocell::pairs {

/// Upper bounds of distances, from the triangle inequality through a common centre.
struct Radii {
  std::vector<double> cells;                 ///< (N) distance of the cell at a position to the centre
  std::vector<double> label_max, batch_max;  ///< largest of each group
};

Radii make_radii(const Layout& layout, const std::vector<double>& squared_norms);

/// Sums of distances from the cells of a range to every group, as fixed-point integers.
///
/// Integer addition is associative: the sums are the same bits in whatever order tiles finish. The scale of
/// each sum is the power of two that the largest possible sum, n_group (r_cell + r_group), allows below
/// 2^61, so it holds more digits than a double would.
class GroupSums {
 public:
  /// Sums for positions [begin, end).
  GroupSums(const Layout& layout, const Radii& radii, size_t begin, size_t end);

  static uint64_t bytes(const Layout& layout, size_t n_cells);

  /// Adds for each position of [begin, end) sums[position - begin]: its distances to cells of `to`.
  void add(size_t begin, size_t end, const Segment& to, const float* sums);

  /// Starts again with positions from `begin`, for a range of the same or smaller size.
  void restart(size_t begin);

  /// Silhouettes of positions [begin, end), written at the index of the cell.
  void finish(size_t begin, size_t end, PairwiseResults& results) const;

 private:
  /// The sums of one grouping for positions [begin, end), which start at row first_row of sums_.
  struct Part {
    size_t begin, end, first_row;
    const Grouping* grouping;
    std::span<const size_t> sizes;  ///< cells that took part, of each group
    std::span<const double> group_radii;
  };
  void finish_grouping(const Part& part, SilhouetteResults& results) const;
  std::vector<size_t> batch_sizes_inside(int32_t label) const;
  int64_t* label_row(size_t group) { return sums_.data() + group * width_; }
  int64_t* batch_row(size_t group) { return label_row(layout_->labels.n_groups() + group); }
  int64_t* inside_row(size_t group) { return batch_row(layout_->batches.n_groups() + group); }

  const Layout* layout_;
  const Radii* radii_;
  size_t begin_, width_;
  bool inside_;                ///< batches inside labels are wanted
  std::vector<int64_t> sums_;  ///< (labels + batches + batches inside the label, positions)
};

}  // namespace zerocell::pairs
