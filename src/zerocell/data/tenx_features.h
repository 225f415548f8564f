#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "zerocell/core/data_frame.h"
#include "zerocell/core/row_stream.h"

namespace zerocell {

/// Features of a 10x matrix as they stand in the file. `types` may be empty (Cell Ranger 2).
struct TenxFeatures {
  std::vector<std::string> ids, names, types, genomes;
};

/// The features that are genes. As scanpy does by default, only "Gene Expression" is kept where the file has
/// other types too (antibodies, guides), because they are no expression.
struct TenxGenes {
  DataFrame var;  ///< index: names; columns gene_ids, feature_types, genome as far as present
  std::vector<uint32_t> new_column;  ///< per feature of the file: its gene, or kDropped; empty: all are genes
  std::vector<std::string> notes;
  static constexpr uint32_t kDropped = UINT32_MAX;
};
TenxGenes choose_genes(const TenxFeatures& features);

/// The stream with the columns of `genes` only.
RowStream select_genes(RowStream stream, const TenxGenes& genes);

}  // namespace zerocell
