#include "zerocell/neighbors/pairwise_layout.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>

namespace zerocell::pairs {

namespace {

void check_codes(std::span<const int32_t> codes, size_t n_cells, const char* what) {
  if (codes.empty() || codes.size() == n_cells) return;
  throw Error::internal("pairwise: " + std::to_string(codes.size()) + " " + what + " for " +
                        std::to_string(n_cells) + " cells");
}

Grouping make_grouping(std::span<const int32_t> codes, const std::vector<uint32_t>& order) {
  Grouping grouping;
  grouping.codes.assign(order.size(), -1);
  if (codes.empty()) return grouping;
  std::map<int32_t, int32_t> compact;
  for (const int32_t code : codes) {
    if (code >= 0) compact.emplace(code, 0);
  }
  int32_t next = 0;
  for (auto& [code, group] : compact) group = next++;
  grouping.sizes.assign(compact.size(), 0);
  for (size_t position = 0; position < order.size(); ++position) {
    const int32_t code = codes[order[position]];
    if (code < 0) continue;
    grouping.codes[position] = compact.find(code)->second;
    ++grouping.sizes[grouping.codes[position]];
  }
  return grouping;
}

}  // namespace

Layout make_layout(size_t n_cells, const PairwiseOptions& options) {
  check_codes(options.labels, n_cells, "labels");
  check_codes(options.batches, n_cells, "batches");
  const auto code = [](std::span<const int32_t> codes, uint32_t cell) {
    return codes.empty() ? -1 : std::max(codes[cell], -1);
  };
  Layout layout;
  layout.order.resize(n_cells);
  std::iota(layout.order.begin(), layout.order.end(), 0u);
  std::stable_sort(layout.order.begin(), layout.order.end(), [&](uint32_t a, uint32_t b) {
    const auto key = [&](uint32_t cell) {
      return std::pair(code(options.labels, cell), code(options.batches, cell));
    };
    return key(a) < key(b);
  });
  layout.labels = make_grouping(options.labels, layout.order);
  layout.batches = make_grouping(options.batches, layout.order);
  for (size_t position = 0; position < n_cells; ++position) {
    const int32_t label = layout.labels.codes[position], batch = layout.batches.codes[position];
    auto& segments = layout.segments;
    if (segments.empty() || segments.back().label != label || segments.back().batch != batch) {
      segments.push_back({position, position, label, batch});
    }
    segments.back().end = position + 1;
  }
  return layout;
}

void cut_segments(const Layout& layout, size_t begin, size_t end, Pieces& pieces) {
  pieces.segments.clear();
  pieces.ends.clear();
  auto segment = std::upper_bound(layout.segments.begin(), layout.segments.end(), begin,
                                  [](size_t position, const Segment& s) { return position < s.end; });
  for (; segment != layout.segments.end() && segment->begin < end; ++segment) {
    const size_t last = std::min(end, segment->end);
    pieces.segments.push_back({std::max(begin, segment->begin), last, segment->label, segment->batch});
    pieces.ends.push_back(static_cast<uint32_t>(last - begin));
  }
}

}  // namespace zerocell::pairs
