#include "zerocell/study/archive.h"

#include <fmt/format.h>

#include <filesystem>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/core/system.h"
#include "zerocell/study/kept_file.h"

namespace zerocell::archive {
namespace {

// After the magic: the checksum, the size of all behind it, the name with its size, the content.
constexpr size_t kChecksumSize = 32;
constexpr std::string_view kOwnBegin = "zerocell ";  // of every version's magic

std::string name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

std::string checksum(std::string_view body) {
  return ContentHash().add(body).hex();
}

/// The text that a size stands before; nothing where it is not whole.
std::optional<std::string_view> take_text(std::string_view& bytes) {
  uint64_t size = 0;
  if (bytes.size() < sizeof size) return std::nullopt;
  std::memcpy(&size, bytes.data(), sizeof size);
  bytes.remove_prefix(sizeof size);
  if (size > bytes.size()) return std::nullopt;
  const auto text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return text;
}

std::string first_bytes(const KeptFile& file, size_t n) {
  std::string bytes(std::min<uint64_t>(n, file.size()), '\0');
  return file.read(0, bytes.data(), bytes.size()) ? bytes : "";
}

/// All behind the checksum; nothing where the file is of another version, or for the reason in `problem`.
std::optional<std::string> read_body(const KeptFile& file, std::string_view magic, std::string& problem) {
  std::string head(magic.size() + kChecksumSize + sizeof(uint64_t), '\0');
  if (const auto begin = first_bytes(file, magic.size()); begin != magic) {
    if (!begin.starts_with(kOwnBegin)) problem = "it is no file of zerocell's";
    return std::nullopt;
  }
  problem = "it is damaged";
  uint64_t size = 0;
  if (!file.read(0, head.data(), head.size())) return std::nullopt;
  std::memcpy(&size, head.data() + magic.size() + kChecksumSize, sizeof size);
  // A size is believed only where the file is just as long, and memory could hold it.
  if (size != file.size() - head.size() || size > available_memory()) return std::nullopt;
  std::string body(size, '\0');
  if (!file.read(head.size(), body.data(), body.size())) return std::nullopt;
  if (head.compare(magic.size(), kChecksumSize, checksum(body)) != 0) return std::nullopt;
  problem.clear();
  return body;
}

}  // namespace

void save(const std::string& path, std::string_view magic, const std::string& content) {
  if (const auto folder = std::filesystem::path(path).parent_path(); !folder.empty())
    make_folder(folder.string());
  std::string trouble;
  if (const auto file = KeptFile::open(path, trouble);
      file && file->size() > 0 && first_bytes(*file, kOwnBegin.size()) != kOwnBegin)
    throw Error::data({path, "no file yet, or an entry of zerocell's", "another file", "Move it away"});
  ArchiveWriter writer;
  writer.text(name_of(path));
  const std::string body = writer.bytes() + content;
  ArchiveWriter size;
  size.value(static_cast<uint64_t>(body.size()));
  AtomicFile file(path);
  file.write(magic);
  file.write(checksum(body));
  file.write(size.bytes());
  file.write(body);
  file.commit();
}

std::optional<std::string> load(const std::string& path, std::string_view magic, std::string* trouble) {
  std::string ignored;
  std::string& problem = trouble ? *trouble : ignored;
  const auto file = KeptFile::open(path, problem);
  if (!file) return std::nullopt;
  auto body = read_body(*file, magic, problem);
  if (!body) return std::nullopt;
  std::string_view rest = *body;
  const auto name = take_text(rest);
  if (!name || *name != name_of(path)) {
    problem = fmt::format("it is a copy of '{}'", name.value_or(""));
    return std::nullopt;
  }
  body->erase(0, body->size() - rest.size());
  return body;
}

}  // namespace zerocell::archive
