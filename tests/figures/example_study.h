#pragma once
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "figures/example_evaluation.h"
#include "figures/example_reconstruction.h"
#include "zerocell/core/study_results.h"

namespace zerocell::testing {

/// A score of one embedding, as tests need it.
inline Score study_score(const std::string& embedding, const std::string& metric, double value) {
  Score score;
  score.embedding = embedding;
  score.metric = metric;
  score.value = value;
  score.n_cells = 100;
  score.dims = 30;
  return score;
}

/// Two data sets ("one", "two"), the methods "hvg" and "gf" and the control "gf-random" with two seeds, with
/// scores that can be checked by hand; "gf" has no value on "two".
inline StudyResults small_study() {
  StudyResults study;
  study.title = "small";
  study.methods = {
      {"hvg", "hvg", "hvg", 1, false, "", ""},
      {"gf", "gf=geneformer:model", "geneformer", 1, true, "", ""},
      {"gf-random", "gf-random=geneformer:model,weights=random", "geneformer", 2, true, "gf", "weights"}};
  for (const char* name : {"one", "two"}) {
    StudyDataset dataset;
    dataset.name = name;
    Evaluation& e = dataset.evaluation;
    e.dataset = name;
    e.n_cells = 100;
    e.n_genes = 2000;
    e.label_name = "cell_type";
    e.batch_name = "donor";
    e.labels.categories = {"B", "T", "unused"};
    e.batches.categories = {"d1", "d2"};
    for (int i = 0; i < 100; ++i) {
      e.labels.codes.push_back(i == 7 ? -1 : i % 2);
      e.batches.codes.push_back(dataset.name == "two" ? 0 : i % 2);
      e.cell_names.push_back("c" + std::to_string(i));
    }
    for (const auto& [tag, group] : std::vector<std::pair<std::string, std::string>>{
             {"hvg", ""}, {"gf", ""}, {"gf-random-s0", "gf-random"}, {"gf-random-s1", "gf-random"}}) {
      EmbeddingResult& result = e.embeddings.emplace_back();
      result.tag = tag;
      result.group = group;
      result.stages = {{"embedding", tag == "hvg" ? 2.0 : 40.0, 1000, 0}};
    }
    const double shift = dataset.name == "two" ? 0.2 : 0;
    for (const char* metric : {"asw_label", "avg_bio"}) {
      Score& hvg = e.scores.emplace_back(study_score("hvg", metric, 0.5 + shift));
      hvg.low = 0.45 + shift;
      hvg.high = 0.56 + shift;
      if (dataset.name == "one") {
        Score& gf = e.scores.emplace_back(study_score("gf", metric, 0.75));
        gf.low = 0.7;
        gf.high = 0.8;
      }
      e.scores.push_back(study_score("gf-random-s0", metric, 0.25 + shift));
      e.scores.push_back(study_score("gf-random-s1", metric, 0.5 + shift));
    }
    study.datasets.push_back(std::move(dataset));
  }
  study.datasets[0].evaluation.scores.push_back(study_score("hvg", "asw_batch", 0.875));
  study.datasets[0].evaluation.scores.push_back(study_score("hvg/pc30", "asw_batch", 0.625));
  study.failures.push_back({"two", "gf", "embedding", "out of memory"});
  return study;
}

/// AvgBIO and time of many methods on many data sets.
inline StudyResults crowded_study(size_t n_methods, size_t n_datasets) {
  StudyResults study;
  Random random(4);
  for (size_t m = 0; m < n_methods; ++m)
    study.methods.push_back(
        {"method-" + std::to_string(m), "", m < 3 ? "scgpt" : "file" + std::to_string(m), 1, false, "", ""});
  for (size_t d = 0; d < n_datasets; ++d) {
    StudyDataset dataset;
    dataset.name = "data set " + std::to_string(d);
    Evaluation& e = dataset.evaluation;
    e.n_cells = 100;
    for (const StudyMethod& method : study.methods) {
      EmbeddingResult& result = e.embeddings.emplace_back();
      result.tag = method.tag;
      result.stages = {{"embedding", std::pow(10, 3 * random.uniform()), 1, 0}};
      e.scores.push_back(study_score(method.tag, "avg_bio", 0.3 + 0.5 * random.uniform()));
    }
    study.datasets.push_back(std::move(dataset));
  }
  return study;
}

/// Sizes of a study as a reader would have them at the upper end.
struct StudyExampleSize {
  size_t n_cells = 3000, n_labels = 45, n_batches = 31;
  bool samples = true;
};

/// Five data sets, nine methods, some with three seeds and long names, failures, one data set with one batch,
/// a part without overlap, a sample, reconstructions by three scGPT variants and Geneformer.
inline StudyResults full_study(const StudyExampleSize& size = {}) {
  StudyResults study;
  study.title = "limits of zero-shot models";
  study.methods = {
      {"all-genes", "all-genes", "all-genes", 1, false, "", ""},
      {"hvg", "hvg", "hvg", 1, false, "", ""},
      {"harmony", "harmony", "harmony", 1, false, "", ""},
      {"scvi", "scvi:seeds=3", "scvi", 3, false, "", ""},
      {"geneformer-v2-316M-mean-of-genes", "geneformer:a", "geneformer", 1, true, "", ""},
      {"geneformer-random", "geneformer:a,weights=random,seeds=3", "geneformer", 3, true,
       "geneformer-v2-316M-mean-of-genes", "weights"},
      {"scgpt-human", "scgpt:h", "scgpt", 1, true, "", ""},
      {"scgpt-blood", "scgpt:b", "scgpt", 1, true, "", ""},
      {"scgpt-random", "scgpt:h,weights=random,seeds=3", "scgpt", 3, true, "scgpt-human", "weights"}};
  const std::vector<std::pair<std::string, double>> sets{
      {"Pancreas", 1},
      {"PBMC 12k", 0.6},
      {"PBMC 95k", 1.4},
      {"Immune (cross-tissue, 16 tissues, 12 donors)", 7.2},
      {"Tabula Sapiens", 2}};
  Random random(11);
  const auto uniform = [&](double low, double high) { return low + (high - low) * random.uniform(); };
  const auto metrics = example_metrics();
  const auto add_dataset = [&](const std::string& name, double scale, StudyVariant variant,
                               const std::string& of) {
    const auto place = study.datasets.size();
    ExampleSize shape;
    shape.n_cells = static_cast<size_t>(static_cast<double>(size.n_cells) * scale);
    shape.n_methods = study.methods.size();
    shape.n_labels = place == 3 ? size.n_labels : 7 + 3 * place;
    shape.n_batches = place == 2 ? 1 : place == 3 ? size.n_batches : 2 + 3 * place;
    shape.reduced = false;
    shape.long_names = place == 3;
    Evaluation e = example_evaluation(shape);
    e.dataset = name;
    e.scores.clear();
    const auto layouts = std::move(e.embeddings);
    e.embeddings.clear();
    for (size_t m = 0; m < study.methods.size(); ++m) {
      const StudyMethod& method = study.methods[m];
      if (m == 4 && place == 4) continue;  // failed
      const double quality = method.control.empty() ? 0.42 + 0.04 * static_cast<double>(m % 5) : 0.33;
      for (size_t seed = 0; seed < method.n_seeds; ++seed) {
        EmbeddingResult result = layouts[m];
        result.tag = method.tag + (method.n_seeds > 1 ? "-s" + std::to_string(seed) : "");
        result.group = method.n_seeds > 1 ? method.tag : "";
        result.seed = seed;
        result.values = DenseMatrix<float>();
        if (m == 2 && place == 1) result.umap = DenseMatrix<float>(shape.n_cells, 2, NAN);
        if (m == 3 && place == 1) result.umap = {};
        if (seed > 0) result.umap = {};
        const double seconds = std::pow(10, 0.2 + 0.4 * static_cast<double>(m)) * scale;
        result.stages = {{"embedding", seconds * uniform(0.9, 1.1), uint64_t{1} << 30, 0}};
        for (const MetricInfo& metric : metrics)
          for (const std::string suffix : {"", "/pc30"}) {
            if (metric.group == "batch" && shape.n_batches < 2) continue;
            if (m == 0 && metric.name == "avg_bio" && place == 4) continue;
            double value = std::clamp(quality + uniform(-0.08, 0.16), 0.0, 1.0);
            if (metric.group == "batch") value = std::clamp(0.95 - 0.4 * value + uniform(-0.05, 0), 0.0, 1.0);
            if (metric.name.ends_with("_fixed")) value *= 0.85;
            Score& score = e.scores.emplace_back(study_score(result.tag + suffix, metric.name, value));
            score.n_cells = shape.n_cells;
            score.dims = suffix.empty() ? 512 : 30;
            score.direction = metric.direction;
            if (metric.name.starts_with("asw")) {
              score.low = value - uniform(0.005, 0.02);
              score.high = value + uniform(0.005, 0.02);
            }
          }
        e.embeddings.push_back(std::move(result));
      }
    }
    StudyDataset dataset{name, name, variant, of, std::move(e), std::nullopt};
    if (variant == StudyVariant::whole && place != 1) {
      Reconstruction r = example_reconstruction(1, 400 + 100 * place);
      r.dataset = name;
      r.results[0].tag = "geneformer-v2-316M-mean-of-genes";
      add_bin_models(r, 3);
      const char* tags[] = {"scgpt-human", "scgpt-blood", "scgpt-random-s0"};
      for (size_t i = 0; i < 3; ++i) {
        for (Score& score : r.scores)
          if (score.embedding == r.results[i + 1].tag) score.embedding = tags[i];
        r.results[i + 1].tag = tags[i];
      }
      for (Score& score : r.scores) *score.value *= 0.8 + 0.1 * static_cast<double>(place);
      for (Score& score : r.scores) score.low = *score.value - 6, score.high = *score.value + 5;
      r.obs = {};
      dataset.reconstruction = std::move(r);
    }
    study.datasets.push_back(std::move(dataset));
  };
  for (const auto& [name, scale] : sets) add_dataset(name, scale, StudyVariant::whole, "");
  add_dataset("Pancreas without overlap", 0.7, StudyVariant::without_overlap, "Pancreas");
  if (size.samples) {
    add_dataset("Immune, 10 %", 0.7, StudyVariant::sample, sets[3].first);
    add_dataset("Tabula Sapiens, 10 %", 0.2, StudyVariant::sample, "Tabula Sapiens");
  }
  study.failures.push_back(
      {"Tabula Sapiens", study.methods[4].tag, "embedding", "not enough memory: 12 GB asked for"});
  return study;
}

}  // namespace zerocell::testing
