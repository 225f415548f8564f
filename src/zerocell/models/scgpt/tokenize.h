#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/random.h"
#include "zerocell/models/aligned_genes.h"
#include "zerocell/models/scgpt/binning.h"
#include "zerocell/models/scgpt/vocabulary.h"

namespace zerocell {

/// Numbers of values beside the bins 0 .. B - 1: rows of the network's table of values.
struct ScgptValues {
  size_t n_bins = 51;                                                  ///< B, the bin of zero included
  uint16_t pad() const { return static_cast<uint16_t>(n_bins); }       ///< pad_value, also that of <cls>
  uint16_t mask() const { return static_cast<uint16_t>(n_bins + 1); }  ///< mask_value
  size_t size() const { return n_bins + 2; }
};

/// Which of a cell's genes are kept where it has more than a sequence takes.
enum class LongCells {
  keyed,  ///< a sample that belongs to (seed, the cell's own counts)
  first,  ///< those of the first columns
};

struct ScgptTokenizerOptions {
  ScgptValues values;
  size_t max_tokens = 1200;  ///< longest sequence, <cls> included
  BinTies bin_ties = BinTies::keyed;
  LongCells long_cells = LongCells::keyed;
  bool cls_value_is_zero = false;         ///< <cls> has the value of an unexpressed gene, else pad_value
  std::optional<double> normalize_total;  ///< counts of a cell afterwards; empty: as they are
  bool log1p = false;
  uint64_t seed = 0;
};

/// The genes that take part: S of the data set, as AlignedGenes numbers them.
struct ScgptGeneChoice {
  std::vector<uint8_t> counted;  ///< (S) 1: part of a cell's total for normalize_total; empty: all
  std::vector<uint8_t> chosen;   ///< (S) 1: given to the network; empty: all
};

/// Turns a cell's counts into gene tokens with binned values, as scGPT reads them.
///
/// 1. The chosen genes with counts above zero; columns of one gene summed.
/// 2. normalize_total over the counted genes, log1p: float32, as scanpy 1.11.5.
/// 3. Bins (CellBinning) of all of them; ties as bin_ties says.
/// 4. At most max_tokens - 1 of them.
/// 5. <cls>, then the genes in the order of the vocabulary, so that neither the order of a file's columns nor
///    what else it holds matters.
///
/// Draws are keyed by (seed, counts of the cell's chosen genes by name, name of the gene): a cell depends on
/// nothing else. Only numpy_mt19937 consumes one stream over all cells in their order, one draw for each gene
/// in the order of the columns, as the published package does.
class ScgptTokenizer {
 public:
  /// Working memory of one thread, kept from cell to cell.
  class Scratch {
   public:
    explicit Scratch(const ScgptTokenizer& tokenizer) : binning(tokenizer.options_.values.n_bins) {}

   private:
    friend class ScgptTokenizer;
    struct Gene {
      uint64_t key;   ///< for the choice among too many
      uint32_t gene;  ///< of the data set
      uint16_t bin;
    };
    CellBinning binning;
    std::vector<AlignedGenes::Count> counts;
    std::vector<float> values;
    std::vector<BinRange> ranges;
    std::vector<Gene> genes;
  };

  /// `genes` must outlive the tokeniser. Throws Error(usage) where max_tokens is below 2.
  ScgptTokenizer(const ScgptVocabulary& vocabulary, const AlignedGenes& genes, const ScgptGeneChoice& choice,
                 const ScgptTokenizerOptions& options);

  /// Fills in a cell; a cell without a chosen gene has no token at all, not even <cls>. `draws`: one for each
  /// chosen gene above zero, for numpy_mt19937 alone. Thread-safe. Coverage counts chosen genes as seen.
  CellCoverage operator()(const CellCounts& counts, std::span<const double> draws, CellTokens& cell,
                          Scratch& scratch) const;

  /// Chosen genes above zero of a cell: so many draws it consumes.
  size_t count_draws(const CellCounts& counts, Scratch& scratch) const;

  const ScgptTokenizerOptions& options() const { return options_; }
  /// (T) id of every token in the vocabulary: <cls> first, then the chosen genes, ascending.
  const std::vector<uint32_t>& vocabulary_ids() const { return vocabulary_ids_; }
  /// (T) column of every token's gene; that of <cls> means nothing.
  const std::vector<uint32_t>& columns() const { return columns_; }
  /// (T) key of every token: a hash of its name.
  const std::vector<uint64_t>& keys() const { return token_keys_; }

 private:
  void collect(const CellCounts& counts, CellCoverage& coverage, float& total, Scratch& scratch) const;
  uint64_t cell_key(const Scratch& scratch) const;
  void transform(float total, Scratch& scratch) const;
  void choose_bins(uint64_t cell, std::span<const double> draws, Scratch& scratch) const;
  uint32_t cut(uint64_t cell, Scratch& scratch) const;

  ScgptTokenizerOptions options_;
  const AlignedGenes& genes_;
  ScgptGeneChoice choice_;
  std::vector<uint64_t> gene_keys_;  ///< (S)
  std::vector<uint32_t> token_of_;   ///< (S)
  std::vector<uint32_t> vocabulary_ids_, columns_;
  std::vector<uint64_t> token_keys_;
};

/// numpy's draws for the cells of one block of rows after another.
class ScgptNumpyDraws {
 public:
  explicit ScgptNumpyDraws(uint32_t seed) : generator_(seed) {}
  void begin(const RowBlock& rows, const ScgptTokenizer& tokenizer);
  /// Those of a row of the block that began last.
  std::span<const double> of(size_t row) const;

 private:
  NumpyMt19937 generator_;
  size_t first_row_ = 0;
  std::vector<size_t> offsets_;
  std::vector<double> draws_;
};

}  // namespace zerocell
