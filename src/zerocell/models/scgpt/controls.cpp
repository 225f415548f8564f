#include "zerocell/models/scgpt/controls.h"

#include <algorithm>
#include <utility>

#include "zerocell/core/random.h"

namespace zerocell {
namespace {

// Streams of their own for each kind of draw.
constexpr uint64_t kGeneStream = 0x67656e6573, kValueStream = 0x76616c756573, kMaskStream = 0x6d61736b;

/// What a cell's draws belong to: its genes and bins, whatever their order.
uint64_t cell_key(const TokenBlock& block, size_t cell, std::span<const uint64_t> keys) {
  uint64_t sum = 0;
  for (size_t i = block.offsets[cell] + 1; i < block.offsets[cell + 1]; ++i)
    sum += mix64(keys[block.tokens[i]], block.values[i]);
  return sum;
}

}  // namespace

std::vector<uint32_t> shuffled_genes(std::span<const uint32_t> vocabulary_ids,
                                     const ScgptVocabulary& vocabulary, uint64_t seed) {
  std::vector<uint32_t> genes;
  for (uint32_t id = 0; id < vocabulary.n_tokens(); ++id)
    if (vocabulary.by_symbol.contains(vocabulary.names[id])) genes.push_back(id);
  Random random(seed, kGeneStream);
  const auto order = permutation(genes.size(), random);
  std::vector<uint32_t> other(vocabulary.n_tokens());
  for (uint32_t id = 0; id < other.size(); ++id) other[id] = id;
  for (size_t i = 0; i < genes.size(); ++i) other[genes[i]] = genes[order[i]];
  std::vector<uint32_t> out;
  for (const uint32_t id : vocabulary_ids) out.push_back(other[id]);
  return out;
}

void shuffle_values(TokenBlock& block, std::span<const uint64_t> keys, uint64_t seed) {
  for (size_t c = 0; c < block.n_cells(); ++c) {
    Random random(seed, mix64(kValueStream, cell_key(block, c, keys)));
    const size_t first = block.offsets[c] + 1;
    for (size_t n = block.offsets[c + 1] - first; n > 1; --n)
      std::swap(block.values[first + n - 1], block.values[first + random.below(n)]);
  }
}

std::vector<uint8_t> mask_values(TokenBlock& block, std::span<const uint64_t> keys, const ScgptValues& values,
                                 double share, uint64_t seed) {
  std::vector<uint8_t> masked(block.n_tokens(), 0);
  for (size_t c = 0; c < block.n_cells(); ++c) {
    const uint64_t cell = mix64(seed, kMaskStream, cell_key(block, c, keys));
    for (size_t i = block.offsets[c] + 1; i < block.offsets[c + 1]; ++i) {
      if (to_unit(mix64(cell, keys[block.tokens[i]])) >= share) continue;
      masked[i] = 1;
      block.values[i] = values.mask();
    }
  }
  return masked;
}

}  // namespace zerocell
