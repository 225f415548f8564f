#include "zerocell/neighbors/pairwise_sums.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace zerocell::pairs {

namespace {

constexpr float kUndefined = std::numeric_limits<float>::quiet_NaN();

// The power of two that takes a sum of at most `bound` below 2^61: 2^60 / 2^floor(log2 bound).
inline double fixed_point_scale(double bound) {
  constexpr uint64_t kExponent = 0x7FF0000000000000ull, kOne = 1023ull << 52;
  const uint64_t exponent = std::bit_cast<uint64_t>(std::max(bound, 1e-200)) & kExponent;
  return std::bit_cast<double>(kOne + (60ull << 52) + kOne - exponent);
}

inline int64_t to_fixed(float sum, double bound) {
  return static_cast<int64_t>(static_cast<double>(sum) * fixed_point_scale(bound) + 0.5);
}

struct CellSilhouette {
  float silhouette = kUndefined, within = kUndefined, nearest = kUndefined;
};

// sum(group): sum of distances to a group; size(group): its cells, own group included.
template <class Size, class Sum>
CellSilhouette silhouette_of(size_t own, size_t n_groups, Size&& size, Sum&& sum) {
  double b = std::numeric_limits<double>::infinity();
  for (size_t group = 0; group < n_groups; ++group) {
    if (group != own && size(group)) b = std::min(b, sum(group) / static_cast<double>(size(group)));
  }
  CellSilhouette result;
  result.nearest = static_cast<float>(b);
  if (size(own) == 1) {
    result.silhouette = 0.0f;
    return result;
  }
  const double a = sum(own) / static_cast<double>(size(own) - 1);
  const double larger = std::max(a, b);
  result.within = static_cast<float>(a);
  result.silhouette = larger > 0 ? static_cast<float>((b - a) / larger) : 0.0f;
  return result;
}

void store(const CellSilhouette& from, uint32_t cell, SilhouetteResults& to) {
  to.silhouette[cell] = from.silhouette;
  to.within[cell] = from.within;
  to.nearest[cell] = from.nearest;
}

}  // namespace

Radii make_radii(const Layout& layout, const std::vector<double>& squared_norms) {
  Radii radii;
  radii.cells.resize(layout.n_cells());
  radii.label_max.assign(layout.labels.n_groups(), 0.0);
  radii.batch_max.assign(layout.batches.n_groups(), 0.0);
  const auto widen = [](std::vector<double>& largest, int32_t group, double radius) {
    if (group >= 0) largest[group] = std::max(largest[group], radius);
  };
  for (size_t position = 0; position < layout.n_cells(); ++position) {
    const double radius = std::sqrt(squared_norms[position]);
    radii.cells[position] = radius;
    widen(radii.label_max, layout.labels.codes[position], radius);
    widen(radii.batch_max, layout.batches.codes[position], radius);
  }
  return radii;
}

GroupSums::GroupSums(const Layout& layout, const Radii& radii, size_t begin, size_t end)
    : layout_(&layout),
      radii_(&radii),
      begin_(begin),
      width_(end - begin),
      inside_(layout.labels.n_groups() > 0 && layout.batches.n_groups() > 0),
      sums_(bytes(layout, end - begin) / sizeof(int64_t), 0) {}

uint64_t GroupSums::bytes(const Layout& layout, size_t n_cells) {
  const size_t labels = layout.labels.n_groups(), batches = layout.batches.n_groups();
  return (labels + batches + (labels ? batches : 0)) * static_cast<uint64_t>(n_cells) * sizeof(int64_t);
}

void GroupSums::restart(size_t begin) {
  begin_ = begin;
  std::ranges::fill(sums_, 0);
}

double GroupSums::label_bound(size_t position, size_t group) const {
  return static_cast<double>(layout_->labels.sizes[group]) *
         (radii_->cells[position] + radii_->label_max[group]);
}

double GroupSums::batch_bound(size_t position, size_t group) const {
  return static_cast<double>(layout_->batches.sizes[group]) *
         (radii_->cells[position] + radii_->batch_max[group]);
}

void GroupSums::add(size_t begin, size_t end, const Segment& to, const float* sums) {
  const size_t offset = begin - begin_, n = end - begin;
  if (to.label >= 0) {
    int64_t* row = label_row(to.label) + offset;
    for (size_t i = 0; i < n; ++i) row[i] += to_fixed(sums[i], label_bound(begin + i, to.label));
  }
  if (to.batch < 0) return;
  int64_t* row = batch_row(to.batch) + offset;
  for (size_t i = 0; i < n; ++i) row[i] += to_fixed(sums[i], batch_bound(begin + i, to.batch));
  if (!inside_ || to.label < 0) return;
  // Positions are sorted by label: those of the segment's label are one run.
  const auto labels = std::span(layout_->labels.codes).subspan(begin, n);
  const auto [first, last] = std::ranges::equal_range(labels, to.label);
  row = inside_row(to.batch) + offset;
  for (auto at = first; at != last; ++at) {
    const auto i = static_cast<size_t>(at - labels.begin());
    row[i] += to_fixed(sums[i], batch_bound(begin + i, to.batch));
  }
}

void GroupSums::finish(size_t begin, size_t end, PairwiseResults& results) const {
  const Grouping &labels = layout_->labels, &batches = layout_->batches;
  const auto value = [&](size_t group, size_t position, double bound) {
    return static_cast<double>(sums_[group * width_ + position - begin_]) / fixed_point_scale(bound);
  };
  std::vector<size_t> inside_sizes;  // cells of each batch in the label at hand
  size_t n_inside = 0, n_present = 0;
  int32_t label_at_hand = -1;
  for (size_t position = begin; position < end; ++position) {
    const uint32_t cell = layout_->order[position];
    const int32_t label = labels.codes[position], batch = batches.codes[position];
    const auto batch_size = [&](size_t group) { return batches.sizes[group]; };
    if (label >= 0 && labels.n_groups() > 1) {
      const auto sum = [&](size_t g) { return value(g, position, label_bound(position, g)); };
      const auto size = [&](size_t g) { return labels.sizes[g]; };
      store(silhouette_of(label, labels.n_groups(), size, sum), cell, results.label);
    }
    if (batch < 0) continue;
    if (batches.n_groups() > 1) {
      const auto sum = [&](size_t g) {
        return value(labels.n_groups() + g, position, batch_bound(position, g));
      };
      store(silhouette_of(batch, batches.n_groups(), batch_size, sum), cell, results.batch);
    }
    if (!inside_ || label < 0) continue;
    if (label != label_at_hand) {
      label_at_hand = label;
      inside_sizes.assign(batches.n_groups(), 0);
      const auto [first, last] = std::ranges::equal_range(layout_->segments, label, {}, &Segment::label);
      for (auto segment = first; segment != last; ++segment) {
        if (segment->batch >= 0) inside_sizes[segment->batch] += segment->end - segment->begin;
      }
      n_inside = n_present = 0;
      for (const size_t size : inside_sizes) {
        n_inside += size;
        n_present += size > 0;
      }
    }
    if (n_present < 2 || n_present == n_inside) continue;  // scib's silhouette_batch skips such labels
    const auto sum = [&](size_t g) {
      return value(labels.n_groups() + batches.n_groups() + g, position, batch_bound(position, g));
    };
    const auto size = [&](size_t g) { return inside_sizes[g]; };
    store(silhouette_of(batch, batches.n_groups(), size, sum), cell, results.batch_within_label);
  }
}

}  // namespace zerocell::pairs
