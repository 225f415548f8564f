#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "zerocell/core/error.h"

namespace zerocell {

/// The genes of one cell with their ranks: working space of one thread, used for cell after cell.
class CellRanks {
 public:
  /// A token among the true or predicted ones, with the sum of its ranks over its positions.
  struct Gene {
    uint32_t token = 0, n_true = 0, n_predicted = 0;
    double true_sum = 0, predicted_sum = 0;

    double true_rank() const { return n_true > 0 ? true_sum / n_true : 0; }
    double predicted_rank() const { return n_predicted > 0 ? predicted_sum / n_predicted : 0; }
  };

  explicit CellRanks(size_t n_vocabulary) : place_(n_vocabulary, kNone) {}

  /// The union of the L true tokens and the L (or no) predicted ones, in order of first appearance; empty for
  /// L < 2, where no rank is defined. Throws Error(internal) for a token outside the vocabulary.
  std::span<const Gene> load(std::span<const uint32_t> tokens, std::span<const uint32_t> predicted) {
    for (const Gene& gene : genes_) place_[gene.token] = kNone;
    genes_.clear();
    if (tokens.size() < 2) return genes_;
    const auto last = static_cast<double>(tokens.size() - 1);
    for (size_t i = 0; i < tokens.size(); ++i) {
      Gene& gene = find(tokens[i]);
      gene.true_sum += (last - static_cast<double>(i)) / last;
      ++gene.n_true;
    }
    for (size_t i = 0; i < predicted.size(); ++i) {
      Gene& gene = find(predicted[i]);
      gene.predicted_sum += (last - static_cast<double>(i)) / last;
      ++gene.n_predicted;
    }
    return genes_;
  }

 private:
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

  Gene& find(uint32_t token) {
    if (token >= place_.size()) throw Error::internal("rank reconstruction: a token outside the vocabulary");
    if (place_[token] == kNone) {
      place_[token] = static_cast<uint32_t>(genes_.size());
      genes_.push_back({token});
    }
    return genes_[place_[token]];
  }

  std::vector<uint32_t> place_;  ///< (V) index in genes_
  std::vector<Gene> genes_;
};

}  // namespace zerocell
