#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "zerocell/core/error.h"
#include "zerocell/study/data_source.h"
#include "zerocell/study/methods.h"
#include "zerocell/study/study_file.h"

namespace zerocell {
namespace {

bool is_file(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

class DatasetCheck {
 public:
  DatasetCheck(const StudyFile& study, const StudyFileDataset& set, std::vector<StudyProblem>& problems)
      : set_(set), problems_(problems) {
    for (const auto& method : study.methods)
      if (method.datasets.empty() || std::ranges::find(method.datasets, set.name) != method.datasets.end())
        methods_.push_back(&method);
  }

  void run(ThreadPool& pool) {
    if (set_.path.empty()) return;
    try {
      file_ = DatasetFile::open(set_.path, set_.modality);
    } catch (const Error& error) {
      fail("path", error.what());
      return;
    }
    columns_ = file_->obs_column_names();
    for (const auto& [key, name] : {std::pair{"label", set_.label},
                                    {"batch", set_.batch},
                                    {"donor", set_.donor},
                                    {"overlap_by", set_.overlap_by}})
      if (const auto lack = lacking(key, name); !lack.empty()) fail(key, lack);
    check_batch_keys();
    for (const auto& [key, path] :
         {std::pair{"exclude_cells", set_.exclude_cells}, {"overlap", set_.overlap}})
      if (!path.empty() && !is_file(path)) fail(key, fmt::format("{}: {} is not a file", key, path));
    check_cells(pool);
    check_overlap(pool);
    check_counts(pool);
  }

 private:
  void fail(const char* key, const std::string& message) {
    problems_.push_back({set_.line_of(key), fmt::format("[[dataset]] '{}': {}", set_.name, message)});
  }

  /// A sentence where obs has no such column.
  std::string lacking(const std::string& key, const std::string& name) const {
    if (name.empty() || file_->has_obs_column(name)) return "";
    return fmt::format("{} is '{}', which obs of {} lacks{}; it has: {}", key, name, set_.path,
                       did_you_mean(name, columns_), listed(columns_));
  }

  /// Columns that methods name by themselves.
  void check_batch_keys() {
    for (const auto* method : methods_)
      for (const char* const key : {"batch_key", "hvg_batch_key"})
        if (const auto lack = lacking(key, method->spec.option(key, "")); !lack.empty())
          problems_.push_back(
              {method->line, fmt::format("[[method]] '{}': {}. datasets = [...] names those that it is for",
                                         method->spec.tag, lack)});
  }

  /// Condition and list, without regard to counts, so that mistakes in both are told of.
  void check_cells(ThreadPool& pool) {
    DataSourceOptions options;
    options.modality = set_.modality;
    options.cells.where = set_.where;
    if (is_file(set_.exclude_cells)) options.cells.exclude_cells = set_.exclude_cells;
    try {
      const DataSource data(set_.path, options, pool);
    } catch (const Error& error) {
      fail(!set_.where.empty()                   ? "where"
           : options.cells.exclude_cells.empty() ? "path"
                                                 : "exclude_cells",
           error.what());
    }
  }

  void check_overlap(ThreadPool& pool) {
    const bool has_column = set_.overlap_by.empty() || lacking("overlap_by", set_.overlap_by).empty();
    if (!is_file(set_.overlap) || !has_column) return;
    DataSourceOptions options;
    options.layer = set_.layer;
    options.gene_ids = set_.gene_ids;
    options.accept_non_counts = set_.accept_non_counts;
    try {
      DataSource(set_.path, options, pool).check_list({set_.overlap, set_.overlap_by, true});
    } catch (const Error& error) {
      fail("overlap", error.what());
    }
  }

  void check_counts(ThreadPool& pool) {
    const auto needs_counts = [](const StudyFileMethod* method) {
      const auto known = std::ranges::find(method_table(), method->spec.method, &Method::name);
      return known != method_table().end() && known->needs_counts;
    };
    if (std::ranges::none_of(methods_, needs_counts)) return;
    DataSourceOptions options;
    options.modality = set_.modality;
    options.layer = set_.layer;
    options.accept_non_counts = set_.accept_non_counts;
    try {
      DataSource data(set_.path, options, pool);
      data.counts();
      check_gene_ids(data.counts_name());
    } catch (const Error& error) {
      fail("counts", error.what());
    }
  }

  void check_gene_ids(const std::string& matrix) {
    if (set_.gene_ids.empty()) return;
    const auto var = file_->var(matrix);
    if (var.find(set_.gene_ids)) return;
    if (matrix == "raw" && file_->var().find(set_.gene_ids)) try {
        std::vector<std::string> ignored;
        gene_names_of(*file_, matrix, set_.gene_ids, ignored);
        return;
      } catch (const Error& error) {
        return fail("gene_ids", error.what());
      }
    std::vector<std::string> names;
    for (const auto& column : var.columns) names.push_back(column.name);
    fail("gene_ids", fmt::format("gene_ids is '{}', which var of {} lacks{}; it has: {}", set_.gene_ids,
                                 set_.path, did_you_mean(set_.gene_ids, names), listed(names)));
  }

  const StudyFileDataset& set_;
  std::vector<StudyProblem>& problems_;
  std::vector<const StudyFileMethod*> methods_;  ///< that run on it
  std::shared_ptr<const DatasetFile> file_;
  std::vector<std::string> columns_;
};

/// Paths that a method reads beside the data sets.
std::vector<std::string> paths_of(const StudyFileMethod& method) {
  std::vector<std::string> paths;
  const auto known = std::ranges::find(method_table(), method.spec.method, &Method::name);
  if (known == method_table().end()) return paths;
  if (known->takes_path && known->name != "obsm" && !method.spec.path.empty())
    paths.push_back(method.spec.path);
  for (const auto& [key, value] : method.spec.options)
    if (is_file_option(key) && !value.empty()) paths.push_back(value);
  return paths;
}

}  // namespace

void check_study_files(const StudyFile& study, ThreadPool& pool, std::vector<StudyProblem>& problems) {
  for (const auto& set : study.datasets) DatasetCheck(study, set, problems).run(pool);
  for (const auto& method : study.methods)
    for (const auto& path : paths_of(method))
      if (std::error_code error; !std::filesystem::exists(path, error))
        problems.push_back(
            {method.line, fmt::format("[[method]] '{}': {} does not exist", method.spec.tag, path)});
}

}  // namespace zerocell
