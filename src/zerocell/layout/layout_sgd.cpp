#include "zerocell/layout/layout_sgd.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "zerocell/core/random.h"
#include "zerocell/layout/sgd_kernel.h"

namespace zerocell {
namespace {

// Samples of an epoch in one task: enough to fill the vectors, few enough to share among many threads.
constexpr double kSamplesPerBlock = 1024;
constexpr uint64_t kShuffleStream = 0x5f0e;

struct WeightedGraph {
  const CsrMatrix& graph;
  float largest = 0;             // weight
  std::vector<double> samples;   // (N) expected samples an epoch
  std::vector<uint32_t> order;   // vertices by descending samples
  std::vector<uint32_t> number;  // inverse of order
};

/// Busy vertices first: a block then holds vertices of similar load, and the largest blocks start first.
WeightedGraph number_vertices(const CsrMatrix& graph) {
  const size_t n = graph.n_rows;
  WeightedGraph result{graph, 0, std::vector<double>(n), std::vector<uint32_t>(n), std::vector<uint32_t>(n)};
  for (const float w : graph.values) result.largest = std::max(result.largest, w);
  for (size_t v = 0; v < n; ++v)
    for (const float w : graph.row_values(v)) result.samples[v] += w / result.largest;
  std::iota(result.order.begin(), result.order.end(), 0u);
  std::stable_sort(result.order.begin(), result.order.end(),
                   [&](uint32_t p, uint32_t q) { return result.samples[p] > result.samples[q]; });
  for (uint32_t i = 0; i < n; ++i) result.number[result.order[i]] = i;
  return result;
}

/// Appends vertex v with its edges, shuffled.
void append_vertex(const WeightedGraph& weighted, uint32_t v, uint64_t key, VertexBlock& block) {
  struct Edge {
    uint64_t place;
    uint32_t tail;
    float period;
  };
  std::vector<Edge> edges;
  const auto tails = weighted.graph.row_indices(v);
  const auto values = weighted.graph.row_values(v);
  for (size_t e = 0; e < tails.size(); ++e)
    edges.push_back({mix64(key, v, tails[e]), weighted.number[tails[e]], weighted.largest / values[e]});
  std::sort(edges.begin(), edges.end(), [](const Edge& p, const Edge& q) {
    return p.place != q.place ? p.place < q.place : p.tail < q.tail;
  });
  for (const Edge& edge : edges) {
    block.tails.push_back(edge.tail);
    block.period.push_back(edge.period);
  }
  block.indptr.push_back(static_cast<uint32_t>(block.tails.size()));
}

void seal(VertexBlock& block) {
  block.due = block.period;
  const size_t size = block.tails.size() + VertexBlock::kPadding;
  block.tails.resize(size, 0);
  block.period.resize(size, 1);
  block.due.resize(size, std::numeric_limits<float>::infinity());
}

std::vector<VertexBlock> make_blocks(const WeightedGraph& weighted, uint64_t seed) {
  std::vector<VertexBlock> blocks;
  const uint64_t key = mix64(seed, kShuffleStream);
  double samples = std::numeric_limits<double>::infinity();
  for (uint32_t i = 0; i < weighted.order.size(); ++i) {
    const uint32_t v = weighted.order[i];
    if (samples + weighted.samples[v] > kSamplesPerBlock || blocks.back().n_vertices() >= kSamplesPerBlock) {
      if (!blocks.empty()) seal(blocks.back());
      blocks.emplace_back().first_vertex = i;
      samples = 0;
    }
    append_vertex(weighted, v, key, blocks.back());
    samples += weighted.samples[v];
  }
  seal(blocks.back());
  return blocks;
}

}  // namespace

void optimise_layout(const CsrMatrix& graph, const LayoutSgdOptions& options, DenseMatrix<float>& layout,
                     ThreadPool& pool, Progress& progress) {
  const size_t n = graph.n_rows;
  if (n == 0 || graph.nnz() == 0) return;
  const WeightedGraph weighted = number_vertices(graph);
  std::vector<VertexBlock> blocks = make_blocks(weighted, options.seed);
  AlignedVector<float> positions(2 * n), moved(2 * n);
  for (size_t v = 0; v < n; ++v)
    for (size_t d = 0; d < 2; ++d) positions[2 * size_t{weighted.number[v]} + d] = layout(v, d);

  EpochParameters parameters{};
  parameters.a = static_cast<float>(options.curve.a);
  parameters.b = static_cast<float>(options.curve.b);
  parameters.repulsion = static_cast<float>(2 * options.repulsion_strength * options.curve.b);
  parameters.n_negative = options.negative_sample_rate;
  parameters.n_vertices = static_cast<uint32_t>(n);
  std::vector<BlockScratch> scratch(static_cast<size_t>(pool.size()));
  for (int epoch = 0; epoch < options.n_epochs; ++epoch) {
    progress.check();
    parameters.step = static_cast<float>(options.learning_rate * (1 - double(epoch) / options.n_epochs));
    parameters.epoch = static_cast<float>(epoch);
    parameters.key = mix64(options.seed, static_cast<uint64_t>(epoch));
    pool.parallel_for(blocks.size(), [&](size_t b, int worker) {
      move_vertices(blocks[b], parameters, positions.data(), moved.data(),
                    scratch[static_cast<size_t>(worker)]);
    });
    std::swap(positions, moved);
    progress.advance(1);
  }
  for (size_t v = 0; v < n; ++v)
    for (size_t d = 0; d < 2; ++d) layout(v, d) = positions[2 * size_t{weighted.number[v]} + d];
}

}  // namespace zerocell
