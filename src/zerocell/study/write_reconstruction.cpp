#include "zerocell/study/write_reconstruction.h"

#include "zerocell/core/atomic_file.h"
#include "zerocell/figures/reconstruction_figures.h"
#include "zerocell/reconstruct/reconstruction_scores.h"
#include "zerocell/report/html.h"
#include "zerocell/report/reconstruction_csv.h"
#include "zerocell/report/reconstruction_json.h"
#include "zerocell/report/reconstruction_output.h"
#include "zerocell/report/scores_csv.h"
#include "zerocell/study/stage_clock.h"

namespace zerocell {
namespace {

std::vector<Figure> write_figures(const Reconstruction& reconstruction, std::span<const MetricInfo> metrics,
                                  OutputFolder& folder) {
  auto figures = reconstruction_figures(reconstruction, metrics);
  for (const auto& figure : figures) {
    write_text_file(folder.stage("figures/" + figure.name + ".svg"), figure.svg);
    write_text_file(folder.stage("figures/" + figure.name + ".png"), figure.png);
  }
  for (const auto& [name, text] : reconstruction_figure_data(reconstruction))
    write_text_file(folder.stage("figures/" + name + ".csv"), text);
  return figures;
}

void write_report(const Reconstruction& reconstruction, const std::vector<Figure>& figures,
                  std::span<const MetricInfo> metrics, OutputFolder& folder) {
  std::vector<ReportFigure> shown;
  for (const auto& figure : figures) shown.push_back({figure.name, figure.caption, figure.svg});
  HtmlOptions options;
  options.metrics = metrics;
  options.figures = shown;
  write_text_file(folder.stage("report.html"), html_report(reconstruction, options));
}

void write_files(Reconstruction& reconstruction, OutputFolder& folder, ThreadPool& pool, Progress& progress) {
  const auto metrics = applicable_metrics(reconstruction);
  StageClock clock;
  progress.stage("files", 0);
  clock.run("cells.h5ad", 0,
            [&] { write_reconstruction_h5ad(reconstruction, folder.stage("cells.h5ad"), pool); });
  progress.check();
  const auto figures =
      clock.run("figures", 0, [&] { return write_figures(reconstruction, metrics, folder); });
  progress.check();
  for (auto& stage : clock.stages) reconstruction.stages.push_back(std::move(stage));
  write_report(reconstruction, figures, metrics, folder);
  write_text_file(folder.stage("scores.csv"), scores_csv(reconstruction.scores));
  write_text_file(folder.stage("results.json"), reconstruction_json(reconstruction, metrics));
}

}  // namespace

void write_reconstruction(Reconstruction& reconstruction, OutputFolder& folder, ThreadPool& pool,
                          Progress& progress) {
  require_consistent(reconstruction);
  folder.make([&] { write_files(reconstruction, folder, pool, progress); });
  folder.complete();
}

}  // namespace zerocell
