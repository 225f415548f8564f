#include "zerocell/study/result_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/hash.h"

namespace zerocell {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFigures = "figures";
constexpr const char* kReplaced = ".replaced";  // in the staging folder: what was there before
constexpr size_t kMostListed = 8;

bool exists(const std::string& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

void rename_or_throw(const std::string& from, const std::string& to) {
  int failed = 0;
  do {
    failed = std::rename(from.c_str(), to.c_str());
  } while (failed != 0 && errno == EINTR);
  if (failed != 0) throw_write_error(to, errno);
}

/// Names below a folder, of its files and those in its sub-folders, with their paths from it.
std::vector<std::string> names_below(const std::string& folder, const std::string& prefix = "") {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const auto name = prefix + entry->path().filename().string();
    std::error_code ignored;
    if (entry->symlink_status(ignored).type() == fs::file_type::directory)
      std::ranges::copy(names_below(entry->path().string(), name + "/"), std::back_inserter(names));
    else
      names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

bool is_vacant(const std::string& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const auto name = entry->path().filename().string();
    // Earlier versions named what they made without the machine.
    const bool is_old_name = name.starts_with(".manifest.json.") && name.ends_with(".tmp");
    if (!is_temporary_name(name) && !is_old_name) return false;
  }
  return true;
}

MadeFolder::MadeFolder(const std::string& path) {
  std::error_code error;
  for (fs::path at = fs::path(path).lexically_normal(); !at.empty() && !fs::exists(at, error);
       at = at.parent_path())
    if (at.has_filename()) made_.push_back(at.string());
  std::ranges::reverse(made_);
  make_folder(path);
}

MadeFolder::~MadeFolder() {
  std::error_code ignored;
  // Removes empty folders only.
  for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder)
    if (!fs::remove(*folder, ignored)) break;
}

ResultFiles::~ResultFiles() {
  std::error_code ignored;
  if (!staging_.empty()) fs::remove_all(staging_, ignored);
}

std::vector<std::string> ResultFiles::in_the_way(const FolderManifest& manifest) const {
  auto names = layout_.files;
  std::vector<std::string> found;
  const auto path_of = [this](const std::string& name) { return folder_ + "/" + name; };
  if (layout_.figures && exists(path_of(kFigures))) {
    if (const auto kind = special_kind(path_of(kFigures)); kind == "a folder")
      for (const auto& name : names_below(path_of(kFigures))) names.push_back(kFigures + ("/" + name));
    else
      found.push_back(fmt::format("{} ({})", kFigures, kind.empty() ? "a file" : kind));
  }
  if (!manifest.is_ours && exists(path_of(layout_.manifest)))
    found.push_back(layout_.manifest + " (not zerocell's)");
  for (const auto& name : names) {
    if (!exists(path_of(name))) continue;
    if (const auto input = inputs_.find(path_of(name)); !input.empty())
      found.push_back(fmt::format("{} (an input of this run)", name));
    else if (const auto kind = special_kind(path_of(name)); !kind.empty())
      found.push_back(fmt::format("{} ({})", name, kind));
    else if (!manifest.files.contains(name) && !manifest.coming.contains(name))
      found.push_back(fmt::format("{} (not written by zerocell)", name));
    else if (!manifest.holds(folder_, name))
      found.push_back(fmt::format("{} (changed since zerocell wrote it)", name));
  }
  return found;
}

void ResultFiles::require_room(const FolderManifest& manifest) const {
  const auto found = in_the_way(manifest);
  if (found.empty()) return;
  std::string list;
  for (size_t i = 0; i < std::min(found.size(), kMostListed); ++i) list += (i ? ", " : "") + found[i];
  if (found.size() > kMostListed) list += fmt::format(" and {} more", found.size() - kMostListed);
  throw Error::usage({folder_, "no other files under the names of results", list,
                      "Move these files away or name another folder with --out; nothing was changed"});
}

const std::string& ResultFiles::staging() {
  for (int attempt = 0; staging_.empty(); ++attempt) {
    const auto path = folder_ + "/" + temporary_name("results", attempt);
    std::error_code error;
    if (fs::create_directory(path, error)) staging_ = path;
    if (error && error != std::errc::interrupted) throw_write_error(path, error.value());
  }
  return staging_;
}

std::string ResultFiles::stage(const std::string& name) {
  if (!layout_.allows(name)) throw Error::internal("no result is called " + name);
  const auto path = staging() + "/" + name;
  make([&] { make_folder(fs::path(path).parent_path().string()); });
  return path;
}

std::string ResultFiles::in_final_names(std::string message) const {
  if (staging_.empty()) return message;
  for (size_t at = message.find(staging_); at != std::string::npos; at = message.find(staging_, at))
    message.replace(at, staging_.size(), folder_);
  return message;
}

std::vector<std::string> ResultFiles::staged_names() const {
  auto names = staging_.empty() ? std::vector<std::string>() : names_below(staging_);
  std::erase_if(names, [this](const std::string& name) { return !layout_.allows(name); });
  return names;
}

void ResultFiles::move(const std::string& from, const std::string& to, std::vector<Move>& done) const {
  make_folder(fs::path(to).parent_path().string());
  rename_or_throw(from, to);
  done.push_back({from, to});
}

void ResultFiles::replace(const FolderManifest& old, FolderManifest& next) {
  require_room(old);  // the user may have put something there in the meantime
  const auto names = staged_names();
  next.is_ours = true;
  next.files.clear();
  next.coming.clear();
  for (const auto& name : names) next.files[name] = hash_path(staging_ + "/" + name);
  // A run that is killed from here on finds in the manifest which of both was there and which is new.
  auto between = next;
  between.status = "replacing";
  between.files = old.files;
  between.coming = next.files;
  between.write(folder_, layout_);
  std::vector<Move> done;
  try {
    make([&] {
      for (const auto& [name, hash] : old.files)
        if (exists(folder_ + "/" + name))
          move(folder_ + "/" + name, staging() + "/" + kReplaced + "/" + name, done);
      for (const auto& [name, hash] : old.coming)  // of a run that was killed while it replaced files
        if (exists(folder_ + "/" + name))
          move(folder_ + "/" + name, staging() + "/" + kReplaced + "/" + name, done);
      for (const auto& name : names) move(staging_ + "/" + name, folder_ + "/" + name, done);
      next.write(folder_, layout_);
    });
  } catch (...) {
    for (auto step = done.rbegin(); step != done.rend(); ++step) try {
        rename_or_throw(step->to, step->from);
      } catch (const Error&) {
        throw;  // the manifest lists both, so that the next run can go on
      }
    std::error_code ignored;
    if (old.is_ours)
      old.write(folder_, layout_);
    else
      fs::remove(folder_ + "/" + layout_.manifest, ignored);
    throw;
  }
  std::error_code ignored;
  if (special_kind(folder_ + "/" + kFigures) == "a folder" && layout_.figures)
    fs::remove(folder_ + "/" + kFigures, ignored);  // removes an empty folder only
  if (!staging_.empty()) fs::remove_all(staging_, ignored);
  staging_.clear();
}

}  // namespace zerocell
