#include "zerocell/study/write_reconstruction.h"

#include <filesystem>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
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
                                  const OutputFolder& folder) {
  auto figures = reconstruction_figures(reconstruction, metrics);
  std::error_code error;
  std::filesystem::create_directories(folder.file("figures"), error);
  if (error) throw Error::data({folder.file("figures"), "a folder that can be made", error.message(), ""});
  for (const auto& figure : figures) {
    write_text_file(folder.file("figures/" + figure.name + ".svg"), figure.svg);
    write_text_file(folder.file("figures/" + figure.name + ".png"), figure.png);
  }
  for (const auto& [name, text] : reconstruction_figure_data(reconstruction))
    write_text_file(folder.file("figures/" + name + ".csv"), text);
  return figures;
}

void write_report(const Reconstruction& reconstruction, const std::vector<Figure>& figures,
                  std::span<const MetricInfo> metrics, const OutputFolder& folder) {
  std::vector<ReportFigure> shown;
  for (const auto& figure : figures) shown.push_back({figure.name, figure.caption, figure.svg});
  HtmlOptions options;
  options.metrics = metrics;
  options.figures = shown;
  write_text_file(folder.file("report.html"), html_report(reconstruction, options));
}

}  // namespace

void write_reconstruction(Reconstruction& reconstruction, OutputFolder& folder, ThreadPool& pool,
                          Progress& progress) {
  require_consistent(reconstruction);
  const auto metrics = applicable_metrics(reconstruction);
  StageClock clock;
  progress.stage("files", 0);
  clock.run("cells.h5ad", 0,
            [&] { write_reconstruction_h5ad(reconstruction, folder.file("cells.h5ad"), pool); });
  progress.check();
  const auto figures =
      clock.run("figures", 0, [&] { return write_figures(reconstruction, metrics, folder); });
  progress.check();
  for (auto& stage : clock.stages) reconstruction.stages.push_back(std::move(stage));
  write_report(reconstruction, figures, metrics, folder);
  write_text_file(folder.file("scores.csv"), scores_csv(reconstruction.scores));
  write_text_file(folder.file("results.json"), reconstruction_json(reconstruction, metrics));
  folder.complete();
}

}  // namespace zerocell
