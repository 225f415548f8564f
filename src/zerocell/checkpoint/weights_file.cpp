#include "zerocell/checkpoint/weights_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <regex>
#include <span>
#include <string_view>
#include <system_error>

#include "zerocell/checkpoint/plain_weights.h"
#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;

constexpr std::array kFileNames = {"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
                                   "pytorch_model.bin.index.json", "best_model.pt"};
constexpr std::array<std::string_view, 6> kEndings = {".safetensors", ".bin",  ".pt",
                                                      ".pth",         ".ckpt", ".index.json"};
/// What trainers write beside weights.
constexpr std::array<std::string_view, 7> kTrainerFiles = {
    "training_args", "optimizer", "scheduler", "scaler", "rng_state", "random_states", "trainer_state"};
constexpr size_t kShownFiles = 10;

bool is_weights(const std::string& name) {
  return std::ranges::any_of(kEndings, [&](std::string_view ending) { return name.ends_with(ending); }) &&
         std::ranges::none_of(kTrainerFiles, [&](std::string_view start) { return name.starts_with(start); });
}

/// model-00001-of-00002.safetensors
bool is_shard(const std::string& name) {
  static const std::regex kShard(".*-[0-9]{5}-of-[0-9]{5}\\.[a-z]+");
  return name.size() < 256 && std::regex_match(name, kShard);
}

std::string list_of(std::span<const std::string> names) {
  if (names.empty()) return "an empty folder";
  std::vector<std::string> first;
  for (const auto& name : names.first(std::min(kShownFiles, names.size()))) first.push_back(shown(name));
  std::string text = fmt::format("{}", fmt::join(first, ", "));
  if (names.size() > kShownFiles) text += fmt::format(" and {} more", names.size() - kShownFiles);
  return text;
}

/// Names of the files that lie in a folder, sorted.
std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (std::error_code ignored; !entry->is_directory(ignored))
      names.push_back(entry->path().filename().string());
  // Names that begin with a dot are what systems and programs leave beside the files (._model.pt of macOS).
  std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
  std::ranges::sort(names);
  return names;
}

std::string parent_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path().string() : ".";
}

[[noreturn]] void refuse_none(const std::string& folder, const std::vector<std::string>& names) {
  const auto has = [&](const char* name) { return std::ranges::find(names, name) != names.end(); };
  const auto n_shards = std::ranges::count_if(names, is_shard);
  std::string advice = "Name the folder or the file that holds the weights";
  if (has("tf_model.h5") || has("flax_model.msgpack"))
    advice =
        "Weights of TensorFlow and Flax are not read; save the model from PyTorch (save_pretrained writes "
        "model.safetensors)";
  else if (n_shards > 0)
    advice =
        "These are parts of one model; fetch the file beside them that ends in .index.json, which says "
        "what they hold";
  throw Error::data({.read = folder,
                     .expected = fmt::format("one of {}, or one other file of weights ({})",
                                             fmt::join(kFileNames, ", "), fmt::join(kEndings, ", ")),
                     .found = list_of(names),
                     .advice = advice});
}

}  // namespace

WeightsFile find_weights(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    const std::string adapter = adapter_file_of(names_in(parent_of(path)));
    if (adapter.empty()) return {path, {}};
    return {path, {fmt::format("{}: the adapters beside it ('{}') are not read", path, shown(adapter))}};
  }
  const auto names = names_in(path);
  refuse_adapter_files(path, names);
  std::vector<std::string> found;
  for (const auto& name : names)
    if (is_weights(name) && !is_shard(name)) found.push_back(name);
  const auto in_folder = [&](const std::string& name) { return (fs::path(path) / name).string(); };
  for (const char* name : kFileNames) {
    const auto standard = std::ranges::find(found, name);
    if (standard == found.end()) continue;
    found.erase(standard);
    WeightsFile result{in_folder(name), {}};
    if (!found.empty())
      result.notes.push_back(
          fmt::format("{}: the weights are those of {}; beside it {} {} not read (name the "
                      "file to take another)",
                      path, name, list_of(found), found.size() == 1 ? "is" : "are"));
    return result;
  }
  if (found.empty()) refuse_none(path, names);
  if (found.size() > 1)
    throw Error::data({.read = path,
                       .expected = "one file of weights",
                       .found = list_of(found),
                       .advice = fmt::format("Name the file that is meant in place of its folder, as {}",
                                             in_folder(found.front()))});
  return {in_folder(found.front()),
          {fmt::format("{}: the weights are those of {}, the only file of weights there", path,
                       shown(found.front()))}};
}

}  // namespace zerocell
