#pragma once
#include <cstdint>
#include <optional>
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
  /// Control: a seeded permutation of the vocabulary decides which gene's token each gene is given.
  bool shuffle_genes = false;
  uint64_t seed = 0;
};

/// Turns a cell's counts into the sequence of gene tokens, highest expression first, that Geneformer reads.
///
/// 1. v = x / n_counts * 10000 / median of the gene, over columns in the vocabulary with x > 0; n_counts
///    is the sum over all columns. The first two operations in float32, the last in float64, as the published
///    tokeniser does on float32 counts.
/// 2. Genes in descending order of v; equal ones in the order of the columns.
/// 3. The first n_positions of them; with special tokens (V2) the first n_positions - 2 between <cls> and
/// <eos>.
///
/// Columns of one gene are summed first and stand where the first of them in the data set does. A cell
/// depends on nothing but its own counts. Source: Theodoris et al. 2023, doi:10.1038/s41586-023-06139-9 and
/// the published tokeniser.
class GeneformerTokenizer {
 public:
  /// Working memory of one thread, kept from cell to cell.
  class Scratch {
    friend class GeneformerTokenizer;
    struct Entry {
      uint64_t value;  ///< bits of the double v >= 0, which order as v does
      uint32_t key;    ///< descends with v, in 16 bits
      uint32_t token;
    };
    struct Repeat {
      uint32_t column;  ///< where the gene stands
      float count;
    };
    std::vector<float> counts;  ///< of the cell's genes, in the order of the columns
    std::vector<uint32_t> columns;
    std::vector<Repeat> repeats;
    std::vector<Entry> entries, sorted;
  };

  /// `genes`: ids of the columns. Throws Error(data) under 5 % matched genes, for genes of another species,
  /// and for duplicates where they are refused.
  GeneformerTokenizer(const GeneformerVocabulary& vocabulary, std::span<const std::string> genes,
                      const GeneformerTokenizerOptions& options);

  /// Appends the tokens of a cell; returns how much of it is seen. `columns` ascend and are below the number
  /// of genes; values are finite and not negative, zeros count for nothing. A cell with no gene of the
  /// vocabulary gets no token at all, not even special ones. Thread-safe.
  CellCoverage operator()(std::span<const uint32_t> columns, std::span<const float> values,
                          std::vector<uint32_t>& tokens) const;
  /// The same without allocating memory for every cell; one scratch a thread.
  CellCoverage operator()(std::span<const uint32_t> columns, std::span<const float> values,
                          std::vector<uint32_t>& tokens, Scratch& scratch) const;

  const GeneMatch& match() const { return match_; }
  /// What the user should be told: few genes matched, duplicates summed, aliases used.
  std::vector<std::string> warnings() const;

 private:
  struct ColumnGene {
    double median = 1;
    uint32_t token = kNoToken;
    uint32_t first = 0;  ///< first column of the same gene
  };
  static constexpr uint32_t kNoToken = UINT32_MAX;

  void collect(std::span<const uint32_t> columns, std::span<const float> values, CellCoverage& coverage,
               Scratch& scratch) const;
  void add_repeats(Scratch& scratch) const;
  void rank(float n_counts, Scratch& scratch) const;

  GeneMatch match_;
  std::vector<ColumnGene> columns_;  ///< (G)
  std::optional<uint32_t> cls_, eos_;
  size_t max_genes_ = 0;  ///< of one cell
};

}  // namespace zerocell
