#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "zerocell/models/gene_matching.h"
#include "zerocell/models/geneformer/vocabulary.h"
#include "zerocell/models/token_block.h"

namespace zerocell {

enum class Duplicates { sum, refuse };

struct GeneformerTokenizerOptions {
  size_t n_positions = 2048;  ///< longest sequence, special tokens included
  Duplicates duplicates = Duplicates::sum;
  std::string aliases;  ///< path of a table of the HGNC; empty: none are used
  bool shuffle_genes =
      false;  ///< control: a seeded permutation decides which gene's token each gene is given
  uint64_t seed = 0;
};

/// Turns a cell's counts into the sequence of gene tokens, highest expression first, that Geneformer reads.
///
/// 1. v = x / n_counts * 10000 / median of the gene, over columns in the vocabulary with x > 0; n_counts is
/// the
///    sum over all columns. The first two operations in float32, the last in float64, as the published
///    tokeniser does on float32 counts.
/// 2. Genes in descending order of v; equal ones in the order of the columns.
/// 3. The first n_positions of them; with special tokens (V2) the first n_positions - 2 between <cls> and
/// <eos>.
///
/// Columns of one gene are summed first and stand where the first of them does. A cell depends on nothing but
/// its own counts. Source: Theodoris et al. 2023, doi:10.1038/s41586-023-06139-9 and the published tokeniser.
class GeneformerTokenizer {
 public:
  /// `genes`: ids of the columns. Throws Error(data) under 5 % matched genes, for genes of another species,
  /// and for duplicates where they are refused.
  GeneformerTokenizer(const GeneformerVocabulary& vocabulary, std::span<const std::string> genes,
                      const GeneformerTokenizerOptions& options);

  /// Appends the tokens of a cell; returns how much of it is seen. A cell with no gene of the vocabulary gets
  /// no token at all, not even special ones. Thread-safe.
  CellCoverage operator()(std::span<const uint32_t> columns, std::span<const float> values,
                          std::vector<uint32_t>& tokens) const;

  const GeneMatch& match() const { return match_; }
  /// What the user should be told: few genes matched, duplicates summed, aliases used.
  std::vector<std::string> warnings() const;

 private:
  GeneMatch match_;
};

}  // namespace zerocell
