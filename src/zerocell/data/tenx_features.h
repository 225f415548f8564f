#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/data_frame.h"
#include "zerocell/core/row_stream.h"

namespace zerocell {

/// Features of a 10x matrix as they stand in the file. `types` may be empty (Cell Ranger 2).
struct TenxFeatures {
  std::vector<std::string> ids, names, types, genomes;
};

/// What a type of features says of them, in whatever spelling ("Gene Expression", "gene_expression", "GEX").
enum class FeatureKind {
  gene,     ///< expression of genes
  other,    ///< measured, but no expression: antibodies, guides, hashtags, peaks
  unknown,  ///< no type that Cell Ranger or muon write, such as "protein_coding"
};
FeatureKind feature_kind(std::string_view type);

/// Which features are genes, by their types: those of kind gene where there are any, else all but those of
/// kind other.
std::vector<uint8_t> are_genes(const std::vector<std::string>& types);

/// A line for every type that is passed over.
std::vector<std::string> notes_of_others(const std::vector<std::string>& types,
                                         const std::vector<uint8_t>& is_gene);

/// The features that are genes. As scanpy does by default, only "Gene Expression" is kept where the file has
/// other types too (antibodies, guides), because they are no expression.
struct TenxGenes {
  DataFrame var;  ///< index: names; columns gene_ids, feature_types, genome as far as present
  std::vector<uint32_t> new_column;  ///< per feature of the file: its gene, or kDropped; empty: all are genes
  std::vector<std::string> notes;
  static constexpr uint32_t kDropped = UINT32_MAX;
};
TenxGenes choose_genes(const TenxFeatures& features);

/// Per feature its place among those that are genes, or kDropped; empty where all are.
std::vector<uint32_t> new_columns(const std::vector<uint8_t>& is_gene);

/// The stream with the columns that have a place in new_column only; all of them where it is empty.
RowStream select_genes(RowStream stream, const std::vector<uint32_t>& new_column);

}  // namespace zerocell
