#include "zerocell/neighbors/pairwise_sums.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

namespace zerocell::pairs {

namespace {

// The power of two that takes a sum of at most `bound` below 2^61: 2^60 / 2^floor(log2 bound).
inline double fixed_point_scale(double bound) {
  constexpr uint64_t kExponent = 0x7FF0000000000000ull, kOne = 1023ull << 52;
  const uint64_t exponent = std::bit_cast<uint64_t>(std::max(bound, 1e-200)) & kExponent;
  return std::bit_cast<double>(kOne + (60ull << 52) + kOne - exponent);
}

// Largest possible sum of distances from a cell to a group, from the triangle inequality.
struct Bound {
  double size, radius;  // of the group
  double operator()(double cell_radius) const { return size * (cell_radius + radius); }
};

void add_fixed(const float* sums, std::span<const double> radii, Bound bound, int64_t* to) {
  for (size_t i = 0; i < radii.size(); ++i) {
    to[i] += static_cast<int64_t>(static_cast<double>(sums[i]) * fixed_point_scale(bound(radii[i])) + 0.5);
  }
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

void GroupSums::add(size_t begin, size_t end, const Segment& to, const float* sums) {
  const Grouping &labels = layout_->labels, &batches = layout_->batches;
  const size_t offset = begin - begin_;
  const auto radii = std::span(radii_->cells).subspan(begin, end - begin);
  if (to.label >= 0) {
    const Bound bound{static_cast<double>(labels.sizes[to.label]), radii_->label_max[to.label]};
    add_fixed(sums, radii, bound, label_row(to.label) + offset);
  }
  if (to.batch < 0) return;
  const Bound bound{static_cast<double>(batches.sizes[to.batch]), radii_->batch_max[to.batch]};
  add_fixed(sums, radii, bound, batch_row(to.batch) + offset);
  if (!inside_ || to.label < 0) return;
  // Positions are sorted by label: those of the segment's label are one run.
  const auto codes = std::span(labels.codes).subspan(begin, end - begin);
  if (to.label < codes.front() || to.label > codes.back()) return;
  const auto run = std::equal_range(codes.begin(), codes.end(), to.label);
  const auto first = static_cast<size_t>(run.first - codes.begin());
  const auto n = static_cast<size_t>(run.second - run.first);
  add_fixed(sums + first, radii.subspan(first, n), bound, inside_row(to.batch) + offset + first);
}

void GroupSums::finish(size_t begin, size_t end, PairwiseResults& results) const {
  const Grouping &labels = layout_->labels, &batches = layout_->batches;
  if (labels.n_groups() > 1) {
    finish_grouping({begin, end, 0, &labels, labels.sizes, radii_->label_max}, results.label);
  }
  if (batches.n_groups() > 1) {
    finish_grouping({begin, end, labels.n_groups(), &batches, batches.sizes, radii_->batch_max},
                    results.batch);
  }
  if (!inside_) return;
  for (size_t first = begin; first < end;) {
    const int32_t label = labels.codes[first];
    const auto end_of_run = std::upper_bound(labels.codes.begin() + static_cast<std::ptrdiff_t>(first),
                                             labels.codes.begin() + static_cast<std::ptrdiff_t>(end), label);
    const auto last = static_cast<size_t>(end_of_run - labels.codes.begin());
    const std::vector<size_t> sizes = batch_sizes_inside(label);
    const size_t n_cells = std::accumulate(sizes.begin(), sizes.end(), size_t{0});
    const size_t n_present = sizes.size() - static_cast<size_t>(std::ranges::count(sizes, 0u));
    if (label >= 0 && n_present > 1 && n_present < n_cells) {  // scib's silhouette_batch skips other labels
      const size_t first_row = labels.n_groups() + batches.n_groups();
      finish_grouping({first, last, first_row, &batches, sizes, radii_->batch_max},
                      results.batch_within_label);
    }
    first = last;
  }
}

std::vector<size_t> GroupSums::batch_sizes_inside(int32_t label) const {
  std::vector<size_t> sizes(layout_->batches.n_groups(), 0);
  auto segment = std::ranges::lower_bound(layout_->segments, label, {}, &Segment::label);
  for (; segment != layout_->segments.end() && segment->label == label; ++segment) {
    if (segment->batch >= 0) sizes[segment->batch] += segment->end - segment->begin;
  }
  return sizes;
}

void GroupSums::finish_grouping(const Part& part, SilhouetteResults& results) const {
  const size_t n = part.end - part.begin;
  const auto own = std::span(part.grouping->codes).subspan(part.begin, n);
  const auto radii = std::span(radii_->cells).subspan(part.begin, n);
  std::vector<double> a(n, 0.0), b(n, std::numeric_limits<double>::infinity());
  for (size_t group = 0; group < part.sizes.size(); ++group) {
    if (part.sizes[group] == 0) continue;
    const Bound bound{static_cast<double>(part.grouping->sizes[group]), part.group_radii[group]};
    const auto size = static_cast<double>(part.sizes[group]);
    const int64_t* sums = sums_.data() + (part.first_row + group) * width_ + part.begin - begin_;
    for (size_t i = 0; i < n; ++i) {
      const double sum = static_cast<double>(sums[i]) / fixed_point_scale(bound(radii[i]));
      if (own[i] == static_cast<int32_t>(group)) {
        a[i] = sum / (size - 1);
      } else {
        b[i] = std::min(b[i], sum / size);
      }
    }
  }
  for (size_t i = 0; i < n; ++i) {
    if (own[i] < 0) continue;
    const uint32_t cell = layout_->order[part.begin + i];
    results.nearest[cell] = static_cast<float>(b[i]);
    if (part.sizes[own[i]] == 1) {
      results.silhouette[cell] = 0.0f;  // and `within` stays undefined
      continue;
    }
    const double larger = std::max(a[i], b[i]);
    results.within[cell] = static_cast<float>(a[i]);
    results.silhouette[cell] = larger > 0 ? static_cast<float>((b[i] - a[i]) / larger) : 0.0f;
  }
}

}  // namespace zerocell::pairs
