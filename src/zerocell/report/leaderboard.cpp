#include "zerocell/report/leaderboard.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "zerocell/core/error.h"
#include "zerocell/core/number_text.h"
#include "zerocell/core/study_results.h"
#include "zerocell/core/word_list.h"
#include "zerocell/report/leaderboard_entries.h"

namespace zerocell {
namespace {

/// Values of one column over seeds, in order of data sets and methods.
std::vector<LeaderboardValue> over_seeds(const std::vector<const BoardEntry*>& entries) {
  // Sorted by seed, so that sums do not depend on the order of folders.
  std::map<std::pair<size_t, size_t>, std::map<std::string, const Score*>> groups;
  for (const BoardEntry* entry : entries)
    groups[{entry->dataset, entry->method}].emplace(entry->seed, &entry->score);
  std::vector<LeaderboardValue> out;
  for (const auto& [key, scores] : groups) {
    LeaderboardValue value;
    value.dataset = key.first;
    value.method = key.second;
    value.n_seeds = scores.size();
    value.n_cells = scores.begin()->second->n_cells;
    for (const auto& [seed, score] : scores) {
      value.mean += *score->value;
      value.n_cells = std::min(value.n_cells, score->n_cells);
    }
    const auto n = static_cast<double>(scores.size());
    value.mean /= n;
    if (scores.size() > 1) {
      double squares = 0;
      for (const auto& [seed, score] : scores)
        squares += (*score->value - value.mean) * (*score->value - value.mean);
      value.sd = std::sqrt(squares / (n - 1));
    }
    out.push_back(value);
  }
  return out;
}

/// Data sets on which the methods of a column are compared.
std::vector<size_t> compared_datasets(const std::vector<LeaderboardValue>& values, bool common_only) {
  std::map<size_t, size_t> n_methods;
  std::set<size_t> methods;
  for (const LeaderboardValue& value : values) {
    ++n_methods[value.dataset];
    methods.insert(value.method);
  }
  const size_t enough = common_only ? methods.size() : std::min<size_t>(2, methods.size());
  std::vector<size_t> out;
  for (const auto& [dataset, n] : n_methods)
    if (n >= enough) out.push_back(dataset);
  return out;
}

/// Ranks values of one data set: 1 is best, equal values share the mean of their ranks.
void rank_values(std::vector<LeaderboardValue*>& values, Direction direction) {
  std::ranges::stable_sort(values, [&](const auto* a, const auto* b) {
    return direction == Direction::higher ? a->mean > b->mean : a->mean < b->mean;
  });
  for (size_t first = 0; first < values.size();) {
    size_t end = first + 1;
    while (end < values.size() && values[end]->mean == values[first]->mean) ++end;
    const double rank = static_cast<double>(first + 1 + end) / 2;
    for (; first < end; ++first) values[first]->rank = rank;
  }
}

LeaderboardCell summary(const std::vector<const LeaderboardValue*>& values) {
  LeaderboardCell cell;
  std::vector<double> means;
  double squares = 0, freedom = 0;
  for (const LeaderboardValue* value : values) {
    means.push_back(value->mean);
    if (!value->sd) continue;
    squares += *value->sd * *value->sd * static_cast<double>(value->n_seeds - 1);
    freedom += static_cast<double>(value->n_seeds - 1);
  }
  cell.n_datasets = values.size();
  cell.median = median(means);
  if (freedom > 0) cell.seed_sd = std::sqrt(squares / freedom);
  return cell;
}

/// Places by mean rank: those of equal mean rank share the better one.
void set_places(std::vector<LeaderboardCell>& cells) {
  for (LeaderboardCell& cell : cells) {
    if (!cell.mean_rank) continue;
    size_t place = 1;
    for (const LeaderboardCell& other : cells) place += other.mean_rank && *other.mean_rank < *cell.mean_rank;
    cell.place = place;
  }
}

/// Builds one column: `methods` are those of its section.
class ColumnBuilder {
 public:
  ColumnBuilder(LeaderboardColumn& column, const std::vector<size_t>& methods, bool common_only)
      : column_(column), methods_(methods) {
    column_.datasets = compared_datasets(column_.values, common_only);
    for (LeaderboardValue& value : column_.values)
      value.counts = std::ranges::binary_search(column_.datasets, value.dataset);
  }

  void build(const std::string& dims, const GapReasons& gaps) {
    summarise();
    rank();
    for (size_t i = 0; i < methods_.size(); ++i) find_gaps(dims, gaps, i);
  }

 private:
  void summarise() {
    for (const size_t method : methods_) {
      std::vector<const LeaderboardValue*> values;
      for (const LeaderboardValue& value : column_.values)
        if (value.method == method && value.counts) values.push_back(&value);
      column_.cells.push_back(summary(values));
    }
  }

  void rank() {
    std::set<size_t> ranked;
    for (size_t i = 0; i < methods_.size(); ++i)
      if (!column_.datasets.empty() && column_.cells[i].n_datasets == column_.datasets.size())
        ranked.insert(methods_[i]);
    if (ranked.size() < 2) return;
    column_.n_ranked = ranked.size();
    std::map<size_t, double> sums;
    for (const size_t dataset : column_.datasets) {
      std::vector<LeaderboardValue*> values;
      for (LeaderboardValue& value : column_.values)
        if (value.dataset == dataset && ranked.count(value.method)) values.push_back(&value);
      rank_values(values, column_.direction);
      for (const LeaderboardValue* value : values) sums[value->method] += *value->rank;
    }
    for (size_t i = 0; i < methods_.size(); ++i)
      if (ranked.count(methods_[i]))
        column_.cells[i].mean_rank = sums[methods_[i]] / static_cast<double>(column_.datasets.size());
    set_places(column_.cells);
  }

  void find_gaps(const std::string& dims, const GapReasons& gaps, size_t i) {
    for (const size_t dataset : column_.datasets) {
      const bool has = std::ranges::any_of(column_.values, [&](const LeaderboardValue& value) {
        return value.dataset == dataset && value.method == methods_[i];
      });
      if (has) continue;
      const auto reason = gaps.find({dims, column_.metric, dataset, methods_[i]});
      column_.cells[i].gaps.push_back({dataset, reason == gaps.end() ? kNotThere : reason->second});
    }
  }

  LeaderboardColumn& column_;
  const std::vector<size_t>& methods_;
};

/// Metrics in the order of the table, others behind them in the order of their first score.
std::vector<std::string> metric_order(const std::vector<BoardEntry>& entries,
                                      std::span<const MetricInfo> table) {
  std::vector<std::string> names;
  for (const MetricInfo& metric : table)
    if (std::ranges::any_of(entries, [&](const auto& entry) { return entry.score.metric == metric.name; }))
      names.push_back(metric.name);
  for (const BoardEntry& entry : entries)
    if (!std::ranges::count(names, entry.score.metric)) names.push_back(entry.score.metric);
  return names;
}

LeaderboardColumn empty_column(const std::string& metric, std::span<const MetricInfo> table) {
  LeaderboardColumn column;
  column.metric = column.title = metric;
  const auto info = std::ranges::find(table, metric, &MetricInfo::name);
  if (info != table.end()) {
    column.title = info->title;
    column.group = info->group;
  }
  return column;
}

/// Orders methods by place in one column, then by median, those without a place after all others.
void sort_methods(LeaderboardSection& section, const std::string& sort_by) {
  auto column = std::ranges::find(section.columns, sort_by, &LeaderboardColumn::metric);
  if (column == section.columns.end()) column = section.columns.begin();
  std::vector<size_t> order(section.methods.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) {
    const LeaderboardCell& cell = column->cells[i];
    const double sign = column->direction == Direction::higher ? -1 : 1;
    return std::tuple(cell.mean_rank.value_or(INFINITY), cell.median ? sign * *cell.median : INFINITY);
  });
  const auto reorder = [&order](auto& items) {
    auto sorted = items;
    for (size_t i = 0; i < order.size(); ++i) sorted[i] = items[order[i]];
    items = std::move(sorted);
  };
  reorder(section.methods);
  for (LeaderboardColumn& each : section.columns) reorder(each.cells);
}

LeaderboardSection make_section(const std::string& dims, const std::vector<BoardEntry>& entries,
                                const LeaderboardOptions& options, const GapReasons& gaps) {
  LeaderboardSection section;
  section.dims = dims;
  std::vector<BoardEntry> own;
  for (const BoardEntry& entry : entries)
    if (entry.dims == dims) own.push_back(entry);
  std::set<size_t> methods;
  for (const BoardEntry& entry : own) methods.insert(entry.method);
  for (const auto& [key, reason] : gaps)
    if (std::get<0>(key) == dims) methods.insert(std::get<3>(key));
  section.methods.assign(methods.begin(), methods.end());
  for (const std::string& metric : metric_order(own, options.table)) {
    LeaderboardColumn column = empty_column(metric, options.table);
    std::vector<const BoardEntry*> scores;
    for (const BoardEntry& entry : own)
      if (entry.score.metric == metric) scores.push_back(&entry);
    column.direction = scores[0]->score.direction;
    column.values = over_seeds(scores);
    ColumnBuilder(column, section.methods, options.common_only).build(dims, gaps);
    section.columns.push_back(std::move(column));
  }
  sort_methods(section, options.sort_by.empty() ? "avg_bio" : options.sort_by);
  return section;
}

void require_known(const std::vector<BoardEntry>& entries, const LeaderboardOptions& options) {
  std::set<std::string> metrics, conventions;
  for (const BoardEntry& entry : entries) {
    metrics.insert(entry.score.metric);
    conventions.insert(entry.score.convention);
  }
  std::vector<std::string> asked = options.metrics;
  if (!options.sort_by.empty()) asked.push_back(options.sort_by);
  for (const std::string& metric : asked)
    if (!metrics.count(metric))
      throw Error::usage({fmt::format("metric '{}'", metric), "one that a result holds",
                          listed({metrics.begin(), metrics.end()}, 30), ""});
  if (!options.convention.empty() && !conventions.count(options.convention))
    throw Error::usage({fmt::format("convention '{}'", options.convention), "one that a result follows",
                        listed({conventions.begin(), conventions.end()}), ""});
  if (!(options.n_cells_tolerance >= 0 && options.n_cells_tolerance <= 1))
    throw Error::usage({"tolerance of the number of cells", "a share from 0 to 1",
                        fmt::format("{}", options.n_cells_tolerance), ""});
}

/// Moves scores on data sets that are not compared from the used to those left out.
void tally_unused(Leaderboard& board) {
  size_t n_alone = 0;
  for (const LeaderboardSection& section : board.sections)
    for (const LeaderboardColumn& column : section.columns)
      for (const LeaderboardValue& value : column.values)
        (value.counts ? board.n_used : n_alone) += value.n_seeds;
  if (n_alone > 0)
    board.left_out.push_back({board.common_only ? "on a data set that not every method has"
                                                : "on a data set that no other method has",
                              n_alone});
}

}  // namespace

Leaderboard make_leaderboard(const std::vector<ResultFolder>& folders, const LeaderboardOptions& options) {
  Leaderboard board;
  board.common_only = options.common_only;
  std::vector<BoardEntry> entries = collect_entries(folders, options, board);
  require_known(entries, options);
  GapReasons gaps;
  entries = comparable_entries(std::move(entries), options, board, gaps);
  if (entries.empty())
    throw Error::data({counted(folders.size(), "result folder"), "a score with a value", "none",
                       "Give folders that zerocell evaluate, reconstruct or study wrote"});
  std::set<std::string> dims;  // "" comes first
  for (const BoardEntry& entry : entries) dims.insert(entry.dims);
  for (const std::string& name : dims) board.sections.push_back(make_section(name, entries, options, gaps));
  tally_unused(board);
  return board;
}

}  // namespace zerocell
