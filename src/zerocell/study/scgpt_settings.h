#pragma once
#include <optional>
#include <string>

#include "zerocell/models/scgpt/config.h"
#include "zerocell/models/scgpt/tokenize.h"
#include "zerocell/models/scgpt/weights.h"
#include "zerocell/nn/backend.h"
#include "zerocell/study/embedding_spec.h"

namespace zerocell {

/// How scGPT's input is prepared.
enum class ScgptRoute {
  all_genes,  ///< "A": the authors' embed function
  study,      ///< "B": the study's: genes filtered, normalised, highly variable ones chosen
};

/// The options of a SPEC of scgpt, read and checked; no file is touched. What the route decides is filled in.
struct ScgptSettings {
  std::string path;  ///< of the folder, or of the file of weights in it
  ScgptRoute route = ScgptRoute::all_genes;
  size_t filter_gene_by_counts = 0;  ///< least sum over all cells; 0: no filter
  size_t n_top_genes = 0;            ///< highly variable genes; 0: all genes
  std::string flavor = "seurat_v3";
  std::string batch_key;         ///< column of obs for the choice of genes; empty: none
  ScgptTokenizerOptions tokens;  ///< n_bins and max_tokens are the model's to say
  std::string aliases;           ///< table of the HGNC; empty: none
  bool random_weights = false;
  ScgptInit init = ScgptInit::independent;
  bool shuffle_genes = false, shuffle_values = false;
  double mask = 0;  ///< share of genes that are masked in a reconstruction; 0: none
  Precision precision = Precision::float32;
  uint64_t seed = 0;

  /// Every option that decides the tokens, with its value.
  std::string tokens_text() const;
};

/// Throws Error(usage) for a value that an option does not take.
ScgptSettings parse_scgpt_settings(const EmbeddingSpec& spec, uint64_t seed);

}  // namespace zerocell
