#include "zerocell/study/write_results.h"

#include <filesystem>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/figures/evaluation_figures.h"
#include "zerocell/metrics/registry.h"
#include "zerocell/report/cells_h5ad.h"
#include "zerocell/report/html.h"
#include "zerocell/report/results_json.h"
#include "zerocell/report/scores_csv.h"
#include "zerocell/report/seeds_csv.h"
#include "zerocell/study/stage_clock.h"

namespace zerocell {
namespace {

std::vector<Figure> write_figures(const Evaluation& evaluation, const OutputFolder& folder) {
  auto figures = evaluation_figures(evaluation, metric_table());
  std::error_code error;
  std::filesystem::create_directories(folder.file("figures"), error);
  if (error) throw Error::data({folder.file("figures"), "a folder that can be made", error.message(), ""});
  for (const auto& figure : figures) {
    write_text_file(folder.file("figures/" + figure.name + ".svg"), figure.svg);
    write_text_file(folder.file("figures/" + figure.name + ".png"), figure.png);
  }
  return figures;
}

void write_report(const Evaluation& evaluation, const std::vector<Figure>& figures,
                  const OutputFolder& folder) {
  std::vector<ReportFigure> shown;
  for (const auto& figure : figures) shown.push_back({figure.name, figure.caption, figure.svg});
  HtmlOptions options;
  options.metrics = metric_table();
  options.figures = shown;
  write_text_file(folder.file("report.html"), html_report(evaluation, options));
}

}  // namespace

void write_results(Evaluation& evaluation, OutputFolder& folder, ThreadPool& pool, Progress& progress) {
  StageClock clock;
  progress.stage("files", 0);
  clock.run("cells.h5ad", 0, [&] { write_cells_h5ad(evaluation, folder.file("cells.h5ad"), pool); });
  progress.check();
  const auto figures = clock.run("figures", 0, [&] { return write_figures(evaluation, folder); });
  progress.check();
  for (auto& stage : clock.stages) evaluation.stages.push_back(std::move(stage));
  write_report(evaluation, figures, folder);
  write_text_file(folder.file("scores.csv"), scores_csv(evaluation.scores));
  if (const auto text = seeds_csv(evaluation); !text.empty()) write_text_file(folder.file("seeds.csv"), text);
  if (const auto text = training_csv(evaluation); !text.empty())
    write_text_file(folder.file("training.csv"), text);
  write_text_file(folder.file("results.json"), results_json(evaluation, metric_table()));
  folder.complete();
}

}  // namespace zerocell
