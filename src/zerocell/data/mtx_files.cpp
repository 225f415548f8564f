#include "zerocell/data/mtx_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMatrix = "matrix.mtx", kBarcodes = "barcodes.tsv", kFeatures = "features.tsv",
                           kGenes = "genes.tsv";
constexpr std::array kNames = {kMatrix, kBarcodes, kFeatures, kGenes};
constexpr size_t kMostListed = 10;

bool is_folder(const std::string& path) {
  std::error_code code;
  return fs::is_directory(path, code);
}

/// The first of the names that exists, plain or gzipped.
std::optional<std::string> find_file(const std::string& prefix,
                                     std::initializer_list<std::string_view> names) {
  std::error_code code;
  for (const std::string_view name : names) {
    for (const char* end : {"", ".gz"}) {
      if (std::string path = fmt::format("{}{}{}", prefix, name, end); fs::is_regular_file(path, code))
        return path;
    }
  }
  return std::nullopt;
}

/// What stands before the name of one of the three files; nothing where the path is no such name.
std::optional<std::string> prefix_of_file(std::string_view path) {
  if (path.ends_with(".gz")) path.remove_suffix(3);
  for (const std::string_view name : kNames)
    if (path.ends_with(name)) return std::string(path.substr(0, path.size() - name.size()));
  return std::nullopt;
}

/// Names of the regular files of a folder, sorted.
std::vector<std::string> files_in(const std::string& folder) {
  std::error_code code;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code))
    if (std::error_code ignored; entry->is_regular_file(ignored))
      names.push_back(entry->path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string in_folder(const std::string& folder, const std::string& name) {
  return (fs::path(folder) / name).string();
}

/// Prefixes, with the folder in front, under which all three files lie in it.
std::vector<std::string> complete_sets(const std::string& folder) {
  std::set<std::string> prefixes;
  for (const std::string& name : files_in(folder)) {
    const auto prefix = prefix_of_file(name);
    if (!prefix || !find_file(in_folder(folder, *prefix), {kMatrix})) continue;
    const std::string path = in_folder(folder, *prefix);
    if (find_file(path, {kBarcodes}) && find_file(path, {kFeatures, kGenes})) prefixes.insert(path);
  }
  return {prefixes.begin(), prefixes.end()};
}

std::string listed(const std::vector<std::string>& names) {
  const auto n = std::min(names.size(), kMostListed);
  std::string text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<ptrdiff_t>(n), ", "));
  if (n < names.size()) text += fmt::format(" and {} more", names.size() - n);
  return text;
}

/// Data sets that lie deeper: those of Cell Ranger's output, and .h5ad files beside.
std::vector<std::string> data_sets_below(const std::string& folder) {
  std::error_code code;
  std::vector<std::string> found;
  for (const std::string& name : files_in(folder))
    if (name.ends_with(".h5ad") || name.ends_with(".h5") || name.ends_with(".h5mu")) found.push_back(name);
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    if (is_folder(entry->path().string()) && !complete_sets(entry->path().string()).empty())
      found.push_back(name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// Says which of the three files there are under the prefix, and what else the folder has.
[[noreturn]] void fail_incomplete(const std::string& path, const std::string& prefix) {
  std::vector<std::string> missing;
  if (!find_file(prefix, {kMatrix})) missing.emplace_back(kMatrix);
  if (!find_file(prefix, {kBarcodes})) missing.emplace_back(kBarcodes);
  if (!find_file(prefix, {kFeatures, kGenes})) missing.emplace_back("features.tsv or genes.tsv");
  std::string folder = is_folder(path) ? path : fs::path(prefix + "x").parent_path().string();
  if (folder.empty()) folder = ".";
  const std::vector<std::string> deeper = data_sets_below(folder), files = files_in(folder);
  const std::string found = !deeper.empty() ? fmt::format("{} in the folder", listed(deeper))
                            : files.empty() ? "a folder without files"
                                            : fmt::format("only {} in the folder", listed(files));
  const std::string start = fs::path(prefix + "x").filename().string();
  const std::string shown_prefix = start.substr(0, start.size() - 1);
  throw Error::data({path,
                     fmt::format("{}{} (plain or .gz) of a 10x folder", shown_prefix,
                                 fmt::join(missing, fmt::format(", {}", shown_prefix))),
                     found,
                     deeper.empty()
                         ? "give a .h5ad or .h5 file, or a folder with the three files under these names"
                         : fmt::format("give one of these, as {}", in_folder(folder, deeper.front()))});
}

/// The prefix that the path stands for: a folder and its only set, a file of a set, or the prefix itself.
std::string choose_prefix(const std::string& path) {
  if (!is_folder(path)) {
    if (const auto prefix = prefix_of_file(path)) return *prefix;
    for (const char* separator : {"", "_", "-", "."})
      if (find_file(path + separator, {kMatrix})) return path + separator;
    return path;
  }
  const std::vector<std::string> sets = complete_sets(path);
  if (sets.size() == 1) return sets.front();
  if (sets.empty()) return in_folder(path, "");
  std::vector<std::string> matrices;
  for (const std::string& set : sets)
    matrices.push_back(fs::path(*find_file(set, {kMatrix})).filename().string());
  throw Error::data({path, "one data set", fmt::format("{}: the matrices {}", sets.size(), listed(matrices)),
                     fmt::format("name the matrix of one, as {}", *find_file(sets.front(), {kMatrix}))});
}

}  // namespace

bool is_mtx_path(const std::string& path) {
  std::error_code code;
  if (is_folder(path) || prefix_of_file(path)) return true;
  if (fs::exists(path, code)) return false;
  for (const char* separator : {"", "_", "-", "."})
    if (find_file(path + separator, {kMatrix})) return true;
  return false;
}

MtxFiles find_mtx_files(const std::string& path) {
  const std::string prefix = choose_prefix(path);
  const auto matrix = find_file(prefix, {kMatrix}), barcodes = find_file(prefix, {kBarcodes}),
             features = find_file(prefix, {kFeatures, kGenes});
  if (!matrix || !barcodes || !features) fail_incomplete(path, prefix);
  return {*matrix, *barcodes, *features};
}

}  // namespace zerocell
