#pragma once
#include <cstdint>
#include <vector>

namespace zerocell {

/// The K nearest neighbours of every cell, itself first at distance 0, then by (distance, index) ascending.
struct KnnGraph {
  size_t n_cells = 0;
  size_t n_neighbors = 0;         ///< K, including the cell itself
  std::vector<uint32_t> indices;  ///< (N, K)
  std::vector<float> distances;   ///< (N, K) euclidean
};

}  // namespace zerocell
