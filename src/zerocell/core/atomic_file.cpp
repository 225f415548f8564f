#include "zerocell/core/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
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
    case EFBIG:
      return "Raise the limit on the size of a file (ulimit -f), or choose another file system";
    default:
      return "";
  }
}

/// Calls again what a signal interrupted.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace

void throw_write_error(const std::string& path, int error_number) {
  throw Error::data({.read = path,
                     .expected = "",
                     .found = "cannot be written: " + std::generic_category().message(error_number),
                     .advice = advice_for(error_number)});
}

std::string special_kind(const std::string& path) {
  struct stat info {};
  if (uninterrupted([&] { return lstat(path.c_str(), &info); }) != 0) return "";
  switch (info.st_mode & S_IFMT) {
    case S_IFREG:
      return "";
    case S_IFDIR:
      return "a folder";
    case S_IFLNK:
      return "a link";
    case S_IFIFO:
      return "a pipe";
    case S_IFSOCK:
      return "a socket";
    default:
      return "a device";
  }
}

void make_folder(const std::string& path) {
  std::error_code error;
  do {
    std::filesystem::create_directories(path, error);
  } while (error == std::errc::interrupted);
  if (!error && !std::filesystem::is_directory(path, error))
    error = std::make_error_code(std::errc::not_a_directory);
  if (error)
    throw Error::data({.read = path,
                       .expected = "a folder that can be made",
                       .found = error.message(),
                       .advice = advice_for(error.value())});
}

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  const std::filesystem::path target(path_);
  if (target.filename().empty()) throw_write_error(path_, ENOENT);
  if (const auto kind = special_kind(path_); kind == "a folder")
    throw_write_error(path_, EISDIR);
  else if (!kind.empty())
    throw Error::data({path_, "a plain file, or none yet", kind, "Name another file, or remove it first"});
  for (int attempt = 0; descriptor_ < 0; ++attempt) {
    temporary_path_ = (target.parent_path() / temporary_name(target.filename().string(), attempt)).string();
    // O_EXCL: never write through a link or into a file that somebody else put there.
    descriptor_ = open(temporary_path_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && errno != EEXIST && errno != EINTR) {
      const int error_number = errno;
      temporary_path_.clear();
      throw_write_error(path_, error_number);
    }
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_path_.empty()) uninterrupted([&] { return unlink(temporary_path_.c_str()); });
}

void AtomicFile::fail(int error_number) const {
  throw_write_error(path_, error_number);
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = uninterrupted([&] { return ::write(descriptor_, bytes.data(), bytes.size()); });
    if (n < 0) fail(errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

int AtomicFile::write_at(uint64_t offset, const void* bytes, size_t size) {
  const auto* from = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t n =
        uninterrupted([&] { return pwrite(descriptor_, from, size, static_cast<off_t>(offset)); });
    if (n < 0) return errno;
    from += n;
    offset += static_cast<uint64_t>(n);
    size -= static_cast<size_t>(n);
  }
  return 0;
}

int AtomicFile::read_at(uint64_t offset, void* bytes, size_t size) const {
  auto* to = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t n = uninterrupted([&] { return pread(descriptor_, to, size, static_cast<off_t>(offset)); });
    if (n < 0) return errno;
    if (n == 0) break;
    to += n;
    offset += static_cast<uint64_t>(n);
    size -= static_cast<size_t>(n);
  }
  if (size > 0) std::memset(to, 0, size);
  return 0;
}

int AtomicFile::resize(uint64_t size) {
  return uninterrupted([&] { return ftruncate(descriptor_, static_cast<off_t>(size)); }) == 0 ? 0 : errno;
}

void AtomicFile::commit() {
  if (descriptor_ < 0) throw Error::internal("AtomicFile::commit called twice for " + path_);
  // A full disk may show only here (delayed allocation, network file systems).
  if (uninterrupted([&] { return fsync(descriptor_); }) != 0 && errno != EINVAL) fail(errno);
  const int closed = close(descriptor_);
  descriptor_ = -1;
  if (closed != 0 && errno != EINTR) fail(errno);  // after EINTR the descriptor is closed all the same
  if (uninterrupted([&] { return std::rename(temporary_path_.c_str(), path_.c_str()); }) != 0) fail(errno);
  temporary_path_.clear();
}

void write_text_file(const std::string& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace zerocell
