#include "zerocell/study/write_study.h"

#include <filesystem>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/metrics/registry.h"
#include "zerocell/report/scores_csv.h"
#include "zerocell/report/seeds_csv.h"
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

}  // namespace

void write_study(StudyResults& results, const StudyFile& /*study*/, const std::string& folder,
                 Progress& progress) {
  progress.stage("tables, figures and report of the study", 0);
  write_text_file(folder + "/scores.csv", scores_csv(all_scores(results)));
  const auto seeds = all_seeds(results);
  std::error_code ignored;
  if (seeds.empty())
    std::filesystem::remove(folder + "/seeds.csv", ignored);
  else
    write_text_file(folder + "/seeds.csv", seeds);
  write_text_file(folder + "/results.json", study_json(results, metric_table()));
}

}  // namespace zerocell
