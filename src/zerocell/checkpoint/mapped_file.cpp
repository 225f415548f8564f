#include "zerocell/checkpoint/mapped_file.h"

#include <sys/mman.h>

#include <cerrno>
#include <system_error>

#include "zerocell/core/error.h"
#include "zerocell/core/regular_file.h"

namespace zerocell {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& found) {
  throw Error::data({.read = path, .expected = "", .found = found, .advice = ""});
}

std::string system_message() {
  return std::generic_category().message(errno);
}

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
  const RegularFile file = RegularFile::open(path);
  const auto size = static_cast<size_t>(file.size());
  if (size == 0) return std::shared_ptr<const MappedFile>(new MappedFile({}));
  void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
  if (address == MAP_FAILED) fail(path, "cannot be mapped into memory: " + system_message());
  return std::shared_ptr<const MappedFile>(new MappedFile({static_cast<const std::byte*>(address), size}));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace zerocell
