#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace zerocell {

/// The known word that differs least from `word`, or "" where none is near.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);
/// " (did you mean 'label'?)", or "" where no known word is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

/// Words for a message: "a, b, c", of more than `most` the first ones and "and 12 more"; long words are cut.
std::string listed(const std::vector<std::string>& words, size_t most = 12);
/// The same with each word in single quotes.
std::string listed_in_quotes(std::vector<std::string> words, size_t most = 12);

}  // namespace zerocell
