#pragma once
#include <string>
#include <vector>

#include "zerocell/report/leaderboard.h"

namespace zerocell {

/// "Full dimensions", "Reduced to 30 principal components"
std::string leaderboard_title(const LeaderboardSection& section);
/// The metric's title with an arrow to where better is.
std::string leaderboard_heading(const LeaderboardColumn& column);
/// "0.612 ±0.010 (1.50)*", "0.612 [2 of 3]" or "-"; leaderboard_legend() explains it.
std::string leaderboard_cell_text(const LeaderboardCell& cell, const LeaderboardColumn& column);
/// How to read the table, and where there are no ranks.
std::vector<std::string> leaderboard_legend(const Leaderboard& board);
/// For each section the metrics without ranks, and why.
std::vector<std::string> leaderboard_unranked(const Leaderboard& board);
/// A line per reason, with the number of scores.
std::vector<std::string> leaderboard_left_out(const Leaderboard& board);

}  // namespace zerocell
