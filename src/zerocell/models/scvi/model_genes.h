#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/row_stream.h"

namespace zerocell {

/// Which column of a data set is which gene of a trained scVI model.
struct ScviGeneMatch {
  static constexpr uint32_t kNone = UINT32_MAX;
  std::vector<uint32_t> gene;        ///< (columns) place among the model's genes, or kNone
  std::vector<std::string> missing;  ///< genes of the model without a column, in the model's order
  size_t n_genes = 0;                ///< of the model
  size_t n_unused = 0;               ///< columns that are no gene of the model
  size_t n_repeated = 0;             ///< columns of a gene that an earlier column has
  size_t n_by_version = 0;           ///< columns matched by an Ensembl id without its version alone
};

/// Matches names letter for letter; where neither side has a name's exact counterpart, Ensembl gene ids
/// without version, as far as they are one gene of the model alone.
///
/// Throws Error(data) where fewer than half of the model's genes have a column, with what the names of both
/// are, and where the model has a name twice. `model_path` is for messages.
ScviGeneMatch match_scvi_genes(std::span<const std::string> columns, std::span<const std::string> genes,
                               const std::string& model_path);

/// What the user should be told of a match: under 80 % of the model's genes found (where scvi-tools warns
/// too), matches without version, repeated columns.
std::vector<std::string> match_warnings(const ScviGeneMatch& match);

/// Counts (N, columns) as the model takes them: (N, n_genes), entries ascending, columns of one gene added in
/// float64, no stored zeros. The match must outlive the stream.
RowStream model_counts(RowStream counts, const ScviGeneMatch& match);

}  // namespace zerocell
