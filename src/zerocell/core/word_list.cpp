#include "zerocell/core/word_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"

namespace zerocell {
namespace {

constexpr size_t kLongestWord = 60;       // columns of a word in a list
constexpr size_t kLongestCompared = 200;  // bytes; the work grows with the product of both lengths

/// Edits of single letters and of two that changed places (Damerau 1964), by rows.
size_t edit_distance(std::string_view a, std::string_view b) {
  const size_t n = b.size();
  std::vector<size_t> before(n + 1), last(n + 1), row(n + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(last, row);
    row[0] = i;
    for (size_t j = 1; j <= n; ++j) {
      row[j] = std::min({row[j - 1] + 1, last[j] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[n];
}

}  // namespace

std::string nearest_word(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  size_t least = std::max<size_t>(2, word.size() / 3) + 1;
  if (word.size() > kLongestCompared) return best;
  for (const auto& candidate : known) {
    const size_t difference =
        std::max(candidate.size(), word.size()) - std::min(candidate.size(), word.size());
    if (difference >= least || candidate.size() > kLongestCompared) continue;
    if (const size_t distance = edit_distance(word, candidate); distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const auto nearest = nearest_word(word, known);
  return nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest);
}

std::string listed(const std::vector<std::string>& words, size_t most) {
  std::string out;
  for (size_t i = 0; i < std::min(most, words.size()); ++i)
    out += (i > 0 ? ", " : "") + truncate_middle(words[i], kLongestWord);
  if (words.size() > most) out += fmt::format(" and {} more", with_commas(words.size() - most));
  return out;
}

std::string listed_in_quotes(std::vector<std::string> words, size_t most) {
  const size_t n = words.size();
  words.resize(std::min(n, most));
  for (auto& word : words) word = "'" + truncate_middle(word, kLongestWord - 2) + "'";
  return listed(words, most) + (n > most ? fmt::format(" and {} more", with_commas(n - most)) : "");
}

}  // namespace zerocell
