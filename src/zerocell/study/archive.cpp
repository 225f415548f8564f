#include "zerocell/study/archive.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/hash.h"

namespace zerocell::archive {
namespace {

constexpr size_t kChecksumSize = 32;

}  // namespace

void save(const std::string& path, std::string_view magic, const std::string& content) {
  std::error_code ignored;  // a folder that cannot be made is told of by the file
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  AtomicFile file(path);
  file.write(magic);
  file.write(ContentHash().add(std::string_view(content)).hex());
  file.write(content);
  file.commit();
}

std::optional<std::string> load(const std::string& path, std::string_view magic) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const size_t header = magic.size() + kChecksumSize;
  if (bytes.size() < header || !bytes.starts_with(magic)) return std::nullopt;
  const std::string checksum = bytes.substr(magic.size(), kChecksumSize);
  bytes.erase(0, header);
  if (ContentHash().add(std::string_view(bytes)).hex() != checksum) return std::nullopt;
  return bytes;
}

}  // namespace zerocell::archive
