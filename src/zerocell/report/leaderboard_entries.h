#pragma once
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "zerocell/report/leaderboard.h"

namespace zerocell {

/// One score of one folder, with what decides whether it can be compared with another.
struct BoardEntry {
  Score score;
  size_t folder = 0, dataset = 0, method = 0;
  std::string dims;     ///< "" or "pc30"
  std::string options;  ///< of the method, without its seed; empty where unknown
  std::string seed;     ///< tells the seeds of a method apart, those of the method and those of the run
};

/// Counts what is left out, by reason, in order of first occurrence.
class LeftOutTally {
 public:
  void add(const std::string& reason);
  std::vector<LeftOut> list() && { return std::move(list_); }

 private:
  std::vector<LeftOut> list_;
  std::map<std::string, size_t> places_;
};

/// Why a method has no value: by dimensions, metric, data set and method.
using GapReasons = std::map<std::tuple<std::string, std::string, size_t, size_t>, std::string>;

/// All scores of all folders; fills the board's folders, data sets, methods and notes.
std::vector<BoardEntry> collect_entries(const std::vector<ResultFolder>& folders,
                                        const LeaderboardOptions& options, Leaderboard& board);

/// The entries that have a value and can be compared, at most one for each data set, method, metric,
/// dimensions and seed. Chooses the board's convention. What is left out is tallied; where that leaves a
/// method without a value, `gaps` has the reason.
std::vector<BoardEntry> comparable_entries(std::vector<BoardEntry> entries, const LeaderboardOptions& options,
                                           Leaderboard& board, GapReasons& gaps);

}  // namespace zerocell
