#include "zerocell/report/leaderboard_entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "zerocell/core/number_text.h"
#include "zerocell/figures/score_table.h"

namespace zerocell {
namespace {

/// "hvg:n_top_genes=2000,seed=3" -> "hvg:n_top_genes=2000"
std::string without_seed(const std::string& options) {
  const size_t colon = options.find(':');
  if (colon == std::string::npos) return options;
  std::string kept;
  for (size_t at = colon + 1; at <= options.size();) {
    const size_t end = std::min(options.find(',', at), options.size());
    const std::string_view item = std::string_view(options).substr(at, end - at);
    if (!item.starts_with("seed=")) {
      if (!kept.empty()) kept += ',';
      kept += item;
    }
    at = end + 1;
  }
  return options.substr(0, colon + 1) + kept;
}

/// What makes two data sets the same one; empty where the document does not say.
std::string identity(const ResultDocument* document) {
  if (!document || document->fact("input hash").empty()) return "";
  std::string out;
  for (const char* name : {"input hash", "dataset.n_cells", "label", "batch", "dataset.counts", "where",
                           "excluded cells", "subsample"})
    out += document->fact(name) + '\n';
  return out;
}

/// Finds the board's data set for each one of a folder.
class DatasetTable {
 public:
  DatasetTable(Leaderboard& board, bool match_names) : board_(board), match_names_(match_names) {}

  /// Data sets whose document identifies them.
  void add_identified(size_t folder, const std::string& name, const ResultDocument* document) {
    const std::string key = match_names_ ? "" : identity(document);
    if (key.empty()) return;
    const auto [found, is_new] = by_identity_.emplace(key, board_.datasets.size());
    if (is_new) append(name, document->fact("input hash"));
    join(folder, name, found->second);
  }

  /// The others, once all identified ones are known.
  void add_named(size_t folder, const std::string& name) {
    if (place_.count({folder, name})) return;
    std::vector<size_t> bearers;
    for (size_t i = 0; i < board_.datasets.size(); ++i)
      if (std::ranges::count(board_.datasets[i].names, name)) bearers.push_back(i);
    if (bearers.size() == 1) {
      if (!match_names_ && !board_.datasets[bearers[0]].input_hash.empty())
        board_.notes.push_back("'" + name + "' of " + board_.folders[folder] +
                               " is taken for the data set of that name: the folder does not say which file "
                               "it is of");
      join(folder, name, bearers[0]);
      return;
    }
    append(name, "");
    join(folder, name, board_.datasets.size() - 1);
  }

  size_t at(size_t folder, const std::string& name) const { return place_.at({folder, name}); }

 private:
  void append(const std::string& name, const std::string& hash) {
    std::string unique = name;
    for (int n = 2; std::ranges::count(board_.datasets, unique, &LeaderboardDataset::name) > 0; ++n)
      unique = fmt::format("{} ({})", name, n);
    if (unique != name)
      board_.notes.push_back("'" + unique + "' is another data set than '" + name +
                             "': its file, cells, label, batch or counts differ");
    board_.datasets.push_back({unique, {}, hash, 0, {}});
  }

  void join(size_t folder, const std::string& name, size_t dataset) {
    place_[{folder, name}] = dataset;
    auto& entry = board_.datasets[dataset];
    if (!std::ranges::count(entry.names, name)) entry.names.push_back(name);
    if (!std::ranges::count(entry.folders, folder)) entry.folders.push_back(folder);
  }

  Leaderboard& board_;
  bool match_names_;
  std::map<std::string, size_t> by_identity_;
  std::map<std::pair<size_t, std::string>, size_t> place_;
};

/// "scvi-s3" with seed 3 -> "scvi"; empty for any other name.
std::string stem_of_seed(const std::string& tag, uint64_t seed) {
  const std::string ending = "-s" + std::to_string(seed);
  return tag.size() > ending.size() && tag.ends_with(ending) ? tag.substr(0, tag.size() - ending.size()) : "";
}

/// Names the method of a score: the group that results.json gives, or, where that does not say, the common
/// stem of tags that end with their seeds.
class MethodNames {
 public:
  explicit MethodNames(const ResultFolder& folder) : folder_(folder) {
    for (const Score& score : folder.scores) {
      const std::string stem = stem_of_seed(split_reduced(score.embedding).first, score.seed);
      if (!stem.empty()) seeds_[{score.dataset, stem}].insert(score.seed);
    }
  }

  /// Name and options of the method.
  std::pair<std::string, std::string> of(const Score& score, const std::string& tag) const {
    const ResultDocument* document = folder_.document(score.dataset);
    const ResultMethod* method = nullptr;
    if (document) {
      const auto found = std::ranges::find(document->methods, tag, &ResultMethod::tag);
      if (found != document->methods.end()) method = &*found;
    }
    const std::string options = method ? without_seed(method->options) : "";
    if (method && method->group && !method->group->empty()) return {*method->group, options};
    const std::string stem = stem_of_seed(tag, score.seed);
    const auto seeds = seeds_.find({score.dataset, stem});
    const bool is_seed = !stem.empty() && seeds != seeds_.end() && seeds->second.size() > 1;
    return {is_seed ? stem : tag, options};
  }

 private:
  const ResultFolder& folder_;
  std::map<std::pair<std::string, std::string>, std::set<uint64_t>> seeds_;
};

/// Notes facts that several values of which occur side by side, as program versions.
void note_conditions(const std::vector<ResultFolder>& folders, Leaderboard& board) {
  for (const char* name : {"zerocell", "clustering seeds"}) {
    std::vector<std::string> values;
    for (const ResultFolder& folder : folders)
      for (const ResultDocument& document : folder.documents)
        if (const std::string value = document.fact(name);
            !value.empty() && !std::ranges::count(values, value))
          values.push_back(value);
    if (values.size() < 2) continue;
    std::string list = values[0];
    for (size_t i = 1; i < values.size(); ++i) list += ", " + values[i];
    board.notes.push_back(fmt::format("results were made with different {}: {}",
                                      std::string(name) == "zerocell" ? "versions of zerocell" : name, list));
  }
}

void note_options(Leaderboard& board) {
  for (const LeaderboardMethod& method : board.methods) {
    if (method.options.size() < 2) continue;
    std::string list = method.options[0];
    for (size_t i = 1; i < method.options.size(); ++i) list += " | " + method.options[i];
    board.notes.push_back("'" + method.name + "' has different options in different results: " + list);
  }
}

}  // namespace

void LeftOutTally::add(const std::string& reason) {
  const auto [found, is_new] = places_.emplace(reason, list_.size());
  if (is_new) list_.push_back({reason, 0});
  ++list_[found->second].n_scores;
}

std::vector<BoardEntry> collect_entries(const std::vector<ResultFolder>& folders,
                                        const LeaderboardOptions& options, Leaderboard& board) {
  DatasetTable datasets(board, options.match_names);
  for (const ResultFolder& folder : folders) {
    board.folders.push_back(folder.path);
    board.notes.insert(board.notes.end(), folder.notes.begin(), folder.notes.end());
  }
  for (size_t f = 0; f < folders.size(); ++f)
    for (const std::string& name : folders[f].datasets())
      datasets.add_identified(f, name, folders[f].document(name));
  for (size_t f = 0; f < folders.size(); ++f)
    for (const std::string& name : folders[f].datasets()) datasets.add_named(f, name);

  std::map<std::string, size_t> methods;
  std::vector<BoardEntry> entries;
  for (size_t f = 0; f < folders.size(); ++f) {
    const MethodNames names(folders[f]);
    for (const Score& raw : folders[f].scores) {
      const auto [tag, dims] = split_reduced(raw.embedding);
      const auto [name, method_options] = names.of(raw, tag);
      const auto [found, is_new] = methods.emplace(name, board.methods.size());
      if (is_new) board.methods.push_back({name, {}});
      auto& known = board.methods[found->second].options;
      if (!method_options.empty() && !std::ranges::count(known, method_options))
        known.push_back(method_options);
      const size_t dataset = datasets.at(f, raw.dataset);
      board.datasets[dataset].n_cells = std::max(board.datasets[dataset].n_cells, raw.n_cells);
      entries.push_back({presentable(raw), f, dataset, found->second, dims, method_options});
    }
  }
  note_conditions(folders, board);
  note_options(board);
  return entries;
}

std::vector<ResultFolder> read_result_folders(const std::vector<std::string>& paths,
                                              std::vector<std::string>& notes) {
  std::vector<ResultFolder> folders;
  std::map<std::filesystem::path, std::string> seen;
  for (const std::string& path : paths) {
    std::error_code error;
    auto canonical = std::filesystem::canonical(path, error);
    if (error) canonical = path;  // reading it says what is wrong
    const auto [found, is_new] = seen.emplace(canonical, path);
    if (is_new)
      folders.push_back(read_result_folder(path));
    else
      notes.push_back(path + " is the folder " + found->second + " again; it counts once");
  }
  return folders;
}

}  // namespace zerocell
