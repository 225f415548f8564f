#include "zerocell/study/own_file.h"

#include <algorithm>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/data/hdf5.h"
#include "zerocell/study/kept_file.h"

namespace zerocell {
namespace {

constexpr std::string_view kHashLine = "# written by zerocell study init and unchanged since: ";
constexpr uint64_t kMostTextBytes = uint64_t{1} << 24;

bool is_own_h5ad(const std::string& path) {
  try {
    const auto root = hdf5::File::open(path).root();
    if (!root.is_group("uns")) return false;
    const auto uns = root.group("uns");
    if (std::ranges::any_of(uns.names(), [](const auto& name) { return name.starts_with("zerocell"); }))
      return true;
    // What `simulate` writes.
    if (!uns.is_dataset("title")) return false;
    const auto title = uns.dataset("title").read_strings();
    return title.size() == 1 && title.front() == "simulated counts; no real cells";
  } catch (const Error&) {
    return false;
  }
}

/// As `inspect --cell-hashes` writes it.
bool is_list_of_hashes(std::string_view text) {
  constexpr std::string_view kPrefix = "hash:";
  if (!text.starts_with(kPrefix) || !text.ends_with('\n')) return false;
  text.remove_suffix(1);
  for (size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1))
    if (!text.substr(end + 1).starts_with(kPrefix)) return false;
  return true;
}

}  // namespace

bool is_own_file(const std::string& path) {
  if (!special_kind(path).empty()) return false;
  std::string trouble, begin(8, '\0');
  const auto file = KeptFile::open(path, trouble);
  if (!file) return false;
  if (file->size() >= begin.size() && file->read(0, begin.data(), begin.size()) &&
      begin == "\x89HDF\r\n\x1a\n")
    return is_own_h5ad(path);
  if (file->size() > kMostTextBytes) return false;
  std::string text(file->size(), '\0');
  if (!file->read(0, text.data(), text.size())) return false;
  return text.starts_with("dataset,embedding,seed,loss,step,") || is_list_of_hashes(text) ||
         has_true_hash_line(text);
}

std::string with_hash_line(const std::string& text) {
  return text + std::string(kHashLine) + ContentHash().add(std::string_view(text)).hex() + "\n";
}

bool has_true_hash_line(std::string_view text) {
  const size_t at = text.rfind(kHashLine);
  return at != std::string_view::npos && text == with_hash_line(std::string(text.substr(0, at)));
}

}  // namespace zerocell
