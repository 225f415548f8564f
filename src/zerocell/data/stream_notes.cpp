#include "zerocell/data/stream_notes.h"

#include <algorithm>

#include <fmt/format.h>

namespace zerocell {

void StreamNotes::note_duplicates(const std::string& matrix, uint64_t n, bool whole) {
  const std::lock_guard lock(mutex_);
  Duplicates& known = duplicates_[matrix];
  known.n = std::max(known.n, n);
  known.whole = known.whole || whole;
}

std::vector<std::string> StreamNotes::lines() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lines;
  for (const auto& [matrix, duplicates] : duplicates_) {
    lines.push_back(fmt::format(
        "{}: {}{} stored {} a gene that the same cell has already; they were added up, as scipy and anndata "
        "do",
        matrix, duplicates.whole ? "" : "at least ", duplicates.n,
        duplicates.n == 1 ? "value belongs to" : "values belong to"));
  }
  return lines;
}

}  // namespace zerocell
