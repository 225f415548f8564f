#include "zerocell/checkpoint/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& found) {
  throw Error::data({.read = path, .expected = "", .found = found, .advice = ""});
}

std::string system_message() {
  return std::generic_category().message(errno);
}

struct Descriptor {
  int number = -1;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
  // O_NONBLOCK: a named pipe must not hang before it is refused.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) fail(path, "cannot be opened: " + system_message());
  struct stat info {};
  if (fstat(file.number, &info) != 0) fail(path, "cannot be read: " + system_message());
  if (!S_ISREG(info.st_mode)) fail(path, "is not a regular file");
  const auto size = static_cast<size_t>(info.st_size);
  if (size == 0) return std::shared_ptr<const MappedFile>(new MappedFile({}));
  void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (address == MAP_FAILED) fail(path, "cannot be mapped into memory: " + system_message());
  return std::shared_ptr<const MappedFile>(new MappedFile({static_cast<const std::byte*>(address), size}));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace zerocell
