#include "zerocell/study/kept_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "zerocell/core/atomic_file.h"

namespace zerocell {

std::optional<KeptFile> KeptFile::open(const std::string& path, std::string& trouble) {
  int descriptor = -1;
  do {
    // Without O_NONBLOCK a pipe would be waited for.
    descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) {
    const int error = errno;
    if (const auto kind = special_kind(path); !kind.empty())
      trouble = fmt::format("{} is in its place", kind);
    else if (error != ENOENT && error != ENOTDIR)
      trouble = std::generic_category().message(error);
    return std::nullopt;
  }
  struct stat info {};
  KeptFile file(descriptor, 0);
  if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
    trouble = fmt::format("{} is in its place", special_kind(path));
    return std::nullopt;
  }
  file.size_ = static_cast<uint64_t>(info.st_size);
  return file;
}

KeptFile::~KeptFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool KeptFile::read(uint64_t offset, void* bytes, size_t size) const {
  auto* to = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t n = pread(descriptor_, to, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to += n;
    offset += static_cast<uint64_t>(n);
    size -= static_cast<size_t>(n);
  }
  return true;
}

std::string not_used_text(const std::string& path, const std::string& trouble) {
  return fmt::format("{} is not used: {}. What it stood for is computed again", path, trouble);
}

}  // namespace zerocell
