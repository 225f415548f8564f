#include "zerocell/report/leaderboard_entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "zerocell/core/number_text.h"
#include "zerocell/figures/score_table.h"

namespace zerocell {
namespace {

/// The value of an option in "method:key=value,key=value"; empty where there is none.
std::string option_value(const std::string& options, const std::string& key) {
  for (size_t at = options.find(key + "="); at != std::string::npos; at = options.find(key + "=", at + 1)) {
    if (at == 0 || (options[at - 1] != ',' && options[at - 1] != ':')) continue;
    const size_t begin = at + key.size() + 1;
    return options.substr(begin, std::min(options.find(',', begin), options.size()) - begin);
  }
  return "";
}

constexpr std::string_view kNestedSeed = "(seed=";  // as in weights=random(seed=3)

/// The seed of a method, as its options tell; empty where they do not.
std::string seed_of(const std::string& options) {
  const std::string seed = option_value(options, "seed");
  const size_t at = options.find(kNestedSeed);
  if (!seed.empty() || at == std::string::npos) return seed;
  const size_t begin = at + kNestedSeed.size();
  return options.substr(begin, options.find_first_not_of("0123456789", begin) - begin);
}

/// The options that a user chose, seeds aside: without what a run found out or ran on, and without the
/// numbers of seeds, so that "hvg:n_top_genes=2000,seed=3" is "hvg:n_top_genes=2000".
std::string chosen_options(const std::string& options) {
  std::vector<std::string_view> aside = {"seed", "n_genes", "device"};
  if (option_value(options, "early_stopping") == "true") aside.push_back("max_epochs");  // those it took
  const std::string weights = option_value(options, "weights");
  if (!weights.empty() && weights.find("random") == std::string::npos) aside.push_back("path");  // hashed
  const size_t colon = options.find(':');
  const size_t first = colon == std::string::npos ? 0 : colon + 1;
  std::string kept = options.substr(0, first);
  for (size_t at = first; at < options.size();) {
    const size_t end = std::min(options.find(',', at), options.size());
    const std::string_view item = std::string_view(options).substr(at, end - at);
    at = end + 1;
    if (std::ranges::count(aside, item.substr(0, item.find('=')))) continue;
    if (kept.size() > first) kept += ',';
    kept += item;
  }
  for (size_t at = kept.find(kNestedSeed); at != std::string::npos; at = kept.find(kNestedSeed, at + 1)) {
    size_t end = kept.find_first_not_of("0123456789", at + kNestedSeed.size());
    if (end != std::string::npos && kept[end] == ',') ++end;
    kept.erase(at + 1, std::min(end, kept.size()) - at - 1);
  }
  return kept;
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

/// What results.json and the tags say of a folder's methods.
class MethodNames {
 public:
  struct Name {
    std::string method;   ///< what the seeds of a method share
    std::string options;  ///< chosen_options()
    std::string seed;     ///< tells the seeds of a method apart
  };

  explicit MethodNames(const ResultFolder& folder) : folder_(folder) {
    for (const std::string& dataset : folder.datasets())
      if (const ResultDocument* document = folder.document(dataset))
        for (const ResultMethod& method : document->methods)
          if (const std::string stem = stem_of(method); !stem.empty()) ++n_seeds_[{dataset, stem}];
  }

  Name of(const Score& score, const std::string& tag) const {
    const ResultDocument* document = folder_.document(score.dataset);
    const ResultMethod* method = nullptr;
    if (document) {
      const auto found = std::ranges::find(document->methods, tag, &ResultMethod::tag);
      if (found != document->methods.end()) method = &*found;
    }
    if (!method) return {tag, "", tag + "/" + std::to_string(score.seed)};
    Name name{tag, chosen_options(method->options), ""};
    const std::string seed = seed_of(method->options);
    const std::string stem = stem_of(*method);
    if (method->group && !method->group->empty())
      name.method = *method->group;
    else if (const auto found = n_seeds_.find({score.dataset, stem});
             found != n_seeds_.end() && found->second > 1)
      name.method = stem;
    name.seed = (seed.empty() ? tag : seed) + "/" + std::to_string(score.seed);
    return name;
  }

 private:
  /// "scvi-s3" with the option seed=3 -> "scvi": how tags of several seeds are made. Empty for other names.
  static std::string stem_of(const ResultMethod& method) {
    const std::string seed = seed_of(method.options);
    const std::string ending = "-s" + seed;
    if (seed.empty() || !method.tag.ends_with(ending) || method.tag.size() == ending.size()) return "";
    return method.tag.substr(0, method.tag.size() - ending.size());
  }

  const ResultFolder& folder_;
  std::map<std::pair<std::string, std::string>, size_t> n_seeds_;
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
      const MethodNames::Name name = names.of(raw, tag);
      const auto [found, is_new] = methods.emplace(name.method, board.methods.size());
      if (is_new) board.methods.push_back({name.method, {}});
      auto& known = board.methods[found->second].options;
      if (!name.options.empty() && !std::ranges::count(known, name.options)) known.push_back(name.options);
      const size_t dataset = datasets.at(f, raw.dataset);
      board.datasets[dataset].n_cells = std::max(board.datasets[dataset].n_cells, raw.n_cells);
      entries.push_back({presentable(raw), f, dataset, found->second, dims, name.options, name.seed});
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
