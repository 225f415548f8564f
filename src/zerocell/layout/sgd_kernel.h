#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace zerocell {

/// Neighbouring vertices and their edges with the schedules: what one task moves.
/// `tails`, `period` and `due` end with kPadding idle entries, so that whole vectors may be read.
struct VertexBlock {
  static constexpr uint32_t kPadding = 64;
  uint32_t first_vertex = 0;
  std::vector<uint32_t> indptr{0};  ///< (vertices of the block + 1)
  std::vector<uint32_t> tails;
  std::vector<float> period;  ///< epochs between two samples: w_max / w
  std::vector<float> due;     ///< epoch of the next sample; advanced by move_vertices

  uint32_t n_vertices() const { return static_cast<uint32_t>(indptr.size() - 1); }
};

struct EpochParameters {
  float a, b;
  float step;       ///< learning rate of this epoch
  float repulsion;  ///< 2 gamma b
  int n_negative;
  uint32_t n_vertices;
  float epoch;
  uint64_t key;  ///< of the random draws of this epoch
};

/// The due edges of a vertex are walked in order; those of a hub, in several chains side by side.
/// One entry a chain, sorted by length so that the lanes of a vector end together.
struct Chains {
  std::vector<uint32_t> vertex, first, n_due, start, stride, length, random;
  void resize(size_t n);
};

/// Working memory of one worker, kept between calls.
struct BlockScratch {
  std::vector<uint32_t> due_tails;  ///< tails of the due edges, vertex by vertex
  std::vector<uint32_t> due_begin;  ///< (vertices of the block + 1) into due_tails
  std::vector<uint32_t> slot;       ///< counting sort of the chains
  std::vector<float> share;         ///< (vertices of the block) weight of each chain's displacement
  std::vector<float> displacement;  ///< (vertices of the block, 2)
  Chains chains;
};

/// Moves the vertices of a block by the forces of one epoch: reads `positions` (all vertices, x y
/// interleaved) and writes the rows of the block to `moved`.
void move_vertices(VertexBlock& block, const EpochParameters& parameters, const float* positions,
                   float* moved, BlockScratch& scratch);

}  // namespace zerocell
