#include "zerocell/layout/spectral_init.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "zerocell/core/random.h"
#include "zerocell/layout/components.h"
#include "zerocell/layout/spectral_embedding.h"

namespace zerocell {
namespace {

constexpr size_t kSmallComponent = 3, kProductRows = 10'000'000;
constexpr double kExtent = 10, kNoise = 1e-4;

struct Placement {
  std::vector<std::array<double, 2>> centres;
  double radius = 0;  // half the gap between neighbouring centres
};

Placement place_components(const Components& components) {
  const size_t n = components.members.size();
  Placement placement{std::vector<std::array<double, 2>>(n), 0.5};
  if (n <= 4) {
    const size_t half = (n + 1) / 2;
    for (size_t c = 0; c < n; ++c) placement.centres[c][c % half] = c < half ? 1 : -1;
    placement.radius = n == 2 ? 1.0 : std::sqrt(2.0) / 2;
    return placement;
  }
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t p, size_t q) {
    return components.members[p].size() > components.members[q].size();
  });
  const auto side = static_cast<size_t>(std::ceil(std::sqrt(static_cast<double>(n))));
  for (size_t k = 0; k < n; ++k)
    placement.centres[order[k]] = {static_cast<double>(k % side), static_cast<double>(k / side)};
  return placement;
}

/// Vectors scaled to max |x| = radius; random in that square where there is nothing to embed.
DenseMatrix<float> embed_component(const CsrMatrix& graph, double radius, Random& random, ThreadPool& pool,
                                   Progress& progress) {
  DenseMatrix<float> x;
  if (graph.n_rows <= kSmallComponent) {
    x = DenseMatrix<float>(graph.n_rows, 2);
    for (float& value : std::span(x.data(), graph.n_rows * 2))
      value = static_cast<float>((2 * random.uniform() - 1) * radius);
    return x;
  }
  SpectralOptions options;
  // A start need not be exact: on large graphs a filter of degree 100 already tells eigenvalues 0.001 apart.
  options.max_products = static_cast<int>(std::clamp<size_t>(kProductRows / graph.n_rows, 100, 500));
  x = spectral_embedding(graph, options, pool, progress).vectors;
  float largest = 0;
  for (const float value : std::span(x.data(), graph.n_rows * 2))
    largest = std::max(largest, std::abs(value));
  for (float& value : std::span(x.data(), graph.n_rows * 2)) value *= static_cast<float>(radius) / largest;
  return x;
}

/// Scale to max |x| = 10, noise, then every axis to [0, 10].
void finish(DenseMatrix<float>& x, Random& random) {
  const std::span<float> all(x.data(), x.n_rows() * 2);
  float largest = 0;
  for (const float value : all) largest = std::max(largest, std::abs(value));
  const double scale = largest > 0 ? kExtent / largest : 1.0;
  for (float& value : all) value = static_cast<float>(value * scale + kNoise * random.normal());
  for (size_t d = 0; d < 2; ++d) {
    float low = x(0, d), high = x(0, d);
    for (size_t i = 0; i < x.n_rows(); ++i) low = std::min(low, x(i, d)), high = std::max(high, x(i, d));
    const double stretch = high > low ? kExtent / (double{high} - low) : 0.0;
    for (size_t i = 0; i < x.n_rows(); ++i) x(i, d) = static_cast<float>((double{x(i, d)} - low) * stretch);
  }
}

}  // namespace

DenseMatrix<float> spectral_init(const CsrMatrix& graph, uint64_t seed, ThreadPool& pool,
                                 Progress& progress) {
  DenseMatrix<float> x(graph.n_rows, 2);
  if (graph.n_rows == 0) return x;
  constexpr uint64_t kStream = 0x5bec;
  Random random(seed, kStream);
  const Components components = connected_components(graph);
  if (components.members.size() == 1) {
    x = embed_component(graph, kExtent, random, pool, progress);
  } else {
    const Placement placement = place_components(components);
    std::vector<uint32_t> position(graph.n_rows);
    for (size_t c = 0; c < components.members.size(); ++c) {
      const std::vector<uint32_t>& members = components.members[c];
      const DenseMatrix<float> part =
          embed_component(subgraph(graph, members, position), placement.radius, random, pool, progress);
      for (size_t i = 0; i < members.size(); ++i)
        for (size_t d = 0; d < 2; ++d)
          x(members[i], d) = part(i, d) + static_cast<float>(placement.centres[c][d]);
    }
  }
  finish(x, random);
  return x;
}

}  // namespace zerocell
