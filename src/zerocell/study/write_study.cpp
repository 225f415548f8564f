#include "zerocell/study/write_study.h"

#include <algorithm>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/figures/study_figures.h"
#include "zerocell/metrics/registry.h"
#include "zerocell/reconstruct/reconstruction_scores.h"
#include "zerocell/report/html.h"
#include "zerocell/report/scores_csv.h"
#include "zerocell/report/seeds_csv.h"
#include "zerocell/report/study_html.h"
#include "zerocell/report/study_json.h"

namespace zerocell {
namespace {

std::vector<Score> all_scores(const StudyResults& results) {
  std::vector<Score> scores;
  for (const auto& dataset : results.datasets) {
    for (const auto& score : dataset.evaluation.scores) scores.push_back(score);
    if (dataset.reconstruction)
      for (const auto& score : dataset.reconstruction->scores) scores.push_back(score);
  }
  return scores;
}

/// The data sets' tables below one head.
std::string all_seeds(const StudyResults& results) {
  std::string out;
  for (const auto& dataset : results.datasets) {
    const auto text = seeds_csv(dataset.evaluation);
    out += out.empty() || text.empty() ? text : text.substr(text.find('\n') + 1);
  }
  return out;
}

/// Metrics of embeddings, and of reconstruction where some model was asked.
std::vector<MetricInfo> metrics_of(const StudyResults& results) {
  std::vector<MetricInfo> metrics(metric_table().begin(), metric_table().end());
  for (const auto& dataset : results.datasets) {
    if (!dataset.reconstruction) continue;
    for (const auto& metric : applicable_metrics(*dataset.reconstruction))
      if (std::ranges::find(metrics, metric.name, &MetricInfo::name) == metrics.end())
        metrics.push_back(metric);
  }
  return metrics;
}

/// Writes the figures in the formats that the study asks for; what cannot be drawn becomes a warning.
std::vector<StudyFigure> write_figures(StudyResults& results, const StudyFile& study,
                                       std::span<const MetricInfo> metrics, StudyFolder& folder) {
  auto drawn = study_figures(results, {study.figures, metrics});
  const auto wanted = [&](const char* format) {
    return std::ranges::find(study.formats, format) != study.formats.end();
  };
  for (const auto& figure : drawn.figures) {
    const auto name = "figures/" + figure.name;
    if (wanted("svg")) write_text_file(folder.stage(name + ".svg"), figure.svg);
    if (wanted("png")) write_text_file(folder.stage(name + ".png"), figure.png);
    if (wanted("pdf")) write_text_file(folder.stage(name + ".pdf"), figure.pdf);
    write_text_file(folder.stage(name + ".csv"), figure.csv);
  }
  // Of the figures that were asked for by name; that others do not apply is no news.
  if (!study.figures.empty())
    for (const auto& absence : drawn.absent)
      results.warnings.push_back("figure " + absence.number +
                                 (absence.dataset.empty() ? "" : " of " + absence.dataset) +
                                 " cannot be drawn: " + absence.reason);
  return std::move(drawn.figures);
}

void write_files(StudyResults& results, const StudyFile& study, StudyFolder& folder, Progress& progress) {
  progress.stage("tables, figures and report of the study", 0);
  write_text_file(folder.stage("scores.csv"), scores_csv(all_scores(results)));
  const auto seeds = all_seeds(results);
  if (!seeds.empty()) write_text_file(folder.stage("seeds.csv"), seeds);
  progress.check();
  const auto metrics = metrics_of(results);
  const auto figures = write_figures(results, study, metrics, folder);
  progress.check();
  write_text_file(folder.stage("results.json"), study_json(results, metrics));
  std::vector<ReportFigure> shown;
  for (const auto& figure : figures) shown.push_back({figure.name, figure.caption, figure.svg});
  HtmlOptions options;
  options.metrics = metrics;
  options.figures = shown;
  write_text_file(folder.stage("index.html"), study_index_html(results, options));
}

}  // namespace

void write_study(StudyResults& results, const StudyFile& study, StudyFolder& folder, Progress& progress) {
  folder.make([&] { write_files(results, study, folder, progress); });
}

}  // namespace zerocell
