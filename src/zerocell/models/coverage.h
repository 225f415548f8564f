#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "zerocell/core/evaluation.h"
#include "zerocell/models/gene_matching.h"
#include "zerocell/models/token_block.h"

namespace zerocell {

/// How much of a data set's cells a model sees. Added up in any order and grouping, whole counts give the
/// same numbers; of fractional values the sums are those of the order of the calls.
struct CoverageSummary {
  size_t n_cells = 0;
  size_t n_cells_unseen = 0;             ///< with no gene of the vocabulary
  size_t n_cells_cut = 0;                ///< with more genes than the longest sequence takes
  double counts = 0, counts_seen = 0;    ///< over all cells
  uint64_t genes = 0, genes_seen = 0;    ///< entries above zero, over all cells
  uint64_t genes_cut = 0;                ///< of them beyond the longest sequence
  size_t max_tokens = 0;                 ///< of one cell
  std::vector<uint64_t> n_cells_by_cut;  ///< how many cells lose 0, 1, 2, ... genes to the longest sequence

  void add(const CellCoverage& cell, size_t n_tokens);
  void add(const CoverageSummary& other);

  /// Over the cells that are cut; 0 where there are none. The median is the lower one of two.
  double mean_genes_cut() const;
  size_t median_genes_cut() const;
  size_t max_genes_cut() const;
};

/// As rows of the table of losses: "genes", "UMIs", "cells", and, where cells are cut, "genes beyond the
/// longest sequence in K cells".
std::vector<Loss> coverage_losses(const CoverageSummary& coverage, const GeneMatch& match,
                                  const std::string& model);

}  // namespace zerocell
