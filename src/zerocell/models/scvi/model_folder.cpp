#include "zerocell/models/scvi/model_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <vector>

#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFileName = "model.pt";
constexpr const char* kOldWeights = "model_params.pt";
constexpr const char* kOldSettings = "attr.pkl";

/// Names of the files in a folder, in order.
std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code unknown;
    if (at->is_regular_file(unknown)) names.push_back(at->path().filename().string());
  }
  if (error) throw Error::data({folder, "a folder that can be read", error.message(), ""});
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> ending_in(std::span<const std::string> names, std::string_view end) {
  std::vector<std::string> found;
  for (const auto& name : names)
    if (name.ends_with(end)) found.push_back(name);
  return found;
}

std::string in_words(std::span<const std::string> names) {
  constexpr size_t kShown = 5;
  std::vector<std::string> first;
  for (const auto& name : names.first(std::min(kShown, names.size()))) first.push_back(shown(name));
  return fmt::format("{}{}", fmt::join(first, ", "),
                     names.size() > kShown ? fmt::format(" and {} more", names.size() - kShown) : "");
}

[[noreturn]] void refuse_old_layout(const std::string& folder, const std::string& settings) {
  const std::string prefix = settings.substr(0, settings.size() - std::string_view(kOldSettings).size());
  throw Error::data(
      {folder, fmt::format("a folder with {}", kFileName),
       fmt::format("the files of scvi-tools before version 0.15 ({0}{1}, {0}{2})", shown(prefix),
                   kOldSettings, kOldWeights),
       fmt::format(
           "Convert it in Python: scvi.model.SCVI.convert_legacy_save(FOLDER, NEW_FOLDER{}), then name "
           "the new folder",
           prefix.empty() ? "" : fmt::format(", prefix='{}'", shown(prefix)))});
}

}  // namespace

std::string scvi_model_file(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return path;
  const auto names = files_in(path);
  const auto file = [&path](const std::string& name) { return (fs::path(path) / name).string(); };
  if (std::ranges::binary_search(names, kFileName)) return file(kFileName);
  auto found = ending_in(names, kFileName);
  if (found.empty()) {
    found = ending_in(names, ".pt");
    std::erase_if(found, [](const std::string& name) { return name.ends_with(kOldWeights); });
  }
  if (found.size() == 1) return file(found.front());
  if (found.size() > 1)
    throw Error::data({path, fmt::format("a folder with {}, or with one file of a model", kFileName),
                       fmt::format("{}: {}", found.size(), in_words(found)),
                       fmt::format("Name the file: model={}", file(found.front()))});
  if (const auto old = ending_in(names, kOldSettings); !old.empty()) refuse_old_layout(path, old.front());
  if (!ending_in(names, kOldWeights).empty()) refuse_old_layout(path, kOldSettings);
  throw Error::data({path, fmt::format("a folder with {}", kFileName),
                     names.empty() ? "an empty folder" : "none beside " + in_words(names),
                     "Name the folder that model.save(FOLDER) wrote, or the file itself"});
}

}  // namespace zerocell
