#include "zerocell/models/scvi/model_genes.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "zerocell/core/error.h"
#include "zerocell/data/gene_ids.h"

namespace zerocell {
namespace {

constexpr double kRefusedBelow = 0.5, kWarnedBelow = 0.8;

using Places = std::unordered_map<std::string, uint32_t>;

Places places_of(std::span<const std::string> genes, const std::string& model_path) {
  Places places;
  for (uint32_t g = 0; g < genes.size(); ++g)
    if (!places.emplace(genes[g], g).second)
      throw Error::data({model_path, "genes with names of their own", fmt::format("'{}' twice", genes[g]),
                         "Train the model on unique names (adata.var_names_make_unique())"});
  return places;
}

/// Ensembl ids without version of the genes that no column names exactly; kNone where two are the same.
Places places_without_version(std::span<const std::string> genes, const std::vector<uint8_t>& is_found) {
  Places places;
  for (uint32_t g = 0; g < genes.size(); ++g) {
    if (is_found[g] || !is_ensembl_gene_id(genes[g])) continue;
    const auto [place, is_new] = places.emplace(strip_ensembl_version(genes[g]), g);
    if (!is_new) place->second = ScviGeneMatch::kNone;
  }
  return places;
}

std::string in_words(std::span<const std::string> names) {
  const auto summary = summarise_gene_ids(names);
  std::string text(to_string(summary.type));
  if (!summary.species.empty()) text += " (" + summary.species + ")";
  if (!names.empty()) text += fmt::format(", such as '{}'", names.front());
  return text;
}

}  // namespace

ScviGeneMatch match_scvi_genes(std::span<const std::string> columns, std::span<const std::string> genes,
                               const std::string& model_path) {
  ScviGeneMatch match;
  match.n_genes = genes.size();
  match.gene.assign(columns.size(), ScviGeneMatch::kNone);
  std::vector<uint8_t> is_found(genes.size());
  const auto take = [&](size_t column, uint32_t gene) {
    match.gene[column] = gene;
    match.n_repeated += is_found[gene];
    is_found[gene] = 1;
  };
  const auto places = places_of(genes, model_path);
  for (size_t c = 0; c < columns.size(); ++c)
    if (const auto place = places.find(columns[c]); place != places.end()) take(c, place->second);
  const auto by_id = places_without_version(genes, is_found);
  for (size_t c = 0; c < columns.size() && !by_id.empty(); ++c) {
    if (match.gene[c] != ScviGeneMatch::kNone || !is_ensembl_gene_id(columns[c])) continue;
    const auto place = by_id.find(strip_ensembl_version(columns[c]));
    if (place == by_id.end() || place->second == ScviGeneMatch::kNone) continue;
    take(c, place->second);
    ++match.n_by_version;
  }
  match.n_unused = static_cast<size_t>(std::ranges::count(match.gene, ScviGeneMatch::kNone));
  for (size_t g = 0; g < genes.size(); ++g)
    if (!is_found[g]) match.missing.push_back(genes[g]);
  const size_t n_found = genes.size() - match.missing.size();
  if (static_cast<double>(n_found) < kRefusedBelow * static_cast<double>(genes.size()) || n_found == 0)
    throw Error::data(
        {fmt::format("{}, its genes in the data", model_path),
         fmt::format("at least {:.0f} % of its {} genes", 100 * kRefusedBelow, genes.size()),
         fmt::format("{}; the model's names are {}, the data's {}", n_found, in_words(genes),
                     in_words(columns)),
         "Give data with all of their genes, or name the column of var with the model's kind of names: "
         "--gene-ids COLUMN"});
  return match;
}

std::vector<std::string> match_warnings(const ScviGeneMatch& match) {
  std::vector<std::string> warnings;
  const auto n_found = static_cast<double>(match.n_genes - match.missing.size());
  if (n_found < kWarnedBelow * static_cast<double>(match.n_genes))
    warnings.push_back(fmt::format(
        "only {:.0f} of the model's {} genes are in the data; the others count as zero, which the "
        "model has not learned to expect",
        n_found, match.n_genes));
  if (match.n_by_version > 0)
    warnings.push_back(
        fmt::format("{} genes were matched by their Ensembl ids without version", match.n_by_version));
  if (match.n_repeated > 0)
    warnings.push_back(fmt::format(
        "{} columns are of a gene that an earlier column has; their counts are summed", match.n_repeated));
  return warnings;
}

RowStream model_counts(RowStream counts, const ScviGeneMatch& match) {
  RowStream stream;
  stream.n_rows = counts.n_rows;
  stream.n_cols = match.n_genes;
  stream.for_each_block = [source = std::move(counts), &match](const auto& consume) {
    source.for_each_block([&](const RowBlock& block) {
      RowBlock out{block.first_row, {}};
      out.values.n_rows = block.values.n_rows;
      out.values.n_cols = match.n_genes;
      std::vector<std::pair<uint32_t, double>> cell;
      for (size_t i = 0; i < block.values.n_rows; ++i) {
        const auto columns = block.values.row_indices(i);
        const auto values = block.values.row_values(i);
        cell.clear();
        for (size_t k = 0; k < columns.size(); ++k)
          if (const uint32_t gene = match.gene[columns[k]]; gene != ScviGeneMatch::kNone && values[k] != 0)
            cell.emplace_back(gene, static_cast<double>(values[k]));
        std::ranges::stable_sort(cell, {}, &std::pair<uint32_t, double>::first);
        for (size_t k = 0; k < cell.size();) {
          const uint32_t gene = cell[k].first;
          double sum = 0;
          for (; k < cell.size() && cell[k].first == gene; ++k) sum += cell[k].second;
          out.values.indices.push_back(gene);
          out.values.values.push_back(static_cast<float>(sum));
        }
        out.values.indptr.push_back(out.values.indices.size());
      }
      consume(out);
    });
  };
  return stream;
}

}  // namespace zerocell
