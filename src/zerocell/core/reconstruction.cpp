#include "zerocell/core/reconstruction.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

void require_length(const std::string& what, size_t found, size_t expected) {
  if (found != expected)
    throw Error::internal(fmt::format("reconstruction: {} has {} entries for {}", what, found, expected));
}

void require_consistent(const ReconstructionResult& result, size_t n_cells) {
  for (const CellColumn& column : result.cells)
    require_length(result.tag + " " + column.name, column.values.size(), n_cells);
  const CellSums& sums = result.sums;
  if (!sums.names.empty()) require_length(result.tag + " scored genes", sums.n_genes.size(), n_cells);
  require_length(result.tag + " sums", sums.values.size(), sums.names.size() * sums.n_genes.size());
  if (!sums.notes.empty()) require_length(result.tag + " notes", sums.notes.size(), sums.names.size());
  for (const PairDensity& grid : result.densities)
    require_length(result.tag + " density " + grid.name, grid.counts.size(),
                   grid.truth.n_bins * grid.predicted.n_bins);
}

}  // namespace

uint64_t PairDensity::total() const {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

const std::vector<double>* ReconstructionResult::column(std::string_view name) const {
  const auto found =
      std::find_if(cells.begin(), cells.end(), [&](const CellColumn& c) { return c.name == name; });
  return found == cells.end() ? nullptr : &found->values;
}

const PairDensity* ReconstructionResult::density(std::string_view name) const {
  const auto found =
      std::find_if(densities.begin(), densities.end(), [&](const PairDensity& d) { return d.name == name; });
  return found == densities.end() ? nullptr : &*found;
}

std::vector<const ReconstructionResult*> results_of(const Reconstruction& reconstruction,
                                                    std::string_view target) {
  std::vector<const ReconstructionResult*> out;
  for (const ReconstructionResult& result : reconstruction.results)
    if (result.target == target || (result.target.empty() && target == "rank")) out.push_back(&result);
  return out;
}

std::string masked_share(const ReconstructionResult& result) {
  // The program itself writes it, behind everything that a user wrote.
  constexpr std::string_view kKey = ",mask=";
  const size_t at = result.options.rfind(kKey);
  if (at == std::string::npos) return "";
  std::string share = result.options.substr(at + kKey.size());
  return share.find_first_not_of("0123456789.e-") == std::string::npos ? share : "";
}

size_t n_scored(const ReconstructionResult& result, size_t n_cells) {
  if (result.cells.empty()) return n_cells;
  const auto& values = result.cells.front().values;
  return static_cast<size_t>(
      std::count_if(values.begin(), values.end(), [](double value) { return std::isfinite(value); }));
}

Evaluation shared_part(const Reconstruction& reconstruction) {
  Evaluation out;
  out.dataset = reconstruction.dataset;
  out.title = reconstruction.title;
  out.n_cells = reconstruction.n_cells;
  out.n_genes = reconstruction.n_genes;
  out.counts_source = reconstruction.counts_source;
  out.label_name = reconstruction.label_name;
  out.batch_name = reconstruction.batch_name;
  out.labels = reconstruction.labels;
  out.batches = reconstruction.batches;
  out.scores = reconstruction.scores;
  out.losses = reconstruction.losses;
  out.warnings = reconstruction.warnings;
  out.stages = reconstruction.stages;
  out.provenance = reconstruction.provenance;
  for (const ReconstructionResult& result : reconstruction.results) {
    EmbeddingResult& shared = out.embeddings.emplace_back();
    shared.tag = result.tag;
    shared.method = result.model;
    shared.options = result.options;
    shared.losses = result.losses;
    shared.stages = result.stages;
    for (const std::string& warning : result.warnings) out.warnings.push_back(result.tag + ": " + warning);
  }
  return out;
}

void require_consistent(const Reconstruction& reconstruction) {
  const size_t n = reconstruction.n_cells;
  const DataFrame& obs = reconstruction.obs;
  if (!obs.index.empty()) require_length("the list of cell names", obs.index.size(), n);
  for (const Column& column : obs.columns) require_length("obs column " + column.name, column.size(), n);
  for (const Categorical* groups : {&reconstruction.labels, &reconstruction.batches})
    if (!groups->codes.empty()) require_length("group codes", groups->codes.size(), n);
  for (const ReconstructionResult& result : reconstruction.results) require_consistent(result, n);
}

}  // namespace zerocell
