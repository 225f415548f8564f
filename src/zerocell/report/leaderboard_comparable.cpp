#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "zerocell/core/number_text.h"
#include "zerocell/report/leaderboard_entries.h"

namespace zerocell {
namespace {

/// Passes entries on that fulfil a condition and keeps account of the others.
class Sieve {
 public:
  Sieve(std::vector<BoardEntry> entries, LeftOutTally& tally, GapReasons& gaps)
      : entries_(std::move(entries)), tally_(tally), gaps_(gaps) {}

  /// `objection` returns why an entry is left out, or nothing. `is_gap`: it tells why a method has no value.
  template <class Objection>
  void keep(const Objection& objection, bool is_gap) {
    std::vector<BoardEntry> kept;
    for (BoardEntry& entry : entries_) {
      const std::string reason = objection(entry);
      if (reason.empty()) {
        kept.push_back(std::move(entry));
        continue;
      }
      tally_.add(reason);
      if (is_gap)
        gaps_.emplace(std::tuple(entry.dims, entry.score.metric, entry.dataset, entry.method), reason);
    }
    entries_ = std::move(kept);
  }

  const std::vector<BoardEntry>& entries() const { return entries_; }
  std::vector<BoardEntry> take() && { return std::move(entries_); }

 private:
  std::vector<BoardEntry> entries_;
  LeftOutTally& tally_;
  GapReasons& gaps_;
};

/// The key that most entries have; of equally many the one seen first.
template <class Key>
std::optional<Key> most_common(const std::vector<Key>& keys) {
  std::map<Key, size_t> counts;
  for (const Key& key : keys) ++counts[key];
  const auto best =
      std::ranges::max_element(keys, [&](const Key& a, const Key& b) { return counts[a] < counts[b]; });
  return best == keys.end() ? std::nullopt : std::optional(*best);
}

std::string common_convention(const std::vector<BoardEntry>& entries) {
  std::vector<std::string> conventions;
  for (const BoardEntry& entry : entries)
    if (entry.score.value) conventions.push_back(entry.score.convention);
  return most_common(conventions).value_or("");
}

/// A direction that differs from a metric's first one would turn its ranks round.
void keep_directions(Sieve& sieve) {
  std::map<std::string, Direction> directions;
  sieve.keep(
      [&](const BoardEntry& entry) -> std::string {
        const Score& score = entry.score;
        if (directions.emplace(score.metric, score.direction).first->second == score.direction) return "";
        return fmt::format("'{}' is better when {} in one result and the other way round in another",
                           score.metric, to_string(directions[score.metric]));
      },
      true);
}

/// The word of the first folder about a method on a data set in one metric.
struct FirstWord {
  std::string options;
  size_t folder = 0;
};

/// Of what folders say differently about the same method on the same data set, the first folder's word
/// counts.
void keep_first_folder(Sieve& sieve, const Leaderboard& board) {
  using Place = std::tuple<std::string, std::string, size_t, size_t>;
  const auto place = [](const BoardEntry& entry) {
    return Place(entry.dims, entry.score.metric, entry.dataset, entry.method);
  };
  std::map<Place, FirstWord> words;
  for (const BoardEntry& entry : sieve.entries())
    if (!entry.options.empty()) words.emplace(place(entry), FirstWord{entry.options, entry.folder});
  std::map<std::pair<Place, std::string>, std::pair<std::optional<double>, size_t>> firsts;  // value, folder
  sieve.keep(
      [&](const BoardEntry& entry) -> std::string {
        const auto word = words.find(place(entry));
        const std::string who =
            fmt::format("'{}' on '{}'", board.methods[entry.method].name, board.datasets[entry.dataset].name);
        if (!entry.options.empty() && word->second.options != entry.options)
          return fmt::format("{}: other options in {} than in {}, which is named first", who,
                             board.folders[entry.folder], board.folders[word->second.folder]);
        const auto [first, is_new] =
            firsts.emplace(std::pair(place(entry), entry.seed), std::pair(entry.score.value, entry.folder));
        if (is_new) return "";
        if (first->second.first == entry.score.value)
          return fmt::format("the same value again in {}", board.folders[entry.folder]);
        return fmt::format("{}: {} contradicts {}, which is named first", who, board.folders[entry.folder],
                           board.folders[first->second.second]);
      },
      false);
}

/// Scores of a data set and metric must rest on as many cells as those of most methods.
void keep_n_cells(Sieve& sieve, const Leaderboard& board, double tolerance) {
  using Place = std::tuple<std::string, std::string, size_t>;
  const auto place = [](const BoardEntry& entry) {
    return Place(entry.dims, entry.score.metric, entry.dataset);
  };
  std::map<Place, std::map<size_t, std::set<size_t>>> methods;  // by number of cells
  for (const BoardEntry& entry : sieve.entries())
    methods[place(entry)][entry.score.n_cells].insert(entry.method);
  std::map<Place, size_t> usual;
  for (const auto& [key, by_cells] : methods) {
    size_t most = 0;
    for (const auto& [n_cells, who] : by_cells)  // ascending: of equally many methods the larger number
      if (who.size() >= most) most = who.size(), usual[key] = n_cells;
  }
  sieve.keep(
      [&](const BoardEntry& entry) -> std::string {
        const auto n = static_cast<double>(entry.score.n_cells),
                   wanted = static_cast<double>(usual[place(entry)]);
        if (std::abs(n - wanted) <= tolerance * wanted) return "";
        return fmt::format("on '{}' a score rests on {} cells where those of most methods rest on {}",
                           board.datasets[entry.dataset].name, with_commas(entry.score.n_cells),
                           with_commas(usual[place(entry)]));
      },
      true);
}

}  // namespace

std::vector<BoardEntry> comparable_entries(std::vector<BoardEntry> entries, const LeaderboardOptions& options,
                                           Leaderboard& board, GapReasons& gaps) {
  LeftOutTally tally;
  board.convention = options.convention.empty() ? common_convention(entries) : options.convention;
  if (!options.metrics.empty())
    std::erase_if(entries, [&](const BoardEntry& entry) {
      return std::ranges::count(options.metrics, entry.score.metric) == 0;
    });
  Sieve sieve(std::move(entries), tally, gaps);
  sieve.keep(
      [&](const BoardEntry& entry) -> std::string {
        if (entry.score.convention == board.convention) return "";
        return fmt::format("of convention '{}'; the table is of '{}'", entry.score.convention,
                           board.convention);
      },
      true);
  for (const BoardEntry& entry : sieve.entries())
    if (!entry.score.value)
      gaps.emplace(std::tuple(entry.dims, entry.score.metric, entry.dataset, entry.method),
                   to_string(entry.score.status) + ": " + entry.score.reason);
  sieve.keep(
      [](const BoardEntry& entry) -> std::string {
        return entry.score.value ? "" : "without a value (" + to_string(entry.score.status) + ")";
      },
      false);
  keep_directions(sieve);
  keep_first_folder(sieve, board);
  keep_n_cells(sieve, board, options.n_cells_tolerance);
  board.left_out = std::move(tally).list();
  return std::move(sieve).take();
}

}  // namespace zerocell
