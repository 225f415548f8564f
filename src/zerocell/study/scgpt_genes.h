#pragma once
#include <string>
#include <vector>

#include "zerocell/models/aligned_genes.h"
#include "zerocell/models/scgpt/tokenize.h"
#include "zerocell/study/methods.h"
#include "zerocell/study/scgpt_settings.h"

namespace zerocell {

/// Which genes of a data set take part, and how many did not.
struct ScgptChosenGenes {
  ScgptGeneChoice choice;
  size_t n_chosen = 0;
  size_t n_filtered = 0;  ///< with too few counts
  size_t n_unchosen = 0;  ///< not among the highly variable ones
  std::vector<std::string> warnings;
};

/// The study's choice of genes on the whole data set: a least sum of counts, then highly variable genes, by
/// seurat_v3 on counts or by a dispersion on log-normalised counts. With neither, every gene and no pass over
/// the data. Throws Error(data) where no gene is left.
ScgptChosenGenes choose_scgpt_genes(const EmbeddingJob& job, const ScgptSettings& settings,
                                    const AlignedGenes& genes);

}  // namespace zerocell
