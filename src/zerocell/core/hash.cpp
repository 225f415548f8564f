#include "zerocell/core/hash.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "zerocell/core/error.h"
#include "zerocell/core/regular_file.h"

namespace zerocell {
namespace fs = std::filesystem;
namespace {

/// Bytes that a file may have become longer while it is read.
constexpr uint64_t kMaxGrowth = uint64_t{64} << 20;

XXH3_state_t* as_state(void* state) {
  return static_cast<XXH3_state_t*>(state);
}

void add_file(ContentHash& hash, const std::filesystem::path& path, const std::function<void()>& check) {
  const RegularFile file = RegularFile::open(path.string());
  std::vector<char> buffer(1 << 20);
  uint64_t size = 0;
  for (size_t n = buffer.size(); n == buffer.size();) {
    if (check) check();
    n = file.read(buffer);
    hash.add(buffer.data(), n);
    size += n;
    if (size > file.size() + kMaxGrowth)
      throw Error::data({path.string(), "", "holds more than its size: it grows, or the system makes it up",
                         "Copy it and give the copy"});
  }
  hash.add(size);
}

/// Regular files of a folder and of those in it, by name.
std::vector<fs::path> files_below(const std::string& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error))
    if (entry.is_regular_file(error)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// Names, sizes and times of writing; empty where a file cannot be looked at.
std::string state_of(const std::string& path) {
  std::error_code error;
  std::string state;
  const auto files = fs::is_directory(path, error) ? files_below(path) : std::vector<fs::path>{path};
  for (const auto& file : files) {
    const auto size = fs::file_size(file, error);
    if (error) return "";
    const auto written = fs::last_write_time(file, error).time_since_epoch().count();
    if (error) return "";
    state += fmt::format("{} {} {}\n", file.string(), size, written);
  }
  return state;
}

}  // namespace

ContentHash::ContentHash() : state_(XXH3_createState()) {
  if (!state_) throw std::bad_alloc();
  XXH3_128bits_reset(as_state(state_));
}
ContentHash::~ContentHash() {
  XXH3_freeState(as_state(state_));
}

ContentHash& ContentHash::add(const void* bytes, size_t size) {
  if (size) XXH3_128bits_update(as_state(state_), bytes, size);
  return *this;
}

ContentHash& ContentHash::add(std::string_view text) {
  add(static_cast<uint64_t>(text.size()));
  return add(text.data(), text.size());
}

std::string ContentHash::hex() const {
  const auto digest = XXH3_128bits_digest(as_state(state_));
  return fmt::format("{:016x}{:016x}", digest.high64, digest.low64);
}

std::string hash_path(const std::string& path, const std::function<void()>& check) {
  ContentHash hash;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    add_file(hash, path, check);
    return hash.hex();
  }
  for (const auto& file : files_below(path)) {
    hash.add(std::string_view(fs::relative(file, path, error).string()));
    add_file(hash, file, check);
  }
  return hash.hex();
}

std::string FileHashes::of(const std::string& path) {
  // What cannot be looked at is read, whose error says why.
  const auto state = state_of(path);
  auto& known = known_[path];
  if (state.empty() || known.state != state) known = {state, hash_path(path, check_)};
  return known.hash;
}

}  // namespace zerocell
