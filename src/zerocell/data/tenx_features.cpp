#include "zerocell/data/tenx_features.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace zerocell {
namespace {

// Types as plain_words() spells them: those of Cell Ranger, and the short ones of muon and of the NeurIPS
// sets.
constexpr std::string_view kGeneTypes[] = {"gene expression", "gex"};
constexpr std::string_view kOtherTypes[] = {"antibody capture",
                                            "antibody",
                                            "antibodies",
                                            "antibody derived tag",
                                            "antibody derived tags",
                                            "adt",
                                            "protein",
                                            "proteins",
                                            "antigen capture",
                                            "crispr guide capture",
                                            "crispr",
                                            "guide",
                                            "grna",
                                            "sgrna",
                                            "multiplexing capture",
                                            "hashtag",
                                            "hto",
                                            "peak",
                                            "peaks",
                                            "atac",
                                            "chromatin accessibility",
                                            "custom"};

/// Lower case, one space for what separates words, no quotes.
std::string plain_words(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c == '"' || c == '\'') continue;
    const bool gap = c == ' ' || c == '_' || c == '-' || c == '.';
    if (!gap) plain += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    if (gap && !plain.empty() && plain.back() != ' ') plain += ' ';
  }
  if (plain.ends_with(' ')) plain.pop_back();
  return plain;
}

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

FeatureKind feature_kind(std::string_view type) {
  const std::string plain = plain_words(type);
  const auto is_among = [&](const auto& names) {
    return std::find(std::begin(names), std::end(names), plain) != std::end(names);
  };
  if (is_among(kGeneTypes)) return FeatureKind::gene;
  return is_among(kOtherTypes) ? FeatureKind::other : FeatureKind::unknown;
}

std::vector<uint8_t> are_genes(const std::vector<std::string>& types) {
  std::map<std::string, FeatureKind> kinds;
  for (const std::string& type : types)
    if (kinds.count(type) == 0) kinds[type] = feature_kind(type);
  const bool any_gene = std::any_of(kinds.begin(), kinds.end(),
                                    [](const auto& kind) { return kind.second == FeatureKind::gene; });
  std::vector<uint8_t> is_gene;
  is_gene.reserve(types.size());
  for (const std::string& type : types) {
    const FeatureKind kind = kinds.at(type);
    is_gene.push_back(any_gene ? kind == FeatureKind::gene : kind != FeatureKind::other);
  }
  return is_gene;
}

std::vector<std::string> notes_of_others(const std::vector<std::string>& types,
                                         const std::vector<uint8_t>& is_gene) {
  std::map<std::string, size_t> n_of_type;
  for (size_t i = 0; i < types.size(); ++i)
    if (is_gene[i] == 0) ++n_of_type[types[i]];
  std::vector<std::string> notes;
  for (const auto& [type, count] : n_of_type)
    notes.push_back(fmt::format("{} features of type '{}' were passed over: they are no genes", count, type));
  return notes;
}

std::vector<uint32_t> new_columns(const std::vector<uint8_t>& is_gene) {
  if (std::find(is_gene.begin(), is_gene.end(), 0) == is_gene.end()) return {};
  std::vector<uint32_t> columns;
  uint32_t next = 0;
  for (const uint8_t gene : is_gene) columns.push_back(gene != 0 ? next++ : TenxGenes::kDropped);
  return columns;
}

TenxGenes choose_genes(const TenxFeatures& features) {
  const size_t n = features.ids.size();
  const std::vector<uint8_t> is_gene =
      features.types.empty() ? std::vector<uint8_t>(n, 1) : are_genes(features.types);
  TenxGenes genes;
  genes.var.index_name = "_index";
  genes.new_column = new_columns(is_gene);
  if (!genes.new_column.empty()) genes.notes = notes_of_others(features.types, is_gene);
  const auto chosen_of = [&](const std::vector<std::string>& values) {
    std::vector<std::string> chosen;
    for (size_t i = 0; i < n; ++i)
      if (is_gene[i] != 0) chosen.push_back(values[i]);
    return chosen;
  };
  genes.var.index = chosen_of(features.names);
  const auto add = [&](const char* name, const std::vector<std::string>& values) {
    if (!values.empty() || n == 0) genes.var.columns.push_back({name, chosen_of(values), {}});
  };
  add("gene_ids", features.ids);
  add("feature_types", features.types);
  add("genome", features.genomes);
  return genes;
}

RowStream select_genes(RowStream stream, const std::vector<uint32_t>& new_column) {
  if (new_column.empty()) return stream;
  RowStream out;
  out.n_rows = stream.n_rows;
  out.n_cols = static_cast<size_t>(std::count_if(new_column.begin(), new_column.end(),
                                                 [](uint32_t c) { return c != TenxGenes::kDropped; }));
  out.for_each_block = [inner = std::move(stream), new_column,
                        n_cols = out.n_cols](const std::function<void(const RowBlock&)>& consume) {
    inner.for_each_block([&](const RowBlock& block) { consume(select_columns(block, new_column, n_cols)); });
  };
  return out;
}

}  // namespace zerocell
