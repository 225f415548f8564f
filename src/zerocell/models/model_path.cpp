#include "zerocell/models/model_path.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "zerocell/checkpoint/checkpoint.h"
#include "zerocell/core/error.h"
#include "zerocell/core/utf8.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;

constexpr size_t kShownNames = 10, kShownWidth = 80;

std::string shown(const std::string& name) {
  return truncate_middle(printable(name), kShownWidth);
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::string list_of(const std::vector<std::string>& names) {
  std::vector<std::string> first;
  for (size_t i = 0; i < std::min(kShownNames, names.size()); ++i) first.push_back(shown(names[i]));
  std::string text = fmt::format("{}", fmt::join(first, ", "));
  if (names.size() > kShownNames) text += fmt::format(" and {} more", names.size() - kShownNames);
  return text;
}

/// What lies in a folder, by name; of its folders those that hold the configuration.
struct Listing {
  explicit Listing(const fs::path& folder, const ModelKind& kind) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      names.push_back(entry->path().filename().string());
      if (is_there(entry->path() / kind.config)) models.push_back(names.back());
    }
    std::ranges::sort(names);
    std::ranges::sort(models);
  }
  bool has(std::string_view name) const { return std::ranges::find(names, name) != names.end(); }
  bool has_start(std::string_view start) const {
    return std::ranges::any_of(names, [&](const std::string& name) { return name.starts_with(start); });
  }

  std::vector<std::string> names, models;
};

/// METHOD=PATH as it is written in a SPEC.
std::string spec_of(std::string_view method, const std::string& path) {
  std::string text = path;
  if (path.find_first_of(":,@='") != std::string::npos) {
    text = "'";
    for (const char c : path) text += c == '\'' ? "''" : std::string(1, c);
    text += "'";
  }
  return fmt::format("{}={}", method, text);
}

/// What to do about a folder without the configuration.
std::string advice_for(const std::string& folder, const Listing& listing, const ModelKind& kind) {
  const auto other = [&](const char* name, const std::string& spec) {
    return fmt::format("This looks like the folder of a model of {}: name it as {}", name, spec);
  };
  if (kind.method != kScgptKind.method && listing.has("args.json") && listing.has("vocab.json"))
    return other("scGPT", spec_of("scgpt", folder));
  if (kind.method != kGeneformerKind.method && listing.has("config.json") &&
      (listing.has_start("token_dictionary") || !listing.has("vocab.json")))
    return other("Geneformer", spec_of("geneformer", folder));
  if (!listing.models.empty())
    return fmt::format("Name one of the models in it: {}", list_of([&] {
                         std::vector<std::string> specs;
                         for (const auto& model : listing.models)
                           specs.push_back(spec_of(kind.method, (fs::path(folder) / model).string()));
                         return specs;
                       }()));
  if (listing.names.size() == 1 && listing.has("model.pt"))
    return other("scvi-tools", spec_of("scvi:model", folder));
  const char* others = kind.method == kScgptKind.method ? "vocab.json" : "the dictionaries";
  return fmt::format(
      "Copy {} (and {}, where missing) from the folder of the model it was tuned from; tuning leaves "
      "the sizes as they are",
      kind.config, others);
}

[[noreturn]] void refuse_folder(const std::string& read, const std::string& folder, const ModelKind& kind) {
  const Listing listing(folder, kind);
  throw Error::data(
      {read, fmt::format("{}, the configuration of a model of {}", kind.config, kind.name),
       listing.names.empty() ? "an empty folder" : "only " + list_of(listing.names),
       listing.names.empty()
           ? fmt::format("Name the folder into which the model was downloaded, with {}, dictionaries "
                         "and weights",
                         kind.config)
           : advice_for(folder, listing, kind)});
}

}  // namespace

ModelPath find_model(const std::string& path, const ModelKind& kind) {
  std::error_code error;
  const auto status = fs::status(path, error);
  const std::string expected =
      fmt::format("the folder of a model of {}, or the file of weights in it", kind.name);
  if (!fs::exists(status)) throw Error::data({path, expected, "nothing there", "Check the path"});
  if (fs::is_directory(status)) {
    const std::string config = (fs::path(path) / kind.config).string();
    if (!is_there(config)) refuse_folder(config, path, kind);
    return {path, path, config};
  }
  const fs::path parent = fs::path(path).has_parent_path() ? fs::path(path).parent_path() : fs::path(".");
  const std::string config = (parent / kind.config).string();
  const bool is_index = path.ends_with(".index.json");
  if (!is_index && (path.ends_with(".json") || path.ends_with(".pkl")))
    throw Error::data({path, expected, "another file of a model",
                       "Name its folder: " + spec_of(kind.method, parent.string())});
  if (!is_there(config)) {
    Checkpoint::open(path);  // says what it is where it is no file of weights
    refuse_folder(config, parent.string(), kind);
  }
  return {parent.string(), path, config};
}

}  // namespace zerocell
