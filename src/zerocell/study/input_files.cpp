#include "zerocell/study/input_files.h"

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <system_error>

#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/study/methods.h"

namespace zerocell {
namespace {

std::optional<std::pair<uint64_t, uint64_t>> identity(const std::string& path) {
  struct stat info {};
  if (path.empty() || stat(path.c_str(), &info) != 0) return std::nullopt;
  return std::pair<uint64_t, uint64_t>(info.st_dev, info.st_ino);
}

}  // namespace

void InputFiles::add(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
      std::error_code ignored;
      if (entry->is_directory(ignored)) continue;
      if (const auto id = identity(entry->path().string())) files_.emplace(*id, entry->path().string());
    }
    return;
  }
  if (const auto id = identity(path)) files_.emplace(*id, path);
}

void InputFiles::add(const EmbeddingSpec& spec) {
  const auto& method = find_method(spec);
  try {
    if (method.files)
      for (const auto& file : method.files(spec)) add(file);
  } catch (const Error&) {
    // A folder that lacks a file is told of by the method.
  }
  if (method.takes_path && method.name != "obsm") add(spec.path);
}

void InputFiles::add_data_set(const std::string& path) {
  add(path);
  try {
    for (const auto& file : dataset_files(path)) add(file);
  } catch (const Error&) {
    // What is no data set is told of where it is opened.
  }
}

void InputFiles::add(const CellSelectionOptions& cells) {
  add(cells.exclude_cells);
  add(cells.overlap);
}

std::string InputFiles::find(const std::string& path) const {
  const auto id = identity(path);
  const auto found = id ? files_.find(*id) : files_.end();
  return found == files_.end() ? "" : found->second;
}

}  // namespace zerocell
