#include "zerocell/study/write_results.h"

#include "zerocell/core/atomic_file.h"
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

std::vector<Figure> write_figures(const Evaluation& evaluation, OutputFolder& folder) {
  auto figures = evaluation_figures(evaluation, metric_table());
  for (const auto& figure : figures) {
    write_text_file(folder.stage("figures/" + figure.name + ".svg"), figure.svg);
    write_text_file(folder.stage("figures/" + figure.name + ".png"), figure.png);
  }
  return figures;
}

void write_report(const Evaluation& evaluation, const std::vector<Figure>& figures, OutputFolder& folder) {
  std::vector<ReportFigure> shown;
  for (const auto& figure : figures) shown.push_back({figure.name, figure.caption, figure.svg});
  HtmlOptions options;
  options.metrics = metric_table();
  options.figures = shown;
  write_text_file(folder.stage("report.html"), html_report(evaluation, options));
}

void write_files(Evaluation& evaluation, OutputFolder& folder, ThreadPool& pool, Progress& progress) {
  StageClock clock;
  progress.stage("files", 0);
  clock.run("cells.h5ad", 0, [&] { write_cells_h5ad(evaluation, folder.stage("cells.h5ad"), pool); });
  progress.check();
  const auto figures = clock.run("figures", 0, [&] { return write_figures(evaluation, folder); });
  progress.check();
  for (auto& stage : clock.stages) evaluation.stages.push_back(std::move(stage));
  write_report(evaluation, figures, folder);
  write_text_file(folder.stage("scores.csv"), scores_csv(evaluation.scores));
  if (const auto text = seeds_csv(evaluation); !text.empty())
    write_text_file(folder.stage("seeds.csv"), text);
  if (const auto text = training_csv(evaluation); !text.empty())
    write_text_file(folder.stage("training.csv"), text);
  write_text_file(folder.stage("results.json"), results_json(evaluation, metric_table()));
}

}  // namespace

void write_results(Evaluation& evaluation, OutputFolder& folder, ThreadPool& pool, Progress& progress) {
  folder.make([&] { write_files(evaluation, folder, pool, progress); });
  folder.complete();
}

}  // namespace zerocell
