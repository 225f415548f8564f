#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "zerocell/core/error.h"
#include "zerocell/study/data_source.h"
#include "zerocell/study/methods.h"
#include "zerocell/study/study_file.h"

namespace zerocell {
namespace {

/// Methods of the study that run on a data set and need counts.
std::string first_that_needs_counts(const StudyFile& study, const StudyFileDataset& set) {
  for (const auto& method : study.methods) {
    if (!method.datasets.empty() && std::ranges::find(method.datasets, set.name) == method.datasets.end())
      continue;
    for (const auto& known : method_table())
      if (known.name == method.spec.method && known.needs_counts) return method.spec.tag;
  }
  return "";
}

class DatasetCheck {
 public:
  DatasetCheck(const StudyFile& study, const StudyFileDataset& set, std::vector<StudyProblem>& problems)
      : study_(study), set_(set), problems_(problems) {}

  void run(ThreadPool& pool) {
    if (set_.path.empty()) return;
    std::shared_ptr<const DatasetFile> file;
    try {
      file = DatasetFile::open(set_.path);
    } catch (const Error& error) {
      fail(error.what());
      return;
    }
    const auto columns = file->obs_column_names();
    for (const auto& [key, name] :
         {std::pair{"label", set_.label}, {"batch", set_.batch}, {"donor", set_.donor}})
      if (!name.empty() && std::ranges::find(columns, name) == columns.end()) {
        const auto nearest = nearest_word(name, columns);
        fail(fmt::format("{} is '{}', which obs of {} lacks{}; it has: {}", key, name, set_.path,
                         nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest),
                         fmt::join(columns, ", ")));
      }
    for (const auto& [key, path] :
         {std::pair{"exclude_cells", set_.exclude_cells}, {"overlap", set_.overlap}})
      if (std::error_code error; !path.empty() && !std::filesystem::is_regular_file(path, error))
        fail(fmt::format("{}: {} is not a file", key, path));
    open(pool);
  }

 private:
  void fail(const std::string& message) {
    problems_.push_back({set_.line, fmt::format("[[dataset]] '{}': {}", set_.name, message)});
  }

  void open(ThreadPool& pool) {
    try {
      DataSourceOptions options;
      options.layer = set_.layer;
      options.gene_ids = set_.gene_ids;
      options.cells.where = set_.where;
      DataSource data(set_.path, options, pool);
      const auto needs = first_that_needs_counts(study_, set_);
      if (!needs.empty()) data.counts();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      fail(error.what());
    }
  }

  const StudyFile& study_;
  const StudyFileDataset& set_;
  std::vector<StudyProblem>& problems_;
};

}  // namespace

void check_study_files(const StudyFile& study, ThreadPool& pool, std::vector<StudyProblem>& problems) {
  for (const auto& set : study.datasets) DatasetCheck(study, set, problems).run(pool);
  for (const auto& method : study.methods) {
    const auto known = std::ranges::find(method_table(), method.spec.method, &Method::name);
    if (known == method_table().end() || !known->takes_path || known->name == "obsm" || known->name == "file")
      continue;
    if (std::error_code error; !std::filesystem::exists(method.spec.path, error))
      problems.push_back({method.line, fmt::format("[[method]] '{}': {} does not exist", method.spec.tag,
                                                   method.spec.path)});
  }
}

}  // namespace zerocell
