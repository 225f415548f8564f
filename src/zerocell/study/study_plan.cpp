#include "zerocell/study/study_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "zerocell/core/error.h"
#include "zerocell/study/data_source.h"
#include "zerocell/study/inspect.h"
#include "zerocell/study/methods.h"

namespace zerocell {
namespace {

/// A method of the study, or a control of one.
struct PlannedMethod {
  StudyMethod method;
  EmbeddingSpec spec;
  const StudyFileMethod* entry = nullptr;
};

bool is_model(const EmbeddingSpec& spec) {
  return find_method(spec).compute_together != nullptr;
}

/// True for a model whose weights nobody trained. What cannot be read is told of by the run.
bool is_untrained(const EmbeddingSpec& spec) {
  const auto& method = find_method(spec);
  try {
    return method.untrained && method.untrained(spec);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    return false;
  }
}

/// "weights", "genes" or "values" where the spec itself asks for a control.
std::string control_of_spec(const EmbeddingSpec& spec) {
  if (spec.option("weights", "") == "random") return "weights";
  for (const char* const key : {"genes", "values"})
    if (spec.option(key, "") == "shuffled") return key;
  return is_untrained(spec) ? "weights" : "";
}

std::vector<PlannedMethod> planned_methods(const StudyFile& study) {
  std::vector<PlannedMethod> planned;
  const auto add = [&](EmbeddingSpec spec, const StudyFileMethod& entry, const std::string& control_of,
                       const std::string& control) {
    spec.group = spec.tag;
    planned.push_back({{spec.tag, entry.text, spec.method, entry.seeds, is_model(spec), control_of, control},
                       spec,
                       &entry});
  };
  for (const auto& entry : study.methods) {
    add(entry.spec, entry, "", is_model(entry.spec) ? control_of_spec(entry.spec) : "");
    for (const auto& control : entry.controls) {
      auto spec = entry.spec;
      spec.tag = control_tag(entry.spec.tag, control);
      spec.options.emplace_back(control, control == "weights" ? "random" : "shuffled");
      add(std::move(spec), entry, entry.spec.tag, control);
    }
  }
  // Controls that were written as methods of their own belong to the method with the same files.
  for (auto& one : planned) {
    if (one.method.control.empty() || !one.method.control_of.empty()) continue;
    for (const auto& other : planned)
      if (other.method.control.empty() && other.spec.method == one.spec.method &&
          other.spec.path == one.spec.path) {
        one.method.control_of = other.method.tag;
        break;
      }
  }
  return planned;
}

bool runs_on(const StudyFileMethod& method, const StudyFileDataset& set) {
  return method.datasets.empty() || std::ranges::find(method.datasets, set.name) != method.datasets.end();
}

void add_method(StudyPart& part, const PlannedMethod& planned, const StudyFile& study) {
  const auto& known = find_method(planned.spec);
  if (known.batches == BatchUse::needed && planned.spec.option("batch_key", part.dataset->batch).empty()) {
    part.not_applicable.push_back(
        {part.name, planned.method.tag, "embedding",
         fmt::format("not applicable: {} corrects for batches, and the study names no "
                     "batch column for this data set",
                     known.name)});
    return;
  }
  if (study.has_task("clustering") || study.has_task("batch")) {
    auto spec = planned.spec;
    if (planned.method.n_seeds > 1)
      spec.options.emplace_back("seeds", std::to_string(planned.method.n_seeds));
    for (auto& one : expand_seeds(spec, study.seed)) part.embeddings.push_back(std::move(one));
  }
  const auto& control = planned.method.control;
  if (study.has_task("reconstruction") && known.reconstruct && planned.entry->reconstruction &&
      (control.empty() || control == "weights"))
    part.reconstructions.push_back(planned.spec);
}

/// Cells that a data set's own selection leaves, with or without its overlap.
size_t cells_of(const StudyFile& study, const StudyFileDataset& set, bool leave_overlap, ThreadPool& pool) {
  return DataSource(set.path,
                    study_source(study, set, set.subsample, leave_overlap, DataSourceOptions().max_memory),
                    pool)
      .n_cells();
}

/// The same without the overlap, 0 where that is every cell: the run will tell.
size_t cells_without_overlap(const StudyFile& study, const StudyFileDataset& set, ThreadPool& pool) {
  try {
    return cells_of(study, set, true, pool);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    return 0;
  }
}

void plan_dataset(const StudyFile& study, const StudyFileDataset& set,
                  const std::vector<PlannedMethod>& methods, ThreadPool& pool,
                  std::vector<StudyPart>& parts) {
  const size_t n_cells = cells_of(study, set, false, pool);
  StudyPart whole;
  whole.dataset = &set;
  whole.name = set.name;
  whole.subsample = set.subsample;
  whole.n_cells = n_cells;
  std::set<size_t> samples;
  for (const auto& method : methods) {
    if (!runs_on(*method.entry, set)) continue;
    if (method.entry->subsample > 0 && method.entry->subsample < n_cells)
      samples.insert(method.entry->subsample);
    else
      add_method(whole, method, study);
  }
  const bool has_whole =
      !whole.embeddings.empty() || !whole.reconstructions.empty() || !whole.not_applicable.empty();
  if (has_whole) parts.push_back(whole);
  std::vector<std::string> on_whole;
  for (const auto& spec : whole.embeddings) on_whole.push_back(spec.tag);
  if (has_whole && !set.overlap.empty()) {
    StudyPart without = whole;
    without.on_whole = on_whole;
    without.name += "-without-overlap";
    without.variant = StudyVariant::without_overlap;
    without.leave_overlap = true;
    without.n_cells = cells_without_overlap(study, set, pool);
    for (auto& failure : without.not_applicable) failure.dataset = without.name;
    parts.push_back(std::move(without));
  }
  for (const size_t n : samples) {
    StudyPart sample;
    sample.dataset = &set;
    sample.name = fmt::format("{}-sample{}", set.name, n);
    sample.variant = StudyVariant::sample;
    sample.subsample = sample.n_cells = n;
    sample.on_whole = on_whole;
    for (const auto& method : methods)
      if (runs_on(*method.entry, set) && (method.entry->subsample == 0 || method.entry->subsample == n))
        add_method(sample, method, study);
    parts.push_back(std::move(sample));
  }
}

}  // namespace

DataSourceOptions study_source(const StudyFile& study, const StudyFileDataset& dataset, size_t subsample,
                               bool leave_overlap, uint64_t max_memory) {
  DataSourceOptions source{dataset.layer, dataset.gene_ids, dataset.accept_non_counts, {},
                           max_memory,    dataset.modality};
  auto& cells = source.cells;
  cells.where = dataset.where;
  cells.exclude_cells = dataset.exclude_cells;
  if (leave_overlap) {
    cells.overlap = dataset.overlap;
    cells.overlap_by = dataset.overlap_by;
  }
  cells.subsample = subsample;
  cells.seed = study.seed;
  cells.numpy_draw = study.convention == Convention::paper;
  return source;
}

StudyPlan plan_study(const StudyFile& study, ThreadPool& pool) {
  StudyPlan plan;
  const auto methods = planned_methods(study);
  for (const auto& method : methods) {
    const auto same = std::ranges::find(plan.methods, method.method.tag, &StudyMethod::tag);
    if (same != plan.methods.end())
      throw Error::usage({study.path, "different tags",
                          fmt::format("'{}' for a control and a method", same->tag),
                          "Give the method another tag"});
    plan.methods.push_back(method.method);
  }
  for (const auto& set : study.datasets) plan_dataset(study, set, methods, pool, plan.parts);
  for (size_t i = 0; i < plan.parts.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (plan.parts[i].name == plan.parts[j].name)
        throw Error::usage({study.path, "data sets with different names",
                            fmt::format("'{}' for two of them", plan.parts[i].name),
                            "Give one another name"});
  return plan;
}

PartEstimate estimate_part(const StudyFile& study, const StudyPart& part, ThreadPool& pool,
                           uint64_t max_memory, Progress& progress, std::span<const FinishedWork> finished) {
  if (!finished.empty() && part.reconstructions.empty() &&
      std::ranges::all_of(finished, &FinishedWork::scores))
    return {};
  if (part.leave_overlap && part.n_cells == 0) return {};
  const auto options = study_source(study, *part.dataset, part.subsample, part.leave_overlap, max_memory);
  DataSource data(part.dataset->path, options, pool);
  const auto n = static_cast<double>(data.n_cells());
  PartEstimate estimate;
  std::map<std::string, double> of_model;  // a reconstruction is the same pass again
  for (size_t i = 0; i < part.embeddings.size(); ++i) {
    const auto& spec = part.embeddings[i];
    const auto done = i < finished.size() ? finished[i] : FinishedWork();
    if (done.scores) continue;
    progress.check();
    progress.stage(fmt::format("estimate: {}: {}", part.name, spec.tag), 0);
    const auto& method = find_method(spec);
    const bool sparse = method.name == "hvg" || method.name == "all-genes";
    const auto scores = estimate_evaluate(data.n_cells(), sparse ? 2000 : 50, sparse ? 0.1 : 1, pool.size());
    estimate.seconds += scores.seconds * (sparse && study.reduced_dims ? 1.7 : 1.3);
    estimate.bytes = std::max(estimate.bytes, scores.bytes);
    if (done.embedding) continue;
    if (method.cell_wise && method.cell_wise(spec) &&
        std::ranges::find(part.on_whole, spec.tag) != part.on_whole.end())
      continue;  // its rows are taken from those
    if (method.name == "scvi" && spec.option("model", "").empty()) {
      const size_t given = spec.option_size("max_epochs", 0, 0);
      const double epochs = given ? static_cast<double>(given) : std::min(400.0, 8e6 / n);
      // docs/performance.md: 0.62 s an epoch of 8,405 cells x 4,763 genes on one thread; a little more here.
      estimate.seconds += epochs * n * static_cast<double>(data.file().n_genes()) * 1.8e-8 /
                          std::min(4.0, static_cast<double>(pool.size()));
    }
    if (!method.outlook) continue;
    try {
      const double seconds =
          method.outlook({spec, data, pool, progress, study.seed, max_memory, "cpu", "", ""}).seconds;
      estimate.seconds += seconds;
      of_model[spec.group] = seconds;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      estimate.unknown.push_back(spec.tag);
    }
  }
  for (const auto& spec : part.reconstructions)
    if (const auto known = of_model.find(spec.tag); known != of_model.end())
      estimate.seconds += known->second;
    else
      estimate.unknown.push_back(spec.tag + " (reconstruction)");
  return estimate;
}

InputFiles study_inputs(const StudyFile& study, const StudyPlan& plan) {
  InputFiles inputs;
  inputs.add(study.path);
  for (const auto& part : plan.parts) {
    inputs.add_data_set(part.dataset->path);
    inputs.add(study_source(study, *part.dataset, part.subsample, part.leave_overlap, 0).cells);
    for (const auto* specs : {&part.embeddings, &part.reconstructions})
      for (const auto& spec : *specs) inputs.add(spec);
  }
  return inputs;
}

}  // namespace zerocell
