#include "zerocell/core/regular_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "zerocell/core/error.h"
#include "zerocell/core/system.h"

namespace zerocell {
namespace {

constexpr size_t kStep = size_t{1} << 20;

[[noreturn]] void fail(const std::string& path, const std::string& found, const std::string& advice = "") {
  throw Error::data({path, "", found, advice});
}

std::string system_message(int code) {
  return std::generic_category().message(code);
}

std::string advice_for(int code) {
  if (code == ENOENT || code == ENOTDIR || code == ENAMETOOLONG || code == ELOOP) return "Check the path";
  if (code == EACCES || code == EPERM) return "Check the permissions";
  return "";
}

[[noreturn]] void refuse(const std::string& path, mode_t mode) {
  if (S_ISDIR(mode)) fail(path, "is not a regular file but a folder", "Give the path of a file in it");
  const char* kind = S_ISFIFO(mode)                   ? "a named pipe"
                     : S_ISSOCK(mode)                 ? "a socket"
                     : S_ISCHR(mode) || S_ISBLK(mode) ? "a device"
                                                      : "something else";
  fail(path, fmt::format("is not a regular file but {}", kind),
       "Write the content into a file and give its path");
}

}  // namespace

RegularFile RegularFile::open(const std::string& path) {
  // An embedded NUL would name another file than the message does.
  if (path.find('\0') != std::string::npos) fail(path.c_str(), "is no path: it holds a NUL byte");
  // O_NONBLOCK: opening a named pipe, or reading on from a file of the system's log, must not wait. O_NOCTTY:
  // a terminal must not become the one that controls the process.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) {
    const int code = errno;
    struct stat info {};
    // Sockets and devices without a driver cannot even be opened.
    if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) refuse(path, info.st_mode);
    fail(path, "cannot be opened: " + system_message(code), advice_for(code));
  }
  RegularFile file(path, descriptor);
  struct stat info {};
  if (fstat(descriptor, &info) != 0) fail(path, "cannot be read: " + system_message(errno));
  if (!S_ISREG(info.st_mode)) refuse(path, info.st_mode);
  file.size_ = info.st_size > 0 ? static_cast<uint64_t>(info.st_size) : 0;
  return file;
}

RegularFile::~RegularFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

size_t RegularFile::read(std::span<char> out) const {
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t n = ::read(descriptor_, out.data() + done, out.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path_, "cannot be read: " + system_message(errno));
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

void RegularFile::read_at(uint64_t offset, std::span<char> out) const {
  while (!out.empty()) {
    const ssize_t n = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path_, "cannot be read: " + system_message(errno));
    if (n == 0) fail(path_, "became shorter while it was read");
    offset += static_cast<uint64_t>(n);
    out = out.subspan(static_cast<size_t>(n));
  }
}

std::string read_whole_file(const std::string& path, uint64_t max_bytes) {
  const RegularFile file = RegularFile::open(path);
  const auto too_large = [&](uint64_t size) {
    throw Error::data({path, fmt::format("at most {}", format_size(max_bytes)),
                       size > max_bytes ? format_size(size) : "more", "Check that this is the right file"});
  };
  if (file.size() > max_bytes) too_large(file.size());
  // Read to the end rather than by the size that the system says: files of /proc have 0.
  std::string content;
  content.reserve(static_cast<size_t>(file.size()) + 1);
  for (size_t n = 1; n > 0;) {
    const size_t begin = content.size();
    content.resize(std::max(begin + kStep, static_cast<size_t>(file.size()) + 1));
    n = file.read(std::span(content).subspan(begin));
    content.resize(begin + n);
    if (content.size() > max_bytes) too_large(0);
  }
  return content;
}

}  // namespace zerocell
