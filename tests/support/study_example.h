#pragma once
#include <cmath>
#include <string>
#include <vector>

#include "zerocell/core/random.h"
#include "zerocell/core/study_results.h"

namespace zerocell {

/// What a made-up study holds.
struct StudyExample {
  size_t n_datasets = 3;
  size_t n_cells = 60;
  size_t n_labels = 4;
  size_t n_batches = 2;
  std::vector<std::string> methods = {"hvg", "scvi", "geneformer", "scgpt"};  ///< method names, also tags
  size_t n_seeds = 1;                                                         ///< of scvi
  bool with_control = true;  ///< untrained weights of the last method
  bool with_reconstruction = true;
};

namespace study_example {

inline Score score(const std::string& embedding, const std::string& metric, double value, bool has_interval) {
  Score out;
  out.embedding = embedding;
  out.metric = metric;
  out.value = value;
  out.n_cells = 60;
  out.dims = embedding.find("/pc") == std::string::npos ? 512 : 30;
  out.convention = "zerocell";
  if (has_interval) {
    out.low = value - 0.01;
    out.high = value + 0.01;
  } else {
    out.reason = "no interval";
  }
  return out;
}

inline void add_embedding(Evaluation& evaluation, const std::string& tag, const std::string& group,
                          double quality, Random& random) {
  EmbeddingResult result;
  result.tag = tag;
  result.group = group;
  result.method = group;
  result.dims = 512;
  const size_t n = evaluation.n_cells;
  result.umap = DenseMatrix<float>(n, 2);
  result.cluster.resize(n);
  for (size_t i = 0; i < n; ++i) {
    const int32_t label = evaluation.labels.codes[i];
    const double angle = 6.2832 * label / static_cast<double>(evaluation.labels.n_categories());
    result.umap(i, 0) = static_cast<float>(8 * quality * std::cos(angle) + random.normal());
    result.umap(i, 1) = static_cast<float>(8 * quality * std::sin(angle) + random.normal());
    result.cluster[i] = label < 0 ? 0 : label;
  }
  result.stages = {{"embed", 1.5 / quality, 100'000'000, static_cast<double>(n)}};
  result.losses = {{"genes", 120, 2000, "not in the vocabulary"}};
  for (const std::string suffix : {"", "/pc30"}) {
    const double shift = suffix.empty() ? 0 : -0.02;
    for (const char* metric : {"asw_label", "asw_batch"})
      evaluation.scores.push_back(score(tag + suffix, metric, quality + shift, true));
    for (const char* metric : {"nmi", "ari", "avg_bio", "nmi_fixed", "ari_fixed"})
      evaluation.scores.push_back(score(tag + suffix, metric, quality + shift - 0.01, false));
  }
  evaluation.embeddings.push_back(std::move(result));
}

inline Evaluation evaluation(const StudyExample& example, const StudyResults& study, size_t d) {
  Random random(d + 1);
  Evaluation own;
  own.dataset = study.datasets[d].name;
  own.n_cells = example.n_cells;
  own.n_genes = 2000;
  own.counts_source = "layers/counts";
  own.label_name = "celltype";
  own.batch_name = "batch";
  for (size_t l = 0; l < example.n_labels; ++l) own.labels.categories.push_back("type " + std::to_string(l));
  for (size_t b = 0; b < example.n_batches; ++b)
    own.batches.categories.push_back("batch " + std::to_string(b));
  for (size_t i = 0; i < example.n_cells; ++i) {
    own.labels.codes.push_back(static_cast<int32_t>(random.below(example.n_labels)));
    own.batches.codes.push_back(static_cast<int32_t>(random.below(example.n_batches)));
  }
  for (size_t m = 0; m < study.methods.size(); ++m) {
    const auto& method = study.methods[m];
    const double quality = 0.8 - 0.4 * static_cast<double>(m) / static_cast<double>(study.methods.size()) +
                           0.01 * static_cast<double>(d);
    for (size_t s = 0; s < method.n_seeds; ++s) {
      const std::string tag = method.n_seeds > 1 ? method.tag + "-s" + std::to_string(s) : method.tag;
      add_embedding(own, tag, method.tag, quality + 0.004 * static_cast<double>(s), random);
    }
  }
  return own;
}

inline Reconstruction reconstruction() {
  Reconstruction own;
  for (const auto& [tag, options] :
       {std::pair{"scgpt", "scgpt:seed=0,mask=none"}, {"masked", "scgpt:seed=0,mask=0.15"}}) {
    ReconstructionResult result;
    result.tag = tag;
    result.model = "scgpt";
    result.target = "bin";
    result.options = options;
    own.results.push_back(result);
    for (const auto& [metric, value] :
         {std::pair{"mse_gep", 205.0}, {"mse_gepc", 180.0}, {"mse_mean", 200.0}}) {
      own.scores.push_back(score(tag, metric, value, true));
      own.scores.back().direction = Direction::lower;
    }
  }
  return own;
}

}  // namespace study_example

/// A study with made-up results: earlier methods are better, later data sets a little.
inline StudyResults example_study(const StudyExample& example = {}) {
  StudyResults study;
  study.title = "Example";
  for (const auto& name : example.methods) {
    StudyMethod method;
    method.tag = method.method = method.spec = name;
    method.is_model = name == "geneformer" || name == "scgpt" || name == "scvi";
    method.n_seeds = name == "scvi" ? example.n_seeds : 1;
    study.methods.push_back(method);
  }
  if (example.with_control) {
    StudyMethod control = study.methods.back();
    control.control_of = control.tag;
    control.control = "weights";
    control.tag += "-random";
    control.spec = control.tag + "@" + control.method + ":weights=random";
    control.n_seeds = 1;
    study.methods.push_back(control);
  }
  for (size_t d = 0; d < example.n_datasets; ++d) {
    StudyDataset dataset;
    dataset.name = dataset.folder = "set" + std::to_string(d);
    study.datasets.push_back(std::move(dataset));
  }
  for (size_t d = 0; d < example.n_datasets; ++d) {
    study.datasets[d].evaluation = study_example::evaluation(example, study, d);
    if (example.with_reconstruction) study.datasets[d].reconstruction = study_example::reconstruction();
  }
  study.provenance = {{"zerocell", "0.1.0"}};
  study.stages = {{"study", 12.5, 300'000'000, 0}};
  return study;
}

}  // namespace zerocell
