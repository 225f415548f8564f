#include "zerocell/data/tenx_features.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace zerocell {
namespace {

constexpr const char* kGeneExpression = "Gene Expression";

RowBlock select_columns(const RowBlock& block, const std::vector<uint32_t>& new_column, size_t n_cols) {
  RowBlock out;
  out.first_row = block.first_row;
  out.values.n_rows = block.values.n_rows;
  out.values.n_cols = n_cols;
  out.values.indptr.reserve(block.values.n_rows + 1);
  for (size_t row = 0; row < block.values.n_rows; ++row) {
    for (uint64_t i = block.values.indptr[row]; i < block.values.indptr[row + 1]; ++i) {
      const uint32_t column = new_column[block.values.indices[i]];
      if (column == TenxGenes::kDropped) continue;
      out.values.indices.push_back(column);
      out.values.values.push_back(block.values.values[i]);
    }
    out.values.indptr.push_back(out.values.indices.size());
  }
  return out;
}

}  // namespace

TenxGenes choose_genes(const TenxFeatures& features) {
  const size_t n = features.ids.size();
  std::map<std::string, size_t> n_of_type;
  for (const std::string& type : features.types) ++n_of_type[type];
  const bool select = n_of_type.size() > 1 && n_of_type.count(kGeneExpression) != 0;
  TenxGenes genes;
  genes.var.index_name = "_index";
  std::vector<size_t> kept;
  for (size_t i = 0; i < n; ++i) {
    const bool keep = !select || features.types[i] == kGeneExpression;
    if (select) genes.new_column.push_back(keep ? static_cast<uint32_t>(kept.size()) : TenxGenes::kDropped);
    if (keep) kept.push_back(i);
  }
  for (const size_t i : kept) genes.var.index.push_back(features.names[i]);
  const auto add = [&](const char* name, const std::vector<std::string>& values) {
    if (values.empty() && n > 0) return;
    std::vector<std::string> chosen;
    for (const size_t i : kept) chosen.push_back(values[i]);
    genes.var.columns.push_back({name, std::move(chosen), {}});
  };
  add("gene_ids", features.ids);
  add("feature_types", features.types);
  add("genome", features.genomes);
  for (const auto& [type, count] : n_of_type) {
    if (select && type != kGeneExpression) {
      genes.notes.push_back(
          fmt::format("{} features of type '{}' were passed over: they are no genes", count, type));
    }
  }
  return genes;
}

RowStream select_genes(RowStream stream, const TenxGenes& genes) {
  if (genes.new_column.empty()) return stream;
  RowStream out;
  out.n_rows = stream.n_rows;
  out.n_cols = genes.var.n_rows();
  out.for_each_block = [inner = std::move(stream), columns = genes.new_column,
                        n_cols = out.n_cols](const std::function<void(const RowBlock&)>& consume) {
    inner.for_each_block([&](const RowBlock& block) { consume(select_columns(block, columns, n_cols)); });
  };
  return out;
}

}  // namespace zerocell
