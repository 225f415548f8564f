#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "zerocell/study/study_file.h"

namespace zerocell {
namespace {

/// Calls rename with what stands behind every `option` (a word, or something in single quotes), and puts what
/// it returns in place of both.
void rename_values(std::string& message, std::string_view option,
                   const std::function<std::string(const std::string&)>& rename) {
  const std::string start = std::string(option) + " ";
  for (size_t at = message.find(start); at != std::string::npos; at = message.find(start, at)) {
    const size_t begin = at + start.size();
    const bool quoted = begin < message.size() && message[begin] == '\'';
    size_t end = quoted ? message.find('\'', begin + 1) : message.find_first_of(" ,;)\n", begin);
    end = std::min(end, message.size());
    std::string value = message.substr(begin + quoted, end - begin - quoted);
    end += quoted && end < message.size();
    if (!quoted && value.ends_with('.')) value.pop_back(), --end;
    const std::string renamed = rename(value);
    message.replace(at, end - at, renamed);
    at += renamed.size();
  }
}

}  // namespace

std::string in_study_words(std::string message) {
  rename_values(message, "--layer", [](const std::string& name) {
    const bool is_key = name == "X" || name == "raw" || name == "auto";
    return fmt::format("counts = \"{}{}\"", is_key ? "" : "layer:", name);
  });
  rename_values(message, "--modality",
                [](const std::string& name) { return fmt::format("modality = \"{}\"", name); });
  const std::pair<std::string_view, std::string_view> words[] = {
      {"--accept-non-counts asks", "accept_non_counts asks"},
      {"--accept-non-counts", "accept_non_counts = true"},
      {"with --layer", "with counts = \"layer:NAME\""},
      {"--layer", "counts"},
      {"--modality", "modality"},
      {"--gene-ids", "gene_ids"},
      {"--exclude-cells", "exclude_cells"},
      {"--where", "where"},
      {"--subsample", "subsample"},
      {"--convention", "convention"},
      {"--max-memory", "max_memory"},
      {"Give --batch COLUMN", "Give the data set batch = \"COLUMN\""},
  };
  for (const auto& [option, key] : words)
    for (size_t at = message.find(option); at != std::string::npos;
         at = message.find(option, at + key.size()))
      message.replace(at, option.size(), key);
  return message;
}

}  // namespace zerocell
