#include "zerocell/core/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

std::string advice_for(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "Free some space or choose another output folder";
    case EACCES:
    case EPERM:
    case EROFS:
      return "Choose a folder that you may write to";
    case ENOENT:
    case ENOTDIR:
      return "Create the folder first or correct the path";
    default:
      return "";
  }
}

}  // namespace

void throw_write_error(const std::string& path, int error_number) {
  throw Error::data({.read = path,
                     .expected = "",
                     .found = "cannot be written: " + std::generic_category().message(error_number),
                     .advice = advice_for(error_number)});
}

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  const std::filesystem::path target(path_);
  if (target.filename().empty()) throw_write_error(path_, ENOENT);
  std::error_code ignored;
  if (std::filesystem::is_directory(target, ignored)) throw_write_error(path_, EISDIR);
  for (int attempt = 0; descriptor_ < 0; ++attempt) {
    const auto name = fmt::format(".{}.{}.{}.tmp", target.filename().string(), getpid(), attempt);
    temporary_path_ = (target.parent_path() / name).string();
    // O_EXCL: never write through a link or into a file that somebody else put there.
    descriptor_ = open(temporary_path_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && errno != EEXIST && errno != EINTR) throw_write_error(path_, errno);
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_path_.empty()) unlink(temporary_path_.c_str());
}

void AtomicFile::fail(int error_number) const {
  throw_write_error(path_, error_number);
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void AtomicFile::commit() {
  if (descriptor_ < 0) throw Error::internal("AtomicFile::commit called twice for " + path_);
  // A full disk may show only here (delayed allocation, network file systems).
  if (fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail(errno);
  const int closed = close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail(errno);
  if (std::rename(temporary_path_.c_str(), path_.c_str()) != 0) fail(errno);
  temporary_path_.clear();
}

void write_text_file(const std::string& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace zerocell
