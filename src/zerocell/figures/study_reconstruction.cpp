// Figures 6A, 6B and 6C: true against predicted values of all models on all data sets.
#include "zerocell/figures/study_reconstruction.h"

#include <algorithm>
#include <cmath>

#include "zerocell/core/number_text.h"
#include "zerocell/core/reconstruction_summary.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/bin_figure.h"
#include "zerocell/figures/rank_density.h"
#include "zerocell/figures/study_pages.h"

namespace zerocell {
namespace {

constexpr size_t kColumns = 3;
constexpr double kPanelWidth = 170, kWidePanel = 230;

/// How the panels are spread over pages: one page where it makes a grid of at most three columns, else one a
/// data set.
std::vector<std::vector<StudyReconstruction>> pages_of(const std::vector<StudyReconstruction>& all) {
  if (methods_in(all).size() <= kColumns) return {all};
  std::vector<std::vector<StudyReconstruction>> pages;
  for (const StudyReconstruction& one : all) {
    if (pages.empty() || pages.back().front().dataset != one.dataset) pages.emplace_back();
    pages.back().push_back(one);
  }
  return pages;
}

PanelPage panel_page(const StudyView& view, const std::vector<StudyReconstruction>& page, std::string title,
                     std::string caption) {
  const auto datasets = datasets_in(page);
  const auto methods = methods_in(page);
  PanelPage out{std::move(title), std::move(caption), {}};
  for (const StudyReconstruction& one : page) {
    const std::string dataset = printable(one.dataset->name),
                      method = printable(view.methods()[one.method].tag);
    const bool one_set = datasets.size() == 1, one_method = methods.size() == 1;
    out.panels.push_back({one_set ? method : dataset, one_set || one_method ? "" : method, one.result,
                          one.dataset->reconstruction->n_cells});
  }
  out.draw_caption = false;
  if (page.size() == 1) return out;
  out.columns = methods.size() > 1 && page.size() == methods.size() * datasets.size()
                    ? std::min(methods.size(), kColumns)
                    : std::min(page.size(), kColumns);
  out.width = out.columns == 2 && page.size() <= 4 ? kWidePanel : kPanelWidth;
  if (datasets.size() == 1) out.title += ": " + printable(datasets.front()->name);
  if (datasets.size() > 1 && methods.size() == 1)
    out.title += ": " + printable(view.methods()[methods.front()].tag);
  return out;
}

std::string bins_csv(const StudyView& view, const std::vector<StudyReconstruction>& page,
                     const std::string& way) {
  CsvLines csv{"dataset", "method", "way",    "true_bin", "n_genes", "mean",
               "p5",      "q1",     "median", "q3",       "p95",     "mean_bin"};
  for (const StudyReconstruction& one : page) {
    const PairDensity& density = *one.result->density(way);
    for (const PredictedSpread& s : predicted_spreads(density)) {
      std::vector<std::string> fields{one.dataset->name, view.methods()[one.method].tag, way,
                                      csv_number(s.truth), std::to_string(s.n)};
      for (const double value : {s.mean, s.p5, s.q1, s.median, s.q3, s.p95})
        fields.push_back(s.n > 0 ? csv_number(value) : "");
      fields.push_back(csv_number(density.constant));
      csv.add(fields);
    }
  }
  return std::move(csv).text();
}

std::string density_csv(const StudyView& view, const std::vector<StudyReconstruction>& page) {
  CsvLines csv{"dataset", "method", "true_from", "true_to", "predicted_from", "predicted_to", "n_genes"};
  for (const StudyReconstruction& one : page) {
    if (one.result->densities.empty()) continue;
    const PairDensity& d = one.result->densities.front();
    for (size_t t = 0; t < d.truth.n_bins; ++t)
      for (size_t p = 0; p < d.predicted.n_bins; ++p)
        if (const uint64_t n = d.counts[t * d.predicted.n_bins + p]; n > 0)
          csv.add({one.dataset->name, view.methods()[one.method].tag, csv_number(d.truth.edge(t)),
                   csv_number(d.truth.edge(t + 1)), csv_number(d.predicted.edge(p)),
                   csv_number(d.predicted.edge(p + 1)), std::to_string(n)});
  }
  return std::move(csv).text();
}

StudyPages bin_pages(const StudyView& view, const std::string& way) {
  auto all = reconstructions_of(view, "bin");
  std::erase_if(all, [&](const StudyReconstruction& one) { return one.result->density(way) == nullptr; });
  if (all.empty()) return StudyPages::none("no model predicted bins in the way " + way);
  StudyPages pages;
  for (const auto& page : pages_of(all)) {
    const std::string what =
        way == "GEPC" ? "given the cell embedding (GEPC)" : "from each gene's own token (GEP)";
    std::string caption =
        "Expression bins that models predict for their own input, " + what + ", against the true bin." +
        " Data: " + reconstructed_text(datasets_in(page)) + "." +
        " Lines: median, quartiles and 5 % to 95 % range of the predictions for each true bin, the "
        "diagonal on which both agree, and the mean bin of all genes, the study's baseline. "
        "Colour: share of the genes of a true bin per unit of prediction, on a square-root scale "
        "that all panels share; white: none.";
    uint64_t beyond = 0;
    for (const auto& one : page)
      beyond += one.result->density(way)->n_below + one.result->density(way)->n_above;
    if (beyond > 0)
      caption += " " + counted(beyond, "prediction lies", "predictions lie") +
                 " beyond the axis, drawn at its edge.";
    const PanelPage panels = panel_page(view, page, "Predicted against true bin, " + way, caption);
    pages.pages.push_back({methods_in(all).size() > kColumns ? page.front().dataset->name : "", caption,
                           bin_drawing(panels, way), bins_csv(view, page, way)});
  }
  return pages;
}

}  // namespace

std::vector<StudyReconstruction> reconstructions_of(const StudyView& view, const std::string& target) {
  std::vector<StudyReconstruction> out;
  for (const StudyDataset* dataset : view.datasets()) {
    if (!dataset->reconstruction) continue;
    const auto results = results_of(*dataset->reconstruction, target);
    for (size_t method = 0; method < view.methods().size(); ++method)
      for (const ReconstructionResult* result : results)
        if (method_of_tag(view.study(), result->tag) == method) {
          out.push_back({dataset, result, method});
          break;
        }
  }
  return out;
}

std::optional<MethodValue> reconstruction_value(const StudyView& view, const StudyDataset& dataset,
                                                size_t method, const std::string& metric) {
  if (!dataset.reconstruction) return std::nullopt;
  Evaluation evaluation = shared_part(*dataset.reconstruction);
  for (EmbeddingResult& result : evaluation.embeddings)
    if (const auto place = method_of_tag(view.study(), result.tag)) result.group = view.methods()[*place].tag;
  auto value = method_value(evaluation, view.methods()[method].tag, metric);
  if (!value || !std::isfinite(value->mean)) return std::nullopt;
  return value;
}

std::vector<size_t> methods_in(const std::vector<StudyReconstruction>& all) {
  std::vector<size_t> methods;
  for (const StudyReconstruction& one : all)
    if (std::ranges::find(methods, one.method) == methods.end()) methods.push_back(one.method);
  std::ranges::sort(methods);
  return methods;
}

std::vector<const StudyDataset*> datasets_in(const std::vector<StudyReconstruction>& all) {
  std::vector<const StudyDataset*> datasets;
  for (const StudyReconstruction& one : all)
    if (datasets.empty() || datasets.back() != one.dataset) datasets.push_back(one.dataset);
  return datasets;
}

std::string reconstructed_text(const std::vector<const StudyDataset*>& datasets) {
  std::string text;
  for (const StudyDataset* dataset : datasets)
    text += (text.empty() ? "" : ", ") + printable(dataset->name) + " (" +
            counted(dataset->reconstruction->n_cells, "cell") + ")";
  return text;
}

StudyPages figure_6a(const StudyView& view) {
  return bin_pages(view, "GEP");
}

StudyPages figure_6b(const StudyView& view) {
  return bin_pages(view, "GEPC");
}

StudyPages figure_6c(const StudyView& view) {
  const auto all = reconstructions_of(view, "rank");
  if (all.empty()) return StudyPages::none("no model predicted ranks");
  StudyPages pages;
  for (const auto& page : pages_of(all)) {
    const std::string caption =
        "True rank of each gene against the rank that the model predicts for its own input. Data: " +
        reconstructed_text(datasets_in(page)) + "." +
        " Rank 1: first position of the cell; 0: last, or absent on that side. Colour: number of genes in "
        "each field, on a logarithmic scale that all panels share; white: none. On the diagonal both agree.";
    const PanelPage panels = panel_page(view, page, "True and predicted rank", caption);
    pages.pages.push_back({methods_in(all).size() > kColumns ? page.front().dataset->name : "", caption,
                           density_drawing(panels), density_csv(view, page)});
  }
  return pages;
}

}  // namespace zerocell
