#include "zerocell/study/study_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "zerocell/core/error.h"
#include "zerocell/core/regular_file.h"
#include "zerocell/core/system.h"
#include "zerocell/core/utf8.h"
#include "zerocell/study/methods.h"
#include "zerocell/study/toml_library.h"
#include "zerocell/study/toml_limits.h"

namespace zerocell {
namespace fs = std::filesystem;
namespace {

/// A study of a thousand data sets has some 200 KB.
constexpr uint64_t kMaxBytes = uint64_t{4} << 20;

/// Reads the keys of one table and remembers what is wrong with them.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string where, std::vector<StudyProblem>& problems)
      : table_(table), where_(std::move(where)), problems_(problems) {}

  size_t line() const { return table_.source().begin.line; }
  size_t line_of(std::string_view key) const {
    const auto* node = table_.get(key);
    return node ? node->source().begin.line : line();
  }
  /// True where there is no such key, or a list without entries.
  bool lacks(std::string_view key) const {
    const auto* node = table_.get(key);
    return !node || (node->is_array() && node->as_array()->empty());
  }
  size_t n_problems() const { return problems_.size(); }

  void fail(size_t line, const std::string& message) { problems_.push_back({line, where_ + message}); }

  std::string text(const char* key, std::string fallback = "") {
    const auto* node = note(key);
    if (!node) return fallback;
    if (const auto value = node->value_exact<std::string>()) return *value;
    wrong_type(*node, key, "a text in quotes");
    return fallback;
  }

  uint64_t whole(const char* key, uint64_t fallback, uint64_t least, uint64_t most) {
    const auto* node = note(key);
    if (!node) return fallback;
    const auto value = node->value_exact<int64_t>();
    if (value && *value >= 0 && static_cast<uint64_t>(*value) >= least &&
        static_cast<uint64_t>(*value) <= most)
      return static_cast<uint64_t>(*value);
    wrong_type(*node, key, fmt::format("a whole number from {} to {}", least, most));
    return fallback;
  }

  bool truth(const char* key, bool fallback) {
    const auto* node = note(key);
    if (!node) return fallback;
    if (const auto value = node->value_exact<bool>()) return *value;
    wrong_type(*node, key, "true or false");
    return fallback;
  }

  std::vector<std::string> texts(const char* key, std::vector<std::string> fallback) {
    const auto* node = note(key);
    if (!node) return fallback;
    std::vector<std::string> values;
    if (const auto* array = node->as_array())
      for (const auto& item : *array)
        if (const auto value = item.value_exact<std::string>()) values.push_back(*value);
    if (node->is_array() && values.size() == node->as_array()->size()) return values;
    if (const auto one = node->value_exact<std::string>()) return {*one};
    wrong_type(*node, key, "a list of texts, as [\"a\", \"b\"]");
    return fallback;
  }

  /// Values that are not among `known` are told of and left out.
  std::vector<std::string> choices(const char* key, std::vector<std::string> fallback,
                                   const std::vector<std::string>& known) {
    auto values = texts(key, std::move(fallback));
    std::erase_if(values, [&](const std::string& value) {
      if (std::ranges::find(known, value) != known.end()) return false;
      fail(line_of(key), fmt::format("'{}' in {} is none of: {}{}", value, key, fmt::join(known, ", "),
                                     did_you_mean(value, known)));
      return true;
    });
    return values;
  }

  /// Tables of an array of tables, as [[dataset]].
  std::vector<const toml::table*> tables(const char* key) {
    const auto* node = note(key);
    std::vector<const toml::table*> out;
    if (!node) return out;
    if (const auto* array = node->as_array())
      for (const auto& item : *array)
        if (const auto* table = item.as_table()) out.push_back(table);
    if (!node->is_array() || out.size() != node->as_array()->size())
      wrong_type(*node, key, fmt::format("tables, each headed [[{}]]", key));
    return out;
  }

  const toml::table* table(const char* key) {
    const auto* node = note(key);
    if (node && !node->is_table()) wrong_type(*node, key, fmt::format("a table, headed [{}]", key));
    return node ? node->as_table() : nullptr;
  }

  /// To be called last: keys that were never asked for.
  void unknown_keys() {
    for (const auto& [key, node] : table_) {
      const std::string name(key.str());
      if (std::ranges::find(known_, name) != known_.end()) continue;
      fail(key.source().begin.line, fmt::format("unknown key '{}'{}; known are: {}", name,
                                                did_you_mean(name, known_), fmt::join(known_, ", ")));
    }
  }

 private:
  const toml::node* note(const char* key) {
    known_.emplace_back(key);
    return table_.get(key);
  }
  void wrong_type(const toml::node& node, const char* key, const std::string& expected) {
    fail(node.source().begin.line, fmt::format("{} must be {}", key, expected));
  }

  const toml::table& table_;
  std::string where_;
  std::vector<StudyProblem>& problems_;
  std::vector<std::string> known_;
};

/// A path of the file as it is opened: relative ones lie beside the file.
std::string beside(const fs::path& folder, const std::string& path) {
  if (path.empty() || fs::path(path).is_absolute()) return path;
  return (folder / path).lexically_normal().string();
}

bool is_folder_name(const std::string& name) {
  if (name.empty() || name.front() == '.' || name.size() > 100 || valid_utf8(name) != name) return false;
  return std::ranges::none_of(
      name, [](char c) { return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 32; });
}

/// Names that a study's own files have beside the data sets' folders.
bool is_taken(const std::string& name) {
  const char* const taken[] = {"figures",       "scores.csv", "results.json", "index.html",
                               "manifest.json", "seeds.csv",  "models"};
  return std::ranges::find(taken, name) != std::end(taken);
}

StudyFileDataset read_dataset(const toml::table& table, const fs::path& folder,
                              std::vector<StudyProblem>& problems) {
  TableReader reader(table, "[[dataset]]: ", problems);
  StudyFileDataset set;
  set.line = reader.line();
  for (const auto& [key, value] : table) set.key_lines.emplace_back(key.str(), key.source().begin.line);
  set.name = reader.text("name");
  set.path = beside(folder, reader.text("path"));
  set.label = reader.text("label");
  set.batch = reader.text("batch");
  set.donor = reader.text("donor");
  const auto counts = reader.text("counts", "auto");
  set.layer = counts.starts_with("layer:") ? counts.substr(6) : counts;
  if (counts != "auto" && counts != "X" && counts != "raw" && !counts.starts_with("layer:"))
    reader.fail(reader.line_of("counts"),
                fmt::format("counts is '{}'; it must be \"auto\", \"X\", \"raw\" or \"layer:NAME\"", counts));
  set.modality = reader.text("modality");
  set.gene_ids = reader.text("gene_ids");
  set.where = reader.text("where");
  set.accept_non_counts = reader.truth("accept_non_counts", false);
  set.exclude_cells = beside(folder, reader.text("exclude_cells"));
  set.overlap = beside(folder, reader.text("overlap"));
  set.overlap_by = reader.text("overlap_by");
  if (!set.overlap_by.empty() && set.overlap.empty())
    reader.fail(reader.line_of("overlap_by"), "overlap_by needs overlap, the file with the ids");
  set.subsample = reader.whole("subsample", 0, 0, uint64_t{1} << 40);
  reader.unknown_keys();
  if (set.name.empty() && !set.path.empty()) set.name = fs::path(set.path).stem().string();
  if (set.path.empty()) reader.fail(set.line, "path is missing");
  if (!set.path.empty() && (!is_folder_name(set.name) || is_taken(set.name)))
    reader.fail(reader.line_of("name"),
                fmt::format("'{}' cannot be the name of a folder of results", printable(set.name)));
  return set;
}

/// Paths inside a spec, beside the file where they are there.
void place_paths(EmbeddingSpec& spec, const fs::path& folder) {
  if (spec.method != "obsm") spec.path = beside(folder, spec.path);
  for (auto& [key, value] : spec.options)
    if (key == "aliases" || key == "model" || key == "vocab")
      if (std::error_code error; fs::exists(beside(folder, value), error)) value = beside(folder, value);
}

std::vector<std::string> option_names(const Method& method) {
  std::vector<std::string> names;
  for (const auto& option : method.options) names.emplace_back(option.name);
  return names;
}

void check_spec(StudyFileMethod& method, TableReader& reader) {
  const size_t n_problems = reader.n_problems();
  std::vector<std::string> names;
  for (const auto& known : method_table()) names.push_back(known.name);
  const size_t line = reader.line_of("spec");
  if (std::ranges::find(names, method.spec.method) == names.end()) {
    reader.fail(line, fmt::format("unknown method '{}'{}; 'zerocell models' lists them", method.spec.method,
                                  did_you_mean(method.spec.method, names)));
    return;
  }
  const auto& known = *std::ranges::find(method_table(), method.spec.method, &Method::name);
  const auto options = option_names(known);
  for (const auto& [key, value] : method.spec.options)
    if (key != "seeds" && std::ranges::find(options, key) == options.end())
      reader.fail(line,
                  fmt::format("method {} has no option '{}'{}", known.name, key, did_you_mean(key, options)));
  for (const auto& control : method.controls)
    if (std::ranges::find(options, control) == options.end())
      reader.fail(reader.line_of("controls"),
                  fmt::format("method {} has no control '{}'", known.name, control));
    else if (!method.spec.option(control, "").empty())
      reader.fail(reader.line_of("controls"),
                  fmt::format("the spec itself has {}={}; a control of it would be the same", control,
                              method.spec.option(control, "")));
  if (known.takes_path && method.spec.path.empty() && known.name != "obsm")
    reader.fail(line, fmt::format("method {} needs a path, as {}", known.name, known.example));
  if (reader.n_problems() > n_problems) return;
  try {
    find_method(method.spec);  // values of options, and a path where none is taken
  } catch (const Error& error) {
    reader.fail(line, error.what());
  }
}

std::optional<StudyFileMethod> read_method(const toml::table& table, const fs::path& folder,
                                           std::vector<StudyProblem>& problems) {
  TableReader reader(table, "[[method]]: ", problems);
  StudyFileMethod method;
  method.line = reader.line();
  method.text = reader.text("spec");
  method.seeds = reader.whole("seeds", 1, 1, kMostSeeds);
  method.subsample = reader.whole("subsample", 0, 0, uint64_t{1} << 40);
  method.datasets = reader.texts("datasets", {});
  method.controls = reader.choices("controls", {}, {"weights", "genes", "values"});
  method.reconstruction = reader.truth("reconstruction", true);
  reader.unknown_keys();
  if (method.text.empty()) {
    reader.fail(method.line, "spec is missing, as spec = \"hvg\"");
    return std::nullopt;
  }
  try {
    method.spec = parse_embedding_spec(method.text);
    if (const size_t seeds = method.spec.option_size("seeds", 1); seeds > 1) method.seeds = seeds;
    std::erase_if(method.spec.options, [](const auto& option) { return option.first == "seeds"; });
  } catch (const Error& error) {
    reader.fail(reader.line_of("spec"), error.what());
    return std::nullopt;
  }
  place_paths(method.spec, folder);
  check_spec(method, reader);
  return method;
}

void read_settings(TableReader& reader, StudyFile& study, std::vector<StudyProblem>& problems) {
  study.title = reader.text("title");
  study.seed = reader.whole("seed", 0, 0, uint64_t{1} << 62);
  try {
    study.convention = parse_convention(reader.text("convention", "zerocell"));
  } catch (const Error& error) {
    reader.fail(reader.line_of("convention"), error.what());
  }
  study.tasks = reader.choices("tasks", study.tasks, {"clustering", "batch", "reconstruction"});
  study.figures = reader.texts("figures", {});
  if (study.figures == std::vector<std::string>{"all"}) study.figures.clear();
  study.formats = reader.choices("formats", study.formats, {"svg", "png", "pdf"});
  study.cluster_seeds = reader.whole("cluster_seeds", 1, 1, 1000);
  study.reduced_dims = reader.whole("reduced_dims", 30, 0, 10'000);
  study.save_models = reader.truth("save_models", false);
  if (const auto* limits = reader.table("limits")) {
    TableReader own(*limits, "[limits]: ", problems);
    study.threads = own.whole("threads", 0, 1, 4096);
    if (const auto memory = own.text("max_memory"); !memory.empty()) try {
        study.max_memory = parse_size(memory);
      } catch (const Error& error) {
        own.fail(own.line_of("max_memory"), error.what());
      }
    own.unknown_keys();
  }
}

}  // namespace

bool StudyFile::has_task(std::string_view task) const {
  return std::ranges::find(tasks, task) != tasks.end();
}

StudyFile parse_study_file(const std::string& path, std::string_view text,
                           std::vector<StudyProblem>& problems) {
  StudyFile study;
  study.path = path;
  if (const auto excess = find_toml_excess(text); excess.line > 0) {
    problems.push_back({excess.line, fmt::format("not TOML that zerocell reads: {}", excess.message)});
    return study;
  }
  toml::table root;
  try {
    root = toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    problems.push_back({error.source().begin.line, fmt::format("not TOML: {}", error.description())});
    return study;
  }
  const auto folder = fs::path(path).parent_path();
  TableReader reader(root, "", problems);
  read_settings(reader, study, problems);
  for (const auto* table : reader.tables("dataset"))
    study.datasets.push_back(read_dataset(*table, folder, problems));
  for (const auto* table : reader.tables("method"))
    if (auto method = read_method(*table, folder, problems)) study.methods.push_back(std::move(*method));
  reader.unknown_keys();
  if (reader.lacks("dataset"))
    problems.push_back({1, "no data set: add a table [[dataset]] with name, path, label"});
  if (reader.lacks("method"))
    problems.push_back({1, "no method: add a table [[method]] with spec = \"hvg\""});
  if (study.tasks.empty()) problems.push_back({reader.line_of("tasks"), "tasks is empty: nothing to do"});
  check_study_names(study, problems);
  if (study.title.empty()) study.title = fs::path(path).stem().string();
  return study;
}

StudyFile read_study_file(const std::string& path, ThreadPool& pool) {
  std::error_code error;
  if (!fs::exists(path, error))
    throw Error::usage({path, "a STUDY.toml that can be read", "none",
                        "'zerocell study init DATA...' writes one to begin with"});
  const std::string text = read_whole_file(path, kMaxBytes);
  std::vector<StudyProblem> problems;
  auto study = parse_study_file(path, text, problems);
  // A broken file says little about what it means to open.
  if (problems.empty() || (!study.datasets.empty() && !study.methods.empty()))
    check_study_files(study, pool, problems);
  if (problems.empty()) return study;
  std::ranges::stable_sort(problems, {}, &StudyProblem::line);
  std::string list;
  for (const auto& problem : problems)
    list += fmt::format("\n  {}:{}: {}", path, problem.line, in_study_words(problem.message));
  throw Error::usage(
      {path, "", fmt::format("{} mistake{}:{}", problems.size(), problems.size() == 1 ? "" : "s", list), ""});
}

}  // namespace zerocell
