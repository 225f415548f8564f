#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/evaluation.h"

namespace zerocell {

/// scores.csv: a header and a row per score, in the order given, with the columns
/// dataset,embedding,dims,n_cells,seed,metric,value,low,high,direction,convention,status,reason.
///
/// Quoted as RFC 4180 asks, lines end with "\n", numbers are the shortest that read back as the same double;
/// value, low and high are empty where there is none. Nothing but finite numbers is written, see
/// presentable().
std::string scores_csv(std::span<const Score> scores);

/// The scores in the text of a scores.csv; `name` is the path, for messages. Columns are found by name, so
/// that others may be added. Throws Error(data) with the line for anything else than what scores_csv()
/// writes.
std::vector<Score> parse_scores_csv(const std::string& name, std::string_view text);

/// The same from a file; throws Error(data) where it cannot be read.
std::vector<Score> read_scores_csv(const std::string& path);

}  // namespace zerocell
